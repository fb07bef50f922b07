"""A crowd of TCP sockets in one state, in the network namespace that this program was started in (unshare --net).

usage: crowd.py close-wait|established|time-wait COUNT

Says "ready", and holds them until its standard input ends, as it does with whoever started it, however that ends.
"""
import os
import resource
import signal
import socket
import subprocess
import sys

TCP_REPAIR = 19
# As the first octet of TCP_INFO has it.
FIN_WAIT_2 = 5
# A process that uses more than this share of its descriptors is not healthy.
DESCRIPTOR_SHARE = 0.75
# Connections from one address to one listener, each from a port of its own: one that connect() chose could be that of a connection
# whose other end is still there.
EACH_LISTENER = 50_000
FIRST_PORT = 10_000

SYSCTLS = {
    'net/ipv4/ip_local_port_range': '2048 65535',
    'net/ipv4/tcp_max_tw_buckets': '2000000',
    'net/ipv4/tcp_max_syn_backlog': '4096',
    'net/core/somaxconn': '4096',
}


def connections(process, count):
    """Pairs of client and server, as many."""
    for at in range(0, count, EACH_LISTENER):
        number = at // EACH_LISTENER + 1
        server = socket.socket()
        server.bind((f'127.1.{process}.{number}', 1080))
        server.listen(4096)
        for port in range(FIRST_PORT, FIRST_PORT + min(count - at, EACH_LISTENER)):
            client = socket.socket()
            client.bind((f'127.2.{process}.{number}', port))
            client.connect(server.getsockname())
            yield client, server.accept()[0]
        held.append(server)


held = []


def close_wait(client, server):
    """The client says FIN and vanishes: a socket in repair leaves without a word, so only the server's end is left."""
    client.shutdown(socket.SHUT_WR)
    # Has the FIN acknowledged now, while there is somebody to hear it: a late ACK would be answered by RST.
    server.recv(1)
    while client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != FIN_WAIT_2:
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    client.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    client.close()
    held.append(server)


def established(client, server):
    held.extend((client, server))


def time_wait(client, server):
    client.close()
    server.close()


# How to leave a connection, the sockets that then are in the table, and the descriptors that they take.
STATES = {'close-wait': (close_wait, 1, 1), 'established': (established, 2, 2), 'time-wait': (time_wait, 1, 0)}


def shares(state, count):
    """How many connections each process makes."""
    _, sockets, descriptors = STATES[state]
    wanted = count // sockets
    limit = min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 20_000) * DESCRIPTOR_SHARE
    most = int(limit) // descriptors if descriptors else -(-wanted // (os.cpu_count() or 1))
    return [min(most, wanted - at) for at in range(0, wanted, most)]


def make(state, process, count):
    leave = STATES[state][0]
    for client, server in connections(process, count):
        leave(client, server)


def main():
    state, count = sys.argv[1], int(sys.argv[2])
    # Ctrl-C goes to the whole group: these end when the end of standard input tells them to.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    for name, value in SYSCTLS.items():
        with open(f'/proc/sys/{name}', 'w') as file:
            file.write(value)
    told, tell = os.pipe()
    parts = shares(state, count)
    for index, share in enumerate(parts):
        if os.fork() == 0:
            os.close(told)
            make(state, index, share)
            os.write(tell, b'.')
            os.close(tell)
            # Whatever ends the parent ends its standard input, which every child has from it.
            sys.stdin.read()
            os._exit(0)
    os.close(tell)
    made = b''
    while len(made) < len(parts):
        more = os.read(told, len(parts))
        if not more:
            sys.exit('crowd: a process that makes sockets has failed')
        made += more
    print('ready', flush=True)
    sys.stdin.read()


main()
