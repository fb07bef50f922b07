"""A server that forgets to close, and clients that come and go, two a second: what the pictures of the console show."""
import socket
import time

ME = ('127.0.0.1', 8080)

server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(ME)
server.listen(128)
kept = []
for count in range(2000):
    client = socket.create_connection(ME)
    taken, _ = server.accept()
    kept.append(taken)
    client.close()
    taken.recv(1)
    if count == 20:
        print('leaking', flush=True)
    if count >= 20:
        time.sleep(0.5)
