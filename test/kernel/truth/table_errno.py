"""The result of each socket call in each state.

`s` is the socket under test. A situation's name is its state, then what makes it special.
"""

CLIENT = ["s = tcp", "s connect peer:80", "peer synack"]
SERVER = ["l = tcp", "l bind any:8080", "l listen 8", "peer syn host:8080", "peer ack", "s = l accept"]
CLOSE_WAIT = CLIENT + ["peer fin"]
FIN_WAIT_1 = CLIENT + ["s shutdown wr"]
TIMED_OUT = ["s set TCP_USER_TIMEOUT 100", "s send 1", "wait 900"]
UDP = ["s = udp"]


def situation(state, given):
    return {"state": state, "given": given}


# name → the state that the socket tables show (`CLOSED`: no row) and the steps that lead there
SITUATIONS = {
    "closed": situation("CLOSED", ["s = tcp"]),
    "closed, bound": situation("CLOSED", ["s = tcp", "s bind host:8080"]),
    "closed, connect refused": situation("CLOSED", ["s = tcp", "s connect peer:80", "peer rst"]),
    "closed, connect refused, SO_ERROR read": situation(
        "CLOSED", ["s = tcp", "s connect peer:80", "peer rst", "s get SO_ERROR"]),
    "closed, connect unreachable": situation(
        "CLOSED", ["s = tcp", "s connect peer:80", "peer icmp host-unreachable"]),
    "closed, connect timed out": situation(
        "CLOSED", ["host sysctl net.ipv4.tcp_syn_retries 1", "s = tcp", "s connect peer:80", "wait 3600"]),
    "closed, reset": situation("CLOSED", CLIENT + ["peer rst"]),
    "closed, reset, unread": situation("CLOSED", CLIENT + ["peer data 3", "peer rst"]),
    "closed, reset, SO_ERROR read": situation("CLOSED", CLIENT + ["peer rst", "s get SO_ERROR"]),
    "closed, reset in CLOSE-WAIT": situation("CLOSED", CLOSE_WAIT + ["peer rst"]),
    "closed, reset in CLOSE-WAIT, unread": situation("CLOSED", CLIENT + ["peer data 3", "peer fin", "peer rst"]),
    "closed, reset in FIN-WAIT-1": situation("CLOSED", FIN_WAIT_1 + ["peer rst"]),
    "closed, reset in FIN-WAIT-2": situation("CLOSED", FIN_WAIT_1 + ["peer ack", "peer rst"]),
    "closed, reset in CLOSING": situation("CLOSED", FIN_WAIT_1 + ["peer fin", "peer rst"]),
    "closed, reset in LAST-ACK": situation("CLOSED", CLOSE_WAIT + ["s shutdown wr", "peer rst"]),
    "closed, reset in TIME-WAIT": situation("CLOSED", FIN_WAIT_1 + ["peer ack", "peer fin", "peer rst"]),
    "closed, timed out": situation("CLOSED", CLIENT + TIMED_OUT),
    "closed, timed out, unread": situation("CLOSED", CLIENT + ["peer data 3"] + TIMED_OUT),
    "closed, timed out in CLOSE-WAIT": situation("CLOSED", CLOSE_WAIT + TIMED_OUT),
    "closed after LAST-ACK": situation("CLOSED", CLOSE_WAIT + ["s shutdown wr", "peer ack"]),
    "closed after LAST-ACK, unread": situation(
        "CLOSED", CLIENT + ["peer data 3", "peer fin", "s shutdown wr", "peer ack"]),
    "closed, disconnected": situation("CLOSED", CLIENT + ["s connect unspec"]),
    "closed, listener shut down": situation(
        "CLOSED", ["s = tcp", "s bind host:8080", "s listen 8", "s shutdown rd"]),
    "listen": situation("LISTEN", ["s = tcp", "s bind host:8080", "s listen 8"]),
    "listen, one to accept": situation(
        "LISTEN", ["s = tcp", "s bind host:8080", "s listen 8", "peer syn host:8080", "peer ack"]),
    "listen, one to accept was reset": situation(
        "LISTEN", ["s = tcp", "s bind host:8080", "s listen 8", "peer syn host:8080", "peer ack", "peer rst"]),
    "listen, one in SYN-RECEIVED": situation(
        "LISTEN", ["s = tcp", "s bind host:8080", "s listen 8", "peer syn host:8080"]),
    "syn-sent": situation("SYN-SENT", ["s = tcp", "s connect peer:80"]),
    "syn-received": situation("SYN-RECEIVED", ["s = tcp", "s connect peer:80", "peer syn"]),
    "established": situation("ESTABLISHED", CLIENT),
    "established, server": situation("ESTABLISHED", SERVER),
    "established, unread": situation("ESTABLISHED", CLIENT + ["peer data 3"]),
    "established, urgent unread": situation("ESTABLISHED", CLIENT + ["peer urgent 3"]),
    "established, urgent inline": situation("ESTABLISHED", CLIENT + ["s set SO_OOBINLINE 1", "peer urgent 3"]),
    "established, send buffer full": situation("ESTABLISHED", CLIENT + ["s set SO_SNDBUF 8192", "s fill"]),
    "established, read side shut": situation("ESTABLISHED", CLIENT + ["s shutdown rd"]),
    "established, read side shut, unread": situation(
        "ESTABLISHED", CLIENT + ["peer data 3", "s shutdown rd"]),
    "established, soft error": situation(
        "ESTABLISHED", CLIENT + ["s send 1", "peer icmp host-unreachable"]),
    "fin-wait-1": situation("FIN-WAIT-1", FIN_WAIT_1),
    "fin-wait-1, unread": situation("FIN-WAIT-1", CLIENT + ["peer data 3", "s shutdown wr"]),
    "fin-wait-1, server": situation("FIN-WAIT-1", SERVER + ["s shutdown wr"]),
    "fin-wait-1, both sides shut": situation("FIN-WAIT-1", CLIENT + ["s shutdown rdwr"]),
    "fin-wait-2": situation("FIN-WAIT-2", FIN_WAIT_1 + ["peer ack"]),
    "fin-wait-2, unread": situation("FIN-WAIT-2", FIN_WAIT_1 + ["peer ack", "peer data 3"]),
    "close-wait": situation("CLOSE-WAIT", CLOSE_WAIT),
    "close-wait, server": situation("CLOSE-WAIT", SERVER + ["peer fin", "wait 60"]),
    "close-wait, unread": situation("CLOSE-WAIT", CLIENT + ["peer data 3", "peer fin"]),
    "close-wait, end of file read": situation("CLOSE-WAIT", CLOSE_WAIT + ["s recv 1"]),
    "close-wait, read side shut": situation("CLOSE-WAIT", CLOSE_WAIT + ["s shutdown rd"]),
    "closing": situation("CLOSING", FIN_WAIT_1 + ["peer fin"]),
    "closing, unread": situation("CLOSING", FIN_WAIT_1 + ["peer data 3", "peer fin"]),
    "last-ack": situation("LAST-ACK", CLOSE_WAIT + ["s shutdown wr"]),
    "last-ack, unread": situation("LAST-ACK", CLIENT + ["peer data 3", "peer fin", "s shutdown wr"]),
    "time-wait": situation("TIME-WAIT", FIN_WAIT_1 + ["peer ack", "peer fin"]),
    "time-wait, unread": situation("TIME-WAIT", FIN_WAIT_1 + ["peer ack", "peer data 3", "peer fin"]),
    "time-wait after CLOSING": situation("TIME-WAIT", FIN_WAIT_1 + ["peer fin", "peer ack"]),
    "descriptor closed": situation("CLOSED", ["s = tcp", "s close"]),
    "udp": situation("CLOSED", UDP),
    "udp, bound": situation("CLOSED", UDP + ["s bind host:5353"]),
    "udp, connected": situation("CLOSED", UDP + ["s connect peer:53"]),
    "udp, connected, datagram unread": situation(
        "CLOSED", UDP + ["s bind host:5353", "s connect peer:53", "peer udp host:5353 3 from 53"]),
    "udp, unconnected, datagram unread": situation(
        "CLOSED", UDP + ["s bind host:5353", "peer udp host:5353 3 from 53"]),
    "udp, connected, refused": situation(
        "CLOSED", UDP + ["s connect peer:53", "s send 1", "peer icmp port-unreachable"]),
    "udp, connected, unreachable": situation(
        "CLOSED", UDP + ["s connect peer:53", "s send 1", "peer icmp host-unreachable"]),
    "udp, unconnected, refused": situation(
        "CLOSED", UDP + ["s sendto peer:53 1", "peer icmp port-unreachable"]),
}

