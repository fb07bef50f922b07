#!/usr/bin/env python3
"""talk.py THEME SEED: a random peer talks with this machine's kernel, and what was said is printed as a script.

The peer answers what the kernel really sends, when it comes: so stories go where no list of packets foresees. After everything that happens the
script asserts what TCP_INFO said. What the clock of the kernel's timers showed as it began is its option `--jiffies_usecs`. In a network
namespace of its own; needs root.
"""

import errno
import os
import re
import select
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "kernel"))
import jiffies
import net
from marks import Marks
from play import TCP_INFO, TCP_INFO_LATER
from receiver import Receiver
from themes import Story

PORT, PEER_PORT = 8080, 53055
# By whether it is IPv6: its family, the kernel's address, the peer's, and an MTU that leaves segments as large.
FAMILIES = ((socket.AF_INET, "192.168.0.1", "192.0.2.1", 1500), (socket.AF_INET6, "fd3d:fa7b:d17d::1", "2001:db8::1", 1520))
HEADERS, STAMPS = 40, 12
FIN, SYN, RST = 1, 2, 4
CLOSED = 7
# Options that Python does not know by name.
YOUNGER = {"TCP_THIN_LINEAR_TIMEOUTS": 16, "TCP_RTO_MAX_MS": 44, "TCP_RTO_MIN_US": 45}
# A script longer than this is not read by anybody.
LINES_MOST = 420
# A kernel sends nothing of its own for so long, and a SYN-ACK again within this, s.
FIRST_S, AGAIN_S = 2, 8
# What TCP_INFO must say to the digit.
EXACT = ("ca_state snd_cwnd snd_ssthresh unacked sacked lost retrans retransmits backoff reordering reord_seen delivered delivered_ce dsack_dups "
         "total_retrans bytes_acked bytes_sent bytes_retrans notsent_bytes data_segs_out segs_out snd_mss probes rehash total_rto total_rto_recoveries").split()
# What other parts of a machine count, and what its buffers do.
UNCOUNTED = re.compile("(Ip|Icmp|Udp|MPTcp)|Tcp(Rto|MaxConn|Curr)|TcpExtTCP(AutoCorking|Sack(Shifted|Merged|ShiftFallback))")
# What it must say nearly: this machine's delays are in it. At least so much, or such a share.
NEAR = {"rtt": (40_000, .04), "rttvar": (40_000, .1), "min_rtt": (9000, .04), "rto": (90_000, .05), "busy_time": (400_000, .05),
        "rwnd_limited": (60_000, .05), "sndbuf_limited": (40_000, .05), "pacing_rate": (20, .3)}
UNLIMITED = 1 << 60
# The same where marks are the theme.
COUNTED = ("received_ce delivered_e1_bytes delivered_e0_bytes delivered_ce_bytes received_e1_bytes received_e0_bytes received_ce_bytes "
           "accecn_fail_mode accecn_opt_seen").split()
SIZES = {"mss": 4, "sackOK": 2, "TS": 10, "nop": 1, "wscale": 3, "accecn": 2}
OPTIONS_MOST = 40


class Script:
    """The lines, and when the last of them was."""

    def __init__(self):
        self.lines, self.zero, self.last = [], time.monotonic(), 0.0

    def now(self):
        return time.monotonic() - self.zero

    def put(self, text, at=None):
        self.last = max(self.now() if at is None else at, self.last)
        self.lines.append("%.6f %s" % (self.last, text))


