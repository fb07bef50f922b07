"""The socket calls, straight into libc, so that every length and every flag is what the step says.

Each returns what the kernel returned, or the errno's name as a string.
"""

import ctypes
import errno
import select
import socket
import struct

from world import ADDRESSES, libc

MAPPED = "::ffff:"

FLAGS = {
    "MSG_OOB": 0x1,
    "MSG_PEEK": 0x2,
    "MSG_TRUNC": 0x20,
    "MSG_DONTWAIT": 0x40,
    "MSG_WAITALL": 0x100,
    "MSG_MORE": 0x8000,
}
MSG_NOSIGNAL = 0x4000

_SOL, _TCP, _IP, _IPV6 = 1, 6, 0, 41

# name → level, number, layout of its value
OPTIONS = {
    "SO_REUSEADDR": (_SOL, 2, "i"),
    "SO_TYPE": (_SOL, 3, "i"),
    "SO_ERROR": (_SOL, 4, "error"),
    "SO_BROADCAST": (_SOL, 6, "i"),
    "SO_SNDBUF": (_SOL, 7, "i"),
    "SO_RCVBUF": (_SOL, 8, "i"),
    "SO_KEEPALIVE": (_SOL, 9, "i"),
    "SO_OOBINLINE": (_SOL, 10, "i"),
    "SO_LINGER": (_SOL, 13, "ii"),
    "SO_REUSEPORT": (_SOL, 15, "i"),
    "SO_RCVLOWAT": (_SOL, 18, "i"),
    "SO_ACCEPTCONN": (_SOL, 30, "i"),
    "SO_PROTOCOL": (_SOL, 38, "i"),
    "SO_DOMAIN": (_SOL, 39, "i"),
    "TCP_NODELAY": (_TCP, 1, "i"),
    "TCP_MAXSEG": (_TCP, 2, "i"),
    "TCP_CORK": (_TCP, 3, "i"),
    "TCP_KEEPIDLE": (_TCP, 4, "i"),
    "TCP_KEEPINTVL": (_TCP, 5, "i"),
    "TCP_KEEPCNT": (_TCP, 6, "i"),
    "TCP_SYNCNT": (_TCP, 7, "i"),
    "TCP_LINGER2": (_TCP, 8, "i"),
    "TCP_DEFER_ACCEPT": (_TCP, 9, "i"),
    "TCP_INFO": (_TCP, 11, "i"),  # `info` reads its fields; get and set are for lengths and errors only
    "TCP_QUICKACK": (_TCP, 12, "i"),
    "TCP_CONGESTION": (_TCP, 13, "text"),
    "TCP_USER_TIMEOUT": (_TCP, 18, "i"),
    "IP_TTL": (_IP, 2, "i"),
    "IP_BIND_ADDRESS_NO_PORT": (0, 24, "i"),
    "IP_LOCAL_PORT_RANGE": (0, 51, "i"),
    "IPV6_UNICAST_HOPS": (_IPV6, 16, "i"),
    "IPV6_V6ONLY": (_IPV6, 26, "i"),
    "UNKNOWN_SOL_SOCKET": (_SOL, 4242, "i"),
    "UNKNOWN_SOL_TCP": (_TCP, 4242, "i"),
    "UNKNOWN_SOL_IP": (_IP, 4242, "i"),
    "UNKNOWN_SOL_IPV6": (_IPV6, 4242, "i"),
    "UNKNOWN_LEVEL": (4242, 1, "i"),
}

STATES = ["", "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSED",
          "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING"]

# field of struct tcp_info → offset of its u32; `state` is an octet.
_INFO = {"rto": 8, "ato": 12, "snd_mss": 16, "rcv_mss": 20, "unacked": 24, "sacked": 28, "lost": 32, "retrans": 36,
         "pmtu": 60, "advmss": 84, "snd_cwnd": 80, "snd_ssthresh": 76, "reordering": 88, "rcv_ssthresh": 64, "rcv_space": 96,
         "delivered": 192, "dsack_dups": 216, "reord_seen": 220}
_INFO_OCTETS = {"ca_state": 1, "retransmits": 2, "backoff": 4}

EVENTS = [(select.POLLIN, "IN"), (select.POLLPRI, "PRI"), (select.POLLOUT, "OUT"), (select.POLLRDHUP, "RDHUP"),
          (select.POLLERR, "ERR"), (select.POLLHUP, "HUP"), (select.POLLNVAL, "NVAL")]


def errno_name(number):
    """`ECONNREFUSED`; the plain number when it has no name; of two names the manual pages' one."""
    return "EOPNOTSUPP" if number == errno.EOPNOTSUPP else errno.errorcode.get(number, str(number))


def call(function, *arguments):
    """Calls libc; a result below 0 becomes the errno's name."""
    result = function(*arguments)
    return errno_name(ctypes.get_errno()) if result < 0 else result