# Each line is one row: calls made one after the other in the situation.
CALLS = """
host rows; s info state
host queues
s getsockname
s getpeername
s poll
s get SO_ERROR; s get SO_ERROR
s nonblock
s bind host:8081
s bind host:0
s listen 8; s info state
s accept
s connect peer:81; s info state
s connect peer:80; s connect peer:80
s connect unspec; host rows; s get SO_ERROR
s send 0
s send 1; s send 1; s get SO_ERROR
s send 1 MSG_OOB; s get SO_ERROR
s sendto peer:81 1
s recv 0
s recv 2; s recv 2; s recv 2; s get SO_ERROR
s recv 2 MSG_PEEK; s recv 2 MSG_PEEK
s recv 4 MSG_WAITALL
s recv 1 MSG_OOB; s recv 1 MSG_OOB
s recv 4 MSG_PEEK MSG_WAITALL
s shutdown rd; s recv 1; s poll
s shutdown wr; s send 1; s poll; peer seen; host rows
s shutdown rdwr; s recv 1; s poll; peer seen; host rows
s shutdown wr; s shutdown wr
s shutdown bad
s close; peer seen; host rows
s set SO_LINGER 1 0; s close; peer seen; host rows
s set SO_LINGER 1 1; s get SO_LINGER
s set SO_REUSEADDR 1; s get SO_REUSEADDR
s set SO_REUSEPORT 1; s get SO_REUSEPORT
s set SO_KEEPALIVE 1; s get SO_KEEPALIVE
s set SO_OOBINLINE 1; s get SO_OOBINLINE
s set SO_SNDBUF 20000; s get SO_SNDBUF
s set SO_RCVBUF 20000; s get SO_RCVBUF
s set SO_ERROR 0
s set TCP_NODELAY 1; s get TCP_NODELAY
s set TCP_KEEPIDLE 5; s get TCP_KEEPIDLE
s set TCP_KEEPINTVL 5; s get TCP_KEEPINTVL
s set TCP_KEEPCNT 5; s get TCP_KEEPCNT
s set TCP_USER_TIMEOUT 5000; s get TCP_USER_TIMEOUT
s set TCP_MAXSEG 500; s get TCP_MAXSEG
s set TCP_LINGER2 5; s get TCP_LINGER2
s set TCP_INFO 1
s set IP_TTL 9; s get IP_TTL
s set IPV6_V6ONLY 1; s get IPV6_V6ONLY
s set IPV6_V6ONLY 0; s get IPV6_V6ONLY
"""

