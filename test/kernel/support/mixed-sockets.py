"""About a thousand sockets in every state that Linux shows, TCP over IPv4 and IPv6, UDP and unix.

Run inside a network namespace that has `lo` up and 10.77.0.2 / fd77::2 routed to a device that nobody answers on.
Prints one JSON line {"pid": …, "child": …, "directory": …, "expected": {…}} when everything stands, then holds it all until
its standard input ends. `expected` counts TCP states as this program made them, before any reader looks.
"""

import collections
import json
import os
import select
import socket
import struct
import sys
import tempfile

SCALE = int(sys.argv[1]) if len(sys.argv) > 1 else 30

held = []
expected = collections.Counter()
V4 = (socket.AF_INET, "127.0.0.1")
V6 = (socket.AF_INET6, "::1")
BLACK_HOLE = {socket.AF_INET: "10.77.0.2", socket.AF_INET6: "fd77::2"}


def listener(family, address, backlog=128, v6only=None):
    s = socket.socket(family, socket.SOCK_STREAM)
    if v6only is not None:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, v6only)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.bind((address, 0))
    s.listen(backlog)
    held.append(s)
    expected["LISTEN"] += 1
    return s


def pair(server, family, address):
    """One accepted connection: (client, server side). Small buffers, so that a zero window is quick to make."""
    client = socket.socket(family, socket.SOCK_STREAM)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    client.connect((address, server.getsockname()[1]))
    accepted, _ = server.accept()
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    return client, accepted


def fill(s):
    """Send until the peer's window is shut and the send buffer is full: what follows, a FIN included, waits behind it."""
    s.setblocking(False)
    try:
        while True:
            s.send(b"x" * 65536)
    except BlockingIOError:
        pass


