"""Holds ports in the ways that people do not see. Prints one JSON line of what it made, and holds it until its standard input ends.

bound      a socket that is bound and does not listen
inherited  a listener whose maker has closed it: a child has inherited the descriptor
timeWait   a client's TIME-WAIT, from a port that it bound by number, without SO_REUSEADDR
server     a connection's TIME-WAIT at the server, all of whose sockets had SO_REUSEADDR
"""

import json
import os
import socket
import sys

BOUND, INHERITED, CLIENT, SERVER = 8101, 8102, 40103, 8104

bound = socket.socket()
bound.bind(("127.0.0.1", BOUND))

listener = socket.socket()
listener.bind(("0.0.0.0", INHERITED))
listener.listen()
ready, told = os.pipe()
child = os.fork()
if child == 0:
    bound.close()
    os.write(told, b".")
    sys.stdin.read()
    os._exit(0)
os.read(ready, 1)
listener.close()

server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", SERVER))
server.listen()


def connected(port=0):
    client = socket.socket()
    if port:
        client.bind(("127.0.0.1", port))
    client.connect(("127.0.0.1", SERVER))
    return client, server.accept()[0]


# Who closes first has the TIME-WAIT.
for first, second in [connected(CLIENT), reversed(connected())]:
    first.close()
    second.recv(1)
    second.close()
server.close()

print(json.dumps({"pid": os.getpid(), "child": child}), flush=True)
sys.stdin.read()
