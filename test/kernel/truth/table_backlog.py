"""How many connections a listener holds, and what it answers to the next ones.

`l` is the listener; `l info unacked sacked` are the Recv-Q and Send-Q that ss shows of it: the connections that wait for
accept() and the limit.
"""

READ = ["net.core.somaxconn"]


def _connect(*numbers):
    """Peers that complete the handshake."""
    return [step % number for number in numbers for step in ("peer%d syn host:8080", "peer%d ack")]


def _listener(backlog, *sysctls):
    return ["host sysctl " + line for line in sysctls] + ["l = tcp", "l bind any:8080", "l listen %d" % backlog]


_ABORT = "net.ipv4.tcp_abort_on_overflow 1"
_NO_COOKIES = "net.ipv4.tcp_syncookies 0"

SITUATIONS = {
    "closed": {"given": ["l = tcp", "l bind any:8080"]},
    "listen(0)": {"given": _listener(0)},
    "listen(1)": {"given": _listener(1)},
    "listen(2)": {"given": _listener(2)},
    "listen(2), no SYN cookies": {"given": _listener(2, _NO_COOKIES)},
    "listen(0), full": {"given": _listener(0) + _connect(1)},
    "listen(1), full": {"given": _listener(1) + _connect(1, 2)},
    "listen(2), full": {"given": _listener(2) + _connect(1, 2, 3)},
    "listen(1), full, abort on overflow": {"given": _listener(1, _ABORT) + _connect(1, 2)},
    "listen(1), two in SYN-RECEIVED": {"given": _listener(1) + ["peer1 syn host:8080", "peer2 syn host:8080"]},
    "listen(1), overflow at the third ACK": {
        "given": _listener(1) + ["peer1 syn host:8080"] + _connect(2, 3) + ["peer1 seen"]},
    "listen(1), overflow at the third ACK, abort on overflow": {
        "given": _listener(1, _ABORT) + ["peer1 syn host:8080"] + _connect(2, 3) + ["peer1 seen"]},
}

_LIMITS = """
l listen 0; l info sacked
l listen 1; l info sacked
l listen 128; l info sacked
l listen 4096; l info sacked
l listen 4097; l info sacked
l listen 2147483647; l info sacked
l listen -1; l info sacked
l listen -2147483648; l info sacked
host sysctl net.core.somaxconn 2; l listen 100; l info sacked
l listen 100; host sysctl net.core.somaxconn 2; l info sacked; l listen 100; l info sacked
host sysctl net.core.somaxconn 0; l listen 100; l info sacked
l listen 5; l listen 9; l info sacked
"""


def _filling(backlog):
    """Handshakes one after the other, and the queue after each."""
    calls = []
    for number in range(1, backlog + 4):
        calls += ["peer%d syn host:8080" % number, "peer%d seen" % number, "peer%d ack" % number,
                  "peer%d seen" % number, "l info unacked sacked"]
    return calls


def _embryos(count):
    """SYNs without the ACK that completes them."""
    calls = []
    for number in range(1, count + 1):
        calls += ["peer%d syn host:8080" % number, "peer%d seen" % number]
    return calls + ["host rows", "l info unacked sacked"]


_FULL = """
l info unacked sacked; l poll; host rows
peer8 syn host:8080; peer8 seen; host rows
peer8 syn host:8080; peer8 seen; l accept; peer8 again; peer8 seen
peer8 syn host:8080; wait 1200; peer8 seen
l accept; l info unacked sacked; peer8 syn host:8080; peer8 seen; peer8 ack; l info unacked sacked
peer1 data 3; peer1 seen; c = l accept; c recv 8
peer1 fin; peer1 seen; host rows
peer1 rst; l info unacked sacked; host rows; c = l accept; c get SO_ERROR
l listen 5; l info unacked sacked; peer8 syn host:8080; peer8 seen; peer8 ack; l info unacked sacked
l close; peer1 seen; host rows
l shutdown rd; peer1 seen; host rows
"""

_OVERFLOW = """
l info unacked sacked; host rows
peer1 ack; peer1 seen; host rows
peer1 ack; peer1 data 3; peer1 seen; host rows
peer1 ack; l accept; peer1 seen; peer1 again; l info unacked sacked; host rows
peer1 ack; l accept; peer1 data 3; peer1 seen; l info unacked sacked; host rows
peer1 ack; wait 1200; peer1 seen
"""

_EMBRYO = """
peer1 ack; peer2 ack; peer1 seen; peer2 seen; l info unacked sacked; host rows
peer1 rst; host rows
peer1 syn; peer1 seen; host rows
peer1 again; peer1 seen
peer1 fin; peer1 seen; host rows
peer1 data 3; peer1 seen; l info unacked sacked
l close; peer1 seen; peer2 seen; host rows
"""


def split(text):
    return [[call.strip() for call in line.split(";")] for line in text.strip().split("\n")]


def rows():
    found = [{"in": "closed", "family": "4 6", "calls": calls} for calls in split(_LIMITS)]
    for backlog in (0, 1, 2):
        found.append({"in": "listen(%d)" % backlog, "family": "4 6", "calls": _filling(backlog)})
    for name in ("listen(0)", "listen(1)", "listen(2)", "listen(2), no SYN cookies"):
        found.append({"in": name, "family": "4 6", "calls": _embryos(5)})
    for name in SITUATIONS:
        text = _FULL if "full" in name else _OVERFLOW if "overflow" in name else _EMBRYO if "SYN-REC" in name else None
        for calls in split(text) if text else []:
            found.append({"in": name, "family": "4 6", "calls": calls})
    return found