UDP_CALLS = """
s getsockname
s getpeername
s poll
s get SO_ERROR; s get SO_ERROR
s bind host:8081
s bind host:0
s listen 8
s accept
s connect peer:54; s getpeername; s getsockname
s connect unspec; s getpeername; s getsockname
s connect peer:0
s connect nowhere:53
s send 0; peer seen
s send 1; s send 1; s get SO_ERROR; peer seen
s send 1 MSG_OOB
s send 70000
s sendto peer:54 1; peer seen
s sendto peer:54 0; peer seen
s sendto nowhere:54 1
s sendto peer:0 1
s recv 2; s recv 2; s get SO_ERROR
s recv 2 MSG_PEEK; s recv 3
s recv 2 MSG_TRUNC
s recv 0; s recv 1
s recv 4 MSG_WAITALL
s recv 1 MSG_OOB
s shutdown rd; s recv 1; s recv 1; s poll
s shutdown wr; s send 1; s poll
s shutdown rdwr; s recv 1; s send 1; s poll
s close
s set SO_LINGER 1 0; s close
s set SO_REUSEADDR 1; s get SO_REUSEADDR
s set SO_KEEPALIVE 1; s get SO_KEEPALIVE
s set TCP_NODELAY 1
s get TCP_NODELAY
s info state
"""

