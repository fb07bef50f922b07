"""A private network namespace with a TUN device, and packets as scripts write them, in IPv4 and IPv6."""

import ctypes
import fcntl
import hashlib
import os
import re
import socket
import struct
import subprocess

_CLONE_NEWNET = 0x40000000
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000

LETTERS = (("F", 1), ("S", 2), ("R", 4), ("P", 8), (".", 16), ("U", 32), ("E", 64), ("W", 128), ("A", 256))
ECN = {"noecn": 0, "ect1": 1, "ect0": 2, "ect01": 2, "ce": 3}
ICMP4 = {"unreachable": 3, "time_exceeded": 11, "parameter_problem": 12, "source_quench": 4, "packet_too_big": 3}
CODES4 = {"net_unreachable": 0, "host_unreachable": 1, "protocol_unreachable": 2, "port_unreachable": 3, "frag_needed": 4,
          "source_route_failed": 5, "net_unknown": 6, "host_unknown": 7, "source_host_isolated": 8, "net_prohibited": 9,
          "host_prohibited": 10, "packet_filtered": 13, "admin_prohibited": 13}
ICMP6 = {"unreachable": 1, "packet_too_big": 2, "time_exceeded": 3, "parameter_problem": 4}
CODES6 = {"net_unreachable": 0, "no_route": 0, "admin_prohibited": 1, "beyond_scope": 2, "host_unreachable": 3, "port_unreachable": 4}


def open_tun(local, mtu):
    """A new namespace for this process, with `tun0`, whose other end is the descriptor that comes back."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "a private network namespace needs root")
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH", b"tun0", _IFF_TUN | _IFF_NO_PI))
    six = ":" in local
    commands = ["link set lo up", "link set tun0 mtu %d up" % mtu,
                "addr add %s dev tun0" % (local + "/48" if six else local + "/16") + (" nodad" if six else ""),
                "route add default dev tun0"]
    subprocess.run(["ip"] + (["-6"] if six else []) + ["-batch", "-"], input="\n".join(commands).encode(), check=True)
    return tun


def counters():
    """What the namespace has counted, by nstat's names."""
    found = {}
    for path in ("/proc/net/netstat", "/proc/net/snmp"):
        with open(path) as file:
            lines = [line.split() for line in file]
        for names, values in zip(lines[::2], lines[1::2]):
            found.update((names[0][:-1] + name, int(value)) for name, value in zip(names[1:], values[1:]))
    return found