def tcp(family, address):
    server = listener(family, address)
    listener(family, "0.0.0.0" if family == socket.AF_INET else "::", 7, None if family == socket.AF_INET else 1)
    for i in range(SCALE):
        client, accepted = pair(server, family, address)
        if i % 3 == 0:
            client.send(b"unread" * (i + 1))
        if i % 3 == 1:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        held.extend((client, accepted))
        expected["ESTABLISHED"] += 2
    for i in range(SCALE):
        client, accepted = pair(server, family, address)
        if i % 2 == 0:
            accepted.send(b"y" * (i + 1))
        accepted.shutdown(socket.SHUT_WR)
        held.extend((client, accepted))
        expected["CLOSE-WAIT"] += 1
        expected["FIN-WAIT-2"] += 1
    for _ in range(SCALE):
        client, accepted = pair(server, family, address)
        client.close()
        accepted.recv(1)
        accepted.close()
        expected["TIME-WAIT"] += 1
    for _ in range(SCALE // 3):
        # The FIN waits behind data that the peer's shut window does not let out.
        client, accepted = pair(server, family, address)
        fill(client)
        client.shutdown(socket.SHUT_WR)
        held.extend((client, accepted))
        expected["FIN-WAIT-1"] += 1
        expected["ESTABLISHED"] += 1
    for _ in range(SCALE // 3):
        client, accepted = pair(server, family, address)
        fill(client)
        accepted.shutdown(socket.SHUT_WR)
        client.shutdown(socket.SHUT_WR)
        held.extend((client, accepted))
        expected["LAST-ACK"] += 1
        expected["FIN-WAIT-2"] += 1
    for _ in range(SCALE // 3):
        client, accepted = pair(server, family, address)
        fill(client)
        client.shutdown(socket.SHUT_WR)
        accepted.shutdown(socket.SHUT_WR)
        held.extend((client, accepted))
        expected["CLOSING"] += 1
        expected["FIN-WAIT-2"] += 1
    # Orphans: the descriptor is closed, so no inode and no owner.
    for _ in range(SCALE // 3):
        client, accepted = pair(server, family, address)
        client.close()
        held.append(accepted)
        expected["FIN-WAIT-2"] += 1
        expected["CLOSE-WAIT"] += 1
    for _ in range(SCALE):
        s = socket.socket(family, socket.SOCK_STREAM)
        s.setblocking(False)
        s.connect_ex((BLACK_HOLE[family], 9))
        held.append(s)
        expected["SYN-SENT"] += 1
    for _ in range(SCALE // 2):
        s = socket.socket(family, socket.SOCK_STREAM)
        s.bind((address, 0))
        held.append(s)
        expected["BOUND-INACTIVE"] += 1
    # Handshake done, accept() never called: established rows with inode 0, and a listener whose Recv-Q counts them.
    neglected = listener(family, address, 16)
    for _ in range(min(SCALE // 3, 16)):
        client = socket.create_connection(neglected.getsockname()[:2])
        held.append(client)
        expected["ESTABLISHED"] += 2


def dual_stack():
    """IPv4 connections on an IPv6 socket: ::ffff:127.0.0.1."""
    server = listener(socket.AF_INET6, "::", 128, 0)
    for _ in range(SCALE // 3):
        client, accepted = pair(server, *V4)
        held.extend((client, accepted))
        expected["ESTABLISHED"] += 2
    for _ in range(SCALE // 3):
        client, accepted = pair(server, *V4)
        accepted.close()
        client.recv(1)
        client.close()
        expected["TIME-WAIT"] += 1


def half_open():
    """SYNs from a host that will never answer the SYN,ACK: SYN-RECEIVED."""
    server = listener(socket.AF_INET, "10.77.0.1")
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    source, target = socket.inet_aton("10.77.0.2"), socket.inet_aton("10.77.0.1")
    for i in range(SCALE // 3):
        header = struct.pack("!HHIIBBHHH", 20000 + i, server.getsockname()[1], 1000 + i, 0, 0x50, 0x02, 65535, 0, 0)
        words = struct.unpack("!16H", source + target + struct.pack("!BBH", 0, 6, 20) + header)
        total = sum(words)
        while total >> 16:
            total = (total & 0xFFFF) + (total >> 16)
        header = header[:16] + struct.pack("!H", ~total & 0xFFFF) + header[18:]
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, i, 0, 64, 6, 0, source, target)
        raw.sendto(ip + header, ("10.77.0.1", 0))
        expected["SYN-RECEIVED"] += 1
    raw.close()


def udp(family, address):
    for i in range(SCALE):
        s = socket.socket(family, socket.SOCK_DGRAM)
        s.bind((address, 0))
        if i % 2:
            s.connect((address, 9))
        held.append(s)
    receiver = socket.socket(family, socket.SOCK_DGRAM)
    receiver.bind((address, 0))
    receiver_port = receiver.getsockname()[1]
    receiver.connect((address, held[-2].getsockname()[1]))
    held.append(receiver)
    held[-3].sendto(b"datagram", (address, receiver_port))


def unix(directory):
    for kind, name in ((socket.SOCK_STREAM, "stream"), (socket.SOCK_SEQPACKET, "seqpacket")):
        for address in (os.path.join(directory, name), "\0lastack-" + name, os.path.join(directory, "with space " + name)):
            server = socket.socket(socket.AF_UNIX, kind)
            server.bind(address)
            server.listen(5)
            held.append(server)
            for i in range(3):
                client = socket.socket(socket.AF_UNIX, kind)
                client.connect(address)
                held.append(client)
                if i:
                    held.append(server.accept()[0])
    for _ in range(SCALE // 2):
        held.extend(socket.socketpair())
        held.extend(socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
        held.append(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.bind(os.path.join(directory, "datagram"))
    held.append(receiver)
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.connect(os.path.join(directory, "datagram"))
    sender.send(b"waiting")
    held.append(sender)


def main():
    with tempfile.TemporaryDirectory(prefix="lastack-sockets-") as directory:
        for family, address in (V4, V6):
            tcp(family, address)
            udp(family, address)
        dual_stack()
        half_open()
        unix(directory)
        # A second owner of every descriptor above.
        child = os.fork()
        if child == 0:
            try:
                sys.stdin.read()
            finally:
                os._exit(0)
        print(json.dumps({"pid": os.getpid(), "child": child, "directory": directory, "expected": expected}), flush=True)
        select.select([sys.stdin], [], [])
        os.kill(child, 15)
        os.waitpid(child, 0)


main()
