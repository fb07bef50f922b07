"""Runs the steps of a row on the real kernel. README.md has the vocabulary; this file is its meaning on Linux."""

import ctypes
import os
import select
import socket
import struct
import time

import calls
from calls import FLAGS, MSG_NOSIGNAL, call
from peer import ACK, FIN, NAMED_FLAGS, PSH, RST, SYN, URG, Peer
from world import libc, read_sysctl, write_sysctl

_F_GETFL, _F_SETFL = 3, 4
# The peer's segments that acknowledge what it has acknowledged before, and no more.
_SEGMENTS = {"syn": SYN, "synack": SYN | ACK, "data": PSH | ACK, "urgent": PSH | ACK | URG, "fin": FIN | ACK,
             "rst": RST | ACK}
_PEER_PORT = 5000  # of connections that the peer opens: peer 5000, peer1 5001, …


class StepError(Exception):
    """A step that cannot be read or carried out: a mistake in the table, not an answer of the kernel."""


class Run:
    """One row's sockets, on a World that is used again when the row leaves nothing behind."""

    def __init__(self, world, family):
        self._world = world
        self._peer = Peer(world)
        self._mapped = family == "mapped"
        self._domain = socket.AF_INET if family == "4" else socket.AF_INET6
        self._wire = socket.AF_INET6 if family == "6" else socket.AF_INET
        self._sockets = {}  # name → (fd, domain, mapped)
        self._open = set()
        self._sysctls = {}
        self._mark = time.monotonic()  # when the step began from which times are counted

    # ---- reading a step

    def step(self, text):
        """Carries one step out and returns its result."""
        words = text.split()
        if len(words) < 2 or words[1] not in ("times", "sent", "until"):
            self._mark = time.monotonic()
        try:
            if len(words) > 2 and words[1] == "=":
                return self._make(words[0], words[2:])
            who, verb, arguments = words[0], words[1], words[2:]
            if who == "wait":
                return self.wait(int(verb))
            if who == "host":
                return getattr(self, "_host_" + verb.replace("-", "_"))(*arguments)
            if who.startswith("peer"):
                return self._peer_step(who, verb, arguments)
            return getattr(self, "_do_" + verb)(self._sockets[who], *arguments)
        except (AttributeError, KeyError, IndexError, TypeError, ValueError, LookupError) as error:
            raise StepError("%r: %s: %s" % (text, type(error).__name__, error)) from error

    def wait(self, milliseconds):
        """Lets real time pass; the peer stays silent."""
        return self._wait_until(time.monotonic() + milliseconds / 1000)

    def _wait_until(self, deadline):
        while True:
            left = deadline - time.monotonic()
            self._peer.drain()
            if left <= 0:
                return 0
            poller = select.poll()
            poller.register(self._world.fileno(), select.POLLIN)
            poller.poll(left * 1000)

    def finish(self):
        """Ends every socket and every connection of the row. False: something stayed, use another World."""
        os.seteuid(0)  # a row may have become another user
        abort = struct.pack("=ii", 1, 0)
        for fd in self._open:
            libc.setsockopt(fd, 1, 13, abort, 8)
            libc.close(fd)
        self._peer.reset_all()
        for name, value in self._sysctls.items():
            write_sysctl(name, value)
        return self._world.is_clean()

    # ---- sockets

    def _make(self, name, words):
        kind = words[0]
        if kind in ("tcp", "tcp4", "tcp6", "tcp6only", "udp", "udp4", "udp6"):
            domain = {"4": socket.AF_INET, "6": socket.AF_INET6}.get(kind[3:4], self._domain)
            style = socket.SOCK_STREAM if kind.startswith("tcp") else socket.SOCK_DGRAM
            fd = call(libc.socket, domain, style | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, 0)
            if kind == "tcp6only":
                calls.set_option(fd, "IPV6_V6ONLY", [1])
            return self._keep(name, fd, domain, self._mapped and len(kind) == 3)
        source = self._sockets[kind]
        if words[1] == "accept":
            return self._keep(name, call(libc.accept4, source[0], None, None, socket.SOCK_NONBLOCK), *source[1:])
        if words[1] == "dup":
            return self._keep(name, call(libc.dup, source[0]), *source[1:])
        raise StepError("a socket is made by tcp, udp, accept or dup, not by " + " ".join(words))

    def _keep(self, name, fd, domain, mapped):
        if isinstance(fd, str):
            return fd
        self._sockets[name] = (fd, domain, mapped)
        self._open.add(fd)
        return 0

    def _address(self, entry, text):
        name, _, port = text.partition(":")
        return calls.pack_sockaddr(name, int(port or 0), entry[1], entry[2])

    def _do_bind(self, entry, address, *rest):
        packed = self._address(entry, address)
        return call(libc.bind, entry[0], packed, _length(rest, len(packed)))

    def _do_connect(self, entry, address, *rest):
        packed = self._address(entry, address)
        return call(libc.connect, entry[0], packed, _length(rest, len(packed)))

    def _do_listen(self, entry, backlog):
        return call(libc.listen, entry[0], int(backlog))

    def _do_accept(self, entry):
        """An accept whose new descriptor no later step needs; it stays open until the row ends."""
        fd = call(libc.accept4, entry[0], None, None, socket.SOCK_NONBLOCK)
        return self._keep("(accepted %d)" % len(self._open), fd, *entry[1:])

    def _do_send(self, entry, count, *flags):
        return call(libc.send, entry[0], b"x" * int(count), int(count), _flags(flags) | MSG_NOSIGNAL)

    def _do_fill(self, entry):
        """Sends until the socket takes no more; the amount differs between kernels and is not a result."""
        while isinstance(call(libc.send, entry[0], b"x" * 65536, 65536, MSG_NOSIGNAL), int):
            pass
        return 0

    def _do_sendto(self, entry, address, count):
        packed = self._address(entry, address)
        return call(libc.sendto, entry[0], b"x" * int(count), int(count), MSG_NOSIGNAL, packed, len(packed))

    def _do_recv(self, entry, count, *flags):
        buffer = ctypes.create_string_buffer(max(1, int(count)))
        return call(libc.recv, entry[0], buffer, int(count), _flags(flags))

    def _do_shutdown(self, entry, how):
        return call(libc.shutdown, entry[0], {"rd": 0, "wr": 1, "rdwr": 2, "bad": 3}[how])

    def _do_close(self, entry):
        self._open.discard(entry[0])
        return call(libc.close, entry[0])

    def _do_getsockname(self, entry):
        return calls.getsockname(entry[0], entry[2])

    def _do_getpeername(self, entry):
        return calls.getpeername(entry[0], entry[2])

    def _do_set(self, entry, option, *values):
        length = _length(values, None)
        return calls.set_option(entry[0], option, [value for value in values if "=" not in value], length)

    def _do_get(self, entry, option, *rest):
        return calls.get_option(entry[0], option, _length(rest, None))

    def _do_info(self, entry, *fields):
        return calls.tcp_info(entry[0], fields)

    def _do_poll(self, entry):
        return calls.poll(entry[0])

    def _do_nonblock(self, entry):
        return call(libc.fcntl, entry[0], _F_SETFL, os.O_NONBLOCK)

    # ---- the host

    def _host_sysctl(self, name, *value):
        """Sets a sysctl until the row ends; ENOENT on a kernel that does not have it."""
        try:
            self._sysctls.setdefault(name, read_sysctl(name))
        except FileNotFoundError as error:
            return calls.errno_name(error.errno)
        write_sysctl(name, " ".join(value))
        return 0

    def _host_write(self, name, *value):
        """Writes a sysctl as an administrator would; the result is 0 or an errno."""
        try:
            before = read_sysctl(name)
            write_sysctl(name, " ".join(value).encode().decode("unicode_escape"))
        except OSError as error:
            return calls.errno_name(error.errno)
        self._sysctls.setdefault(name, before)
        return 0

    def _host_read(self, name):
        try:
            return read_sysctl(name)
        except OSError as error:
            return calls.errno_name(error.errno)

    def _host_range(self, name):
        """The smallest and the largest integer that a write accepts, by bisection from the value that is there."""
        now = self._host_read(name)
        if not now.lstrip("-").isdigit():
            return now
        ends = []
        for sign in (-1, 1):
            good, bad = int(now), sign * 2**33
            while abs(bad - good) > 1:
                middle = (good + bad) // 2
                if self._host_write(name, str(middle)) == 0:
                    good = middle
                else:
                    bad = middle
            ends.append(str(good))
        return " ".join(ends)

    def _host_as(self, uid):
        """Goes on as another user, without privileges; 0 brings them back."""
        os.seteuid(int(uid))
        return 0

    def _host_rows(self, port=None):
        """The rows of the socket table, `STATE local>remote`; with a port only those whose local port it is."""
        return self._rows(port, lambda state, ends, queues: "%s %s" % (state, ends))

    def _host_queues(self, port=None):
        """Recv-Q and Send-Q of those rows: `CLOSE-WAIT 1 0`."""
        return self._rows(port, lambda state, ends, queues: "%s %d %d" % (state, *queues))

    def _rows(self, port, show):
        rows = []
        for path in ("/proc/self/net/tcp", "/proc/self/net/tcp6"):
            with open(path) as file:
                for line in file.readlines()[1:]:
                    words = line.split()
                    local, remote = (_proc_address(word, self._mapped) for word in words[1:3])
                    if port is None or local.endswith(":" + port):
                        send, receive = (int(word, 16) for word in words[4].split(":"))
                        rows.append(show(calls.STATES[int(words[3], 16)], local + ">" + remote, (receive, send)))
        return "; ".join(sorted(rows)) or "none"

    def _host_restart_network(self):
        self._world.restart_network()
        return 0

    def _host_until(self, what, port, limit, unit):
        """Milliseconds from the step before until no row of the port is left (`gone`), or the first has the state `what`.

        `never` after `limit`.
        """
        while True:
            passed = (time.monotonic() - self._mark) * 1000
            rows = self._host_rows(port)
            if rows == "none" if what == "gone" else rows.startswith(what + " "):
                return _round(passed, unit)
            if passed > int(limit):
                return "never"
            self.wait(5)

    # ---- the peer

    def _peer_step(self, name, verb, arguments):
        peer = self._peer
        if verb in ("seen", "times", "sent"):
            return getattr(self, "_peer_" + verb)(name, *arguments)
        if verb in ("syn", "udp", "to") and arguments and ":" in arguments[0]:
            host_port = int(arguments[0].partition(":")[2])
            peer_port = int(_option(arguments, "from", _PEER_PORT + int(name[4:] or 0)))
            protocol = socket.IPPROTO_UDP if verb == "udp" else socket.IPPROTO_TCP
            flow = peer.open(name, protocol, self._wire, host_port, peer_port)
            flow.snd_nxt = int(_option(arguments, "iss", flow.snd_nxt))
            if verb == "to":
                return 0
            arguments = arguments[1:]
        flow = peer.flow(name)
        if "timestamps" in arguments:
            flow.timestamp = int(_option(arguments, "timestamps", None))
        flow.mss = int(_option(arguments, "mss", flow.mss))
        flow.sack = flow.sack or "sackok" in arguments
        if verb in _SEGMENTS:
            self._send_segment(flow, _SEGMENTS[verb], arguments)
        elif verb == "segment":
            names = arguments[0].split(",")
            self._send_segment(flow, sum(bit for bit, name in NAMED_FLAGS if name in names), arguments[1:])
        else:
            getattr(self, "_send_" + verb)(flow, *arguments)
        return 0

    def _send_segment(self, flow, flags, arguments):
        """`seq` and `acking` as in Peer.segment; a first argument that is a number is the octets of text."""
        seq, acking = _option(arguments, "seq", None), int(_option(arguments, "acking", 0))
        count = int(arguments[0]) if arguments and arguments[0].isdigit() else 0
        if flags == RST | ACK and not flow.syn_sent or flags == SYN | ACK:
            flow.acked = flow.rcv_nxt
        self._peer.segment(flow, flags, b"x" * count, count if flags & URG else 0, seq and int(seq), acking)

    def _send_ack(self, flow, *arguments):
        flow.acked = flow.rcv_nxt
        self._send_segment(flow, ACK, arguments)

    def _send_finack(self, flow, *arguments):
        flow.acked = flow.rcv_nxt
        self._send_segment(flow, FIN | ACK, arguments)

    def _send_window(self, flow, octets):
        flow.window = int(octets)
        self._send_ack(flow)

    def _send_icmp(self, flow, kind):
        self._peer.icmp(flow, kind)

    def _send_udp(self, flow, count, *arguments):
        self._peer.datagram(flow, b"x" * int(count))

    def _send_acks(self, flow, octets, *blocks):
        """`acks 1000 2000-3000`: what has come, by octets counted from the host's first."""
        self._peer.acknowledge(flow, int(octets), [tuple(map(int, block.split("-"))) for block in blocks])

    def _send_again(self, flow):
        self._world.send(flow.last_sent)

    def _peer_seen(self, name):
        """What the host sent since the last question: flags, with the number of octets where there is text."""
        if not self._peer.has_flow(name):
            return "nothing"
        flow = self._peer.flow(name)
        seen = " ".join(flags + (":%d" % text if text else "") for _, flags, text, _ in flow.seen)
        flow.seen.clear()
        return seen or "nothing"

    def _peer_times(self, name, limit, unit):
        """What the host sends within `limit` ms of the step before, each with its time after that."""
        self._wait_until(self._mark + int(limit) / 1000)
        if not self._peer.has_flow(name):
            return "nothing"
        seen = self._peer.flow(name).seen
        times = ["%d %s" % (_round((at - self._mark) * 1000, unit), flags + (":%d" % text if text else ""))
                 for at, flags, text, _ in seen]
        seen.clear()
        return "; ".join(times) or "nothing"


    def _peer_sent(self, name, limit, unit):
        """The same, with the place of the text in the stream: `40 ACK 1000-2000`."""
        self._wait_until(self._mark + int(limit) / 1000)
        flow = self._peer.flow(name)
        shown = []
        for at, flags, text, seq in flow.seen:
            start = (seq - flow.origin) & 0xFFFFFFFF
            place = " %d-%d" % (start, start + text) if text else ""
            shown.append("%d %s%s" % (_round((at - self._mark) * 1000, unit), flags, place))
        flow.seen.clear()
        return "; ".join(shown) or "nothing"


def _round(milliseconds, unit):
    return int(round(milliseconds / int(unit))) * int(unit)


def _flags(words):
    total = 0
    for word in words:
        total |= FLAGS[word]
    return total


def _option(words, name, default):
    return words[words.index(name) + 1] if name in words else default


def _length(words, default):
    for word in words:
        if word.startswith("len="):
            return int(word[4:])
    return default


def _proc_address(word, mapped):
    address, port = word.split(":")
    raw = b"".join(struct.pack("=I", int(address[at : at + 8], 16)) for at in range(0, len(address), 8))
    number = struct.pack("!H", int(port, 16))
    if len(raw) == 4:
        return calls.symbol(struct.pack("=H", socket.AF_INET) + number + raw + bytes(8), mapped)
    return calls.symbol(struct.pack("=H", socket.AF_INET6) + number + bytes(4) + raw + bytes(4), mapped)
