#!/usr/bin/env python3
"""Has this machine's kernel play stories, and tells all that it did, for mutate.mjs: standard input is JSON, {"symbols", "workers", "apart", "jobs"}.

A job is {"folder", "init", "events", "config"}: shell commands, then a script's events without what the kernel does, each with "us", when it is
to happen; an event may also ask for the connection's "rows". Standard output is JSON, for each job: what `happened`, each with "at", and with
"event" and what that told, or with what was "seen" on the wire; what the clock of timers showed at the start (`jiffies`, µs); `counters`, nstat's.
Or {"broken": why}. Needs root.
"""

import ctypes
import errno
import fcntl
import json
import os
import select
import signal
import socket
import struct
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "kernel"), HERE]
import jiffies
import net
import play
# The calls' files use its names.
sys.modules["play"] = play
import calls
import messages
from play import SYMBOLS, Mismatch, Unknown, fields, number

# A call that has not returned by then sleeps; one that others wait for has so long.
AWAKE_S, WAIT_S = .004, 1.5
PACE_S = .0015
# What acknowledges a packet comes when that has been heard, if it comes at all.
HEARD_S = .006
LIMIT_S, SET_UP_S = 25, 100
AT_ONCE = 6
# Descriptors that a script does not know of.
FIRST_FREE = 60
# Where a script's number is no descriptor.
NOBODY = 900
OPENING = {"socket", "accept", "accept4", "dup", "open", "epoll_create", "epoll_create1"}


class Over(Exception):
    """A call sleeps, and another one is to be made."""


