#!/usr/bin/env python3
"""Plays scripts of packetdrill's language on this machine's kernel: the judge of our own suite.

Standard input is JSON: {"symbols", "jobs"}, numbers of names and a list of {"file", "folder", "script", "config"}, the script as `parseScript` of src/packetdrill reads it. Each is
played by a process of its own in a network namespace of its own, many at a time. Standard output is JSON: a list of {"file",
"status": passed | failed | skipped, "reason", "line", "seen", "rows", "info", "injected", "sent", "times", "records", "told"}; `seen` is what the kernel sent and the script did not
ask for, `times` when each event happened, `records` what TCP_INFO was at each `%{ RECORD }%`, `told` what calls filled in: so expectations are measured.

It knows as much of the language as our suite needs: what it does not know is "skipped". Needs root.
"""

import collections
import concurrent.futures
import contextlib
import errno
import fcntl
import json
import multiprocessing
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

import net

TCP_INFO = ("state ca_state retransmits probes backoff options wscale app_limited rto ato snd_mss rcv_mss unacked sacked lost retrans "
            "fackets last_data_sent last_ack_sent last_data_recv last_ack_recv pmtu rcv_ssthresh rtt rttvar snd_ssthresh snd_cwnd advmss "
            "reordering rcv_rtt rcv_space total_retrans").split()
TCP_INFO_LATER = ("QQQQIIIIIIQQQQIIQQIIIIIIHHI7IHH", (
    "pacing_rate max_pacing_rate bytes_acked bytes_received segs_out segs_in notsent_bytes min_rtt data_segs_in data_segs_out "
    "delivery_rate busy_time rwnd_limited sndbuf_limited delivered delivered_ce bytes_sent bytes_retrans dsack_dups reord_seen "
    "rcv_ooopack snd_wnd rcv_wnd rehash total_rto total_rto_recoveries total_rto_time received_ce delivered_e1_bytes delivered_e0_bytes "
    "delivered_ce_bytes received_e1_bytes received_e0_bytes received_ce_bytes accecn_fail_mode accecn_opt_seen").split())
SO_MEMINFO = 55
MEMINFO = "RMEM_ALLOC RCVBUF WMEM_ALLOC SNDBUF FWD_ALLOC WMEM_QUEUED OPTMEM BACKLOG DROPS".split()
STATES = {name: i for i, name in enumerate(("ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN "
                                            "CLOSING").split(), 1)}
SYMBOLS = {}
BLOCKING_LIMIT = 120
# POLLIN, POLLPRI, POLLOUT, POLLRDHUP.
EVENTS = 0x2007


class Mismatch(Exception):
    pass


class Unknown(Exception):
    pass


def number(expression):
    kind = expression["kind"]
    if kind == "integer":
        return expression["value"]
    if kind == "word":
        name = expression["name"]
        for source in (SYMBOLS, vars(errno)):
            if isinstance(source.get(name), int):
                return int(source[name])
        raise Unknown("symbol " + name)
    if kind == "or":
        value = 0
        for part in expression["parts"]:
            value |= number(part)
        return value
    if kind == "list" and len(expression["items"]) == 1:
        return number(expression["items"][0])
    if kind == "call" and expression["name"] in ("htons", "htonl", "ntohs", "ntohl"):
        return number(expression["args"][0])
    raise Unknown("value of kind " + kind)


def fields(expression):
    if expression["kind"] == "list":
        expression = expression["items"][0]
    return {field["name"]: field["value"] for field in expression["fields"]}


