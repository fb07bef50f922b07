"""Connects to 127.0.0.1:PORT, sends TEXT, half-closes.

With `wait` it then reads, and prints `end of file` or the error that ends the wait; with `leave` it prints `left` and exits, so that
its kernel alone is left to answer.
"""

import socket
import sys

port, text, then = int(sys.argv[1]), sys.argv[2], sys.argv[3]
peer = socket.create_connection(("127.0.0.1", port))
peer.sendall(text.encode())
peer.shutdown(socket.SHUT_WR)
if then == "leave":
    print("left", flush=True)
    sys.exit()
print("waiting", flush=True)
try:
    print("end of file" if peer.recv(1) == b"" else "data", flush=True)
except OSError as error:
    print(error.strerror, flush=True)
