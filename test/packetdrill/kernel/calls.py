"""The system calls that scripts make, on the real kernel. An error is an OSError; None as a result means "whatever was expected"."""

import ctypes
import errno
import fcntl
import os
import select
import socket
import struct

import messages
import net

from play import Unknown, fields, number


def _open(player, value, thing):
    player.files[number(value)] = thing


def _fd(player, expression):
    wanted = number(expression)
    file = player.files.get(wanted)
    if file is None:
        raise OSError(errno.EBADF, "no such descriptor")
    return file


def _size(args):
    return number(args[2]) if len(args) > 2 and args[2]["kind"] != "ellipsis" else len(args[1]["value"])


def call_socket(player, args, value):
    family = player.family if args[0]["kind"] == "ellipsis" else number(args[0])
    protocol = 0 if args[2]["kind"] == "ellipsis" else number(args[2])
    _open(player, value, socket.socket(family, number(args[1]), protocol))


def call_bind(player, args, value):
    host, port = player.own_name, 8080
    if args[1]["kind"] != "ellipsis":
        given = fields(args[1])
        port = number(given["sin_port"])
    _fd(player, args[0]).bind((host, port))
    return 0


def call_listen(player, args, value):
    sock = _fd(player, args[0])
    again = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    sock.listen(number(args[1]))
    if not again:
        player.listening = sock.getsockname()[1]
    return 0


def call_accept(player, args, value):
    connection, _ = _fd(player, args[0]).accept()
    connection.setblocking(True)
    _open(player, value, connection)


def call_connect(player, args, value):
    sock = _fd(player, args[0])
    if args[1]["kind"] != "ellipsis":
        family = fields(args[1])["sa_family"] if args[1]["kind"] == "struct" else args[1]
        if number(family) == 0:
            return _connect_unspec(sock)
        raise Unknown("address")
    try:
        if sock.getblocking() and not sock.getsockname()[1]:
            # The port has to be known before the call returns.
            sock.bind((player.own_name, 0))
            player.adopt(sock.getsockname()[1], 8080)
            player.listening = None
        sock.connect((player.peer_name, 8080))
        # TCP_FASTOPEN_CONNECT: open, and the SYN is yet to leave.
        if not sock.getblocking():
            player.adopt(sock.getsockname()[1], 8080)
        player.listening = None
    except BlockingIOError:
        player.adopt(sock.getsockname()[1], 8080)
        player.listening = None
        raise
    return 0


def _connect_unspec(sock):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.connect(sock.fileno(), b"\0" * 16, 16) != 0:
        raise OSError(ctypes.get_errno(), "connect")
    return 0


def call_read(player, args, value):
    if messages.is_pointer(args[1]):
        return messages.call_with_pointer(player, args, "read")
    file = _fd(player, args[0])
    return len(os.read(file if isinstance(file, int) else file.fileno(), _size(args)))


def call_recv(player, args, value):
    if messages.is_pointer(args[1]):
        return messages.call_with_pointer(player, args, "recv")
    # Python does not ask the kernel for no octets.
    if _size(args) == 0:
        return messages.raw_call("recv", _fd(player, args[0]).fileno(), None, 0, number(args[3]) if len(args) > 3 else 0)
    return len(_fd(player, args[0]).recv(_size(args), number(args[3]) if len(args) > 3 else 0))


call_recvfrom = call_recv


def call_write(player, args, value):
    if messages.is_pointer(args[1]):
        return messages.call_with_pointer(player, args, "write")
    file = _fd(player, args[0])
    return os.write(file if isinstance(file, int) else file.fileno(), bytes(_size(args)))


def call_send(player, args, value):
    if messages.is_pointer(args[1]):
        return messages.call_with_pointer(player, args, "send")
    flags = number(args[3])
    return _fd(player, args[0]).send(messages.lent(_size(args), flags), flags | socket.MSG_NOSIGNAL)


def call_readv(player, args, value):
    sizes = [number(item["fields"][1]["value"]) for item in args[1]["items"]]
    return os.readv(_fd(player, args[0]).fileno(), [bytearray(size) for size in sizes])


def call_writev(player, args, value):
    sizes = [number(item["fields"][1]["value"]) for item in args[1]["items"]]
    return os.writev(_fd(player, args[0]).fileno(), [bytes(size) for size in sizes])


def call_shutdown(player, args, value):
    _fd(player, args[0]).shutdown(number(args[1]))
    return 0


def call_close(player, args, value):
    file = _fd(player, args[0])
    del player.files[number(args[0])]
    if isinstance(file, int):
        os.close(file)
    else:
        os.close(file.detach() if isinstance(file, socket.socket) else file.fileno())
    return 0


def call_dup(player, args, value):
    file = _fd(player, args[0])
    copy = os.dup(_descriptor(player, args[0]))
    if isinstance(file, select.epoll):
        copy = select.epoll.fromfd(copy)
    elif isinstance(file, socket.socket):
        copy = socket.socket(fileno=copy)
    _open(player, value, copy)


def call_fcntl(player, args, value):
    file = _fd(player, args[0])
    descriptor = file if isinstance(file, int) else file.fileno()
    flags = number(args[2]) if len(args) > 2 else 0
    result = fcntl.fcntl(descriptor, number(args[1]), flags)
    if number(args[1]) == 4 and isinstance(file, socket.socket):
        file.setblocking(not flags & os.O_NONBLOCK)
    return result