# Calls whose answer depends on more than the state: addresses, lengths, order.
SINGLE = {
    "time-wait": """
host restart-network; host rows
""",
    "close-wait": """
host restart-network; host rows; s info state
s recv 1; host queues
s send 5; host queues
s send 5; s shutdown wr; host queues
""",
    "close-wait, unread": """
s recv 1; host queues; s recv 8; host queues; s recv 8; host queues
""",
    "closed": """
s connect peer:80; s connect peer:80; s get SO_ERROR; s getsockname
s connect peer:0; s getpeername
s connect any:80; s getpeername
s connect nowhere:80; s get SO_ERROR; s getsockname
s connect broadcast:80
s connect multicast:80
s connect foreign:80; s info state
s connect peer:80 len=2
s connect peer:80 len=15
s connect peer:80 len=0
s connect unspec; s connect peer:80
s connect four-peer:80
s connect six-peer:80
s bind foreign:8080
s bind broadcast:8080
s bind multicast:8080
s bind nowhere:8080
s bind host:8080 len=2
s bind host:8080 len=15
s bind host:8080 len=200
s bind unspec
s bind four-any:8080; s getsockname
s bind four-host:8080; s getsockname
s bind six-host:8080
s bind host:0; s getsockname
s bind any:0; s getsockname
s bind host:8080; s bind host:8080
s bind any:8080; s connect peer:80; s getsockname
s bind host:8080; s connect peer:80; s getsockname; s getpeername
s bind host:8080; s connect nowhere:80; s getsockname
s bind loop:8080; s connect peer:80
s listen 8; s getsockname; s info state
s listen -1; s info sacked
s listen 0; s info sacked
s listen 8; s listen 2; s info sacked
s listen 8; s connect peer:80; s info state
s listen 8; s connect unspec; s info state; s getsockname
host as 65534; s bind host:80; host as 0; s bind host:80
host as 65534; s bind host:1024
host sysctl net.ipv4.ip_unprivileged_port_start 80; host as 65534; s bind host:80; host as 0
host sysctl net.ipv4.ip_nonlocal_bind 1; s bind foreign:8080
host sysctl net.ipv6.ip_nonlocal_bind 1; s bind foreign:8080
host sysctl net.ipv4.ip_local_reserved_ports 8080; s bind host:8080
""",
    "closed, connect refused": """
s connect peer:80; s connect peer:80; s info state
s get SO_ERROR; s connect peer:80; s info state
s poll; s get SO_ERROR; s poll
s recv 1; s get SO_ERROR; s recv 1
""",
    "closed, connect timed out": """
s connect peer:80; s connect peer:80; s info state
""",
    "closed, reset": """
s poll; s recv 1; s recv 1; s poll; s send 1
s send 1; s recv 1; s recv 1
s get SO_ERROR; s send 1; s recv 1
s connect peer:80; s info state
""",
    "closed, reset, unread": """
s recv 8; s recv 8; s recv 8; s recv 8
""",
    "syn-sent": """
peer synack; s poll; s get SO_ERROR; s connect peer:80; s connect peer:80
peer synack; s get SO_ERROR; s info state; s getsockname; s getpeername
peer synack; s connect peer:80; s connect peer:80
peer synack; s connect unspec; s connect peer:81; s info state
peer icmp host-unreachable; s get SO_ERROR; s info state
peer icmp net-unreachable; s get SO_ERROR; s info state
peer icmp port-unreachable; s get SO_ERROR; s info state
peer icmp protocol-unreachable; s get SO_ERROR; s info state
peer icmp admin-prohibited; s get SO_ERROR; s info state
peer icmp time-exceeded; s get SO_ERROR; s info state
peer rst; s get SO_ERROR; s info state
""",
    "established": """
s send 1; peer icmp port-unreachable; s get SO_ERROR; s info state
s send 1; peer icmp host-unreachable; s send 1; s get SO_ERROR; s info state
peer data 3; s recv 2 MSG_PEEK; s recv 2; s recv 2; s recv 2
peer data 3; host queues; s recv 2 MSG_PEEK; host queues; s recv 2; host queues
s send 5; host queues; peer ack; host queues
peer data 3; s recv 4 MSG_WAITALL; s recv 1
peer data 3; s recv 3 MSG_WAITALL
peer data 3; s recv 2 MSG_TRUNC; s recv 1
peer urgent 3; s poll; s recv 8; s recv 1 MSG_OOB; s recv 1 MSG_OOB; s poll
peer urgent 3; s recv 1 MSG_OOB MSG_PEEK; s recv 1 MSG_OOB; s recv 8
peer urgent 3; s recv 0 MSG_OOB; s recv 1 MSG_OOB
peer urgent 1; peer data 2; s recv 8; s recv 8
peer urgent 3; peer data 2; s recv 8; s recv 8
s set SO_OOBINLINE 1; peer urgent 3; s recv 1 MSG_OOB; s recv 8; s recv 8
s shutdown wr; s shutdown rd; s poll
s shutdown rd; peer data 3; s poll; s recv 8; s recv 8; peer seen
s shutdown rd; peer fin; s poll; s recv 8
s shutdown wr; peer ack; peer fin; s poll; s recv 1; s send 1; s shutdown wr; s shutdown rd
d = s dup; s close; peer seen; d close; peer seen
d = s dup; s shutdown wr; d send 1; peer seen
s close; peer data 1; peer seen; host rows
s close; peer ack; peer data 1; peer seen; host rows
peer data 1; s close; peer seen; host rows
peer data 1; s recv 1; s close; peer seen; host rows
peer data 1; s shutdown wr; s close; peer seen; host rows
peer fin; s close; peer ack; host rows
peer data 1; peer fin; s close; peer seen; host rows
peer data 1; peer fin; s recv 1; s close; peer seen; host rows
s shutdown rdwr; s close; peer seen; host rows
s shutdown wr; peer ack; s close; peer seen; host rows
s set SO_LINGER 1 0; s shutdown wr; peer ack; s close; peer seen; host rows
s set SO_LINGER 1 0; peer fin; s close; peer seen; host rows
s set SO_LINGER 1 0; s shutdown wr; peer ack; peer fin; s close; peer seen; host rows
s set SO_LINGER 0 0; s close; peer seen; host rows
s set SO_LINGER 0 5; s close; peer seen; host rows
""",
    "listen": """
peer syn host:8080; s accept; peer ack; s accept; s accept
peer syn host:8080; s close; peer seen; host rows
peer syn host:8080; peer ack; s close; peer seen; host rows
peer syn host:8080; s shutdown rd; peer seen; host rows
peer syn host:8080; peer ack; s shutdown rd; peer seen; host rows; s accept
peer syn host:8080; peer ack; peer fin; c = s accept; c info state; c recv 1; c getpeername; c getsockname
peer syn host:8080; peer ack; peer rst; c = s accept; c info state; c recv 1; c getpeername; c get SO_ERROR
peer syn host:8080; peer ack; peer data 3; c = s accept; c recv 8; c poll
peer syn host:8080; peer rst; host rows; s poll
peer syn host:8080; peer ack; s poll; c = s accept; s poll
s listen 2; s info sacked
s shutdown rd; s listen 8; s info state
s shutdown wr; s info state
s shutdown rdwr; s info state; s poll
s connect unspec; s listen 8; s info state
peer syn host:8081; peer seen
""",
    "udp": """
s bind host:0; s getsockname
s sendto peer:53 1; s getsockname
s bind host:5353; s bind host:5354
s connect broadcast:53
s set SO_BROADCAST 1; s connect broadcast:53
s sendto broadcast:53 1
s sendto multicast:53 1
s sendto peer:53 65508
s sendto peer:53 65507
s bind foreign:5353
host as 65534; s bind host:53; host as 0
t = udp; s bind host:5353; t bind host:5353
t = udp; s set SO_REUSEADDR 1; t set SO_REUSEADDR 1; s bind host:5353; t bind host:5353
t = udp; s set SO_REUSEPORT 1; t set SO_REUSEPORT 1; s bind host:5353; t bind host:5353
t = udp; t set SO_REUSEADDR 1; s bind host:5353; t bind host:5353
t = udp; s bind any:5353; t bind host:5353
t = udp; s bind host:5353; t bind other:5353
t = tcp; s bind host:5353; t bind host:5353
s bind loop:5353; s sendto peer:53 1
peer udp host:5353 1; s recv 1
s connect loop:5353; s send 1; s send 1; s send 1; s get SO_ERROR
""",
    "udp, connected, datagram unread": """
peer udp host:5353 2; s recv 8; s recv 8
""",
    "udp, connected, refused": """
s poll; s recv 1; s poll; s recv 1
s recv 1 MSG_PEEK; s recv 1
s connect peer:54; s get SO_ERROR
s connect unspec; s get SO_ERROR
""",
}

