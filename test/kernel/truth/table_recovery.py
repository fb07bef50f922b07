"""What the kernel believes lost, what it sends again and when, and what becomes of its congestion window.

The peer takes segments of 1000 octets, 100 ms away; it acknowledges by hand. Times are milliseconds after the step before, rounded to
the row's unit. TCP_INFO is read behind each answer: the phase of recovery, the window and threshold, and what is counted.
"""

import random

RACES = True  # what a timer and the peer decide between them is no truth: a row that gives three answers is left out
WAITERS = 6  # a crowd would be late by more than what is measured

_STATE = "s info ca_state snd_cwnd snd_ssthresh unacked sacked lost retrans reordering"
_PATH = ["s = tcp", "s set TCP_CONGESTION $control", "s set SO_SNDBUF 200000", "s bind host:8080", "s connect peer:80", "wait 100"]
_SEND = ["peer seen", "s send 1000", "peer seen", "wait 100", "peer acks 1000", "peer seen"]

SITUATIONS = {
    "SACK": {"given": _PATH + ["peer synack mss 1000 sackok"] + _SEND},
    # No retransmission timeout comes between: the kernel's timers are late, by an amount that would decide too much.
    "SACK, late timeouts": {"given": ["host sysctl net.ipv4.tcp_rto_min_us 3000000"] + _PATH + ["peer synack mss 1000 sackok"] + _SEND},
    "no SACK": {"given": _PATH + ["peer synack mss 1000"] + _SEND},
}

# situation | calls, their times in units of 2 ms; `T n` is `peer sent 2n UNIT`, `?` reads TCP_INFO, `A` is `peer acks`
STORIES = """
SACK | s send 6000; T 40; A 1000 2000-3000; T 10; ?; A 1000 2000-4000; T 10; ?; A 1000 2000-5000; T 10; ?; wait 50; A 7000; ?
SACK | s send 6000; T 40; A 1000 2000-3000; T 60; ?; wait 40; A 7000; ?
SACK | s send 6000; T 40; A 1000 2000-3000; wait 5; A 3000; T 60; ?; A 7000; ?
SACK | s send 3000; T 300; ?; A 4000; ?
SACK | s send 1000; T 450; ?; A 2000; ?
SACK | s send 10000; s send 5000; T 400; ?; A 11000; T 20; ?
SACK | s send 4000; T 200; s send 1000; T 40; A 6000; T 10; ?
SACK | s send 4000; T 200; A 5000; A 5000 4000-5000; T 10; ?
SACK | s send 10000; T 40; A 1000 2000-5000; T 5; A 1000 7000-11000 2000-5000; T 60; ?; A 11000; ?
SACK | s send 10000; T 40; A 1000 2000-5000; T 10; ?; s send 5000; T 40; A 1000 2000-15000; T 60; ?; A 16000; T 10; ?
SACK | s send 8000; T 40; A 1000 2000-5000; T 10; ?; wait 20; A 9000; A 9000 1000-2000; ?
SACK | s send 10000; s send 10000; T 40; A 2000; T 5; A 3000; T 5; A 4000; T 5; ?; A 4000 5000-8000; T 20; ?; A 4000 5000-11000; T 20; ?; wait 30; A 14000; T 20; ?
SACK | host sysctl net.ipv4.tcp_early_retrans 0; s send 5000; T 400; ?; A 2000; T 10; ?; A 4000; T 10; ?; A 6000; ?
SACK | host sysctl net.ipv4.tcp_early_retrans 0; s send 5000; T 400; s send 5000; T 10; A 2000; T 10; ?; A 4000; T 10; ?; A 6000; T 10; ?
SACK | host sysctl net.ipv4.tcp_early_retrans 0; s send 5000; T 400; s send 5000; T 10; A 2000; T 10; ?; A 2000 7000-8000; T 30; ?; A 2000 7000-9000; T 30; ?
SACK | host sysctl net.ipv4.tcp_early_retrans 0; host sysctl net.ipv4.tcp_frto 0; s send 5000; T 400; s send 5000; T 10; A 2000; T 10; ?
SACK | host sysctl net.ipv4.tcp_early_retrans 0; s send 4000; T 30; A 1000 2000-3000; T 700; ?; A 2000; T 50; ?
SACK | s send 10000; T 40; A 1000 2000-3000 4000-5000 6000-7000; T 60; ?; A 3000 4000-5000 6000-7000; T 30; ?; A 7000; T 10; ?
SACK | s send 10000; T 40; A 1000 9000-11000; T 60; ?; A 1000 5000-11000; T 40; ?; A 11000; T 10; ?
SACK | s send 10000; T 40; A 11000; s send 20000; T 40; ?; A 13000; T 10; A 16000; T 10; A 21000; T 10; ?
SACK | s send 10000; T 40; A 11000; wait 1200; s send 20000; T 10; ?
SACK | s send 500; s send 500; s send 500; T 40; A 1000 1500-2000; T 60; ?; A 2500; T 10; ?
SACK | host sysctl net.ipv4.tcp_recovery 0; s send 6000; T 40; A 1000 2000-3000; T 60; ?; A 1000 2000-5000; T 60; ?
SACK | host sysctl net.ipv4.tcp_reordering 6; s send 10000; T 40; A 1000 2000-5000; T 5; ?; A 1000 2000-8000; T 60; ?; A 1000 2000-9000; T 10; ?
no SACK | s send 8000; T 40; A 1000; T 10; ?; A 1000; T 10; ?; A 1000; T 10; ?; A 1000; T 10; ?; wait 30; A 4000; T 10; ?; wait 30; A 9000; ?; s send 1000; T 40; A 10000; ?
no SACK | s send 3000; T 400; ?; A 2000; T 10; ?; A 4000; ?
no SACK | s send 5000; T 400; s send 5000; T 10; A 2000; T 10; ?; A 4000; T 10; ?
no SACK | s send 10000; s send 10000; T 40; A 1000; A 1000; A 1000; T 10; ?; A 1000; T 10; A 1000; T 10; A 1000; T 10; A 1000; T 10; ?; A 11000; T 10; ?; A 13000; T 10; ?
no SACK | s send 4000; T 40; A 1000; A 1000; T 30; ?; A 5000; T 10; ?
"""


