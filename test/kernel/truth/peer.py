"""The hand-made peer: a TCP, UDP and ICMP source that sends exactly what a step says and never anything of itself.

It keeps per connection what a segment needs (its next sequence number, what has arrived, what it has acknowledged) and
a list of what the host sent. It does not retransmit, acknowledge or time anything.
"""

import socket
import struct
import time

from world import HOST4, HOST6, PEER4, PEER6

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
NAMED_FLAGS = ((SYN, "SYN"), (FIN, "FIN"), (RST, "RST"), (URG, "URG"), (ACK, "ACK"))
ISS = 1000  # every connection of the peer starts here
WINDOW = 65535
MSS = 1460
SACK_PERMITTED = struct.pack("!BBBB", 1, 1, 4, 2)

_TCP, _UDP, _ICMP4, _ICMP6 = 6, 17, 1, 58

# name → (ICMP type, code), (ICMPv6 type, code)
ICMP = {
    "net-unreachable": ((3, 0), (1, 0)),
    "host-unreachable": ((3, 1), (1, 3)),
    "protocol-unreachable": ((3, 2), (4, 1)),
    "port-unreachable": ((3, 3), (1, 4)),
    "admin-prohibited": ((3, 13), (1, 1)),
    "time-exceeded": ((11, 0), (3, 0)),
}


def checksum(data):
    """The Internet checksum of RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pseudo_header(source, target, protocol, length):
    """What RFC 9293 §3.1 and RFC 8200 §8.1 put before the checksummed octets."""
    if len(source) == 4:
        return source + target + struct.pack("!BBH", 0, protocol, length)
    return source + target + struct.pack("!IHBB", length, 0, 0, protocol)


def ip_packet(source, target, protocol, payload):
    """An IPv4 or IPv6 packet around `payload`; the addresses are 4 or 16 octets."""
    if len(source) == 16:
        return struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + source + target + payload
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0) + source + target
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def flag_names(flags):
    """`SYN,ACK`: the flags that matter to a reader, in the order of the RFC's pictures; PSH is left out."""
    names = [name for bit, name in NAMED_FLAGS if flags & bit]
    return ",".join(names)


class Flow:
    """One connection (or UDP conversation) as the peer knows it."""

    def __init__(self, protocol, peer, peer_port, host, host_port):
        self.protocol = protocol
        self.peer, self.peer_port = peer, peer_port
        self.host, self.host_port = host, host_port
        self.claimed = False
        self.snd_nxt = ISS
        self.syn_sent = False
        self.rcv_nxt = None  # the host's next octet, once its SYN has come
        self.acked = None  # what this peer has acknowledged so far
        self.window = WINDOW
        self.mss = MSS
        self.sack = False  # offered on a SYN
        self.origin = None  # the sequence number of the host's first octet
        self.echo = 0  # the host's latest TSval
        self.timestamp = None  # the TSval of everything this side sends; None: no timestamps
        self.last_packet = b""
        self.last_sent = b""
        self.seen = []  # (seconds, flags, octets of text, seq)

    def take(self, packet, segment, now):
        """Notes a packet that the host sent."""
        self.last_packet = packet
        if self.protocol == _UDP:
            self.seen.append((now, "UDP", len(segment) - 8, 0))
            return
        seq = struct.unpack_from("!I", segment, 4)[0]
        offset, flags = (segment[12] >> 4) * 4, segment[13]
        self._take_timestamp(segment[20:offset])
        text = len(segment) - offset
        self.seen.append((now, flag_names(flags), text, seq))
        if flags & RST:
            return
        if flags & SYN:
            self.rcv_nxt = seq
            self.origin = (seq + 1) & 0xFFFFFFFF
        if self.rcv_nxt is not None and seq == self.rcv_nxt:
            length = text + bool(flags & SYN) + bool(flags & FIN)
            self.rcv_nxt = (seq + length) & 0xFFFFFFFF

    def _take_timestamp(self, options):
        while options and options[0] != 0:
            if options[0] == 1:
                options = options[1:]
                continue
            if options[0] == 8:
                self.echo = struct.unpack_from("!I", options, 2)[0]
            options = options[options[1]:]