def address(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _pseudo(source, target, protocol, length):
    if len(source) == 4:
        return source + target + struct.pack("!BBH", 0, protocol, length)
    return source + target + struct.pack("!IHBB", length, 0, 0, protocol)


def ip_packet(source, target, protocol, payload, items):
    tos, ttl, label = 0, 255, 0
    for item in items:
        if item["kind"] == "ecn":
            tos = tos & ~3 | ECN[item["value"]]
        elif item["kind"] == "tos":
            tos = item["value"]
        elif item["kind"] == "ttl":
            ttl = item["value"]
        else:
            label = item["value"]
    if len(source) == 16:
        return struct.pack("!IHBB", 6 << 28 | tos << 20 | label, len(payload), protocol, ttl) + source + target + payload
    header = struct.pack("!BBHHHBBH", 0x45, tos, 20 + len(payload), 0, 0, ttl, protocol, 0) + source + target
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def flag_bits(text):
    bits = 0
    for letter in text:
        bits |= int(letter) << 6 if letter.isdigit() else dict(LETTERS)[letter]
    return bits


def flag_text(bits):
    return "".join(letter for letter, bit in LETTERS if bits & bit) or "-"


def u32(value):
    return value & 0xFFFFFFFF


def pack_options(options, flow, syn):
    """Octets of an option list; sequence numbers and echoes by the flow."""
    out = b""
    for one in options:
        kind = one["kind"]
        if kind in ("nop", "eol"):
            out += b"\1" if kind == "nop" else b"\0"
        elif kind == "sackOK":
            out += b"\4\2"
        elif kind == "mss":
            out += struct.pack("!BBH", 2, 4, one["value"])
        elif kind == "wscale":
            out += struct.pack("!BBB", 3, 3, one["value"])
        elif kind == "sack":
            offset = flow.local_offset(syn)
            edges = [u32(edge + offset) for block in one["blocks"] for edge in block]
            out += struct.pack("!BB%dI" % len(edges), 5, 2 + 4 * len(edges), *edges)
        elif kind == "TS":
            out += struct.pack("!BBII", 8, 10, one["val"], flow.stamps.get(one["ecr"], one["ecr"]))
        elif kind == "accecn":
            fields = one["fields"]
            number = 174 if fields and fields[0]["name"] == "e1b" else 172
            body = b"".join(struct.pack("!I", field["value"])[1:] for field in fields)
            out += struct.pack("!BB", number, 2 + len(body)) + body
        else:
            number = {"FO": 34, "md5": 19, "FOEXP": 254}[kind]
            body = bytes(16) if one["hex"] == "valid" else bytes.fromhex(("f989" if kind == "FOEXP" else "") + one["hex"])
            out += struct.pack("!BB", number, 2 + len(body)) + body
    return out


def read_options(octets, flow, syn):
    """The list as scripts write it; timestamps as they are."""
    found, at = [], 0
    while at < len(octets):
        kind = octets[at]
        if kind < 2:
            found.append("nop" if kind == 1 else "eol")
            at += 1
            continue
        length = max(2, octets[at + 1])
        body = octets[at + 2:at + length]
        if kind == 2:
            found.append("mss %d" % struct.unpack("!H", body))
        elif kind == 3:
            found.append("wscale %d" % body[0])
        elif kind == 4:
            found.append("sackOK")
        elif kind == 5:
            offset = flow.remote_offset(syn)
            edges = [u32(edge - offset) for edge in struct.unpack("!%dI" % (len(body) // 4), body)]
            found.append("sack " + " ".join("%d:%d" % pair for pair in zip(edges[::2], edges[1::2])))
        elif kind == 8:
            found.append("TS val %d ecr %d" % struct.unpack("!II", body))
        elif kind == 19:
            found.append(("md5 " + body.hex()).strip())
        elif kind == 34:
            found.append(("FO " + body.hex()).strip())
        elif kind in (172, 174):
            names = ("e0b", "ceb", "e1b") if kind == 172 else ("e1b", "ceb", "e0b")
            values = (int.from_bytes(body[i:i + 3], "big") for i in range(0, len(body) - 2, 3))
            found.append(" ".join(["ECN"] + ["%s %d" % pair for pair in zip(names, values)]))
        elif kind == 254 and body[:2] == b"\xf9\x89":
            found.append(("FOEXP " + body[2:].hex()).strip())
        else:
            found.append("option %d %s" % (kind, body.hex()))
        at += length
    return found


def signature(source, target, segment, key):
    """RFC 2385: the digest of pseudo-header, header without options and checksum, data and key."""
    start = (segment[12] >> 4) * 4
    pseudo = _pseudo(source, target, 6, len(segment))
    return hashlib.md5(pseudo + segment[:16] + b"\0\0" + segment[18:20] + segment[start:] + key, usedforsecurity=False).digest()


def tcp_packet(spec, flow, items, key=None):
    bits = flag_bits(spec["flags"])
    syn = bool(bits & 2)
    options = pack_options(spec["options"] or [], flow, syn)
    ack = spec["ack"] or 0
    if bits & 16:
        ack = u32(ack + flow.local_offset(syn))
    words = (20 + len(options)) // 4
    header = struct.pack("!HHIIBBHHH", flow.remote_port, flow.local_port, u32(spec["seq"] + flow.remote_offset(syn)), ack,
                         words << 4 | bits >> 8, bits & 255, spec["window"] or 0, 0, spec["urgent"] or 0)
    segment = header + options + bytes(spec["length"])
    if any(one["kind"] == "md5" and one["hex"] == "valid" for one in spec["options"] or []):
        at = 20 + options.index(b"\x13\x12") + 2
        segment = segment[:at] + signature(flow.remote, flow.local, segment, key) + segment[at + 16:]
    total = checksum(_pseudo(flow.remote, flow.local, 6, len(segment)) + segment)
    return ip_packet(flow.remote, flow.local, 6, segment[:16] + struct.pack("!H", total) + segment[18:], items)


def numbered(word, names):
    """`type_3` and `code_13` are numbers themselves."""
    return int(word.split("_")[1]) if re.fullmatch(r"(type|code)_\d+", word) else names.get(word, 0)


def icmp_packet(spec, flow, items, key=None):
    six = len(flow.remote) == 16
    kind, code, rest = numbered(spec["type"], ICMP6 if six else ICMP4), 0, spec["mtu"] or 0
    if spec["code"]:
        code = numbered(spec["code"], CODES6 if six else CODES4)
    if six and spec["code"] == "frag_needed":
        kind, code = 2, 0
    echoed = spec["echoed"]
    seq = u32((echoed["seq"] if echoed else 0) + flow.local_offset(False))
    inner = struct.pack("!HHIIBBHHH", flow.local_port, flow.remote_port, seq, 0, 80, 16, 0, 0, 0)
    quoted = ip_packet(flow.local, flow.remote, 6, inner, [])
    message = struct.pack("!BBHI", kind, code, 0, rest) + quoted
    pseudo = _pseudo(flow.remote, flow.local, 58, len(message)) if six else b""
    message = message[:2] + struct.pack("!H", checksum(pseudo + message)) + message[4:]
    return ip_packet(flow.remote, flow.local, 58 if six else 1, message, items)


class Flow:
    """One connection: how the script's numbers and those on the wire belong together."""

    def __init__(self, local, local_port, remote, remote_port):
        self.local, self.local_port, self.remote, self.remote_port = local, local_port, remote, remote_port
        self.script_remote = self.live_remote = self.script_local = self.live_local = 0
        self.known, self.reopened, self.begun, self.stamps, self.last_seq = False, False, False, {}, 0
        self.label = None

    def remote_offset(self, syn):
        return self.live_remote - self.script_remote if syn else self.live_remote

    def local_offset(self, syn):
        return self.live_local - self.script_local if syn else self.live_local


class Seen:
    """A TCP packet that the kernel sent."""

    def __init__(self, at, octets):
        self.at, six = at, octets[0] >> 4 == 6
        start = 40 if six else (octets[0] & 15) * 4
        self.protocol = octets[6] if six else octets[9]
        self.source = octets[8:24] if six else octets[12:16]
        self.target = octets[24:40] if six else octets[16:20]
        self.tos = (octets[0] << 8 | octets[1]) >> 4 & 255 if six else octets[1]
        self.label = struct.unpack("!I", octets[:4])[0] & 0xFFFFF if six else 0
        self.tcp = octets[start:]
        if self.protocol != 6:
            return
        (self.source_port, self.target_port, self.seq, self.ack, words, bits, self.window, _, self.urgent) = struct.unpack(
            "!HHIIBBHHH", self.tcp[:20])
        self.bits = bits | (words & 1) << 8
        self.header = (words >> 4) * 4
        self.length = len(self.tcp) - self.header

    def owned_by(self, flow):
        return (self.protocol == 6 and self.source_port == flow.local_port and self.target_port == flow.remote_port
                and self.target == flow.remote)

    def options(self, flow, key=None):
        found = read_options(self.tcp[20:self.header], flow, bool(self.bits & 2))
        right = "md5 " + signature(self.source, self.target, self.tcp, key).hex() if key else None
        return ["md5 valid" if one == right else one for one in found]

    def text(self, flow, window=True):
        syn = bool(self.bits & 2)
        seq = u32(self.seq - flow.local_offset(syn))
        mark = "[tos 0x%02x] " % self.tos if self.tos > 3 else ("", "[ect1] ", "[ect0] ", "[ce] ")[self.tos]
        words = ["> %s%s %d:%d(%d)" % (mark, flag_text(self.bits), seq, u32(seq + self.length), self.length)]
        if self.bits & 16:
            words.append("ack %d" % u32(self.ack - flow.remote_offset(syn)))
        if window:
            words.append("win %d" % self.window)
        if self.urgent:
            words.append("urg %d" % self.urgent)
        options = self.options(flow)
        if options:
            words.append("<%s>" % ",".join(options))
        return " ".join(words)