class Player:
    def __init__(self, job):
        self.script, self.config, self.folder = job["script"], job["config"], job["folder"]
        six = self.config["version"] == "ipv6"
        self.local, self.remote = ("fd3d:fa7b:d17d::1", "2001:db8::1") if six else ("192.168.0.1", "192.0.2.1")
        self.family = socket.AF_INET if self.config["version"] == "ipv4" else socket.AF_INET6
        # As programs name them.
        mapped = "" if six or self.family == socket.AF_INET else "::ffff:"
        self.own_name, self.peer_name = mapped + self.local, mapped + self.remote
        self.tun = net.open_tun(self.local, self.config["mtu"])
        self.files, self.flow, self.listening, self.queue, self.flows = {}, None, None, collections.deque(), []
        self.arrived, self.told, self.key = threading.Condition(), [], None
        self.variables, self.blocked, self.line, self.last, self.injected = {}, None, 0, 0.0, 0.0
        threading.Thread(target=self.read_wire, daemon=True).start()

    # ---- the wire

    def read_wire(self):
        while True:
            octets = os.read(self.tun, 65536)
            seen = net.Seen(time.monotonic(), octets)
            with self.arrived:
                self.queue.append(seen)
                if self.flow is not None and seen.owned_by(self.flow):
                    self.note(seen)
                self.arrived.notify_all()

    def note(self, seen):
        flow = self.flow
        if seen.bits & 2 and (not flow.known or flow.reopened):
            flow.live_local, flow.known, flow.reopened = seen.seq, True, False
        flow.last_seq, seen.live_local = seen.seq, flow.live_local

    def adopt(self, local_port, remote_port):
        flow = net.Flow(net.address(self.local), local_port, net.address(self.remote), remote_port)
        with self.arrived:
            self.flow = flow
            self.flows.append(flow)
            for seen in self.queue:
                if seen.owned_by(flow):
                    self.note(seen)

    def await_packet(self, length, deadline):
        found = None
        while True:
            with self.arrived:
                mine = next((seen for seen in self.queue if seen.owned_by(self.flow)), None)
                if mine is None:
                    if time.monotonic() > deadline:
                        if found is None:
                            raise Mismatch("the packet did not come")
                        return found
                    self.arrived.wait(max(0.001, min(0.5, deadline - time.monotonic())))
                    continue
                if found is not None and (mine.seq != net.u32(found.seq + found.length) or mine.length == 0):
                    return found
                self.queue.remove(mine)
            if found is None:
                found = mine
            else:
                mine.seq, mine.length = found.seq, found.length + mine.length
                found = mine
            if found.length == 0 or found.length >= length:
                return found

    # ---- the script

    def play(self):
        if self.script["init"]:
            self.shell(self.script["init"]["text"])
        first = True
        self.times, self.records = [], []
        for event in self.script["events"]:
            self.line = event["position"]["line"]
            when = event["time"]
            if first:
                self.zero, first = time.monotonic() - when.get("us", 0) / 1e6, False
                self.last = when.get("us", 0) / 1e6
            self.event(event, when)
            self.times.append(self.at if event["action"]["kind"] != "packet" else self.injected)
            if self.config.get("drifts"):
                self.last = max(self.last, time.monotonic() - self.zero)
        if self.blocked:
            self.wait_blocked()

    def event(self, event, when):
        base = self.last if when["kind"].startswith("relative") else 0.0
        action, start = event["action"], None if when["kind"] == "any" else base + when["us"] / 1e6
        step = max(0.0, (start or 0) - self.last)
        tolerance = max(self.config["tolerance"], 0.125 * step)
        if action["kind"] == "packet" and action["packet"]["direction"] == "out":
            end = None if start is None else base + when.get("untilUs", when["us"]) / 1e6
            seen_at = self.expect(action["packet"], end)
            if start is not None and not start - tolerance <= seen_at <= end + tolerance:
                raise Mismatch("the packet came at %.6f, expected at %.6f to %.6f" % (seen_at, start, end))
            self.last = start if start is not None and "untilUs" not in when else seen_at
            return
        if action["kind"] == "call":
            self.wait_blocked()
        if start is not None:
            time.sleep(max(0.0, self.zero + start - time.monotonic()))
        self.at = time.monotonic() - self.zero
        if action["kind"] == "packet":
            self.inject(action["packet"])
        elif action["kind"] == "call":
            self.call(event, action["call"], base, tolerance)
        elif action["kind"] == "shell":
            self.shell(action["command"]["text"])
        else:
            self.code(action["text"])
        self.last = start if start is not None else time.monotonic() - self.zero

    def inject(self, packet):
        body = packet["body"]
        if packet["encapsulations"] or body["kind"] == "udp":
            raise Unknown("packet")
        ports = body.get("ports")
        known = next((flow for flow in self.flows if ports and flow.remote_port == ports["source"]), None)
        if known is not None:
            self.flow = known
        elif ports:
            self.adopt(self.listening or ports["destination"], ports["source"])
            self.listening = None
        elif self.flow is None or self.listening is not None:
            self.adopt(self.listening or 8080, 53055 if self.flow is None else self.flow.remote_port + 1)
            self.listening = None
        elif body["kind"] == "tcp" and "S" in body["flags"] and "." not in body["flags"]:
            self.flow.reopened = True
        if body["kind"] == "tcp" and "S" in body["flags"] and not self.flow.begun:
            self.flow.begun, self.flow.script_remote, self.flow.live_remote = True, body["seq"], body["seq"]
        build = net.tcp_packet if body["kind"] == "tcp" else net.icmp_packet
        self.injected = time.monotonic() - self.zero
        os.write(self.tun, build(body, self.flow, packet["ip"], self.key))

    def expect(self, packet, end):
        body = packet["body"]
        if body["kind"] != "tcp" or self.flow is None:
            raise Unknown("expected packet")
        if body.get("ports"):
            self.flow = next((flow for flow in self.flows if flow.remote_port == body["ports"]["destination"]), self.flow)
        deadline = time.monotonic() + BLOCKING_LIMIT if end is None else self.zero + end + 2
        seen = self.await_packet(body["length"], deadline)
        flow, syn = self.flow, bool(seen.bits & 2)
        if syn and "S" in body["flags"]:
            flow.script_local = body["seq"]
        said = seen.text(flow, body["window"] is not None)
        want = [net.flag_bits(body["flags"]), body["seq"], body["length"], body["ack"] or 0, body["urgent"] or 0]
        have = [seen.bits, net.u32(seen.seq - flow.local_offset(syn)), seen.length,
                net.u32(seen.ack - flow.remote_offset(syn)) if seen.bits & 16 else seen.ack, seen.urgent]
        if body["window"] is not None:
            want.append(body["window"])
            have.append(seen.window)
        if want != have:
            raise Mismatch("the packet differs: seen %s" % said)
        self.compare_options(body["options"], seen.options(flow, self.key), said)
        for item in packet["ip"]:
            if item["kind"] == "ecn" and item["value"] != "ect01" and net.ECN[item["value"]] != seen.tos & 3:
                raise Mismatch("the ECN bits are %d: seen %s" % (seen.tos & 3, said))
            if item["kind"] == "tos" and item["value"] != seen.tos:
                raise Mismatch("tos is 0x%x: seen %s" % (seen.tos, said))
            if item["kind"] == "flowlabel":
                before, flow.label = flow.label, (item["value"], seen.label)
                if seen.label == 0 or before and (before[0] == item["value"]) != (before[1] == seen.label):
                    raise Mismatch("the flow label is 0x%x: seen %s" % (seen.label, said))
        return seen.at - self.zero

    def compare_options(self, options, have, said):
        if options == "any":
            return
        want = []
        for one in options or []:
            kind = one["kind"]
            if kind in ("mss", "wscale"):
                want.append("%s %d" % (kind, one["value"]))
            elif kind == "sack":
                want.append("sack " + " ".join("%d:%d" % tuple(block) for block in one["blocks"]))
            elif kind == "TS":
                at = len(want)
                live = have[at] if at < len(have) and have[at].startswith("TS") else "TS val 0 ecr 0"
                self.flow.stamps[one["val"]] = int(live.split()[2])
                want.append("TS val %s ecr %d" % (live.split()[2], one["ecr"]))
            elif kind == "accecn":
                want.append(" ".join(["ECN"] + ["%s %d" % (field["name"], field["value"]) for field in one["fields"]]))
            elif kind in ("FO", "FOEXP", "md5"):
                want.append(("%s %s" % (kind, one["hex"])).strip())
            else:
                want.append(kind)
        if want != have:
            raise Mismatch("the options differ: seen %s" % said)

    def shell(self, text):
        done = subprocess.run(["sh", "-c", text], cwd=self.folder, capture_output=True, check=False)
        if done.returncode != 0:
            raise Mismatch("the command failed: " + text.strip())

    def code(self, text):
        sockets = [file for file in self.files.values() if isinstance(file, socket.socket) and file.type == socket.SOCK_STREAM]
        info = sockets[-1].getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 512)
        values = dict(zip(TCP_INFO, struct.unpack("8B24I", info[:104])))
        form, names = TCP_INFO_LATER
        size = struct.calcsize("=" + form)
        values.update(zip(names, struct.unpack("=" + form, info[104:104 + size])))
        scope = {"tcpi_" + name: value for name, value in values.items()}
        memory = struct.unpack("=9I", sockets[-1].getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 36))
        scope.update(("SK_MEMINFO_" + name, value) for name, value in zip(MEMINFO, memory))
        scope.update({"TCP_" + name: value for name, value in STATES.items()})
        scope.update(tcpi_snd_wscale=values["wscale"] & 15, tcpi_rcv_wscale=values["wscale"] >> 4, tcpi_delivery_rate_app_limited=values["app_limited"] & 1,
                     TCPI_OPT_TIMESTAMPS=1, TCPI_OPT_SACK=2, TCPI_OPT_WSCALE=4, TCPI_OPT_ECN=8, TCP_CA_Open=0, TCP_CA_Disorder=1, TCP_CA_CWR=2, TCP_CA_Recovery=3, TCP_CA_Loss=4)
        lines = text.strip("\n").split("\n")
        indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
        self.variables.update(scope)
        if text.strip() in ("RECORD", "RECORD all"):
            self.records.append({name: value for name, value in scope.items() if name.startswith("tcpi_")})
            if text.strip() == "RECORD all":
                self.records[-1].update(self.told_by_calls(sockets[-1]))
            return
        try:
            # What scripts print is not the outcome.
            with contextlib.redirect_stdout(sys.stderr):
                exec("\n".join(line[indent:] for line in lines), self.variables)  # our own scripts, in a namespace of their own
        except AssertionError as error:
            raise Mismatch("an assertion failed: %s %s" % (text.strip(), error)) from error

    def told_by_calls(self, sock):
        """What poll() says, then SO_ERROR, then the error queue until it is empty."""
        import messages
        poller = select.poll()
        poller.register(sock, EVENTS)
        told = {"poll": dict(poller.poll(0)).get(sock.fileno(), 0), "error": sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), "queue": []}
        while True:
            try:
                octets, seen, _, _ = sock.recvmsg(512, 512, 0x2000 | socket.MSG_DONTWAIT)
            except OSError:
                return told
            told["queue"].append({"length": len(octets), "control": [messages.told_control(*one, 0) for one in seen]})

    # ---- calls

    def call(self, event, spec, base, tolerance):
        import calls
        import messages
        function = getattr(messages, "call_" + spec["name"], None) or getattr(calls, "call_" + spec["name"], None)
        if function is None:
            raise Unknown("call " + spec["name"])
        if event["endUs"] is None:
            self.verify(spec, *self.attempt(function, spec))
            return
        end = base + event["endUs"] / 1e6
        line = self.line

        def work():
            try:
                result = self.attempt(function, spec)
                at = time.monotonic() - self.zero
                self.verify(spec, *result)
                if abs(at - end) > tolerance:
                    raise Mismatch("%s() returned at %.6f, expected at %.6f" % (spec["name"], at, end))
            except Exception as error:
                thread.error = (error, line)
        thread = threading.Thread(target=work, daemon=True)
        thread.error = None
        self.blocked = thread
        thread.start()
        time.sleep(0.0005)

    def wait_blocked(self):
        thread, self.blocked = self.blocked, None
        if thread is None:
            return
        thread.join(BLOCKING_LIMIT)
        if thread.is_alive():
            raise Mismatch("the call blocks, and nothing lets it return")
        if thread.error:
            error, self.line = thread.error
            raise error

    def attempt(self, function, spec):
        try:
            return function(self, spec["args"], spec["result"]["value"]), None
        except OSError as error:
            # Two names have this number; scripts use one.
            return -1, "EOPNOTSUPP" if error.errno == errno.EOPNOTSUPP else errno.errorcode[error.errno]

    def verify(self, spec, result, failure):
        wanted = spec["result"]
        if wanted["value"]["kind"] == "ellipsis":
            return
        value = number(wanted["value"])
        if failure != wanted["errno"] or (result is not None and result != value):
            raise Mismatch("%s() returned %s %s" % (spec["name"], result, failure or ""))

    def rows(self):
        """The states of what the kernel still has of the connection."""
        found = []
        with open("/proc/net/tcp6" if self.family == socket.AF_INET6 else "/proc/net/tcp") as file:
            for row in list(file)[1:]:
                words = row.split()
                if self.flow is not None and int(words[2].split(":")[1], 16) == self.flow.remote_port:
                    found.append(list(STATES)[int(words[3], 16) - 1])
        return found

    def info(self):
        """State and segments sent, as TCP_INFO of the newest socket has them; null when there is none."""
        sockets = [file for file in self.files.values() if isinstance(file, socket.socket) and file.type == socket.SOCK_STREAM]
        if not sockets:
            return None
        octets = sockets[-1].getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 512)
        return {"state": list(STATES)[octets[0] - 1], "segs_out": struct.unpack("=I", octets[136:140])[0]}

    def left(self):
        """What the kernel sent and nobody asked for, with the times since the script's beginning."""
        with self.arrived:
            owned = [(seen, next((flow for flow in reversed(self.flows) if seen.owned_by(flow)), None)) for seen in self.queue]
            return ["%.6f %s" % (seen.at - self.zero, self.text(seen, flow)) for seen, flow in owned if flow is not None]

    def text(self, seen, flow):
        """By the numbers of its time: the ports may have been used again since."""
        now, flow.live_local = flow.live_local, getattr(seen, "live_local", flow.live_local)
        text = seen.text(flow)
        flow.live_local = now
        return text


