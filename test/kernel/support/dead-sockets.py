"""Makes, in one process: descriptors of connections that are over, and beside them sockets that look alike but are not.
Prints a line of JSON and waits for its standard input to end."""
import json, os, select, socket, struct, sys

RESET = struct.pack("ii", 1, 0)
listener = socket.create_server(("127.0.0.1", 0))
dead, alive = [], []


def pair():
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    return client, server


# Reset by the peer and never closed.
for _ in range(3):
    client, server = pair()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    client.close()
    dead.append(server)

# The same of a server that asked for MPTCP, where the kernel has it.
try:
    multipath = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
    multipath.bind(("127.0.0.1", 0))
    multipath.listen()
    client = socket.create_connection(multipath.getsockname())
    dead.append(multipath.accept()[0])
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    client.close()
    alive += [socket.create_connection(multipath.getsockname()), multipath.accept()[0]]
except OSError:
    pass

# A leaked CLOSE-WAIT, a live connection, and sockets that were never connected.
client, server = pair()
client.close()
alive += [server, *pair()]
fresh = socket.socket()
bound = socket.socket()
bound.bind(("127.0.0.1", 0))
six = socket.socket(socket.AF_INET6)
refused = socket.socket()
refused.connect_ex(("127.0.0.1", 1))
alive += [fresh, bound, six, refused, socket.socket(socket.AF_UNIX), socket.socket(type=socket.SOCK_DGRAM)]

# What has happened to a connection is known once poll() tells of it.
for sockets, event in ((dead, select.POLLHUP), ([server], select.POLLRDHUP)):
    for one in sockets:
        waiting = select.poll()
        waiting.register(one, event)
        assert waiting.poll(60_000), one
print(json.dumps({"pid": os.getpid(), "dead": sorted(s.fileno() for s in dead), "port": listener.getsockname()[1]}), flush=True)
sys.stdin.read()
