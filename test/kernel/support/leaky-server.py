"""Accepts on 127.0.0.1:PORT and never reads nor closes. Prints `ready`, and holds it all until its standard input ends."""

import socket
import sys
import threading

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen(16)
held = []


def accept():
    while True:
        held.append(listener.accept())


threading.Thread(target=accept, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