def play(job):
    """One script, in this process; the process ends with it."""
    player = Player(job)
    outcome = {"file": job["file"], "status": "passed", "reason": "", "line": 0}
    try:
        player.play()
        time.sleep(job["config"].get("settle", 0))
    except Mismatch as error:
        outcome.update(status="failed", reason=str(error), line=player.line)
    except Unknown as error:
        outcome.update(status="skipped", reason="unknown " + str(error), line=player.line)
    outcome.update(seen=player.left(), rows=player.rows(), info=player.info(), counters=net.counters(), injected=player.injected,
                   sent=player.variables.get("sent"), times=getattr(player, "times", []), records=getattr(player, "records", []), told=player.told, zero=getattr(player, "zero", 0))
    return outcome


def main():
    given = json.load(sys.stdin)
    jobs = given["jobs"]
    SYMBOLS.update(given["symbols"])
    workers = int(sys.argv[1]) if len(sys.argv) > 1 else 24
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(workers, context, max_tasks_per_child=None) as pool:
        json.dump(list(pool.map(forked, jobs)), sys.stdout)


def forked(job):
    """A namespace goes with its process: each script gets a process that ends."""
    # A script that hangs is ended by the kernel.
    limit = int(job["config"].get("limit", 30))
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(limit)
        # What a script prints is not the outcome.
        os.dup2(2, 1)
        try:
            answer = play(job)
        except BaseException as error:  # told, not swallowed: the parent prints it as the script's reason
            answer = {"file": job["file"], "status": "failed", "reason": "the player broke: %r" % error, "line": 0, "seen": [], "rows": [], "info": None}
        os.write(writer, json.dumps(answer).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(pid, 0)
    if not answer:
        return {"file": job["file"], "status": "failed", "reason": "it hangs", "line": 0, "seen": [], "rows": [], "info": None}
    return json.loads(answer)


if __name__ == "__main__":
    # The calls' files use this file's names.
    sys.modules["play"] = sys.modules["__main__"]
    main()
