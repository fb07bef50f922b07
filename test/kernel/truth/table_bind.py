"""What bind() and listen() answer when the port is taken, by what, and with which options.

`o` is the old socket, `c` its accepted child, `n` the new socket. `old` and `new` are the kinds of socket, `oldAt` and
`newAt` the addresses they bind.
"""

_OLD = ["o = $old", "o set SO_REUSEADDR $oldReuseaddr", "o set SO_REUSEPORT $oldReuseport", "o bind $oldAt:8080"]
_NEW = ["n = $new", "n set SO_REUSEADDR $newReuseaddr", "n set SO_REUSEPORT $newReuseport"]
_LISTENER = _OLD + ["o listen 8"]
_CHILD = _LISTENER + ["peer syn host:8080", "peer ack", "c = o accept", "o close"]
_CLIENT = _OLD + ["o connect peer:80", "peer synack"]
# connect() chooses the port itself, and there is only this one to choose.
_CHOSEN = ["host sysctl net.ipv4.ip_local_port_range 8080 8080", "o = $old", "o set SO_REUSEADDR $oldReuseaddr",
           "o set SO_REUSEPORT $oldReuseport", "o connect peer:80", "peer synack"]
_CALLS = ["n bind $newAt:8080", "n listen 8"]
_THREE = ["host sysctl net.ipv4.ip_local_port_range 40000 40002"]
_ONE = ["host sysctl net.ipv4.ip_local_port_range 40000 40000"]
_TEN = ["host sysctl net.ipv4.ip_local_port_range 20000 20009"]


def _taken(given, calls=None):
    return {"given": given + _NEW, "calls": calls or _CALLS}


SITUATIONS = {
    "bound": _taken(_OLD, _CALLS + ["o listen 8"]),
    "listener": _taken(_LISTENER),
    "syn-sent, client": _taken(_OLD + ["o connect peer:80"]),
    "established, client": _taken(_CLIENT),
    "established, client, port chosen by connect": _taken(_CHOSEN),
    "established, child": _taken(_CHILD),
    "close-wait, child": _taken(_CHILD + ["peer fin"]),
    "last-ack, orphaned child": _taken(_CHILD + ["peer fin", "c close"]),
    "fin-wait-1, orphaned child": _taken(_CHILD + ["c close"]),
    "fin-wait-2, child": _taken(_CHILD + ["c shutdown wr", "peer ack"]),
    "fin-wait-2, orphaned child": _taken(_CHILD + ["c close", "peer ack"]),
    "closing, orphaned child": _taken(_CHILD + ["c close", "peer fin"]),
    "time-wait, server": _taken(_CHILD + ["c close", "peer ack", "peer fin"]),
    "time-wait, client": _taken(_CLIENT + ["o close", "peer ack", "peer fin"]),
    "time-wait, client, port chosen by connect": _taken(_CHOSEN + ["o close", "peer ack", "peer fin"]),
    "reset child": _taken(_CHILD + ["peer rst"]),
    "three ports": {"given": _THREE},
    "one port": {"given": _ONE},
    "ten ports": {"given": _TEN},
    "one port, bound with SO_REUSEADDR": {
        "given": _ONE + ["a = tcp", "a set SO_REUSEADDR 1", "a bind any:0", "n = tcp"]},
    "three ports, all bound": {
        "given": _THREE + ["a = tcp", "a bind any:0", "b = tcp", "b bind any:0", "c = tcp", "c bind any:0", "n = tcp"]},
    "three ports, all bound with SO_REUSEADDR": {
        "given": _THREE + [step % name for name in "abc" for step in
                           ("%s = tcp", "%s set SO_REUSEADDR 1", "%s bind any:0")] + ["n = tcp"]},
    "three ports, all connected to peer:80": {
        "given": _THREE + [step % name for name in "abc" for step in ("%s = tcp", "%s connect peer:80")] +
                 ["n = tcp"]},
    "one port, its TIME-WAIT to the peer": {
        "given": _ONE + ["o = tcp", "o connect peer:80", "peer synack", "o close", "peer ack", "peer fin", "n = tcp"]},
    "one port, its TIME-WAIT to the peer, SO_REUSEADDR": {
        "given": _ONE + ["o = tcp", "o set SO_REUSEADDR 1", "o connect peer:80", "peer synack", "o close", "peer ack",
                         "peer fin", "n = tcp", "n set SO_REUSEADDR 1"]},
    "one port, its TIME-WAIT to the peer, timestamps": {
        "given": _ONE + ["o = tcp", "o connect peer:80", "peer synack timestamps 1000", "o close", "peer ack", "peer fin",
                         "n = tcp"]},
    "one port, its TIME-WAIT to this host": {
        "given": _ONE + ["l = tcp", "l bind loop:9000", "l listen 8", "o = tcp", "o connect loop:9000", "c = l accept",
                         "o close", "c close", "n = tcp"]},
    "other user": {
        "given": ["o = tcp", "o set SO_REUSEADDR $reuseaddr", "o set SO_REUSEPORT $reuseport", "o bind host:8080",
                  "host as 65534", "n = tcp", "n set SO_REUSEADDR $reuseaddr", "n set SO_REUSEPORT $reuseport",
                  "n bind host:8080", "host as 0"],
        "calls": ["n getsockname"]},
}

