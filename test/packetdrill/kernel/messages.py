"""sendmsg() and recvmsg() of scripts on the real kernel: control messages, the error queue, the structures of options."""

import ctypes
import errno
import json
import mmap
import socket
import struct
import time

from play import Mismatch, Unknown, fields, number

EXTENDED_ERROR = (("ee_errno", "I"), ("ee_origin", "B"), ("ee_type", "B"), ("ee_code", "B"), ("ee_pad", "B"), ("ee_info", "I"), ("ee_data", "I"))
RECVERR = ((0, 11), (41, 25))
TIMESTAMPS = ((1, 29), (1, 35), (1, 37))
FORMS = {1: "=B", 4: "=i"}
PORT = 8080
ZEROCOPY = 0x4000000


def items(expression):
    return expression["items"] if expression["kind"] == "list" else [expression]


def control_messages(expression):
    """The list as sendmsg() takes it."""
    out = []
    for item in items(expression):
        given = fields(item)
        data = given["cmsg_data"]
        octets = struct.pack("=I", number(data) & 0xFFFFFFFF)
        out.append((number(given["cmsg_level"]), number(given["cmsg_type"]), octets))
    return out


def vector(expression):
    return [number(item["fields"][1]["value"]) for item in expression["items"]]


def report_of(data):
    form = "=" + "".join(letter for _, letter in EXTENDED_ERROR)
    return dict(zip((name for name, _ in EXTENDED_ERROR), struct.unpack(form, data[:struct.calcsize(form)])))


def told_control(level, kind, data, zero):
    """A control message as the outcome has it."""
    if (level, kind) in RECVERR:
        return {"kind": "report", "report": report_of(data), "offender": data[16:].hex()}
    if (level, kind) in TIMESTAMPS:
        return {"kind": "time", "at": stamp(kind, data) - zero}
    return {"kind": "other", "level": level, "type": kind, "data": data.hex()}


def stamp(kind, data):
    seconds, part = struct.unpack("=qq", data[:16])
    return seconds + part / (1e6 if kind == 29 else 1e9)


def compare(expected, seen, said, player):
    """Each expected control message against what came, in order."""
    zero = real_zero(player)
    if len(expected) != len(seen):
        raise Mismatch("recvmsg told %s" % said)
    for item, (level, kind, data) in zip(expected, seen):
        given = fields(item)
        if (number(given["cmsg_level"]), number(given["cmsg_type"])) != (level, kind):
            raise Mismatch("recvmsg told %s" % said)
        value = given["cmsg_data"]
        if value["kind"] == "ellipsis":
            continue
        if value["kind"] != "struct":
            if struct.unpack(FORMS[len(data)], data)[0] != number(value):
                raise Mismatch("recvmsg told %s" % said)
            continue
        wanted = fields(value)
        if "scm_sec" in wanted:
            at = number(wanted["scm_sec"]) + number(wanted["scm_nsec"]) / 1e9
            if abs(stamp(kind, data) - zero - at) > 0.02:
                raise Mismatch("recvmsg told %s" % said)
            continue
        have = report_of(data)
        for name, one in wanted.items():
            if one["kind"] != "ellipsis" and number(one) != have[name]:
                raise Mismatch("recvmsg told %s" % said)


def real_zero(player):
    """The script's beginning on the clock of timestamps."""
    return time.time() - (time.monotonic() - player.zero)


def receive(sock, sizes, room, flags):
    buffers = [bytearray(size) for size in sizes] or [bytearray(0)]
    count, seen, told, _ = sock.recvmsg_into(buffers, room, flags)
    return count, seen, told


def call_recvmsg(player, args, value):
    from calls import _fd
    message, flags = fields(args[1]), number(args[2]) if len(args) > 2 else 0
    answer = {"line": player.line, "result": -1, "errno": None, "flags": 0, "control": []}
    player.told.append(answer)
    try:
        count, seen, told = receive(_fd(player, args[0]), vector(message["msg_iov"]), 512 if "msg_control" in message else 0, flags)
    except OSError as error:
        answer["errno"] = errno.errorcode[error.errno]
        raise
    control = [told_control(*one, real_zero(player)) for one in seen]
    answer.update(result=count, flags=told, control=control)
    wanted = message.get("msg_flags")
    if wanted is not None and wanted["kind"] != "ellipsis" and number(wanted) != told:
        raise Mismatch("recvmsg told msg_flags 0x%x" % told)
    expected = message.get("msg_control")
    if expected is not None and expected["kind"] != "ellipsis":
        compare(items(expected), seen, json.dumps(control), player)
    return count


def destination(player, expression):
    """Where sendto() and sendmsg() go; None: nowhere in particular."""
    if expression is None or expression["kind"] == "ellipsis":
        return (player.peer_name, PORT)
    given = fields(expression)
    return (player.peer_name, number(given["sin_port"]) if "sin_port" in given else PORT)


