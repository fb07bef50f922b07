"""An echo request of so many octets, and whether as many come back: ping.py ADDRESS OCTETS. Prints one line."""

import ipaddress
import os
import random
import socket
import struct
import sys

address, octets = sys.argv[1], int(sys.argv[2])
v6 = ipaddress.ip_address(address).version == 6
family, protocol = (socket.AF_INET6, socket.IPPROTO_ICMPV6) if v6 else (socket.AF_INET, socket.IPPROTO_ICMP)
request, reply = (128, 129) if v6 else (8, 0)


def checksum(message):
    message += b"\0" * (len(message) % 2)
    total = sum(struct.unpack(f"!{len(message) // 2}H", message))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


data = random.Random(octets).randbytes(octets)
mark = os.getpid() & 0xFFFF
message = struct.pack("!BBHHH", request, 0, 0, mark, 1) + data
if not v6:
    message = message[:2] + struct.pack("!H", checksum(message)) + message[4:]
with socket.socket(family, socket.SOCK_RAW, protocol) as raw:
    raw.settimeout(10)
    raw.sendto(message, (address, 0))
    while True:
        packet = raw.recv(70_000)
        answer = packet if v6 else packet[(packet[0] & 15) * 4 :]
        if answer[0] == reply and struct.unpack("!H", answer[4:6])[0] == mark:
            break
print(f"{len(answer) - 8} octets back, {'the same' if answer[8:] == data else 'others'}")