_PORTS = {
    "three ports": """
a = tcp; a bind host:0; b = tcp; b bind host:0; c = tcp; c bind host:0; d = tcp; d bind host:0; d bind other:0
a = tcp; a listen 8; b = tcp; b listen 8; c = tcp; c listen 8; d = tcp; d listen 8; d info state
host sysctl net.ipv4.ip_local_reserved_ports 40001; a = tcp; a bind any:0; b = tcp; b bind any:0; c = tcp; c bind any:0; c bind any:40001
host sysctl net.ipv4.ip_local_reserved_ports 40000-40001; a = tcp; a connect peer:80; b = tcp; b connect peer:80
a = udp; a bind any:0; b = udp; b bind any:0; c = udp; c bind any:0; d = udp; d bind any:0; d connect peer:53; d sendto peer:53 1
""",
    "three ports, all bound": """
n bind any:0
n bind host:0
n set SO_REUSEADDR 1; n bind any:0
n set SO_REUSEPORT 1; n bind any:0
n connect peer:80
n listen 8
""",
    "three ports, all bound with SO_REUSEADDR": """
n bind any:0
n set SO_REUSEADDR 1; n bind any:0; n listen 8
a listen 8; b listen 8; c listen 8; n set SO_REUSEADDR 1; n bind any:0
""",
    "three ports, all connected to peer:80": """
n connect peer:80; n getsockname; n get SO_ERROR
n connect peer:81; n getsockname
n bind other:0; n connect peer:80
n bind any:0
n set SO_REUSEADDR 1; n bind any:0
n listen 8
a close; n connect peer:80
n set SO_REUSEADDR 1; n bind host:40000; n connect peer:80
""",
    "one port": """
n = tcp; n set IP_BIND_ADDRESS_NO_PORT 1; n bind host:0; n getsockname; n bind other:0; n getsockname; n connect peer:80; n getsockname
n = tcp; n set IP_BIND_ADDRESS_NO_PORT 1; n bind host:0; n bind host:0; n bind host:8080; n getsockname; n bind host:0
n = tcp; n set IP_BIND_ADDRESS_NO_PORT 1; n bind host:0; n listen 8; n getsockname
n = tcp; n set IP_BIND_ADDRESS_NO_PORT 1; n bind foreign:0; n bind any:0; n getsockname; n connect peer:80; n getsockname
n = tcp; n set IP_BIND_ADDRESS_NO_PORT 1; n bind host:0; n connect peer:80; n connect unspec; n getsockname; n bind host:0; n getsockname
n = tcp; n set IP_BIND_ADDRESS_NO_PORT 1; n bind host:0; n set IP_BIND_ADDRESS_NO_PORT 0; n getsockname; n connect peer:80; n getsockname
a = tcp; a bind host:0; n = tcp; n set IP_BIND_ADDRESS_NO_PORT 1; n bind host:0; n connect peer:80
a = tcp; a bind host:0; n = tcp; n set IP_BIND_ADDRESS_NO_PORT 1; n bind other:0; n connect peer:80; n getsockname
a = tcp; a bind other:0; n = tcp; n set IP_BIND_ADDRESS_NO_PORT 1; n bind host:0; n connect peer:80; n getsockname
a = tcp; a bind any:0; n = tcp; n set IP_BIND_ADDRESS_NO_PORT 1; n bind host:0; n listen 8
a = tcp; a set IP_BIND_ADDRESS_NO_PORT 1; a bind host:0; a connect peer:80; n = tcp; n bind host:0; n bind other:0
a = tcp; a set IP_BIND_ADDRESS_NO_PORT 1; a bind host:0; a connect peer:80; n = tcp; n set IP_BIND_ADDRESS_NO_PORT 1; n bind host:0; n connect peer:80; n connect peer:81; n getsockname
a = tcp; a set IP_BIND_ADDRESS_NO_PORT 1; a bind host:0; a connect peer:80; n = tcp; n set IP_BIND_ADDRESS_NO_PORT 1; n bind other:0; n connect peer:80; n getsockname
a = tcp; a bind host:0; a connect peer:80; n = tcp; n bind other:0; n connect peer:80
a = udp; a set IP_BIND_ADDRESS_NO_PORT 1; a bind host:0; a getsockname; n = udp; n bind host:0
a = udp; a set IP_BIND_ADDRESS_NO_PORT 1; a bind host:0; n = udp; n bind host:0; a connect peer:53
a = udp; a set IP_BIND_ADDRESS_NO_PORT 1; a bind host:0; a connect peer:53; a getsockname; n = udp; n bind host:0
a = udp; a set IP_BIND_ADDRESS_NO_PORT 1; a bind host:0; a sendto peer:53 1; a getsockname; n = udp; n bind host:0
""",
    "one port, bound with SO_REUSEADDR": """
n set SO_REUSEADDR 1; n bind any:0
host sysctl net.ipv4.ip_autobind_reuse 1; n bind any:0
host sysctl net.ipv4.ip_autobind_reuse 1; n set SO_REUSEADDR 1; n bind any:0; n getsockname; n listen 8; a listen 8
host sysctl net.ipv4.ip_autobind_reuse 1; a listen 8; n set SO_REUSEADDR 1; n bind any:0
host sysctl net.ipv4.ip_autobind_reuse 1; a set SO_REUSEADDR 0; n set SO_REUSEADDR 1; n bind any:0
host sysctl net.ipv4.ip_autobind_reuse 1; n set SO_REUSEPORT 1; n bind any:0
host sysctl net.ipv4.ip_autobind_reuse 1; a set SO_REUSEPORT 1; n set SO_REUSEPORT 1; n set SO_REUSEADDR 1; n bind any:0
host sysctl net.ipv4.ip_autobind_reuse 1; n set SO_REUSEADDR 1; n bind host:0; n connect peer:80; a connect peer:80
host sysctl net.ipv4.ip_autobind_reuse 1; n set SO_REUSEADDR 1; n bind host:0; n connect peer:80; a connect peer:81
""",
    "ten ports": """
n = tcp; n set IP_LOCAL_PORT_RANGE 1311067685; n get IP_LOCAL_PORT_RANGE; n bind any:0; n getsockname; m = tcp; m set IP_LOCAL_PORT_RANGE 1311067685; m bind any:0; m connect peer:80
n = tcp; n set IP_LOCAL_PORT_RANGE 1311067685; n connect peer:80; n getsockname; m = tcp; m set IP_LOCAL_PORT_RANGE 1311067685; m connect peer:80; m connect peer:81; m getsockname
n = tcp; n set IP_LOCAL_PORT_RANGE 1311002148; n connect peer:80; n getsockname
n = tcp; n set IP_LOCAL_PORT_RANGE 20009; n bind any:0; n getsockname
n = tcp; n set IP_LOCAL_PORT_RANGE 1310740000; n bind any:0; n getsockname; m = tcp; m set IP_LOCAL_PORT_RANGE 0; m bind any:0
n = tcp; n set IP_LOCAL_PORT_RANGE 0; n connect peer:80
n = tcp; n set IP_LOCAL_PORT_RANGE 1313361449; n connect peer:80; n getsockname
n = tcp; n set IP_LOCAL_PORT_RANGE 19960; n connect peer:80
n = tcp; n set IP_LOCAL_PORT_RANGE 1311002149; n get IP_LOCAL_PORT_RANGE
n = tcp; n set IP_LOCAL_PORT_RANGE 1311067685; host sysctl net.ipv4.ip_local_reserved_ports 20005; n bind any:0; n connect peer:80
n = tcp; n set IP_LOCAL_PORT_RANGE 1311067685; n listen 8; n getsockname
n = tcp; n set IP_LOCAL_PORT_RANGE 1311067685; n bind any:20007; n getsockname
n = tcp; n set IP_LOCAL_PORT_RANGE 1311067685; n set IP_BIND_ADDRESS_NO_PORT 1; n bind host:0; n connect peer:80; n getsockname
a = tcp; a set IP_LOCAL_PORT_RANGE 1311133220; a connect peer:80; b = tcp; b set IP_LOCAL_PORT_RANGE 1311133220; b connect peer:80; c = tcp; c set IP_LOCAL_PORT_RANGE 1311133220; c connect peer:80; d = tcp; d set IP_LOCAL_PORT_RANGE 1311133220; d connect peer:80
a = tcp; a set IP_LOCAL_PORT_RANGE 1311133220; a bind any:0; b = tcp; b set IP_LOCAL_PORT_RANGE 1311133220; b bind any:0; c = tcp; c set IP_LOCAL_PORT_RANGE 1311133220; c bind any:0
a = tcp; a set IP_LOCAL_PORT_RANGE 1311198756; a bind any:0; b = tcp; b set IP_LOCAL_PORT_RANGE 1311198756; b bind any:0; c = tcp; c set IP_LOCAL_PORT_RANGE 1311198756; c bind any:0; d = tcp; d set IP_LOCAL_PORT_RANGE 1311198756; d bind any:0; e = tcp; e set IP_LOCAL_PORT_RANGE 1311198756; e bind any:0
n = udp; n set IP_LOCAL_PORT_RANGE 1311067685; n bind any:0; n getsockname; m = udp; m set IP_LOCAL_PORT_RANGE 1311067685; m bind any:0; m sendto peer:53 1
n = udp; n set IP_LOCAL_PORT_RANGE 1311067685; n sendto peer:53 1; n getsockname
""",
    "one port, its TIME-WAIT to the peer": """
host rows; n connect peer:80
n connect peer:81
n bind any:0
n bind host:40000; n connect peer:80
n set SO_REUSEADDR 1; n bind host:40000; n connect peer:80
host sysctl net.ipv4.tcp_tw_reuse 0; n connect peer:80
host sysctl net.ipv4.tcp_tw_reuse 1; n connect peer:80
host sysctl net.ipv4.tcp_tw_reuse 1; wait 1100; n connect peer:80
host sysctl net.ipv4.tcp_max_tw_buckets 0; n connect peer:80
""",
    "one port, its TIME-WAIT to the peer, SO_REUSEADDR": """
n bind host:40000; n connect peer:80
n bind host:40000; n connect peer:81
n bind any:0; n connect peer:81
n connect peer:80
""",
    "one port, its TIME-WAIT to the peer, timestamps": """
host sysctl net.ipv4.tcp_tw_reuse 0; wait 1100; n connect peer:80
host sysctl net.ipv4.tcp_tw_reuse 1; n connect peer:80
host sysctl net.ipv4.tcp_tw_reuse 1; wait 1100; n connect peer:80
host sysctl net.ipv4.tcp_tw_reuse 2; wait 1100; n connect peer:80
host sysctl net.ipv4.tcp_tw_reuse 1; host sysctl net.ipv4.tcp_tw_reuse_delay 300; wait 400; n connect peer:80
host sysctl net.ipv4.tcp_tw_reuse 1; wait 1100; n bind host:0
host sysctl net.ipv4.tcp_tw_reuse 1; wait 1100; n bind host:40000
""",
    "one port, its TIME-WAIT to this host": """
host rows; n connect loop:9000
wait 1100; n connect loop:9000
host sysctl net.ipv4.tcp_tw_reuse 0; wait 1100; n connect loop:9000
host sysctl net.ipv4.tcp_tw_reuse 1; wait 1100; n connect loop:9000
""",
}

