"""Sends datagrams of so many octets, and tells what comes back: udp-peer.py ADDRESS PORT FROM OCTETS... Prints one line."""

import random
import socket
import sys

address, port, source, *sizes = sys.argv[1:]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
with socket.socket(family, socket.SOCK_DGRAM) as sock:
    sock.bind(("", int(source)))
    sock.connect((address, int(port)))
    sock.settimeout(1)
    told = []
    for size in sizes:
        sent = random.randbytes(int(size))
        sock.send(sent)
        try:
            back = sock.recv(65536)
            told.append(f"{len(back)} {'the same' if back == sent else 'others'}")
        except TimeoutError:
            told.append("nothing")
print(", ".join(told))
