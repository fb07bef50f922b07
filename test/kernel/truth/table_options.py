"""What each socket option starts with, what it takes, what it then says, and what an accepted socket inherits.

`s` is the socket under test, `l` a listener, `c` its child.
"""

READ = ["net.core.rmem_default", "net.core.rmem_max", "net.core.wmem_default", "net.core.wmem_max"]

_SMALLEST = "kernel"  # the smallest buffer is the size of one packet's bookkeeping

SITUATIONS = {
    "closed": {"given": ["s = tcp"]},
    "closed, bound": {"given": ["s = tcp", "s bind any:8080"]},
    "listen": {"given": ["s = tcp", "s bind any:8080", "s listen 8"]},
    "established": {"given": ["s = tcp", "s connect peer:80", "peer synack"]},
    "listener": {"given": ["l = tcp", "l bind any:8080", "l listen 8"]},
    "udp": {"given": ["s = udp"]},
}

_NAMES = ["SO_REUSEADDR", "SO_REUSEPORT", "SO_LINGER", "SO_KEEPALIVE", "SO_SNDBUF", "SO_RCVBUF", "SO_ERROR",
          "SO_OOBINLINE", "TCP_NODELAY", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT",
          "TCP_MAXSEG", "TCP_LINGER2", "IP_TTL", "IPV6_V6ONLY"]
_MORE_NAMES = ["SO_TYPE", "SO_DOMAIN", "SO_PROTOCOL", "SO_ACCEPTCONN", "SO_BROADCAST", "SO_RCVLOWAT", "TCP_SYNCNT",
               "TCP_CORK", "TCP_DEFER_ACCEPT", "IPV6_UNICAST_HOPS"]
_UNKNOWN = ["UNKNOWN_SOL_SOCKET", "UNKNOWN_SOL_TCP", "UNKNOWN_SOL_IP", "UNKNOWN_SOL_IPV6", "UNKNOWN_LEVEL"]

_BUFFER = "-1 0 1 2303 2304 4607 4608 20000 65536 1000000 1073741824 2147483647"
_SWITCH = "-1 0 1 2 256"

# option → the values to set
VALUES = {
    "SO_REUSEADDR": _SWITCH,
    "SO_REUSEPORT": _SWITCH,
    "SO_KEEPALIVE": _SWITCH,
    "SO_OOBINLINE": _SWITCH,
    "SO_BROADCAST": _SWITCH,
    "TCP_NODELAY": _SWITCH,
    "TCP_CORK": _SWITCH,
    "SO_SNDBUF": _BUFFER,
    "SO_RCVBUF": _BUFFER,
    "SO_RCVLOWAT": "-1 0 1 100 2147483647",
    "SO_ERROR": "0 5",
    "TCP_KEEPIDLE": "-1 0 1 7200 32767 32768",
    "TCP_KEEPINTVL": "-1 0 1 75 32767 32768",
    "TCP_KEEPCNT": "-1 0 1 127 128",
    "TCP_SYNCNT": "-1 0 1 127 128",
    "TCP_USER_TIMEOUT": "-1 0 1 5000 2147483647",
    "TCP_MAXSEG": "-1 0 1 47 48 87 88 536 1460 9000 32767 32768 65535 65536",
    "TCP_LINGER2": "-2 -1 0 1 60 61 119 120 121 100000",
    "IP_TTL": "-2 -1 0 1 64 255 256",
    "IPV6_UNICAST_HOPS": "-2 -1 0 1 64 255 256",
    "IPV6_V6ONLY": "-1 0 1 2",
    "SO_TYPE": "1",
    "SO_DOMAIN": "2",
    "SO_PROTOCOL": "6",
    "SO_ACCEPTCONN": "1",
}

_LINGER = ["1 0", "1 5", "0 5", "2 7", "-1 7", "1 -1", "1 2147483647", "1 32767", "0 0"]

_SYSCTL = """
host sysctl net.ipv4.tcp_keepalive_time 100; s get TCP_KEEPIDLE
host sysctl net.ipv4.tcp_keepalive_intvl 11; s get TCP_KEEPINTVL
host sysctl net.ipv4.tcp_keepalive_probes 4; s get TCP_KEEPCNT
host sysctl net.ipv4.tcp_fin_timeout 25; s get TCP_LINGER2
host sysctl net.ipv4.tcp_syn_retries 3; s get TCP_SYNCNT
host sysctl net.ipv4.ip_default_ttl 33; s get IP_TTL
host sysctl net.ipv6.bindv6only 1; s get IPV6_V6ONLY; t = tcp; t get IPV6_V6ONLY
host sysctl net.ipv4.tcp_rmem 4096 50000 6291456; s get SO_RCVBUF; t = tcp; t get SO_RCVBUF
host sysctl net.ipv4.tcp_wmem 4096 30000 4194304; s get SO_SNDBUF; t = tcp; t get SO_SNDBUF
s set TCP_KEEPIDLE 5; host sysctl net.ipv4.tcp_keepalive_time 100; s get TCP_KEEPIDLE
s set TCP_LINGER2 5; host sysctl net.ipv4.tcp_fin_timeout 25; s get TCP_LINGER2
s set TCP_LINGER2 5; s set TCP_LINGER2 0; s get TCP_LINGER2
s set IP_TTL 9; s set IP_TTL -1; s get IP_TTL
s set SO_LINGER 1 5; s set SO_LINGER 0 0; s get SO_LINGER
"""

