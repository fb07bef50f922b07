"""One fault of one program, or one healthy thing that looks like it; ends when its standard input does.

usage: doctor-faults.py FAULT [NODE]

The program at fault is this one, unless the fault says otherwise; whoever it talks to runs in a process of its own. Prints the pid of the
program at fault once the fault is there.
"""
import ctypes
import errno
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time

ME = '127.0.0.1'
# Python has a name for it since 3.10.
IPPROTO_MPTCP = 262
MANY = 15
kept = []


def listener(port, backlog=128, reuse=False):
    sock = socket.socket()
    if reuse:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((ME, port))
    sock.listen(backlog)
    kept.append(sock)
    return sock


def dial(port):
    """A connection, as soon as somebody listens."""
    for _ in range(500):
        try:
            sock = socket.create_connection((ME, port))
            kept.append(sock)
            return sock
        except ConnectionRefusedError:
            time.sleep(0.01)
    raise TimeoutError(f'nobody listens on {port}')


def taken(server, count):
    """So many connections, accepted."""
    for _ in range(count):
        connection, _ = server.accept()
        kept.append(connection)
        yield connection


def apart(work):
    """Does it in a process of its own, which stays until the end; its pid."""
    pid = os.fork()
    if pid == 0:
        work()
        signal.pause()
    return pid


def await_end(connection):
    """Returns when the peer has closed, and reads nothing."""
    waiting = select.poll()
    waiting.register(connection, select.POLLRDHUP)
    waiting.poll(10_000)


def never_closes():
    def clients():
        for _ in range(MANY):
            dial(8080).close()
    apart(clients)
    for connection in taken(listener(8080), MANY):
        assert connection.recv(1) == b''
    return os.getpid()


def first_thread_ends():
    """A server that never closes, and whose first thread has ended: /proc/PID/fd shows nothing of it."""
    def clients():
        for _ in range(MANY):
            dial(8080).close()
    apart(clients)
    left = os.pipe()

    def server():
        sock = listener(8080)

        def serve():
            for connection in taken(sock, MANY):
                assert connection.recv(1) == b''
            os.write(left[1], b'.')
            threading.Event().wait()
        threading.Thread(target=serve).start()
        # exit() of this thread alone.
        ctypes.CDLL(None).syscall({'x86_64': 60, 'aarch64': 93}[os.uname().machine], 0)
    pid = apart(server)
    os.read(left[0], 1)
    return pid


def never_ends():
    """A Node server with allowHalfOpen that never calls end()."""
    script = os.path.join(os.path.dirname(__file__), 'faulty-server.mjs')
    server = subprocess.Popen([sys.argv[2], script, '8080'], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    kept.append(server)

    def clients():
        for _ in range(MANY):
            dial(8080).shutdown(socket.SHUT_WR)
    apart(clients)
    return server.pid


def never_reads():
    def clients():
        for _ in range(MANY):
            client = dial(8080)
            client.sendall(b'x' * 100)
            client.close()
    apart(clients)
    for connection in taken(listener(8080), MANY):
        await_end(connection)
    return os.getpid()


def multipath():
    """A multipath server that never closes: TCP's own table has its connections as ESTABLISHED."""
    def endpoint():
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP)
        kept.append(sock)
        return sock

    server = endpoint()
    server.bind((ME, 8080))
    server.listen(128)

    def clients():
        server.close()
        for _ in range(MANY):
            client = endpoint()
            client.connect((ME, 8080))
            client.sendall(b'x')
            client.close()
    apart(clients)
    for connection in taken(server, MANY):
        while connection.recv(1) != b'':
            pass
    return os.getpid()


def pool():
    """A client that keeps what its server has closed."""
    def server():
        for connection in taken(listener(8080), MANY):
            connection.close()
    apart(server)
    for client in [dial(8080) for _ in range(MANY)]:
        await_end(client)
    return os.getpid()


def never_accepts():
    def clients():
        for _ in range(3):
            dial(8080)
    apart(clients)
    listener(8080)
    return os.getpid()


