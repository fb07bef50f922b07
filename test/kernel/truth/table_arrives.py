"""What the kernel does with each kind of segment in each state: its answer at once, its answer within 60 ms (delayed
ACKs), and the rows that are left.

The peer starts at sequence number 1000; its window for the host is 65535 octets. `seq` is a sequence number, `acking` counts
from what the host has sent.
"""

_LISTEN = ["l = tcp", "l bind host:8080", "l listen 8"]
_SERVER = _LISTEN + ["peer syn host:8080", "peer ack", "s = l accept"]
_STAMPED = _LISTEN + ["peer syn host:8080 timestamps 5000", "peer ack", "s = l accept", "s close", "peer ack", "peer fin"]

# The ACK of a FIN is delayed; it is waited for, so that it does not fall into the answers.
_FIN = ["peer fin", "wait 60"]


def _situation(given):
    return {"given": given + ["peer seen"],
            "calls": ["peer $segment", "peer seen", "wait 60", "peer seen", "host rows 8080"]}


SITUATIONS = {
    "closed": _situation(["peer to host:8080"]),
    "listen": _situation(_LISTEN + ["peer to host:8080"]),
    "syn-sent": _situation(["s = tcp", "s bind host:8080", "s connect peer:80"]),
    "syn-received": _situation(_LISTEN + ["peer syn host:8080"]),
    "syn-received, crossing": _situation(["s = tcp", "s bind host:8080", "s connect peer:80", "peer syn"]),
    "established": _situation(_SERVER),
    "established, one octet unacknowledged": _situation(_SERVER + ["s send 1"]),
    "fin-wait-1": _situation(_SERVER + ["s shutdown wr"]),
    "fin-wait-2": _situation(_SERVER + ["s shutdown wr", "peer ack"]),
    "close-wait": _situation(_SERVER + _FIN),
    "closing": _situation(_SERVER + ["s shutdown wr"] + _FIN),
    "last-ack": _situation(_SERVER + _FIN + ["s shutdown wr"]),
    "time-wait": _situation(_SERVER + ["s shutdown wr", "peer ack", "peer fin"]),
    "fin-wait-1, orphaned": _situation(_SERVER + ["s close"]),
    "fin-wait-2, orphaned": _situation(_SERVER + ["s close", "peer ack"]),
    "time-wait, tcp_rfc1337": _situation(
        ["host sysctl net.ipv4.tcp_rfc1337 1"] + _SERVER + ["s close", "peer ack", "peer fin"]),
    "time-wait, no listener": _situation(_SERVER + ["l close", "s close", "peer ack", "peer fin"]),
    "time-wait, new connection": _situation(_SERVER + ["s close", "peer ack", "peer fin"]),
    "time-wait, timestamps, new connection": _situation(_STAMPED),
    "last-ack, new connection": _situation(_SERVER + _FIN + ["s close"]),
    "established, new connection": _situation(_SERVER),
}

_SEGMENTS = """
syn
syn seq 1500
syn seq 900
synack
rst
rst seq 1500
rst seq 900
rst seq 4000000
segment RST
segment RST seq 1500
ack
ack acking 1
ack acking 1000000
ack acking -1
ack acking -1000000
ack seq 900
ack seq 1500
ack seq 4000000
data 1
data 1 seq 1500
data 1 seq 900
data 1 seq 4000000
data 1 acking 1
fin
fin seq 1500
fin seq 900
finack
finack acking 1
urgent 1
segment none
segment none 1
segment FIN
segment SYN,FIN
segment SYN,RST
segment SYN,FIN,RST,ACK
"""

# A SYN for the same four-tuple, with another initial sequence number: RFC 6191 and RFC 9293 §3.10.7.4, fourth.
_NEW = """
syn host:8080 iss 100000
syn host:8080 iss 1003
syn host:8080 iss 1002
syn host:8080 iss 500
"""

_NEW_STAMPED = ["syn host:8080 iss %s timestamps %s" % (iss, stamp) for iss in (100000, 500) for stamp in (4000, 5000, 6000)]
_NEW_STAMPED += ["syn host:8080 iss 100000", "syn host:8080 iss 500"]

# Several segments one after the other.
_STORIES = {
    "listen": [
        "host sysctl net.ipv4.tcp_max_tw_buckets 1; peer1 syn host:8080; peer1 ack; a = l accept; a close; peer1 finack; "
        "peer2 syn host:8080; peer2 ack; b = l accept; b close; peer2 finack; host rows 8080"],
    "fin-wait-2": ["peer fin; peer again; peer seen; host rows 8080"],
    "closing": ["peer ack; peer seen; peer again; peer seen; host rows 8080"],
    "close-wait": ["peer again; peer seen; host rows 8080"],
    "time-wait": ["peer again; peer seen; host rows 8080", "peer again; peer again; peer seen"],
    "fin-wait-2, orphaned": [
        "peer data 1; peer seen; host rows 8080",
        "peer fin; peer seen; host rows 8080",
        "peer segment FIN,ACK 1; peer seen; host rows 8080"],
    "fin-wait-1, orphaned": ["peer data 1; peer seen; host rows 8080", "peer data 1; peer again; peer seen; host rows 8080"],
    "last-ack, new connection": [
        "peer syn host:8080 iss 100000; peer seen; peer rst seq 1002; host rows 8080; peer syn host:8080 iss 100000; peer seen"],
    "established, new connection": [
        "peer syn host:8080 iss 100000; peer seen; peer rst seq 1001; host rows 8080; peer syn host:8080 iss 100000; peer seen"],
    "established": [
        "peer data 3; peer again; peer seen; s recv 8; s recv 8",
        "peer data 3 seq 1004; peer data 3; peer seen; s recv 8",
        "peer data 4 seq 1000; peer seen; s recv 8",
        "peer data 3; peer data 5 seq 1002; peer seen; s recv 8",
        "peer fin seq 1004; peer seen; peer data 3; peer seen; host rows 8080; s recv 8; s recv 8",
        "peer segment FIN,ACK 3; peer seen; host rows 8080; s recv 8; s recv 8",
        "peer fin; peer data 1; peer seen; host rows 8080; s recv 8",
        "peer rst; peer data 1; peer seen"],
    "time-wait, new connection": ["peer syn host:8080 iss 100000; peer ack; host rows 8080; c = l accept; c info state"],
}


def rows():
    found = []
    for name in SITUATIONS:
        segments = [line for line in _SEGMENTS.strip().split("\n")]
        if "new connection" in name:
            segments = _NEW_STAMPED if "timestamps" in name else _NEW.strip().split("\n")
        elif name == "time-wait, no listener":
            segments = ["syn host:8080 iss 100000", "rst", "fin seq 1001"]
        for segment in segments:
            found.append({"in": name, "family": "4 6", "with": {"segment": segment}})
        for story in _STORIES.get(name, []):
            found.append({"in": name, "family": "4 6", "calls": [call.strip() for call in story.split(";")]})
    return found