def lines(text):
    return [[call.strip() for call in line.split(";")] for line in text.strip().split("\n")]


def families(name):
    """Situations that wait are told for IPv4 only: the others show that the family changes nothing there."""
    return "4" if any(step.startswith("wait") for step in SITUATIONS[name]["given"]) else "4 6 mapped"


def rows():
    found = []
    for text, udp in ((CALLS, False), (UDP_CALLS, True)):
        for calls in lines(text):
            for name in SITUATIONS:
                if name.startswith("udp") == udp:
                    found.append({"in": name, "family": families(name), "calls": calls})
                    if calls == ["host queues"] and name == "established, send buffer full":
                        found[-1]["depends"] = "kernel"  # how much fits in a buffer follows what a packet occupies
    for name, text in SINGLE.items():
        found.extend({"in": name, "family": families(name), "calls": calls} for calls in lines(text))
    return found


def verify(found):
    """Each situation must be in the state it claims: the socket table says so."""
    for row in found:
        if row["calls"][0] == "host rows":
            states = [part.split()[0] for part in row["expect"][0].split("; ")]
            for name in row["in"]:
                claimed = SITUATIONS[name]["state"]
                if ("none" if claimed == "CLOSED" else claimed) not in states:
                    raise AssertionError("%s should be %s; the socket table has: %s" % (name, claimed, states))
