"""Something that a healthy host does and that looks like a fault. Prints `ready` once it is there; ends when its standard input does.

usage: healthy.py relay|pool|thinks|waits
"""
import os
import signal
import socket
import sys
import threading
import time

from far_host import HERE, THERE, far_host

ME = '127.0.0.1'
kept = []


def dial(address, port):
    for _ in range(500):
        try:
            sock = socket.create_connection((address, port))
            kept.append(sock)
            return sock
        except ConnectionRefusedError:
            time.sleep(0.01)
    raise TimeoutError(f'nobody listens on {port}')


def accepted(server, count):
    for _ in range(count):
        connection, _ = server.accept()
        kept.append(connection)
        yield connection


def relay():
    """What a client half-closes a relay half-closes towards a server on another host, and both wait for the answer."""
    def upstream(vanish):
        for connection in accepted(socket.create_server((THERE, 8081)), 30):
            connection.recv(1)
    far_host(upstream)
    server = socket.create_server((ME, 8080))
    if os.fork() == 0:
        server.close()
        for _ in range(30):
            dial(ME, 8080).shutdown(socket.SHUT_WR)
        signal.pause()
    for connection in accepted(server, 30):
        onward = dial(THERE, 8081)
        assert connection.recv(1) == b''
        onward.shutdown(socket.SHUT_WR)


def pool():
    """Forty connections to a Redis, of which one is used again and again."""
    connections = [dial(ME, 6379) for _ in range(40)]
    for connection in connections:
        ping(connection)
    threading.Thread(target=lambda: [ping(connections[0]) for _ in iter(int, 1)], daemon=True).start()


def ping(connection):
    connection.sendall(b'PING\r\n')
    assert connection.recv(7) == b'+PONG\r\n'
    time.sleep(0.01)


def thinks():
    """Servers that have heard all of a question and are at work on the answer; they begin to listen before `ready`."""
    server = socket.create_server((ME, 8080))
    threading.Thread(target=lambda: [one.recv(64) and one.recv(64) for one in accepted(server, 3)], daemon=True).start()


def waits():
    """A listener, and nothing else."""
    kept.append(socket.create_server((ME, 22)))


os.setpgid(0, 0)
try:
    {'relay': relay, 'pool': pool, 'thinks': thinks, 'waits': waits}[sys.argv[1]]()
    print('ready', flush=True)
    sys.stdin.read()
finally:
    os.killpg(0, signal.SIGKILL)
