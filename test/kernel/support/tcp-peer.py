"""What a program of the kernel's side does with a connection: peer.py WHAT ADDRESS PORT [OCTETS [FILE]]. Prints one line."""

import hashlib
import os
import random
import socket
import struct
import sys
import threading
import time

CHUNK = 1 << 16


def blocks(octets):
    """The same pseudo-random octets at every call."""
    source = random.Random(1)
    block = source.randbytes(CHUNK * 16)
    while octets > 0:
        piece = block[: min(len(block), octets)]
        yield piece
        octets -= len(piece)
        block = block[1:] + block[:1]


def connect(address, port):
    return socket.create_connection((address, int(port)), timeout=60)


def wait_for(file):
    while not os.path.exists(file):
        time.sleep(0.1)


def echo(sock, octets):
    """Everything goes out, our direction ends, and everything comes back, then the end."""
    sent, received = hashlib.sha256(), hashlib.sha256()

    def send():
        for piece in blocks(octets):
            sent.update(piece)
            sock.sendall(piece)
        sock.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)
    sender.start()
    count = 0
    while True:
        piece = sock.recv(CHUNK * 4)
        if not piece:
            break
        received.update(piece)
        count += len(piece)
    sender.join()
    same = sent.digest() == received.digest()
    print(f"{count} octets back, {'the same' if same else 'others'}")


def reset(sock, _):
    """SO_LINGER {1, 0}: close() sends RST."""
    sock.sendall(b"hello")
    sock.recv(5)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    print("reset")


def keepalive(sock, _, go):
    """Probes after a second of silence; the connection has to bear five of them, and lasts until there is the file `go`."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2)
    time.sleep(5.5)
    wait_for(go)
    sock.sendall(b"still here")
    print(sock.recv(100).decode())


def slow_reader(sock, octets, go):
    """chargen against a full buffer: nothing is read until there is the file `go`; then every octet must be right."""
    wait_for(go)
    count, expected = 0, bytearray()
    for line in range(95):
        expected += bytes(32 + (line + column) % 95 for column in range(72)) + b"\r\n"
    period = len(expected)
    expected = bytes(expected * 40)
    while count < octets:
        piece = sock.recv(CHUNK)
        at = count % period
        if piece != expected[at : at + len(piece)]:
            print(f"wrong after {count} octets")
            return
        count += len(piece)
    print("right")


def send_only(sock, octets):
    """Everything goes out, however long the other side does not read; the hash tells what it was."""
    sent = hashlib.sha256()
    for piece in blocks(octets):
        sent.update(piece)
        sock.sendall(piece)
    print(sent.hexdigest())


def refused(address, port):
    try:
        connect(address, port)
        print("connected")
    except OSError as error:
        print(type(error).__name__)


def main():
    what, address, port, *rest = sys.argv[1:]
    if what == "refused":
        refused(address, port)
        return
    jobs = {"echo": echo, "reset": reset, "keepalive": keepalive, "slow-reader": slow_reader, "send": send_only}
    with connect(address, port) as sock:
        jobs[what](sock, int(rest[0]) if rest else 0, *rest[1:])


main()
