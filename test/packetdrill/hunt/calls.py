#!/usr/bin/env python3
"""Has this machine's kernel play stories of system calls and of segments of the peer, for calls.mjs: standard input is JSON, {"version", "workers", "sysctls", "stories"}.

A story is a list of steps: {"rest": seconds}, {"call", "args", "opens", "closes", "waits"}, {"peer": segment}, {"icmp": message}, {"look": fd}.
Standard output is JSON: for each story what its clock showed at the start (`jiffies`, µs) and what `happened`, in order: {"at", "step", …} with what a call answered and filled in, or the segment's
numbers, and {"at", "seen"} for what the kernel sent; or {"broken": why}. Each worker has a network namespace of its own. Needs root.
"""

import ctypes
import errno
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "kernel")]
import jiffies
import net

from play import TCP_INFO, TCP_INFO_LATER

PORT = 8080
ROOM = 1 << 22
FILE_LENGTH = 1 << 22
# A call that has not returned by then sleeps.
AWAKE_S = 0.004
PACE_S = .0015
# How large bursts are depends on round trips that are shorter.
ROUND_TRIP_S = .02
# Descriptors of nobody, where a script's number is no descriptor.
NOBODY = 900
WORDS = {"read", "write", "readv", "writev", "recv", "recvfrom", "recvmsg", "send", "sendto", "sendmsg", "splice", "sendfile", "tee"}
libc = ctypes.CDLL(None, use_errno=True)


