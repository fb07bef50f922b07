"""Socket calls of a real kernel, on request. One JSON line in: {"id", "key", "call", "args"}; one out: {"id", "result"}.

A result is a number as text, or the name of the errno with a minus. Sockets are kept under keys; none of the calls waits.
"""

import ctypes
import errno
import json
import os
import socket
import struct
import sys

STATES = {
    1: "ESTABLISHED",
    2: "SYN-SENT",
    3: "SYN-RECEIVED",
    4: "FIN-WAIT-1",
    5: "FIN-WAIT-2",
    6: "TIME-WAIT",
    7: "CLOSED",
    8: "CLOSE-WAIT",
    9: "LAST-ACK",
    10: "LISTEN",
    11: "CLOSING",
    12: "SYN-RECEIVED",
}

SOCK_DIAG_BY_FAMILY = 20
NLM_F_REQUEST = 1
NETLINK_SOCK_DIAG = 4
diag = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG)

libc = ctypes.CDLL(None, use_errno=True)
sockets = {}


def make(key, port, reuse):
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    sockets[key] = sock
    if reuse:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if port:
        sock.bind(("0.0.0.0", port))
    return 0


def listen(key, backlog):
    return sockets[key].listen(backlog)


def accept(key, new):
    sockets[new] = sockets[key].accept()[0]
    sockets[new].setblocking(False)
    return 0


def connect(key, address, port):
    return -sockets[key].connect_ex((address, port))


def disconnect(key):
    address = struct.pack("H14x", socket.AF_UNSPEC)
    return -ctypes.get_errno() if libc.connect(sockets[key].fileno(), address, 16) < 0 else 0


def send(key, octets):
    return sockets[key].send(b"x" * octets, socket.MSG_NOSIGNAL)


def send_urgent(key):
    return sockets[key].send(b"!", socket.MSG_OOB)


def recv(key, octets):
    return len(sockets[key].recv(octets))


def shutdown(key, how):
    return sockets[key].shutdown(how)


def close(key):
    fd = sockets[key].fileno()
    os.close(fd)
    sockets[key].detach()
    return 0


def dup(key, new):
    sockets[new] = sockets[key].dup()
    return 0


def linger(key, on, seconds):
    return sockets[key].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", on, seconds))


def option(key, level, name, value):
    return sockets[key].setsockopt(level, name, value)


def error(key):
    return sockets[key].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def bind(key, port):
    return sockets[key].bind(("0.0.0.0", port))


def states(_key, here, there, pairs):
    """The states of connections, by their ports here and there. One is asked for at a time: /proc/net/tcp walks the machine's whole table."""
    return " ".join(state(socket.inet_aton(here), socket.inet_aton(there), *pair) for pair in pairs)


def state(here, there, here_port, there_port):
    request = struct.pack("=BBBxI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0xFFFFFFFF)
    request += struct.pack("!HH", here_port, there_port) + here.ljust(16, b"\0") + there.ljust(16, b"\0")
    request += struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
    diag.sendto(struct.pack("=IHHII", 16 + len(request), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 0, 0) + request, (0, 0))
    reply = diag.recv(65536)
    if struct.unpack_from("=H", reply, 4)[0] != SOCK_DIAG_BY_FAMILY:
        return "none"
    # With no connection of these ports the kernel names the listener.
    found = STATES[reply[17]]
    return "none" if found == "LISTEN" else found


def answer(request):
    job = globals()[request["call"]]
    try:
        return str(job(request["key"], *request["args"]) or 0)
    except OSError as failure:
        return "-" + errno.errorcode[failure.errno]
    except KeyError:
        # What was never made, or accepted, is no descriptor.
        return "-EBADF"


def errno_text(text):
    """connect_ex() and friends answer numbers: by name, as the others."""
    number = int(text) if text.lstrip("-").isdigit() else 0
    return "-" + errno.errorcode[-number] if number < 0 else text


print("ready", flush=True)
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps({"id": request["id"], "result": errno_text(answer(request))}), flush=True)
