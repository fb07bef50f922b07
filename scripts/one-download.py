"""One download: now and then the client reads more slowly than the server sends, and it closes first."""
import socket
import threading
import time

ME = ('127.0.0.1', 8443)
SECONDS = 14

server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(ME)
server.listen(8)
print('listening', flush=True)
input()
client = socket.create_connection(ME)
taken, _ = server.accept()


def send():
    burst = 8
    while True:
        try:
            taken.sendall(b'x' * (burst << 10))
        except OSError:
            return
        burst = burst + 24 if burst < 160 else 8
        time.sleep(0.35)


threading.Thread(target=send, daemon=True).start()
end = time.time() + SECONDS
while time.time() < end:
    client.recv(60_000)
    time.sleep(0.25)
client.shutdown(socket.SHUT_WR)
while client.recv(1 << 20):
    pass
