"""MPTCP sockets of many kinds, on the loopback of a network namespace.

Prints `ready`, and holds them until its standard input ends.
"""
import socket
import subprocess
import sys
import time

IPPROTO_MPTCP = 262
kept = []


def pair(host, port, family=socket.AF_INET, client_protocol=IPPROTO_MPTCP):
    """A listener and a connection to it."""
    listener = socket.socket(family, socket.SOCK_STREAM, IPPROTO_MPTCP)
    listener.bind((host, port))
    listener.listen(8)
    client = socket.socket(family, socket.SOCK_STREAM, client_protocol)
    client.connect((host, port))
    server, _ = listener.accept()
    kept.extend((listener, client, server))
    return client, server


# Text that nobody has read, text that is read, a half-close, an older peer, and IPv6.
client, server = pair('127.0.0.1', 8080)
client.sendall(b'x' * 5000)
client, server = pair('127.0.0.1', 8081)
client.sendall(b'hello')
server.recv(5)
client, server = pair('127.0.0.1', 8082)
client.shutdown(socket.SHUT_WR)
pair('127.0.0.1', 8083, client_protocol=0)
client, server = pair('::1', 8084, socket.AF_INET6)
server.sendall(b'hello')

# With a second path.
subprocess.run('ip mptcp limits set subflow 4 add_addr_accepted 4'.split(), check=True)
subprocess.run('ip mptcp endpoint add 127.0.0.2 dev lo subflow'.split(), check=True)
subprocess.run('ip mptcp endpoint add 127.0.0.3 dev lo signal backup'.split(), check=True)
client, server = pair('127.0.0.1', 8085)
while ' flags:J' not in subprocess.run(['ss', '-tani'], check=True, capture_output=True, text=True).stdout:
    client.sendall(b'hello')
    server.recv(5)
    time.sleep(0.1)
print('ready', flush=True)
sys.stdin.read()