def random_story(pick):
    """Some sending, then answers by a peer that lost and reordered something; what it says is not always possible."""
    total = pick.choice((4, 6, 8, 10)) * 1000
    calls = ["s send %d" % total, "T %d" % pick.choice((20, 40, 40, 60))]
    una, top = 1000, total + 1000
    for _ in range(pick.randint(3, 7)):
        what = pick.random()
        if what < 0.2:
            more = pick.choice((1000, 2000, 5000))
            calls.append("s send %d" % more)
            top += more
        elif what < 0.35:
            una = min(top, una + 1000 * pick.randint(1, 4))
            calls.append("A %d" % una)
        elif top - una > 1000:
            blocks = []
            for _ in range(pick.choice((1, 1, 2, 3))):
                left = una + 1000 * pick.randint(1, max(1, (top - una) // 1000 - 1))
                right = min(top, left + 1000 * pick.randint(1, 4))
                if right > left and all(right < b[0] or left > b[1] for b in blocks):
                    blocks.append((left, right))
            if pick.random() < 0.15 and una > 2000:
                blocks.insert(0, (una - 1000, una))
            calls.append("A %d %s" % (una, " ".join("%d-%d" % block for block in blocks)))
        calls.append("T %d" % pick.choice((5, 10, 20, 50, 50, 100)))
        calls.append("?")
    return calls + ["A %d" % top, "T 10", "?"]


def spelled(call, unit):
    """A call of a story in the vocabulary of steps."""
    word, _, rest = call.partition(" ")
    if word == "wait":
        return "wait %d" % (2 * int(rest))
    if word == "T":
        return "peer sent %d %d" % (2 * int(rest), unit)
    return {"?": _STATE, "A": "peer acks %s" % rest}.get(word, call)


def rows():
    found = []
    pick = random.Random(8985)
    stories = [line.split(" | ") for line in STORIES.strip().split("\n")]
    stories = [(name, calls.split("; ")) for name, calls in stories]
    stories += [("SACK, late timeouts", random_story(pick)) for _ in range(70)]
    for name, calls in stories:
        for control in ("cubic", "reno"):
            found.append({"in": name, "family": "4", "with": {"control": control}, "unit": 20, "depends": "kernel", "slow": True,
                          "calls": [spelled(call.strip(), 20) for call in calls]})
    return found