def call_ioctl(player, args, value):
    told = struct.unpack("i", fcntl.ioctl(_descriptor(player, args[0]), number(args[1]), struct.pack("i", 0)))[0]
    if args[2]["kind"] == "list" and args[2]["items"][0]["kind"] != "ellipsis" and number(args[2]) != told:
        raise OSError(errno.EDOM, "told %d" % told)
    return 0


def call_setsockopt(player, args, value):
    sock, given, size = _fd(player, args[0]), args[3], number(args[4])
    inner = given["items"][0] if given["kind"] == "list" else given
    if inner["kind"] == "struct":
        octets = messages.pack_option(player, inner)[:size]
    elif inner["kind"] == "string":
        octets = inner["value"].encode("latin-1")[:size]
    else:
        octets = struct.pack("q", number(inner))[:size] if size != 4 else struct.pack("I", number(inner) & 0xFFFFFFFF)
    sock.setsockopt(number(args[1]), number(args[2]), octets)
    return 0


def _room(args):
    """The octets that a script has room for."""
    given = args[4] if len(args) > 4 else {"kind": "ellipsis"}
    inner = given["items"][0] if given["kind"] == "list" else given
    return 64 if inner["kind"] in ("ellipsis", "word") else number(inner)


def _told(sock, level, name, room):
    """What the kernel tells of an option to who has room for so many octets, or a negative number of them."""
    octets, length = ctypes.create_string_buffer(max(room, 1)), ctypes.c_int(room)
    messages.raw_call("getsockopt", sock.fileno(), level, name, octets, ctypes.byref(length))
    return octets.raw[:length.value]


def call_getsockopt(player, args, value):
    sock, given = _fd(player, args[0]), args[3]
    octets = _told(sock, number(args[1]), number(args[2]), _room(args))
    inner = given["items"][0] if given["kind"] == "list" and given["items"] else given
    if inner["kind"] == "struct":
        want = fields(inner)
        have = dict(zip(("onoff", "linger"), struct.unpack("ii", octets[:8])))
        for name, expression in want.items():
            if expression["kind"] != "ellipsis" and number(expression) != have[name]:
                raise OSError(errno.EDOM, "told %r" % have)
    elif inner["kind"] == "string":
        if octets.rstrip(b"\0").decode("latin-1") != inner["value"].rstrip("\0"):
            raise OSError(errno.EDOM, "told %r" % octets)
    elif inner["kind"] != "ellipsis":
        have = int.from_bytes(octets[:4], "little", signed=len(octets) >= 4)
        if number(inner) != have:
            from play import Mismatch
            raise Mismatch("getsockopt told %d" % have)
    return 0


def call_poll(player, args, value):
    poller, wanted = select.poll(), []
    for item in args[0]["items"]:
        entry = fields(item)
        file = _fd(player, entry["fd"])
        descriptor = file if isinstance(file, int) else file.fileno()
        poller.register(descriptor, number(entry["events"]))
        wanted.append((descriptor, entry.get("revents")))
    timeout = number(args[2])
    told = dict(poller.poll(None if timeout < 0 else timeout))
    for descriptor, revents in wanted:
        if revents is not None and revents["kind"] != "ellipsis" and number(revents) != told.get(descriptor, 0):
            from play import Mismatch
            raise Mismatch("poll told 0x%x" % told.get(descriptor, 0))
    return len(told)


def call_epoll_create(player, args, value):
    _open(player, value, select.epoll())


def call_epoll_ctl(player, args, value):
    epoll, file, operation = _fd(player, args[0]), _fd(player, args[2]), number(args[1])
    entry = fields(args[3]) if args[3]["kind"] == "struct" else {}
    if operation == 2:
        epoll.unregister(file)
    elif operation == 3:
        epoll.modify(file, number(entry["events"]))
    else:
        epoll.register(file, number(entry["events"]))
    return 0


def call_epoll_wait(player, args, value):
    timeout = number(args[3])
    told = _fd(player, args[0]).poll(None if timeout < 0 else timeout / 1000, number(args[2]))
    if args[1]["kind"] != "ellipsis":
        items = args[1]["items"] if args[1]["kind"] == "list" else [args[1]]
        for item, (_, events) in zip(items, told):
            want = fields(item).get("events")
            if want is not None and number(want) != events:
                from play import Mismatch
                raise Mismatch("epoll_wait told 0x%x" % events)
    return len(told)


def call_pipe(player, args, value):
    reader, writer = os.pipe()
    player.files[number(args[0]["items"][0])] = reader
    player.files[number(args[0]["items"][1])] = writer
    return 0


def _descriptor(player, expression):
    file = _fd(player, expression)
    return file if isinstance(file, int) else file.fileno()


def call_splice(player, args, value):
    return os.splice(_descriptor(player, args[0]), _descriptor(player, args[2]), number(args[4]), flags=number(args[5]))


def call_tee(player, args, value):
    return messages.raw_call("tee", _descriptor(player, args[0]), _descriptor(player, args[1]), ctypes.c_size_t(number(args[2])), number(args[3]))


def call_open(player, args, value):
    _open(player, value, os.open(args[0]["value"], os.O_RDONLY))


def call_sendfile(player, args, value):
    offset = number(args[2]) if args[2]["kind"] == "list" else None
    return os.sendfile(_descriptor(player, args[0]), _descriptor(player, args[1]), offset, number(args[3]))