def address_text(name, family, mapped):
    """The numeric text of a symbolic address for a socket of `family`; `mapped` rows write IPv4 as IPv6."""
    if name.startswith("mapped-"):
        return MAPPED + ADDRESSES[name[7:]][0]
    four, six = ADDRESSES[name]
    if family == socket.AF_INET:
        return four
    return MAPPED + four if mapped and name != "any" else six


def pack_sockaddr(name, port, family, mapped):
    """A sockaddr for `name:port`; `unspec` is AF_UNSPEC, `four`/`six` before the name force another family's form."""
    if name == "unspec":
        return struct.pack("=H14x", socket.AF_UNSPEC)
    if name.startswith("four-"):
        name, family, mapped = name[5:], socket.AF_INET, False
    if name.startswith("six-"):
        name, family, mapped = name[4:], socket.AF_INET6, False
    packed = socket.inet_pton(family, address_text(name, family, mapped))
    if family == socket.AF_INET:
        return struct.pack("=H", family) + struct.pack("!H", port) + packed + bytes(8)
    return struct.pack("=H", family) + struct.pack("!HI", port, 0) + packed + struct.pack("=I", 0)


def symbol(packed, mapped):
    """`host:8080` for a sockaddr that the kernel wrote; a port of the ephemeral range reads `ephemeral`."""
    family = struct.unpack_from("=H", packed)[0]
    port = struct.unpack_from("!H", packed, 2)[0]
    raw = packed[4:8] if family == socket.AF_INET else packed[8:24]
    text = socket.inet_ntop(family, raw)
    name = text
    for candidate in ADDRESSES:
        if address_text(candidate, family, mapped) == text:
            name = candidate
            break
        if family == socket.AF_INET6 and MAPPED + ADDRESSES[candidate][0] == text:
            name = "mapped-" + candidate
            break
    return name + ":" + (str(port) if port < 32768 else "ephemeral")


def _name_of(function, fd, mapped):
    buffer = ctypes.create_string_buffer(28)
    length = ctypes.c_uint32(28)
    result = call(function, fd, buffer, ctypes.byref(length))
    return result if result != 0 else symbol(buffer.raw, mapped)


def getsockname(fd, mapped):
    """The local address as a symbol."""
    return _name_of(libc.getsockname, fd, mapped)


def getpeername(fd, mapped):
    """The remote address as a symbol."""
    return _name_of(libc.getpeername, fd, mapped)


def set_option(fd, option, values, length=None):
    """setsockopt; `length` sends another number of octets than the value has."""
    level, number, layout = OPTIONS[option]
    if layout == "text":
        return call(libc.setsockopt, fd, level, number, values[0].encode(), len(values[0]))
    data = struct.pack("=%dI" % len(values), *[int(value) & 0xFFFFFFFF for value in values])
    size = len(data) if length is None else length
    return call(libc.setsockopt, fd, level, number, data.ljust(size, b"\0"), size)


def get_option(fd, option, length=None):
    """getsockopt: a number, `1 5` for SO_LINGER, the errno's name for SO_ERROR; hexadecimal when `length` is given."""
    level, number, layout = OPTIONS[option]
    size = length if length is not None else 8 if layout == "ii" else 4
    buffer = ctypes.create_string_buffer(256)
    given = ctypes.c_uint32(size & 0xFFFFFFFF)
    result = call(libc.getsockopt, fd, level, number, buffer, ctypes.byref(given))
    if result != 0:
        return result
    data = buffer.raw[: given.value]
    if length is not None:
        return "hex:" + data.hex()
    values = struct.unpack("=%di" % (len(data) // 4), data)
    if layout == "error":
        return errno_name(values[0]) if values[0] else 0
    return values[0] if len(values) == 1 else " ".join(map(str, values))


def tcp_info(fd, fields):
    """Fields of TCP_INFO, joined by a space; `state` as the RFC's name."""
    buffer = ctypes.create_string_buffer(256)
    given = ctypes.c_uint32(256)
    result = call(libc.getsockopt, fd, _TCP, 11, buffer, ctypes.byref(given))
    if result != 0:
        return result
    values = []
    for field in fields:
        if field == "state":
            values.append(STATES[buffer.raw[0]])
        elif field in _INFO_OCTETS:
            values.append(str(buffer.raw[_INFO_OCTETS[field]]))
        else:
            values.append(str(struct.unpack_from("=I", buffer.raw, _INFO[field])[0]))
    return " ".join(values)


def poll(fd):
    """What poll() reports when asked for everything: `IN|OUT|RDHUP`, or `none`."""
    asked = select.POLLIN | select.POLLPRI | select.POLLOUT | select.POLLRDHUP
    poller = select.poll()
    poller.register(fd, asked)
    answer = poller.poll(0)
    if not answer:
        return "none"
    return "|".join(name for bit, name in EVENTS if answer[0][1] & bit)
