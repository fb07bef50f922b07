"""Connects to 127.0.0.1:PORT, sends TEXT, half-closes; COUNT times, once when left out.

With `wait` it then reads from the first, and prints `end of file` or the error that ends the wait; with `leave` it prints `left` and
exits, so that its kernel alone is left to answer.
"""

import socket
import sys

port, text, then = int(sys.argv[1]), sys.argv[2], sys.argv[3]
peers = []
for _ in range(int(sys.argv[4]) if len(sys.argv) > 4 else 1):
    peers.append(socket.create_connection(("127.0.0.1", port)))
    peers[-1].sendall(text.encode())
    peers[-1].shutdown(socket.SHUT_WR)
if then == "leave":
    print("left", flush=True)
    sys.exit()
print("waiting", flush=True)
for peer in peers:
    try:
        print("end of file" if peer.recv(1) == b"" else "data", flush=True)
    except OSError as error:
        print(error.strerror, flush=True)