class Talk:
    def __init__(self, story):
        self.story, self.script = story, Script()
        self.family, self.local, self.remote, self.mtu = FAMILIES[story.six]
        self.tun = net.open_tun(self.local, self.mtu)
        os.set_blocking(self.tun, False)
        for one in story.sysctls:
            subprocess.run(["sysctl", "-q", "-w", one], check=True, capture_output=True)
        self.receiver = Receiver(story.sack, story.dsack, 3 if story.timestamps else 4, story.every)
        self.window, self.rtt = story.window, story.rtt
        # Segments of data so far, the end of the last, what was acknowledged last.
        self.count, self.sent_to, self.told, self.acked = 0, 1, 1, 1
        # Right edge of the window that the kernel knows of; what waits, as (time, number, function, arguments); the delayed ACK.
        self.edge, self.waiting, self.delayed, self.is_over = 1, [], None, False
        # What the peer has sent itself, and what it knows of marks.
        self.seq, self.marks = 1, Marks(story)
        self.clock, self.recent, self.first_stamp = story.random.choice((1000, 2**31 - 2000, 5)), 0, None

    # The wire.

    def heard(self):
        """What the kernel has sent, noted down."""
        found = []
        while True:
            try:
                octets = os.read(self.tun, 1 << 16)
            except BlockingIOError:
                return found
            seen = net.Seen(time.monotonic(), octets)
            if not seen.owned_by(self.flow):
                continue
            if not found and seen.bits & SYN:
                self.begin(seen)
            found.append(seen)
            self.script.put(self.text_of(seen), seen.at - self.script.zero)

    def begin(self, syn):
        """The kernel's SYN: its numbers, and what it takes of what was offered."""
        self.flow.live_local = syn.seq
        options = " ".join(syn.options(self.flow))
        self.is_scaled = "wscale" in options and self.story.scale >= 0
        self.has_timestamps = "TS" in options and self.story.timestamps
        self.receiver.sack = self.receiver.sack and "sackOK" in options

    def text_of(self, seen):
        """As the script has it. Windows are another test's business; timestamps count from 100."""
        text = seen.text(self.flow, bool(seen.bits & SYN))
        if self.story.ecn and not seen.tos & 3:
            text = "> [noecn] " + text[2:]
        stamp = re.search(r"TS val (\d+)", text)
        seen.stamp = None
        if stamp is None:
            return text
        live = int(stamp.group(1))
        self.first_stamp = live if self.first_stamp is None else self.first_stamp
        seen.stamp = net.u32(live - self.first_stamp + 100)
        self.flow.stamps[seen.stamp] = live
        return text.replace(stamp.group(0), "TS val %d" % seen.stamp)

    def inject(self, flags, ack, window, options, seq=None, length=0, mark="noecn"):
        seq = self.seq if seq is None else seq
        body = {"kind": "tcp", "flags": flags, "seq": seq, "length": length, "ack": ack, "window": window, "urgent": 0, "options": options}
        os.write(self.tun, net.tcp_packet(body, self.flow, [{"kind": "ecn", "value": mark}]))
        shown = " <%s>" % ",".join(map(option_text, options)) if options else ""
        acknowledges = " ack %d" % ack if "." in flags else ""
        mark = "" if mark == "noecn" else "[%s] " % mark
        self.script.put("< %s%s %d:%d(%d)%s win %d%s" % (mark, flags, seq, seq + length, length, acknowledges, window, shown))

    def await_one(self, limit=FIRST_S):
        end = time.monotonic() + limit
        while time.monotonic() < end:
            select.select([self.tun], [], [], end - time.monotonic())
            found = self.heard()
            if found:
                return found[0]
        raise TimeoutError("the kernel sends nothing")

    # The handshake.

    def syn_options(self):
        story = self.story
        options = [{"kind": "mss", "value": story.mss}]
        if story.sack:
            options.append({"kind": "sackOK"})
        if story.timestamps:
            options.append({"kind": "TS", "val": self.clock, "ecr": self.recent})
        if story.scale >= 0:
            options += [{"kind": "nop"}, {"kind": "wscale", "value": story.scale}]
        options += self.marks.first_option()
        return padded(options)

    def open(self):
        """The connection stands: `self.sock` is the kernel's end, descriptor `self.fd` of the script."""
        story, script = self.story, self.script
        sock = socket.socket(self.family)
        script.put("socket(..., SOCK_STREAM, IPPROTO_TCP) = 3")
        self.set_option(sock, 3, "SOL_SOCKET", "SO_REUSEADDR", 1)
        if story.congestion != "reno":
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, story.congestion.encode())
            script.put('setsockopt(3, SOL_TCP, TCP_CONGESTION, "%s", %d) = 0' % (story.congestion, len(story.congestion)))
        for level, name, value in story.before:
            self.set_option(sock, 3, level, name, value)
        ports = (PORT, PEER_PORT) if story.is_server else (0, PORT)
        self.flow = net.Flow(net.address(self.local), ports[0], net.address(self.remote), ports[1])
        (self.accept if story.is_server else self.connect)(sock)
        self.sock.setblocking(False)
        first = self.field() << story.scale if self.is_scaled and story.is_server else 65535
        self.edge = 1 + (first if story.is_server or self.is_scaled else 65535)

    def accept(self, listener):
        listener.bind((self.local, PORT))
        listener.listen(1)
        for call in ("bind(3, ..., ...) = 0", "listen(3, 1) = 0"):
            self.script.put(call)
        time.sleep(.05)
        self.inject("SEW" if self.story.ecn else "S", 0, 65535, self.syn_options(), 0)
        self.recent = self.last_syn().stamp or 0
        time.sleep(self.rtt * .85)
        self.inject(".", 1, self.field(), self.options())
        self.sock, self.fd = listener.accept()[0], 4
        self.script.put("accept(3, ..., ...) = 4")
        self.script.put("fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0")

    def connect(self, sock):
        sock.setblocking(False)
        self.script.put("fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0")
        time.sleep(.05)
        sock.connect_ex((self.remote, PORT))
        self.script.put("connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)")
        self.flow.local_port = sock.getsockname()[1]
        self.recent = self.last_syn().stamp or 0
        time.sleep(self.rtt * .85)
        self.inject("S." + self.marks.syn_ack(), 1, 65535, self.syn_options(), 0, mark=self.marks.first)
        self.await_one()
        self.sock, self.fd = sock, 3

    def last_syn(self):
        """The kernel's SYN, for as often as the one before was lost."""
        seen = self.await_one()
        for _ in range(self.story.syn_acks_lost):
            seen = self.await_one(AGAIN_S)
        return seen

    # The peer.

    def field(self):
        """The window as a segment has it."""
        return self.window if self.is_scaled else min(65535, self.window << 7)

    def options(self, blocks=None, recent=None):
        found = []
        if self.has_timestamps:
            value = self.clock + int(self.script.now() * 1000)
            found += [{"kind": "nop"}, {"kind": "nop"}, {"kind": "TS", "val": value, "ecr": self.recent if recent is None else recent}]
        room = OPTIONS_MOST - 12 * self.has_timestamps
        found += padded(self.marks.option(room))
        room = OPTIONS_MOST - sum(map(size, found))
        blocks = (blocks or [])[:max(0, room - 4) // 8]
        if blocks:
            found += [{"kind": "nop"}, {"kind": "nop"}, {"kind": "sack", "blocks": blocks}]
        return found

    def later(self, delay, what, *args):
        self.waiting.append((self.script.now() + delay, len(self.script.lines) + len(self.waiting), what, args))
        self.waiting.sort(key=lambda one: one[:2])

    def travels(self, seen):
        """A segment is on its way: it gets lost, or comes, now or later, once or twice."""
        story, chance = self.story, self.story.chance
        if seen.bits & RST:
            self.is_over = True
            return
        seq = net.u32(seen.seq - self.flow.live_local)
        end, fin = seq + seen.length, bool(seen.bits & FIN)
        mark = self.marks.on_the_way(seen)
        if end == seq and not fin:
            # A bare ACK, or a probe, which is answered.
            self.marks.comes(mark, 0)
            if seq < self.receiver.next:
                self.acknowledge(None)
            return
        number, is_again = self.count, seq < self.sent_to
        self.count, self.sent_to = self.count + 1, max(self.sent_to, end)
        if story.narrow is not None and self.is_too_long(seen):
            return
        if number in story.lost or chance(story.loss_again if is_again else story.loss):
            return
        if not is_again and any(first <= number < behind for first, behind in story.bursts):
            return
        delay = story.random.choice(story.reorder_by) if chance(story.reorder) else 0
        self.later(delay, self.comes, seq, end, fin, mark, seen.stamp)
        if chance(story.copies):
            self.later(delay + story.random.choice(story.reorder_by), self.comes, seq, end, fin, mark, seen.stamp)

    def is_too_long(self, seen):
        """The path has no room for it now, and no router says so."""
        since, until, most = self.story.narrow
        return since <= self.script.now() - self.base < until and seen.length + HEADERS + STAMPS * self.has_timestamps > most

    def comes(self, seq, end, fin, mark, stamp):
        """A segment is with the peer."""
        is_news = self.marks.comes(mark, end - seq)
        if stamp is not None and self.has_timestamps and seq <= self.told:
            self.recent = stamp
        blocks, at_once = self.receiver.take(seq, end, fin, self.edge)
        if at_once or is_news:
            self.acknowledge(blocks)
        elif self.delayed is None:
            self.delayed = self.script.now() + self.story.delayed_ack

    def acknowledge(self, blocks):
        self.receiver.owed, self.delayed, self.told = 0, None, self.receiver.next
        if self.story.chance(self.story.ack_loss):
            return
        delay = self.rtt + self.story.random.choice(self.story.jitter)
        self.later(delay, self.arrives, self.receiver.next, blocks, self.marks.bits(), self.recent)

    def arrives(self, ack, blocks, bits, recent):
        """An ACK is with the kernel."""
        if blocks and self.story.chance(self.story.renege):
            self.receiver.renege()
        for time_, window in self.story.windows:
            if self.script.now() >= self.base + time_:
                self.window = window
        self.inject(bits + ".", ack, self.field(), self.options(blocks, recent), mark=self.marks.of_ours() if self.story.accurate else "noecn")
        self.acked = max(self.acked, ack)
        self.widen(ack)

    def widen(self, ack):
        self.edge = max(self.edge, ack + (self.window << self.story.scale if self.is_scaled else self.field()))

    # The program, and what else may happen.

    def set_option(self, sock, fd, level, name, value):
        number = YOUNGER[name] if name in YOUNGER else getattr(socket, name)
        sock.setsockopt(getattr(socket, level), number, value.encode() if isinstance(value, str) else value)
        given = '"%s", %d' % (value, len(value)) if isinstance(value, str) else "[%d], 4" % value
        self.script.put("setsockopt(%d, %s, %s, %s) = 0" % (fd, level, name, given))

    def act(self, kind, *args):
        if kind == "write":
            self.write(*args)
        elif kind == "option":
            self.set_option(self.sock, self.fd, *args)
        elif kind == "shutdown":
            self.sock.shutdown(socket.SHUT_WR)
            self.script.put("shutdown(%d, SHUT_WR) = 0" % self.fd)
        elif kind == "data":
            self.data(*args)
        elif kind == "rtt":
            (self.rtt,) = args
        elif kind == "window":
            (self.window,) = args
            self.inject(".", self.acked, self.field(), self.options())
            self.widen(self.acked)
        elif kind == "ack":
            offset, blocks = args
            shown = [[self.acked + edge for edge in block] for block in blocks] if self.receiver.sack else None
            self.inject(".", max(1, self.acked + offset), self.field(), self.options(shown))
        else:
            self.too_big(*args)

    def write(self, length, flag=None):
        flags = socket.MSG_NOSIGNAL if flag is None else socket.MSG_NOSIGNAL | getattr(socket, flag)
        try:
            answer = str(self.sock.send(bytes(length), flags))
        except OSError as error:
            answer = "-1 %s (%s)" % (errno.errorcode[error.errno], os.strerror(error.errno))
        call = "write(%d, ..., %d)" % (self.fd, length) if flag is None else "send(%d, ..., %d, %s)" % (self.fd, length, flag)
        self.script.put("%s = %s" % (call, answer))

    def data(self, *lengths):
        """The peer speaks: segments in their order, or, after a negative length, what that one leaves out comes last."""
        gaps = []
        for length in lengths:
            start = self.seq
            self.seq += abs(length)
            if length < 0:
                gaps.append((start, -length))
            else:
                self.speak(start, length)
        for gap in gaps:
            self.speak(*gap)

    def speak(self, start, length):
        self.inject("P" + self.marks.bits() + self.marks.reduces() + ".", self.acked, self.field(), self.options(), start, length, self.marks.of_ours())

    def too_big(self, mtu):
        body = {"type": "unreachable", "code": "frag_needed", "mtu": mtu, "echoed": {"seq": self.acked}}
        os.write(self.tun, net.icmp_packet(body, self.flow, []))
        self.script.put("< [%d:%d(%d)] icmp unreachable frag_needed mtu %d" % (self.acked, self.acked + 1000, 1000, mtu))

    def look(self):
        """TCP_INFO as assertions."""
        octets = self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 512)
        info = dict(zip(TCP_INFO, struct.unpack_from("=8B24I", octets)))
        form, names = TCP_INFO_LATER
        info.update(zip(names, struct.unpack_from("=" + form, octets, struct.calcsize("=8B24I"))))
        rows = ["assert tcpi_state == %d" % CLOSED]
        if info["state"] != CLOSED:
            names = EXACT + COUNTED if self.story.ecn else EXACT
            rows = ["assert tcpi_%s == %d, tcpi_%s" % (name, info[name], name) for name in names]
            rows.append("assert tcpi_delivery_rate_app_limited == %d, 'app_limited'" % (info["app_limited"] & 1))
            for name, (least, share) in NEAR.items():
                value = info[name]
                if value < UNLIMITED:
                    slack = max(least, int(value * share))
                    rows.append("assert %d <= tcpi_%s <= %d, tcpi_%s" % (value - slack, name, value + slack, name))
        self.script.lines.append("+0 %{\n" + "\n".join(rows) + "\n}%")

    def tally(self):
        """nstat's counters as assertions, as they are now."""
        self.script.put("`true`")
        for name, value in net.counters().items():
            if not UNCOUNTED.match(name):
                self.script.lines.append('+0 `nstat -asz %s | grep -q "^%s *%d "`' % (name, name, value))

    # The whole.

    def tell(self):
        self.open()
        self.base = self.script.now()
        actions = sorted(((self.base + at, i, what) for i, (at, what) in enumerate(self.story.actions)), reverse=True)
        end = self.base + self.story.until
        while not self.is_over and self.script.now() < end and len(self.script.lines) < LINES_MOST:
            next_action = actions[-1][0] if actions else end
            next_arrival = self.waiting[0][0] if self.waiting else end
            due = min(end, next_action, next_arrival, self.delayed or end)
            if due > self.script.now():
                select.select([self.tun], [], [], max(0, due - self.script.now()))
                found = self.heard() or NOTHING
            else:
                found = self.do_what_is_due(actions, next_action, next_arrival)
            for seen in found:
                self.travels(seen)
            if found is not NOTHING:
                self.look()
        self.tally()
        family = "--ip_version=ipv6\n--mtu=%d\n" % self.mtu if self.story.six else ""
        return "// %s %d\n%s--jiffies_usecs=%d\n`sysctl -q %s`\n\n%s\n" % (
            self.story.theme, self.story.seed, family, jiffies.shown_at(self.script.zero), " ".join('%s="%s"' % tuple(one.split("=", 1)) for one in self.story.sysctls),
            "\n".join(self.script.lines))

    def do_what_is_due(self, actions, next_action, next_arrival):
        """Returns what the kernel sent upon it; NOTHING where it knows of nothing."""
        now = self.script.now()
        if actions and next_action <= now:
            self.act(*actions.pop()[2])
            return self.heard()
        if self.waiting and next_arrival <= now:
            _, _, what, args = self.waiting.pop(0)
            what(*args)
            return self.heard() if what == self.arrives else NOTHING
        if self.delayed is not None and self.delayed <= now:
            self.acknowledge(self.receiver.blocks())
        return NOTHING


NOTHING = ()


def size(option):
    """Octets of an option."""
    return SIZES.get(option["kind"], 0) + 3 * len(option.get("fields", ())) + (2 + 8 * len(option["blocks"]) if "blocks" in option else 0)


def padded(options):
    """The same, and NOPs up to a whole word."""
    return options + [{"kind": "nop"}] * (-sum(map(size, options)) % 4)


def option_text(option):
    kind = option["kind"]
    if kind == "sack":
        return "sack " + " ".join("%d:%d" % tuple(block) for block in option["blocks"])
    if kind == "accecn":
        return " ".join(["ECN"] + ["%s %d" % (field["name"], field["value"]) for field in option["fields"]])
    if kind == "TS":
        return "TS val %d ecr %d" % (option["val"], option["ecr"])
    return "%s %d" % (kind, option["value"]) if "value" in option else kind


if __name__ == "__main__":
    sys.stdout.write(Talk(Story(sys.argv[1], int(sys.argv[2]))).tell())