class Recorder(play.Player):
    def __init__(self, job):
        super().__init__({"script": None, "config": dict(job["config"], tolerance=0), "folder": job["folder"]})
        self.job, self.happened, self.thread, self.free, self.broken, self.stamped = job, [], None, FIRST_FREE, None, {}

    def note(self, seen):
        super().note(seen)
        for option in seen.options(self.flow):
            if option.startswith("TS val"):
                self.stamped[id(self.flow)] = (int(option.split()[2]), seen)

    def now(self):
        return time.monotonic() - self.zero

    def record(self):
        self.zero = time.monotonic()
        self.jiffies = jiffies.shown_at(self.zero, self.job["ahead"])
        try:
            for place, event in enumerate(self.job["events"]):
                time.sleep(max(0.0, self.zero + event["us"] / 1e6 - time.monotonic()))
                self.one(place, event["action"])
                time.sleep(PACE_S)
            self.let_return()
        except Over:
            pass
        if self.thread is not None:
            self.thread.entry["never"] = True

    def one(self, place, action):
        kind = action["kind"]
        if kind == "call":
            self.let_return()
        entry = {"at": self.now(), "event": place}
        if kind == "call":
            self.make(entry, action["call"])
        elif kind == "packet":
            if action["packet"]["body"]["kind"] == "tcp":
                self.adapt(action["packet"]["body"], entry)
            entry["at"] = self.now()
            self.happened.append(entry)
            self.inject(action["packet"])
        elif kind == "shell":
            self.happened.append(entry)
            self.shell(action["command"]["text"])
        elif self.idle(0):
            self.look(entry, kind)

    def look(self, entry, kind):
        if kind == "rows":
            self.happened.append(dict(entry, rows=self.rows()))
        elif any(isinstance(file, socket.socket) and file.type == socket.SOCK_STREAM for file in self.files.values()):
            self.records, self.variables = [], {}
            self.code("RECORD")
            self.happened.append(dict(entry, info=self.records[0]))

    def adapt(self, body, entry):
        """Timestamps echo the last that the kernel has sent."""
        flow = self.flow
        if "." in body["flags"] and flow is not None and not flow.known:
            end = time.monotonic() + HEARD_S
            with self.arrived:
                while not flow.known and time.monotonic() < end:
                    self.arrived.wait(.002)
        for option in body["options"] or []:
            if option["kind"] == "TS" and option["ecr"] and not option["absolute"]:
                live, entry["echo"] = self.stamped.get(id(flow), (0, None))
                flow = flow or self.flow
                option["ecr"] = live
                if flow is not None:
                    flow.stamps.pop(live, None)

    # Calls.

    def idle(self, seconds):
        if self.thread is not None:
            self.thread.join(seconds)
            if self.thread.is_alive():
                return False
            self.thread = None
        return True

    def let_return(self):
        if not self.idle(WAIT_S):
            raise Over

    def make(self, entry, spec):
        own = getattr(self, "call_" + spec["name"], None)
        plain = getattr(messages, "call_" + spec["name"], None) or getattr(calls, "call_" + spec["name"], None)
        if own is None and plain is None:
            raise Unknown("call " + spec["name"])
        value = spec["result"]["value"]
        if spec["name"] in OPENING:
            if value["kind"] != "integer" or value["value"] < 0 or value["value"] in self.files:
                value, self.free = {"kind": "integer", "value": self.free, "hex": False}, self.free + 1
            entry["opens"] = value["value"]
        self.happened.append(entry)

        def work():
            try:
                result = own(spec["args"], value, entry) if own else plain(self, spec["args"], value)
                entry["result"] = entry.get("opens", result)
            except OSError as error:
                name = "EOPNOTSUPP" if error.errno == errno.EOPNOTSUPP else errno.errorcode.get(error.errno, str(error.errno))
                entry.update(result=-1, errno=name)
            except Exception as error:  # told as the story's end
                self.broken = "%s: %r" % (spec["name"], error)
            entry["end"] = self.now()
        self.thread = threading.Thread(target=work, daemon=True)
        self.thread.entry = entry
        self.thread.start()
        if not self.idle(AWAKE_S):
            entry["sleeps"] = True

    def call_accept4(self, args, value, entry):
        flags = number(args[3])
        if flags & ~(socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC):
            raise OSError(errno.EINVAL, "accept4")
        calls.call_accept(self, args, value)
        self.files[number(value)].setblocking(not flags & socket.SOCK_NONBLOCK)

    def call_recv(self, args, value, entry):
        size, flags = calls._size(args), number(args[3]) if len(args) > 3 else 0
        # Python asks for nothing without a call.
        if size == 0 and not messages.is_pointer(args[1]):
            return messages.raw_call("recv", calls._descriptor(self, args[0]), None, ctypes.c_size_t(0), flags)
        return calls.call_recv(self, args, value)

    def call_getsockopt(self, args, value, entry):
        sock = calls._fd(self, args[0])
        entry["octets"] = calls._told(sock, number(args[1]), number(args[2]), calls._room(args)).hex()
        return 0

    def call_ioctl(self, args, value, entry):
        if args[2]["kind"] == "word":
            raise Unknown("a place that is nowhere")
        entry["told"] = struct.unpack("i", fcntl.ioctl(calls._descriptor(self, args[0]), number(args[1]), struct.pack("i", 0)))[0]
        return 0

    def call_poll(self, args, value, entry):
        poller, wanted = select.poll(), []
        for item in args[0]["items"]:
            given = fields(item)
            wanted.append(calls._descriptor(self, given["fd"]) if number(given["fd"]) in self.files else NOBODY + number(given["fd"]))
            poller.register(wanted[-1], number(given["events"]))
        timeout = number(args[2])
        told = dict(poller.poll(None if timeout < 0 else timeout))
        entry["polled"] = [told.get(descriptor, 0) for descriptor in wanted]
        return len(told)

    def call_epoll_wait(self, args, value, entry):
        timeout = number(args[3])
        told = calls._fd(self, args[0]).poll(None if timeout < 0 else timeout / 1000, number(args[2]))
        names = {file if isinstance(file, int) else file.fileno(): name for name, file in self.files.items()}
        entry["epolled"] = [[names.get(descriptor, -1), events] for descriptor, events in told]
        return len(told)

    def call_recvmsg(self, args, value, entry):
        message, flags = fields(args[1]), number(args[2]) if len(args) > 2 else 0
        room = 512 if "msg_control" in message else 0
        count, seen, told = messages.receive(calls._fd(self, args[0]), messages.vector(message["msg_iov"]), room, flags)
        zero = messages.real_zero(self)
        control = [dict(messages.told_control(*one, zero), level=one[0], type=one[1]) for one in seen]
        entry.update(flags=told & 0xFFFFFFFF, control=control)
        return count

    # What is told in the end.

    def answer(self):
        if self.broken:
            return {"broken": self.broken}
        places, seen = {}, []
        with self.arrived:
            queue = list(self.queue)
        for one in queue:
            flow = next((flow for flow in reversed(self.flows) if one.owned_by(flow)), None)
            if one.protocol == 6 and (flow is None or flow is not self.flows[-1] and self.flows[-1].known):
                return {"broken": "more than one connection"}
            if flow is not None:
                places[id(one)] = len(seen)
                seen.append({"at": one.at - self.zero, "seen": self.words(one, flow)})
        for entry in self.happened:
            if "echo" in entry:
                entry["echo"] = -1 if entry["echo"] is None else places.get(id(entry["echo"]), -1)
        return {"happened": self.happened + seen, "jiffies": self.jiffies, "counters": net.counters()}

    def words(self, seen, flow):
        text = self.text(seen, flow)
        return text.replace(",".join(seen.options(flow)), ",".join(seen.options(flow, self.key))) if self.key else text