def sending(player, sock, call, opens):
    """A send that may open the connection: the port is then known."""
    if opens and sock.getblocking() and not sock.getsockname()[1]:
        # The port has to be known before the call returns.
        sock.bind((player.own_name, 0))
        player.adopt(sock.getsockname()[1], PORT)
        player.listening = None
    try:
        return call()
    finally:
        if opens and sock.getsockname()[1] and (player.flow is None or player.flow.local_port != sock.getsockname()[1]):
            player.adopt(sock.getsockname()[1], PORT)
            player.listening = None


def lent(size, flags):
    """Octets to be sent; what MSG_ZEROCOPY lends begins on a page, for pages are what it costs."""
    return mmap.mmap(-1, size) if flags & ZEROCOPY and size else bytes(size)


def call_sendmsg(player, args, value):
    from calls import _fd
    sock, message, flags = _fd(player, args[0]), fields(args[1]), number(args[2]) if len(args) > 2 else 0
    opens = bool(flags & 0x20000000)
    buffers = [lent(size, flags) for size in vector(message["msg_iov"])]
    control = control_messages(message["msg_control"]) if "msg_control" in message else []
    to = destination(player, message["msg_name"]) if "msg_name" in message and (opens or sock.type == socket.SOCK_DGRAM) else None
    call = lambda: sock.sendmsg(buffers, control, flags | socket.MSG_NOSIGNAL, *([to] if to else []))
    return sending(player, sock, call, opens)


def is_pointer(expression):
    """A buffer that is an address, and leads nowhere."""
    return expression["kind"] in ("word", "integer")


def raw_call(name, *args):
    """A call of the C library with what Python would not pass."""
    libc = ctypes.CDLL(None, use_errno=True)
    result = getattr(libc, name)(*args)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result


def call_with_pointer(player, args, name):
    """read(), write(), send() and recv() with an address that leads nowhere."""
    from calls import _fd
    pointer = ctypes.c_void_p(number(args[1]))
    flags = [number(args[3]) | (socket.MSG_NOSIGNAL if name == "send" else 0)] if len(args) > 3 else []
    return raw_call(name, _fd(player, args[0]).fileno(), pointer, ctypes.c_size_t(number(args[2])), *flags)


def call_sendto(player, args, value):
    from calls import _fd, _size
    sock, flags = _fd(player, args[0]), number(args[3])
    opens = bool(flags & 0x20000000)
    unspecified = args[4].get("name") == "AF_UNSPEC"
    measured = len(args) > 5 and args[4]["kind"] == "ellipsis" and args[5]["kind"] == "integer"
    if is_pointer(args[1]) or unspecified or measured:
        host = socket.inet_pton(player.family, player.peer_name)
        six = player.family == socket.AF_INET6
        place = struct.pack("=HH", 0 if unspecified else player.family, socket.htons(PORT)) + (b"\0" * 4 + host + b"\0" * 4 if six else host + b"\0" * 8)
        pointer = ctypes.c_void_p(number(args[1])) if is_pointer(args[1]) else lent(_size(args), 0)
        count, length = ctypes.c_size_t(number(args[2])), number(args[5]) if len(args) > 5 and args[5]["kind"] == "integer" else len(place)
        return sending(player, sock, lambda: raw_call("sendto", sock.fileno(), pointer, count, flags | socket.MSG_NOSIGNAL, place, length), opens)
    null = args[4]["kind"] in ("word", "integer")
    if null or not (opens or sock.type == socket.SOCK_DGRAM):
        return sock.send(lent(_size(args), flags), flags | socket.MSG_NOSIGNAL)
    return sending(player, sock, lambda: sock.sendto(lent(_size(args), flags), flags | socket.MSG_NOSIGNAL, destination(player, args[4])), opens)


def pack_md5(player, given):
    """struct tcp_md5sig; `md5 valid` means its key from now on."""
    def value(name):
        return number(given[name]) if name in given else 0
    family, to = player.family, player.remote
    where = given.get("tcpm_addr", {"kind": "ellipsis"})
    if where["kind"] != "ellipsis" and "sa_family" in fields(where):
        family = number(fields(where)["sa_family"])
    if where["kind"] != "ellipsis" and "sin_addr" in fields(where):
        to = fields(where)["sin_addr"]["args"][0]["value"]
    octets = socket.inet_pton(player.family, to)
    place = struct.pack("=HH4s", family, 0, octets) if player.family == socket.AF_INET else struct.pack("=HHI16s", family, 0, 0, octets)
    key = given["tcpm_key"]["value"].encode() if "tcpm_key" in given else b""
    if value("tcpm_keylen"):
        player.key = key[:value("tcpm_keylen")]
    return struct.pack("=128sBBHi80s", place, value("tcpm_flags"), value("tcpm_prefixlen"), value("tcpm_keylen"), value("tcpm_ifindex"), key)


def pack_option(player, expression):
    """Octets of an option's structure."""
    given = fields(expression)
    if "tcpm_keylen" in given:
        return pack_md5(player, given)
    if "onoff" in given:
        return struct.pack("ii", number(given["onoff"]), number(given["linger"]))
    if "tv_sec" in given:
        return struct.pack("qq", number(given["tv_sec"]), number(given["tv_usec"]))
    raise Unknown("structure with " + ", ".join(str(name) for name in given))