class Peer:
    """All conversations of the peer's side of the wire."""

    def __init__(self, world):
        self._world = world
        self._flows = {}
        self._named = {}

    def drain(self):
        """Takes in everything the host has sent so far."""
        while True:
            packet = self._world.receive()
            if packet is None:
                return
            self._take(packet)

    def _take(self, packet):
        if packet[0] >> 4 == 4:
            protocol, source, target = packet[9], packet[12:16], packet[16:20]
            segment = packet[(packet[0] & 15) * 4:]
        else:
            protocol, source, target, segment = packet[6], packet[8:24], packet[24:40], packet[40:]
        if protocol in (_ICMP4, _ICMP6):
            self._take_icmp(segment)
        if protocol not in (_TCP, _UDP):
            return
        host_port, peer_port = struct.unpack_from("!HH", segment)
        key = (protocol, target, peer_port, source, host_port)
        flow = self._flows.get(key)
        if flow is None:
            flow = self._flows[key] = Flow(protocol, target, peer_port, source, host_port)
        flow.take(packet, segment, time.monotonic())

    def _take_icmp(self, message):
        """Notes an error that the host sends about a packet of the peer's."""
        names = [name for name, codes in ICMP.items() if (message[0], message[1]) in codes]
        inner = message[8:]
        if not names or len(inner) < 28:
            return
        four = inner[0] >> 4 == 4
        ports = struct.unpack_from("!HH", inner, 20 if four else 40)
        key = (inner[9], inner[12:16], ports[0], inner[16:20], ports[1]) if four else (
            inner[6], inner[8:24], ports[0], inner[24:40], ports[1])
        if key in self._flows:
            self._flows[key].seen.append((time.monotonic(), "ICMP " + names[0], 0, 0))

    def flow(self, name):
        """The conversation that `name` stands for: its own, or the oldest one that no name has taken."""
        self.drain()
        if name not in self._named:
            free = [flow for flow in self._flows.values() if not flow.claimed]
            if not free:
                raise LookupError(name + " has no connection: the host has sent nothing to it")
            free[0].claimed = True
            self._named[name] = free[0]
        return self._named[name]

    def has_flow(self, name):
        """True when `name` stands for a conversation, or there is one that no name has taken."""
        self.drain()
        return name in self._named or any(not flow.claimed for flow in self._flows.values())

    def open(self, name, protocol, family, host_port, peer_port):
        """A new conversation that the peer starts, towards host:`host_port`."""
        convert = socket.inet_pton
        mine, theirs = (PEER4, HOST4) if family == socket.AF_INET else (PEER6, HOST6)
        flow = Flow(protocol, convert(family, mine), peer_port, convert(family, theirs), host_port)
        flow.claimed = True
        self._flows[(protocol, flow.peer, peer_port, flow.host, host_port)] = flow
        self._named[name] = flow
        return flow

    def acknowledge(self, flow, octets, blocks):
        """Sends an ACK of the host's first `octets` octets, with SACK blocks (left, right) counted the same way."""
        flow.acked = (flow.origin + octets) & 0xFFFFFFFF
        option = b""
        if blocks:
            edges = [(flow.origin + edge) & 0xFFFFFFFF for block in blocks for edge in block]
            option = struct.pack("!BBBB", 1, 1, 5, 2 + 4 * len(edges)) + struct.pack("!%dI" % len(edges), *edges)
        self.segment(flow, ACK, more=option)

    def segment(self, flow, flags, text=b"", urgent=0, seq=None, acking=0, more=b""):
        """Sends one TCP segment at the flow's SND.NXT and advances it; with `seq` at that number, advancing nothing.

        Its acknowledgment number is what the flow has acknowledged so far (all that has come, if nothing yet), plus
        `acking`.
        """
        options = struct.pack("!BBH", 2, 4, flow.mss) if flags & SYN else b""
        if flags & SYN and flow.sack:
            options += SACK_PERMITTED
        if flow.timestamp is not None and not flags & RST:
            options += struct.pack("!BBBBII", 1, 1, 8, 10, flow.timestamp, flow.echo)
        options += more
        if flow.acked is None and flags & ACK:
            flow.acked = flow.rcv_nxt
        acknowledgment = ((flow.acked or 0) + acking) & 0xFFFFFFFF if flags & ACK else 0
        sequence = flow.snd_nxt if seq is None else seq
        if flags & RST and not flow.syn_sent and seq is None:
            sequence = 0  # RFC 9293 §3.10.7.1: the answer to a segment for a port that is closed
        elif seq is None:
            flow.snd_nxt = (sequence + len(text) + bool(flags & SYN) + bool(flags & FIN)) & 0xFFFFFFFF
        flow.syn_sent = flow.syn_sent or bool(flags & SYN)
        offset = (20 + len(options)) // 4 << 4
        header = struct.pack("!HHIIBBHHH", flow.peer_port, flow.host_port, sequence, acknowledgment, offset, flags,
                             flow.window, 0, urgent)
        segment = header + options + text
        total = checksum(pseudo_header(flow.peer, flow.host, _TCP, len(segment)) + segment)
        segment = segment[:16] + struct.pack("!H", total) + segment[18:]
        flow.last_sent = ip_packet(flow.peer, flow.host, _TCP, segment)
        self._world.send(flow.last_sent)

    def datagram(self, flow, text):
        """Sends one UDP datagram."""
        segment = struct.pack("!HHHH", flow.peer_port, flow.host_port, 8 + len(text), 0) + text
        total = checksum(pseudo_header(flow.peer, flow.host, _UDP, len(segment)) + segment) or 0xFFFF
        segment = segment[:6] + struct.pack("!H", total) + segment[8:]
        self._world.send(ip_packet(flow.peer, flow.host, _UDP, segment))

    def icmp(self, flow, kind):
        """Sends an ICMP error about the last packet that the host sent."""
        four, six = ICMP[kind]
        quote = flow.last_packet[:576]
        if len(flow.peer) == 4:
            message = struct.pack("!BBHI", four[0], four[1], 0, 0) + quote
            message = message[:2] + struct.pack("!H", checksum(message)) + message[4:]
            self._world.send(ip_packet(flow.peer, flow.host, _ICMP4, message))
            return
        message = struct.pack("!BBHI", six[0], six[1], 0, 0) + quote
        total = checksum(pseudo_header(flow.peer, flow.host, _ICMP6, len(message)) + message)
        message = message[:2] + struct.pack("!H", total) + message[4:]
        self._world.send(ip_packet(flow.peer, flow.host, _ICMP6, message))

    def reset_all(self):
        """Ends whatever the host still holds of any conversation, TIME-WAIT included."""
        self.drain()
        for flow in self._flows.values():
            if flow.protocol == _TCP and flow.rcv_nxt is not None:
                flow.acked = flow.rcv_nxt
                self.segment(flow, RST | ACK)
        self.drain()