def recorded(job, ready, go):
    try:
        recorder = Recorder(job)
        recorder.shell("set -e\n" + "\n".join(job["init"]))
        os.close(ready)
        os.read(go, 1)
        signal.alarm(LIMIT_S)
        recorder.record()
        return recorder.answer()
    except (Unknown, Mismatch) as error:
        return {"broken": str(error).split("\n")[0]}
    except Exception as error:  # told, not swallowed
        return {"broken": "the player broke: %r" % error}


class Child:
    """A story in a process and a namespace of its own, ready to begin."""

    def __init__(self, job):
        (self.out, out), (self.ready, ready), (go, self.go) = os.pipe(), os.pipe(), os.pipe()
        self.parts, self.ended, self.pid = [], False, os.fork()
        if self.pid == 0:
            try:
                self.tell(job, out, ready, go)
            finally:
                # Whatever came of it: what follows is the parent's.
                os._exit(0)
        for one in (out, ready, go):
            os.close(one)

    def tell(self, job, out, ready, go):
        signal.alarm(SET_UP_S)
        for one in (self.out, self.ready, self.go):
            os.close(one)
        os.dup2(2, 1)
        answer = json.dumps(recorded(job, ready, go)).encode()
        with os.fdopen(out, "wb") as pipe:
            pipe.write(answer)

    def begin(self):
        # One that cannot be played has told so already.
        if self.ended:
            return
        try:
            os.write(self.go, b"g")
        except BrokenPipeError:
            pass

    def end(self):
        os.waitpid(self.pid, 0)
        self.ended = True
        for one in (self.out, self.ready, self.go):
            os.close(one)

    def answer(self):
        return json.loads(b"".join(self.parts)) if self.parts else {"broken": "it hangs"}


def side_by_side(jobs, apart):
    """To make namespaces takes the machine's time: all are there before the first story begins, and then one begins after the other."""
    children = []
    for place, job in enumerate(jobs):
        children.append(Child(job))
        if place >= AT_ONCE:
            os.read(children[place - AT_ONCE].ready, 1)
    for child in children[-AT_ONCE:]:
        os.read(child.ready, 1)
    poller, running, waiting, due = select.poll(), {child.out: child for child in children}, list(children), time.monotonic()
    for out in running:
        poller.register(out, select.POLLIN | select.POLLHUP)
    while running:
        if waiting and time.monotonic() >= due:
            waiting.pop(0).begin()
            due += apart
        for out, _ in poller.poll(max(0, (due - time.monotonic()) * 1000) if waiting else None):
            part = os.read(out, 1 << 20)
            if part:
                running[out].parts.append(part)
            else:
                poller.unregister(out)
                running.pop(out).end()
    return [child.answer() for child in children]


def main():
    given = json.load(sys.stdin)
    SYMBOLS.update(given["symbols"])
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    jobs, found = given["jobs"], []
    for first in range(0, len(jobs), given["workers"]):
        ahead = jiffies.ahead()
        part = [dict(job, ahead=ahead) for job in jobs[first:first + given["workers"]]]
        found += side_by_side(part, given["apart"])
    json.dump(found, sys.stdout)


main()
