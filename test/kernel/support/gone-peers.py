"""A server whose clients, on another host, vanish: each port has clients in another situation. Ends when its standard input does.

Prints its pid once the clients have vanished and the server has done to each connection what its port is for.
"""
import fcntl
import os
import select
import signal
import socket
import struct
import sys
import termios
import time

from far_host import HERE, far_host

COUNT = 3
DATA_IN_FLIGHT, PROBED, SILENT, CLOSED, HALF_CLOSED_DATA, HALF_CLOSED_CLOSED = range(8101, 8107)
PORTS = range(8101, 8107)
PROBES = ((socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), (socket.SOL_TCP, socket.TCP_KEEPIDLE, 1), (socket.SOL_TCP, socket.TCP_KEEPINTVL, 1),
          (socket.SOL_TCP, socket.TCP_KEEPCNT, 99))

os.setpgid(0, 0)
settled, gone = os.pipe(), os.pipe()
held = {port: [] for port in PORTS}


def clients(vanish):
    mine = []
    for port in PORTS:
        for _ in range(COUNT):
            mine.append(socket.create_connection((HERE, port)))
            mine[-1].recv(1)
            if port in (HALF_CLOSED_DATA, HALF_CLOSED_CLOSED):
                mine[-1].shutdown(socket.SHUT_WR)
    os.read(settled[0], 1)
    vanish()
    os.write(gone[1], b'.')
    signal.pause()


def settle(connection, half_closed):
    """Returns when the client has acknowledged all, and closed its direction where it will."""
    while struct.unpack('i', fcntl.ioctl(connection, termios.TIOCOUTQ, b'....'))[0] > 0:
        time.sleep(0.01)
    if half_closed:
        waiting = select.poll()
        waiting.register(connection, select.POLLRDHUP)
        assert waiting.poll(60_000)


try:
    listeners = [socket.create_server(('0.0.0.0', port)) for port in PORTS]
    far_host(clients)
    for listener in listeners:
        port = listener.getsockname()[1]
        for _ in range(COUNT):
            connection, _ = listener.accept()
            connection.sendall(b'.')
            held[port].append(connection)
    for port in PORTS:
        for connection in held[port]:
            settle(connection, port in (HALF_CLOSED_DATA, HALF_CLOSED_CLOSED))
    os.write(settled[1], b'.')
    os.read(gone[0], 1)
    for connection in held[DATA_IN_FLIGHT] + held[HALF_CLOSED_DATA]:
        connection.sendall(b'x' * 1000)
    for connection in held[PROBED]:
        for option in PROBES:
            connection.setsockopt(*option)
    for connection in held.pop(CLOSED) + held.pop(HALF_CLOSED_CLOSED):
        connection.close()
    print(os.getpid(), flush=True)
    sys.stdin.read()
finally:
    os.killpg(0, signal.SIGKILL)