class Place:
    """The addresses of both ends, and how programs name them."""

    def __init__(self, version):
        six = version == "ipv6"
        self.local, self.remote = ("fd3d:fa7b:d17d::1", "2001:db8::1") if six else ("192.168.0.1", "192.0.2.1")
        self.family = socket.AF_INET if version == "ipv4" else socket.AF_INET6
        self.prefix = "::ffff:" if version == "ipv4-mapped-ipv6" else ""
        # A script's bind() is to any address there.
        self.own = "::" if self.prefix else self.local
        self.length, self.mtu = (16, 1500) if self.family == socket.AF_INET else (28, 1520 if six else 1500)

    def socket_address(self, family, port, host):
        if self.family == socket.AF_INET:
            return struct.pack("=HH4s24x", family, socket.htons(port), net.address(host))
        return struct.pack("=HHI16sI4x", family, socket.htons(port), 0, net.address(self.prefix + host if "." in host else host), 0)

    def named(self, octets):
        family, port = struct.unpack_from("=HH", octets)
        four = family == socket.AF_INET
        return [family, socket.ntohs(port), socket.inet_ntop(family, octets[4:8] if four else octets[8:24]) if family else "0.0.0.0"]


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class Message(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("name_length", ctypes.c_uint32), ("vector", ctypes.c_void_p), ("count", ctypes.c_size_t),
                ("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t), ("flags", ctypes.c_int)]


class Unsayable(Exception):
    pass


class Arguments:
    """A call's arguments as the C library takes them; `told()` is what it has written there."""

    def __init__(self, story, args):
        self.story, self.kept, self.readers = story, [], []
        self.values = [self.one(arg) for arg in args]

    def keep(self, thing):
        self.kept.append(thing)
        return ctypes.addressof(thing)

    def told(self):
        return [read() for read in self.readers]

    def one(self, arg):
        if not isinstance(arg, dict):
            return ctypes.c_long(arg)
        (kind, value), = arg.items()
        return ctypes.c_long(getattr(self, kind)(value))

    def fd(self, number):
        return self.story.live(number)

    def pointer(self, address):
        return address

    def octets(self, _):
        return ctypes.addressof(self.story.memory)

    def vector(self, lengths, base=None):
        elements = (Vector * max(1, len(lengths)))()
        address = ctypes.addressof(self.story.memory)
        for element, length in zip(elements, lengths):
            element.base, element.length = address if base is None else base, length & (1 << 64) - 1
        return self.keep(elements)

    def badvector(self, lengths):
        return self.vector(lengths, 1)

    def message(self, given):
        message = Message()
        message.vector = self.badvector(given["bad"]) if "bad" in given else self.vector(given["lengths"])
        message.count = given.get("count", len(given.get("lengths", given.get("bad", ()))))
        if given.get("to"):
            message.name, message.name_length = self.address({}), self.story.place.length
        elif given.get("name"):
            message.name, message.name_length = self.keep(ctypes.create_string_buffer(128)), 128
        if given.get("control"):
            room = given["control"]
            octets = ctypes.create_string_buffer(max(room, 1024))
            message.control, message.control_length = self.keep(octets), room
        address = self.keep(message)

        def read():
            found, at = [], 0
            raw = ctypes.string_at(message.control, message.control_length) if message.control else b""
            while at + 16 <= len(raw):
                length, level, kind = struct.unpack_from("=Qii", raw, at)
                if length < 16:
                    break
                found.append([level, kind, raw[at + 16:at + length].hex()])
                at += (length + 7) & ~7
            return {"flags": message.flags & 0xFFFFFFFF, "name": message.name_length, "control": found}
        self.readers.append(read)
        return address

    def family(self, _):
        return self.story.place.family

    def int(self, value):
        box = ctypes.c_int(value)
        self.readers.append(lambda: box.value)
        return self.keep(box)

    def offset(self, value):
        box = ctypes.c_int64(value)
        self.readers.append(lambda: box.value)
        return self.keep(box)

    def hex(self, text):
        octets = ctypes.create_string_buffer(bytes.fromhex(text), 600)
        self.readers.append(lambda: octets.raw[:16].hex())
        return self.keep(octets)

    def address(self, given):
        port = self.story.port if given.get("own") else given.get("port", PORT)
        place = self.story.place
        octets = place.socket_address(given.get("family", place.family), port, place.own if given.get("own") else place.remote)
        return self.keep(ctypes.create_string_buffer(octets, 128))

    def name(self, _):
        octets = ctypes.create_string_buffer(128)

        def read():
            family, port, host = self.story.place.named(octets.raw)
            return [family, self.story.told_port(port), host]
        self.readers.append(read)
        return self.keep(octets)

    def polled(self, entries):
        octets = ctypes.create_string_buffer(b"".join(struct.pack("=iHH", self.fd(fd) if fd >= 0 else fd, events, 0) for fd, events in entries), 8 * len(entries) + 1)
        self.readers.append(lambda: [struct.unpack_from("=iHH", octets.raw, 8 * i)[2] for i in range(len(entries))])
        return self.keep(octets)

    def event(self, given):
        events, data = given
        return self.keep(ctypes.create_string_buffer(struct.pack("<IQ", events, data)))

    def events(self, count):
        octets = ctypes.create_string_buffer(12 * max(1, count))
        self.readers.append(lambda: [list(struct.unpack_from("<IQ", octets.raw, 12 * i)) for i in range(count)])
        return self.keep(octets)

    def pipe(self, numbers):
        ends = (ctypes.c_int * 2)()

        def read():
            for number, end in zip(numbers, ends):
                if end > 0:
                    self.story.files[number] = end
        self.readers.append(read)
        return self.keep(ends)

    def text(self, path):
        return self.keep(ctypes.create_string_buffer(path.encode()))


class Story:
    def __init__(self, worker, steps):
        self.tun, self.memory, self.port, self.place = worker.tun, worker.memory, worker.next_port(), worker.place
        self.steps, self.files, self.flow, self.happened = steps, {}, None, []
        self.sleeping, self.used, self.spoke_at = [], worker.used, 0.0
        self.seq, self.next, self.acked = 0, 1, 1
        self.zero = time.monotonic()

    def now(self):
        return time.monotonic() - self.zero

    def live(self, number):
        return self.files.get(number, number if number < 0 else NOBODY)

    def told_port(self, port):
        known = {self.port: PORT}
        if self.flow is not None and self.flow.remote_port == PORT:
            known[self.flow.local_port] = -1
        return known.get(port, port)

    def flow_of(self, local_port, remote_port):
        return net.Flow(net.address(self.place.local), local_port, net.address(self.place.remote), remote_port)

    # The wire.

    def hear(self):
        """What the kernel has sent."""
        while True:
            try:
                octets = os.read(self.tun, 65536)
            except BlockingIOError:
                return
            at = self.now()
            seen = net.Seen(at, octets)
            if seen.protocol != 6:
                continue
            is_syn = bool(seen.bits & 2)
            if is_syn and not seen.bits & 16 and seen.target_port == PORT and seen.source_port not in self.used:
                self.used.add(seen.source_port)
                self.flow = self.flow_of(seen.source_port, PORT)
                self.next = self.acked = 1
            if self.flow is None or not seen.owned_by(self.flow):
                continue
            if is_syn:
                self.flow.live_local, self.flow.known = seen.seq, True
            words = seen.text(self.flow, bool(seen.bits & 6))
            if not is_syn and not seen.bits & 4:
                end = net.u32(seen.seq - self.flow.live_local) + seen.length + (seen.bits & 1)
                self.next = max(self.next, end) if end < 1 << 31 else self.next
                self.spoke_at = at if seen.length else self.spoke_at
            self.happened.append({"at": at, "seen": words.split(" <")[0] + " <...>" if is_syn else words})

    def rest(self, seconds):
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if select.select([self.tun], [], [], max(0, left))[0]:
                self.hear()
            elif left <= 0:
                return

    def peer(self, step, given):
        bits = net.flag_bits(given["flags"])
        if bits & 2 and not bits & 16:
            self.flow = self.flow_of(self.port, 20000 + self.port % 20000)
            self.seq, self.next, self.acked = 0, 1, 1
        if self.flow is None:
            return
        if bits & 2:
            self.seq, self.flow.script_remote, self.flow.live_remote = 0, 0, 0
        length = given.get("length", 0)
        seq = self.seq + given.get("skip", 0)
        ack = {"all": self.next, "same": self.acked, "half": (self.acked + self.next) // 2}[given.get("ack", "all")]
        if ack > self.acked:
            self.rest(max(0, self.spoke_at + ROUND_TRIP_S - self.now()))
        self.acked = ack
        options = [{"kind": "mss", "value": 1000}, {"kind": "nop"}, {"kind": "nop"}, {"kind": "sackOK"}] if bits & 2 else []
        body = {"flags": given["flags"], "seq": seq, "length": length, "ack": ack, "window": given.get("window", 20000),
                "urgent": given.get("urgent", 0), "options": options}
        if not given.get("skip"):
            self.seq += length + (1 if bits & 3 else 0)
        at = self.now()
        self.happened.append({"at": at, "step": step, "seq": seq, "ack": ack})
        os.write(self.tun, net.tcp_packet(body, self.flow, []))
        self.hear()

    def icmp(self, step, given):
        if self.flow is None:
            return
        echoed = 0 if given.get("syn") else self.acked
        self.happened.append({"at": self.now(), "step": step, "seq": echoed})
        body = {"type": given["type"], "code": given.get("code"), "mtu": None, "echoed": {"seq": echoed}}
        os.write(self.tun, net.icmp_packet(body, self.flow, []))
        self.hear()

    # The program.

    def made(self, step, entry):
        """Makes the call of a step."""
        arguments = Arguments(self, step["args"])
        function = getattr(libc, step["call"])
        function.restype = ctypes.c_ssize_t if step["call"] in WORDS else ctypes.c_int
        ctypes.set_errno(0)
        result = function(*arguments.values)
        end, code = self.now(), ctypes.get_errno()
        entry.update(result=result, end=end, told=arguments.told())
        if result < 0:
            entry["errno"] = errno.errorcode.get(code, str(code))
        elif "opens" in step:
            self.files[step["opens"]] = result
            entry["result"] = step["opens"]
        if "closes" in step and result == 0:
            self.files.pop(step["closes"], None)

    def call(self, number, step):
        entry = {"at": self.now(), "step": number}
        self.happened.append(entry)
        if not step.get("waits"):
            self.made(step, entry)
        else:
            if self.sleeping and self.asleep():
                raise Unsayable("two calls at once that may sleep")
            thread = threading.Thread(target=self.made, args=(step, entry), daemon=True)
            thread.start()
            thread.join(AWAKE_S)
            if thread.is_alive():
                entry["sleeps"] = True
                self.sleeping.append((thread, step))
        self.hear()

    def asleep(self):
        self.sleeping = [one for one in self.sleeping if one[0].is_alive()]
        return self.sleeping

    def look(self, number, fd):
        octets = ctypes.create_string_buffer(512)
        length = ctypes.c_int(512)
        at = self.now()
        if libc.getsockopt(self.live(fd), 6, 11, octets, ctypes.byref(length)) != 0:
            return
        values = dict(zip(TCP_INFO, struct.unpack_from("8B24I", octets.raw)))
        form, names = TCP_INFO_LATER
        values.update(zip(names, struct.unpack_from("=" + form, octets.raw, 104)))
        self.happened.append({"at": at, "step": number, "info": values})

    def play(self):
        for number, step in enumerate(self.steps):
            if step.get("asleep") and not self.asleep():
                continue
            if "rest" in step:
                self.rest(step["rest"])
            elif "call" in step:
                # In a script, a call waits for the one before it, a second at most.
                if step.get("beside") or not self.asleep():
                    self.call(number, step)
            elif "peer" in step:
                self.peer(number, step["peer"])
            elif "icmp" in step:
                self.icmp(number, step["icmp"])
            elif "look" in step and not self.asleep():
                self.look(number, step["look"])
            self.rest(PACE_S)
        self.rest(.003)
        if self.asleep():
            raise Unsayable("it sleeps for ever")
        return self.happened

    def clear(self):
        """Leaves nothing behind: no descriptor, no connection, no call that sleeps."""
        for file in self.files.values():
            try:
                socket.socket(fileno=os.dup(file)).setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                pass
            try:
                os.close(file)
            except OSError:
                pass
        for thread, _ in self.sleeping:
            while thread.is_alive():
                signal.pthread_kill(thread.ident, signal.SIGUSR1)
                thread.join(.01)


class Worker:
    def __init__(self, version):
        self.place = Place(version)
        self.tun = net.open_tun(self.place.local, self.place.mtu)
        os.set_blocking(self.tun, False)
        self.memory = ctypes.create_string_buffer(ROOM)
        self.port, self.used, self.ticks_ahead = 10000, set(), jiffies.ahead()

    def next_port(self):
        self.port += 1
        return self.port

    def play(self, steps):
        story = Story(self, steps)
        try:
            return {"happened": story.play(), "jiffies": jiffies.shown_at(story.zero, self.ticks_ahead)}
        except Unsayable as error:
            return {"broken": str(error)}
        finally:
            story.clear()


def work(given, stories, answers):
    signal.signal(signal.SIGUSR1, lambda *_: None)
    signal.siginterrupt(signal.SIGUSR1, True)
    worker = Worker(given["version"])
    subprocess.run(["sysctl", "-q", "-w", *given["sysctls"]], check=True)
    found = {}
    for number in stories:
        found[number] = worker.play(given["stories"][number])
    with os.fdopen(answers, "w") as out:
        json.dump(found, out)


def main():
    given = json.load(sys.stdin)
    count = min(given["workers"], len(given["stories"])) or 1
    children = []
    for k in range(count):
        read, write = os.pipe()
        if os.fork() == 0:
            os.close(read)
            status = 1
            try:
                work(given, range(k, len(given["stories"]), count), write)
                status = 0
            finally:
                os._exit(status)
        os.close(write)
        children.append(read)
    found = {}
    for read in children:
        with os.fdopen(read) as answers:
            text = answers.read()
        if text:
            found.update(json.loads(text))
    json.dump([found.get(str(i), {"broken": "the worker died"}) for i in range(len(given["stories"]))], sys.stdout)


main()