_ONLY_6 = """
s set IPV6_V6ONLY 1; s bind mapped-host:8080
s set IPV6_V6ONLY 1; s connect mapped-peer:80
s bind mapped-host:8080; s get IPV6_V6ONLY; s getsockname
s bind mapped-host:8080; s connect peer:80
s bind host:8080; s connect mapped-peer:80
s connect mapped-peer:80; peer synack; s getsockname; s getpeername; s get TCP_MAXSEG
"""

_ESTABLISHED = """
s get TCP_MAXSEG
s set TCP_MAXSEG 100; s get TCP_MAXSEG
s get SO_SNDBUF
s set SO_SNDBUF 20000; s get SO_SNDBUF
s get SO_RCVBUF
s set SO_RCVBUF 20000; s get SO_RCVBUF
s set TCP_LINGER2 -1; s close; peer seen; peer ack; host rows
s set TCP_LINGER2 1; s close; peer seen; peer ack; host rows
"""

_CONNECTING = """
s set TCP_MAXSEG 500; s connect peer:80; peer synack; s get TCP_MAXSEG; s info snd_mss
s set TCP_MAXSEG 9000; s connect peer:80; peer synack; s get TCP_MAXSEG; s info snd_mss
s connect peer:80; s get TCP_MAXSEG; peer synack; s get TCP_MAXSEG; s info snd_mss advmss
s set IP_TTL 9; s connect peer:80; s get IP_TTL
"""

# What a listener sets; a child may have it too.
_INHERIT = ["SO_REUSEADDR 1", "SO_REUSEPORT 1", "SO_LINGER 1 7", "SO_KEEPALIVE 1", "SO_SNDBUF 20000", "SO_RCVBUF 20000",
            "SO_OOBINLINE 1", "TCP_NODELAY 1", "TCP_KEEPIDLE 5", "TCP_KEEPINTVL 5", "TCP_KEEPCNT 5",
            "TCP_USER_TIMEOUT 5000", "TCP_MAXSEG 500", "TCP_LINGER2 5", "TCP_LINGER2 -1", "IP_TTL 9", "TCP_SYNCNT 3",
            "IPV6_UNICAST_HOPS 9", "SO_RCVLOWAT 5", "TCP_CORK 1"]


def split(text):
    return [[call.strip() for call in line.split(";")] for line in text.strip().split("\n")]


def row(situation, calls, depends=None, family="4 6", **parameters):
    made = {"in": situation, "family": family, "calls": calls}
    if parameters:
        made["with"] = parameters
    if depends:
        made["depends"] = depends
    return made


def buffer_limit(option):
    return "sysctl net.core." + {"SO_SNDBUF": "wmem_max", "SO_RCVBUF": "rmem_max"}[option]


def depends_of(option, value):
    """Why a result may differ on another machine."""
    if option not in ("SO_SNDBUF", "SO_RCVBUF"):
        return None
    if value == "-1" or int(value) > 150000:
        return buffer_limit(option)
    return _SMALLEST if int(value) < 4608 else None


def defaults():
    found = []
    for option in _NAMES + _MORE_NAMES:
        for name in ("closed", "listen"):
            found.append(row(name, ["s get $option"], option=option))
        buffer = {"SO_SNDBUF": "sysctl net.core.wmem_default", "SO_RCVBUF": "sysctl net.core.rmem_default"}.get(option)
        found.append(row("udp", ["s get $option"], buffer, option=option))
    return found


def sets():
    calls = ["s set $option $value", "s get $option"]
    found = []
    for option, values in VALUES.items():
        for value in values.split():
            found.append(row("closed", calls, depends_of(option, value), option=option, value=value))
    found += [row("closed", calls, option="SO_LINGER", value=value) for value in _LINGER]
    found += [row("closed, bound", calls, option="IPV6_V6ONLY", value=value) for value in "01"]
    for option in _UNKNOWN + ["TCP_INFO"]:
        found.append(row("closed", ["s set $option 1"], option=option))
    for option in _UNKNOWN:
        found.append(row("closed", ["s get $option"], option=option))
    return found


def lengths():
    """Values shorter and longer than the option's own, and lengths that no value has."""
    found = []
    for option in _NAMES:
        value = "1 5" if option == "SO_LINGER" else "1000" if option in ("SO_SNDBUF", "SO_RCVBUF", "TCP_MAXSEG") else "1"
        for length in (0, 1, 2, 3, 5, 8, 12, -1):
            found.append(row("closed", ["s set $option $value len=$length"], option=option, value=value, length=length))
            found.append(row("closed", ["s get $option len=$length"], option=option, length=length))
    for length in (0, 1, -1):
        found.append(row("closed", ["s get $option len=$length"], option="TCP_INFO", length=length))
    return found


def inheritance():
    """The option set on the listener before the SYN comes, within the handshake, and between handshake and accept()."""
    found = []
    for setting in _INHERIT:
        option, value = setting.split(" ", 1)
        for place in range(3):
            calls = ["peer syn host:8080", "peer ack"]
            calls.insert(place, "l set $option $value")
            found.append(row("listener", calls + ["c = l accept", "c get $option"], option=option, value=value))
    return found


def rows():
    found = defaults() + sets() + lengths() + inheritance()
    for name, text in (("closed", _SYSCTL), ("closed", _CONNECTING), ("established", _ESTABLISHED)):
        # A send buffer that grows by itself does so by what a packet occupies.
        found += [row(name, calls, "kernel" if calls == ["s get SO_SNDBUF"] else None) for calls in split(text)]
    return found + [row("closed", calls, family="6") for calls in split(_ONLY_6)]
