"""When the kernel sends of itself, and how long what is left of a connection stays.

Times are milliseconds after the step before, rounded to the row's unit; two runs may differ by one unit.
"""

_CLIENT = ["s = tcp", "s bind host:8080", "s connect peer:80", "peer synack", "peer seen"]
_LISTEN = ["l = tcp", "l bind host:8080", "l listen 8"]
_CLOSE_WAIT = _CLIENT + ["peer fin", "peer seen"]

SITUATIONS = {
    "closed": {"given": ["s = tcp", "s bind host:8080"]},
    "listen": {"given": _LISTEN},
    "established": {"given": _CLIENT},
    "established, server": {"given": _LISTEN + ["peer syn host:8080", "peer ack", "s = l accept", "peer seen"]},
    "close-wait": {"given": _CLOSE_WAIT},
    "established, no loss probe": {"given": ["host sysctl net.ipv4.tcp_early_retrans 0"] + _CLIENT},
}

# situation, unit in ms, calls
ROWS = """
closed | 100 | s connect peer:80; peer times 11900 100
closed | 100 | host sysctl net.ipv4.tcp_syn_linear_timeouts 0; s connect peer:80; peer times 8000 100
closed | 100 | host sysctl net.ipv4.tcp_syn_retries 1; s connect peer:80; host until gone 8080 8000 100; s get SO_ERROR
closed | 100 | host sysctl net.ipv4.tcp_syn_retries 2; s connect peer:80; host until gone 8080 8000 100; s get SO_ERROR
closed | 100 | host sysctl net.ipv4.tcp_syn_retries 4; host sysctl net.ipv4.tcp_syn_linear_timeouts 0; s connect peer:80; host until gone 8080 60000 100; s get SO_ERROR
closed | 100 | s set TCP_SYNCNT 1; s connect peer:80; host until gone 8080 8000 100; s get SO_ERROR
closed | 100 | s set TCP_USER_TIMEOUT 1500; s connect peer:80; host until gone 8080 8000 100; s get SO_ERROR
closed | 100 | s set TCP_USER_TIMEOUT 3500; s connect peer:80; host until gone 8080 8000 100; s get SO_ERROR
closed | 1000 | s connect peer:80; host until gone 8080 200000 1000; s get SO_ERROR
listen | 100 | peer syn host:8080; peer times 8000 100
listen | 100 | host sysctl net.ipv4.tcp_synack_retries 2; peer syn host:8080; peer times 11900 100
listen | 100 | host sysctl net.ipv4.tcp_synack_retries 0; peer syn host:8080; peer times 8000 100
listen | 1000 | peer syn host:8080; peer times 70000 1000; host rows
established | 50 | s send 1; peer times 7000 50
established, no loss probe | 50 | s send 1; peer times 7000 50
established, no loss probe | 50 | host sysctl net.ipv4.tcp_rto_min_us 50000; s send 1; peer times 900 50
established, no loss probe | 100 | host sysctl net.ipv4.tcp_retries2 3; s send 1; host until gone 8080 11900 100; s get SO_ERROR
established, no loss probe | 100 | host sysctl net.ipv4.tcp_retries2 1; s send 1; host until gone 8080 11000 100; s get SO_ERROR
established, no loss probe | 100 | host sysctl net.ipv4.tcp_retries2 0; s send 1; host until gone 8080 11000 100; s get SO_ERROR
established, no loss probe | 100 | s set TCP_USER_TIMEOUT 2000; s send 1; host until gone 8080 8000 100; s get SO_ERROR
established, no loss probe | 100 | s set TCP_USER_TIMEOUT 500; s send 1; host until gone 8080 8000 100; s get SO_ERROR
close-wait | 100 | host sysctl net.ipv4.tcp_retries2 3; s send 1; host until gone 8080 11900 100; s get SO_ERROR
close-wait | 100 | s set TCP_USER_TIMEOUT 2000; s send 1; host until gone 8080 8000 100; s get SO_ERROR
close-wait | 100 | host until gone 8080 11500 100
close-wait | 1000 | host until gone 8080 130000 1000
established | 10 | peer fin; peer times 300 10
established, server | 10 | peer fin; peer times 300 10
established, server | 10 | peer data 1; peer times 300 10
established, server | 10 | s shutdown wr; peer ack; peer fin; peer times 150 10
established | 100 | s set SO_LINGER 1 2; s send 1; s close; host until FIN-WAIT-1 8080 5000 100; host rows
close-wait | 100 | s set SO_LINGER 1 2; s close; host until LAST-ACK 8080 5000 100
established | 10 | peer data 1; peer times 300 10
established | 10 | s set TCP_QUICKACK 0; peer data 1; peer times 300 10
established | 10 | s set TCP_QUICKACK 0; peer data 1460; peer data 1460; peer times 300 10
established | 10 | s set TCP_QUICKACK 0; peer data 1; s send 1; peer times 150 10
established | 10 | s send 1; peer ack; peer data 1; peer seen; s send 1; peer ack; peer data 1; peer times 150 10
established | 100 | peer window 0; s send 1; peer times 7000 100
established | 100 | s set SO_KEEPALIVE 1; s set TCP_KEEPINTVL 1; s set TCP_KEEPCNT 3; s set TCP_KEEPIDLE 2; peer times 7000 100; s get SO_ERROR
established | 100 | s set TCP_KEEPINTVL 1; s set TCP_KEEPCNT 2; s set TCP_KEEPIDLE 1; s set SO_KEEPALIVE 1; host until gone 8080 9000 100; s get SO_ERROR
established | 100 | s set TCP_USER_TIMEOUT 1500; s set TCP_KEEPINTVL 1; s set TCP_KEEPCNT 5; s set TCP_KEEPIDLE 1; s set SO_KEEPALIVE 1; host until gone 8080 9000 100; s get SO_ERROR
close-wait | 100 | s set TCP_KEEPINTVL 1; s set TCP_KEEPCNT 2; s set TCP_KEEPIDLE 1; s set SO_KEEPALIVE 1; host until gone 8080 9000 100; s get SO_ERROR; s recv 1
established, no loss probe | 50 | s shutdown wr; peer times 7000 50
established, no loss probe | 100 | host sysctl net.ipv4.tcp_orphan_retries 1; s close; host until gone 8080 11000 100
established, no loss probe | 100 | host sysctl net.ipv4.tcp_orphan_retries 2; s close; host until gone 8080 11000 100
established, no loss probe | 100 | host sysctl net.ipv4.tcp_orphan_retries 3; s close; host until gone 8080 11900 100
close-wait | 100 | host sysctl net.ipv4.tcp_orphan_retries 2; s close; host until gone 8080 11000 100
established, no loss probe | 1000 | s close; host until gone 8080 200000 1000
established | 100 | host sysctl net.ipv4.tcp_fin_timeout 5; s close; peer ack; host until gone 8080 11000 100
established | 100 | host sysctl net.ipv4.tcp_fin_timeout 1; s close; peer ack; host until gone 8080 11000 100
established | 100 | host sysctl net.ipv4.tcp_fin_timeout 0; s close; peer ack; host until gone 8080 11000 100
established | 100 | host sysctl net.ipv4.tcp_fin_timeout 61; s close; peer ack; host until gone 8080 11000 100
established | 100 | host sysctl net.ipv4.tcp_fin_timeout 65; s close; peer ack; host until gone 8080 11500 100
established | 100 | host sysctl net.ipv4.tcp_fin_timeout 70; s close; peer ack; host until gone 8080 30000 100
established | 500 | host sysctl net.ipv4.tcp_fin_timeout 60; s close; peer ack; host until gone 8080 150000 500
established | 500 | host sysctl net.ipv4.tcp_fin_timeout 90; s close; peer ack; host until gone 8080 150000 500
established | 500 | host sysctl net.ipv4.tcp_fin_timeout 120; s close; peer ack; host until gone 8080 150000 500
established | 100 | s set TCP_LINGER2 2; s close; peer ack; host until gone 8080 11000 100
established | 100 | s set TCP_LINGER2 -1; s close; peer ack; host until gone 8080 11000 100
established | 100 | s shutdown wr; peer ack; host sysctl net.ipv4.tcp_fin_timeout 2; host until gone 8080 11000 100; s info state
established | 100 | s shutdown wr; peer ack; host sysctl net.ipv4.tcp_fin_timeout 2; wait 3000; s close; host until gone 8080 8000 100
established | 500 | host sysctl net.ipv4.tcp_fin_timeout 5; s close; peer ack; peer fin; host until gone 8080 100000 500
established | 500 | host sysctl net.ipv4.tcp_fin_timeout 90; s close; peer ack; peer fin; host until gone 8080 100000 500
established | 500 | s close; peer ack; peer fin; wait 20000; peer again; host until gone 8080 100000 500
established | 100 | host sysctl net.ipv4.tcp_fin_timeout 5; s close; peer fin; peer times 5000 100; host rows
established | 500 | host sysctl net.ipv4.tcp_fin_timeout 5; s close; peer finack; host until gone 8080 100000 500
"""

def rows():
    found = []
    for line in ROWS.strip().split("\n"):
        name, unit, calls = (part.strip() for part in line.split("|"))
        found.append({"in": name, "family": "4", "calls": [call.strip() for call in calls.split(";")],
                      "unit": int(unit), "depends": "kernel"})
    return found