_SAME_KIND = [("any", "any"), ("host", "host"), ("any", "host"), ("host", "any"), ("host", "other")]

# old kind, its address, new kind, its address, the family in which the peer speaks
_PAIRS = [("tcp4", old, "tcp4", new, "4") for old, new in _SAME_KIND]
_PAIRS += [("tcp6", old, "tcp6", new, "6") for old, new in _SAME_KIND]
_PAIRS += [
    ("tcp6", "any", "tcp4", "any", "6"),
    ("tcp6", "any", "tcp4", "any", "4"),
    ("tcp6", "any", "tcp4", "host", "4"),
    ("tcp6only", "any", "tcp4", "any", "6"),
    ("tcp6only", "any", "tcp6", "any", "6"),
    ("tcp6", "any", "tcp6only", "any", "6"),
    ("tcp6", "any", "tcp6only", "any", "4"),
    ("tcp6", "host", "tcp4", "any", "6"),
    ("tcp4", "any", "tcp6", "any", "4"),
    ("tcp4", "any", "tcp6only", "any", "4"),
    ("tcp4", "any", "tcp6", "host", "4"),
    ("tcp4", "host", "tcp6", "any", "4"),
    ("tcp4", "host", "tcp6", "mapped-host", "4"),
    ("tcp4", "host", "tcp6", "mapped-other", "4"),
    ("tcp4", "any", "tcp6", "mapped-any", "4"),
    ("tcp6", "mapped-host", "tcp4", "host", "4"),
    ("tcp6", "mapped-host", "tcp4", "any", "4"),
    ("tcp6", "mapped-host", "tcp6", "any", "4"),
    ("tcp6", "mapped-host", "tcp6", "host", "4"),
    ("tcp6", "mapped-any", "tcp4", "host", "4"),
]


def rows():
    found = []
    for name, situation in SITUATIONS.items():
        if situation.get("calls", [""])[0] != _CALLS[0]:
            continue
        for old, old_at, new, new_at, family in _PAIRS:
            if "chosen" in name and (old_at != "any" or old == "tcp6only"):
                continue
            if family == "4" and old == "tcp6" and "client" in name:
                continue  # an IPv6 client speaks IPv6 here
            for bits in range(16):
                found.append({
                    "in": name, "family": family, "stop": True,
                    "with": {"old": old, "oldAt": old_at, "new": new, "newAt": new_at, "oldReuseaddr": bits >> 3,
                             "oldReuseport": bits >> 2 & 1, "newReuseaddr": bits >> 1 & 1, "newReuseport": bits & 1}})
    for name, text in _PORTS.items():
        for line in text.strip().split("\n"):
            found.append({"in": name, "family": "4 6", "calls": [call.strip() for call in line.split(";")]})
    for bits in range(4):
        found.append({"in": "other user", "family": "4 6", "with": {"reuseaddr": bits >> 1, "reuseport": bits & 1}})
    return found
