#!/usr/bin/env python3
"""Asks this machine's kernel about socket options. Standard input: JSON, a list of {"state", "six", "calls"}, each call ["set", level, option, value,
length] or ["get", level, option, length]. Standard output: JSON, for each probe the answers: 0, an errno's name, or [length, octets in hexadecimal].

Each probe has a socket of its own in that state. In a network namespace of its own; needs root.
"""

import ctypes
import errno
import json
import os
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "kernel"))
import net

# As a script's host has it: an address on a device behind which nobody is.
SET_UP = ("ip address add fd00:9::1/64 dev tun0 nodad", "ip link set lo mtu 1500",
          "sysctl -q net.ipv4.tcp_timestamps=0 net.ipv4.tcp_no_metrics_save=1 net.ipv4.tcp_congestion_control=reno net.ipv4.tcp_fastopen=1")
RESET = struct.pack("ii", 1, 0)
ROOM = 600
libc = ctypes.CDLL(None, use_errno=True)


def reset_at_close(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def made(state, six):
    """A socket in a state, and the others that it needs."""
    family, loopback, nobody = (socket.AF_INET6, "::1", "fd00:9::2") if six else (socket.AF_INET, "127.0.0.1", "10.9.0.2")
    first = socket.socket(family, socket.SOCK_STREAM)
    if state == "closed":
        return first, []
    if state == "syn-sent":
        first.setblocking(False)
        first.connect_ex((nobody, 8080))
        return first, []
    first.bind((loopback, 0))
    first.listen(5)
    if state == "listen":
        return first, []
    client = socket.create_connection(first.getsockname()[:2])
    server, _ = first.accept()
    reset_at_close(client)
    if state == "close-wait":
        client.shutdown(socket.SHUT_WR)
    elif state == "fin-wait-2":
        server.shutdown(socket.SHUT_WR)
    elif state == "reset":
        client.close()
    return server, [first, client]


def answer(fd, kind, level, option, *rest):
    if kind == "set":
        value, length = rest
        octets = ctypes.create_string_buffer(struct.pack("=i", value) + bytes(ROOM))
        result = libc.setsockopt(fd, level, option, octets, ctypes.c_uint32(length & 0xFFFFFFFF))
        return 0 if result == 0 else errno.errorcode[ctypes.get_errno()]
    octets, length = ctypes.create_string_buffer(ROOM), ctypes.c_int(*rest)
    if libc.getsockopt(fd, level, option, octets, ctypes.byref(length)) != 0:
        return errno.errorcode[ctypes.get_errno()]
    return [length.value, octets.raw[:max(0, min(length.value, ROOM))].hex()]


def answers(probe):
    sock, others = made(probe["state"], probe["six"])
    found = [answer(sock.fileno(), *call) for call in probe["calls"]]
    try:
        reset_at_close(sock)
    except OSError:
        pass
    for one in [sock, *reversed(others)]:
        one.close()
    return found


tun = net.open_tun("10.9.0.1", 1500)
for line in SET_UP:
    subprocess.run(line.split(), check=True)
json.dump([answers(probe) for probe in json.load(sys.stdin)], sys.stdout)
