"""The sysctls: their default in a new namespace, the integers they take, and what they answer to anything else.

`host range` is the smallest and the largest integer that a write accepts, found by bisection.
"""

PINNED = False

SITUATIONS = {"new namespace": {"given": []}}

_KERNEL = "kernel"  # defaults and ranges change between versions
_MACHINE = "machine"  # these follow the memory, or what the distribution chose

# Integers, by what they govern.
INTEGERS = ["net.ipv4." + name for name in (
    # closing
    "tcp_fin_timeout tcp_tw_reuse tcp_tw_reuse_delay tcp_max_tw_buckets tcp_rfc1337 tcp_orphan_retries "
    # opening
    "tcp_syn_retries tcp_synack_retries tcp_syn_linear_timeouts tcp_max_syn_backlog tcp_syncookies "
    "tcp_abort_on_overflow tcp_migrate_req tcp_fastopen "
    # retransmission
    "tcp_retries1 tcp_retries2 tcp_rto_min_us tcp_rto_max_ms tcp_reordering tcp_recovery tcp_early_retrans tcp_frto "
    "tcp_thin_linear_timeouts tcp_slow_start_after_idle tcp_no_metrics_save tcp_max_reordering tcp_min_rtt_wlen "
    "tcp_retrans_collapse "
    # keep-alive
    "tcp_keepalive_time tcp_keepalive_intvl tcp_keepalive_probes "
    # options and windows
    "tcp_timestamps tcp_sack tcp_dsack tcp_window_scaling tcp_moderate_rcvbuf tcp_adv_win_scale tcp_shrink_window "
    "tcp_stdurg tcp_ecn tcp_ecn_fallback tcp_comp_sack_delay_ns tcp_comp_sack_nr tcp_notsent_lowat "
    "tcp_workaround_signed_windows tcp_min_snd_mss tcp_base_mss tcp_mtu_probing "
    # defence
    "tcp_challenge_ack_limit tcp_invalid_ratelimit "
    # ports and addresses
    "ip_unprivileged_port_start ip_nonlocal_bind ip_autobind_reuse ip_default_ttl ip_forward "
    # ICMP
    "icmp_echo_ignore_all icmp_ratelimit icmp_ratemask").split()] + ["net.core.somaxconn", "net.ipv6.bindv6only"]

# These convert to ticks and take numbers of any size; what does not fit wraps round.
_WRAP = {"net.ipv4.tcp_invalid_ratelimit", "net.ipv4.icmp_ratelimit"}

# Kernels from 7.0 on take more: accurate ECN. So does the stack.
_NEWER = {"net.ipv4.tcp_ecn"}

_BY_MACHINE = {"net.ipv4.tcp_max_syn_backlog", "net.ipv4.tcp_max_tw_buckets"}

READ_ONLY = ["net.core.rmem_default", "net.core.rmem_max", "net.core.wmem_default", "net.core.wmem_max",
             "net.ipv4.tcp_available_congestion_control"]

# What is no single integer.
OTHERS = ["net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
          "net.ipv4.tcp_congestion_control", "net.ipv4.tcp_allowed_congestion_control"]

_GARBAGE = ["x", "1x", "x1", "0x10", "010", "1.5", "1 2", "-", "+1", "1;2", "1\\n", "1\\t", "99999999999999999999"]

# What is taken, but not as it looks.
_READ_BACK = ["0x10", "010", "1 2", "-1", "0", "1", "2"]

_OTHER_VALUES = {
    "net.ipv4.ip_local_port_range": [
        "1024 65535", "1 65535", "0 65535", "1 1", "40000 40000", "40001 40000", "40000", "40000 65536", "40000 -1", "x",
        "40000 50000 60000", "80 90"],
    "net.ipv4.ip_local_reserved_ports": [
        "8080", "8080,9090", "8080-8090", "8090-8080", "0", "65535", "65536", "-1", "x", "8080,", "8080,x", "8080 9090",
        "9090,8080,8081"],
    "net.ipv4.tcp_rmem": ["4096 131072 6291456", "1 1 1", "0 0 0", "-1 1 1", "5000 4000 3000", "4096", "4096 131072", "x",
                          "2147483647 2147483647 2147483647", "1 1 2147483648"],
    "net.ipv4.tcp_wmem": ["4096 16384 4194304", "1 1 1", "0 0 0", "-1 1 1", "5000 4000 3000", "4096", "x"],
    "net.ipv4.tcp_congestion_control": ["reno", "reno cubic", "reno\\n", "no-such", "RENO"],
    "net.ipv4.tcp_allowed_congestion_control": ["reno", "cubic reno", "reno no-such", "RENO", "reno,cubic"],
}


def rows():
    found = []
    for name in INTEGERS + READ_ONLY + OTHERS:
        reason = _MACHINE if name in _BY_MACHINE or name in READ_ONLY or name in OTHERS else _KERNEL
        found.append(made(["host read $name"], name, reason))
    for name in INTEGERS:
        if name not in _WRAP and name not in _NEWER:
            found.append(made(["host range $name"], name, _KERNEL))
    for name in INTEGERS:
        for value in _GARBAGE:
            found.append({"in": "new namespace", "family": "4", "with": {"name": name, "value": value},
                          "calls": ["host write $name $value"], "depends": _KERNEL})
    for name in ("tcp_fin_timeout", "tcp_retries2", "tcp_tw_reuse", "tcp_max_tw_buckets"):
        for value in _READ_BACK:
            found.append({"in": "new namespace", "family": "4", "with": {"name": "net.ipv4." + name, "value": value},
                          "calls": ["host write $name $value", "host read $name"], "stop": True, "depends": _KERNEL})
    for name in READ_ONLY:
        found.append(made(["host write $name 100000"], name, _KERNEL))
    for name, values in _OTHER_VALUES.items():
        for value in values:
            found.append({"in": "new namespace", "family": "4", "with": {"name": name, "value": value},
                          "calls": ["host write $name $value", "host read $name"], "stop": True, "depends": _KERNEL})
    return found


def made(calls, name, reason):
    return {"in": "new namespace", "family": "4", "with": {"name": name}, "calls": calls, "depends": reason}
