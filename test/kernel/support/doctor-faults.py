"""One fault of one program, or one healthy thing that looks like a fault; ends when its standard input does.

usage: doctor-faults.py FAULT
"""
import os
import socket
import subprocess
import sys

ME = '127.0.0.1'
kept = []


def listener(port, backlog=128, reuse=False):
    sock = socket.socket()
    if reuse:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((ME, port))
    sock.listen(backlog)
    kept.append(sock)
    return sock


def pairs(server, count):
    """Connections to the server, both ends of each."""
    for _ in range(count):
        client = socket.create_connection(server.getsockname())
        taken, _ = server.accept()
        kept.append(taken)
        yield client, taken


def never_closes():
    for client, taken in pairs(listener(8080), 15):
        client.close()
        taken.recv(1)


def never_reads():
    for client, taken in pairs(listener(8080), 15):
        client.sendall(b'x' * 100)
        client.close()


def pool():
    for client, taken in pairs(listener(8080), 15):
        kept.append(client)
        taken.close()


def never_accepts():
    server = listener(8080)
    for _ in range(3):
        kept.append(socket.create_connection(server.getsockname()))


def overflow():
    server = listener(8080, 1)
    for _ in range(6):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(server.getsockname())
        kept.append(client)


def inherited():
    server = listener(8080)
    server.set_inheritable(True)
    kept.append(subprocess.Popen(['sleep', '600'], close_fds=False, stdin=subprocess.DEVNULL))


def exhausts():
    with open('/proc/sys/net/ipv4/ip_local_port_range', 'w') as file:
        file.write('40000 40099')
    with open('/proc/sys/net/ipv4/tcp_tw_reuse', 'w') as file:
        file.write('0')
    for client, taken in pairs(listener(8080), 90):
        client.close()
        taken.close()


def restarted(reuse):
    first = listener(8080, reuse=reuse)
    for client, taken in pairs(first, 5):
        taken.close()
        client.close()
    first.close()
    try:
        listener(8080, reuse=reuse)
    except OSError as error:
        sys.stderr.write(f'{error}\n')


def half_closes():
    """A relay: what a client half-closes it half-closes on the other side, and waits."""
    front, back = listener(8080), listener(8081)
    for (client, taken), (onward, upstream) in zip(pairs(front, 30), pairs(back, 30)):
        kept.extend((client, onward))
        client.shutdown(socket.SHUT_WR)
        taken.recv(1)
        onward.shutdown(socket.SHUT_WR)


def quiet():
    """A server that was started again as it should be, and a pool of idle connections."""
    restarted(True)
    for client, _ in pairs(listener(8081), 60):
        kept.append(client)


FAULTS = {
    'never-closes': never_closes,
    'never-reads': never_reads,
    'pool': pool,
    'never-accepts': never_accepts,
    'overflow': overflow,
    'inherited': inherited,
    'exhausts': exhausts,
    'restarted': lambda: restarted(False),
    'quiet': quiet,
    'half-closes': half_closes,
}

FAULTS[sys.argv[1]]()
print(os.getpid(), flush=True)
sys.stdin.read()
for one in kept:
    if isinstance(one, subprocess.Popen):
        one.kill()