def overflow():
    """A backlog of one, and nobody accepts."""
    server = listener(8080, 1)

    def clients():
        server.close()
        for _ in range(6):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex((ME, 8080))
            kept.append(client)
    apart(clients)
    return os.getpid()


def accepts_slowly():
    """A backlog of four and ten accepts a second, against forty clients a second."""
    server = listener(8080, 4)

    def clients():
        server.close()
        opened = []
        while True:
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex((ME, 8080))
            opened.append((time.monotonic(), client))
            # Before any has been in CLOSE-WAIT for long: that would be another fault.
            while opened[0][0] < time.monotonic() - 0.8:
                opened.pop(0)[1].close()
            time.sleep(0.025)

    def accepts():
        for connection in taken(server, sys.maxsize):
            connection.close()
            time.sleep(0.1)
    apart(clients)
    pid = apart(accepts)
    server.close()
    return pid


def inherited():
    """A server that has started another program with its listener open."""
    started = os.pipe()

    def server():
        listener(8080).set_inheritable(True)
        subprocess.Popen(['sleep', '600'], close_fds=False, stdin=subprocess.DEVNULL)
        os.write(started[1], b'.')
    pid = apart(server)
    os.read(started[0], 1)
    return pid


def exhausts():
    """A client that closes first until connect() fails."""
    write_sysctl('ip_local_port_range', '40000 40099')
    write_sysctl('tcp_tw_reuse', '0')

    def server():
        for connection in taken(listener(8080), sys.maxsize):
            connection.recv(1)
            connection.close()
    apart(server)
    dial(8080).close()
    try:
        while True:
            client = socket.create_connection((ME, 8080))
            client.shutdown(socket.SHUT_WR)
            client.recv(1)
            client.close()
    except OSError as error:
        assert error.errno == errno.EADDRNOTAVAIL, error
    return os.getpid()


def write_sysctl(name, value):
    with open(f'/proc/sys/net/ipv4/{name}', 'w') as file:
        file.write(value)


def restarted(reuse):
    """A server that is killed with connections open, and started again at once."""
    accepted = os.pipe()

    def first():
        list(taken(listener(8080, reuse=reuse), 5))
        os.write(accepted[1], b'.')
    pid = apart(first)
    clients = [dial(8080) for _ in range(5)]
    os.read(accepted[0], 1)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    for client in clients:
        assert client.recv(1) == b''
        client.close()
    try:
        listener(8080, reuse=reuse)
        assert reuse
    except OSError as error:
        assert not reuse and error.errno == errno.EADDRINUSE, error
    return os.getpid()


def destroyed():
    """A server that does not notice that its connections are gone; its clients do."""
    def clients():
        for client in [dial(8080) for _ in range(MANY)]:
            await_end(client)
        os._exit(0)
    apart(clients)
    list(taken(listener(8080), MANY))
    subprocess.run(['ss', '-tK', 'state', 'established', 'sport', '=', ':8080'], stdout=subprocess.DEVNULL, check=True)
    return os.getpid()


def quiet():
    """A server that was killed and started again as it should be, and a pool of idle connections."""
    restarted(True)

    def clients():
        for _ in range(60):
            dial(8081)
    apart(clients)
    list(taken(listener(8081), 60))
    return os.getpid()


FAULTS = {
    'never-closes': never_closes,
    'first-thread-ends': first_thread_ends,
    'never-ends': never_ends,
    'never-reads': never_reads,
    'multipath': multipath,
    'pool': pool,
    'never-accepts': never_accepts,
    'overflow': overflow,
    'accepts-slowly': accepts_slowly,
    'inherited': inherited,
    'exhausts': exhausts,
    'restarted': lambda: restarted(False),
    'destroyed': destroyed,
    'quiet': quiet,
}

os.setpgid(0, 0)
try:
    print(FAULTS[sys.argv[1]](), flush=True)
    sys.stdin.read()
finally:
    # Everybody that was started, and this program with them.
    os.killpg(0, signal.SIGKILL)
