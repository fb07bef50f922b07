import type { ErrnoName } from '../../base/index.ts'

/** When a socket call gives it. The numbers of each system and strerror's words are base's. Those left out say what their words say. */
export const ERRNOS: Readonly<Partial<Record<ErrnoName, readonly string[]>>> = {
  EADDRINUSE: [
    'bind() or listen(): the port is held. By a live listener (ss -ltn), by the remains of earlier connections without SO_REUSEADDR (TIME-WAIT, CLOSE-WAIT, FIN-WAIT-2, ESTABLISHED), or by a socket that is only bound, which neither netstat nor /proc shows. A descriptor that a child inherited holds it too.',
    'bind() to port 0: no port of ip_local_port_range is left.',
  ],
  EADDRNOTAVAIL: [
    'bind(): the address is not one of this host. connect(): every port of ip_local_port_range is in use towards that address and port, mostly by TIME-WAIT.',
  ],
  ECONNREFUSED: [
    'connect(): the peer answered by RST: its host is there and nothing listens on that port, or a firewall rejects.',
  ],
  ECONNRESET: [
    'The peer sent RST: its process ended with unread data, it closed with SO_LINGER {1, 0}, its host restarted and does not know the connection, or something on the way cut it. Told once, by the next call; after that reading gives end of file.',
  ],
  EPIPE: [
    'send() after this side closed for sending, or after the connection ended. The program also gets SIGPIPE unless it passes MSG_NOSIGNAL.',
  ],
  ETIMEDOUT: [
    'connect(): no answer to any SYN (tcp_syn_retries). Otherwise: data stayed unacknowledged (tcp_retries2, TCP_USER_TIMEOUT), or keep-alive probes were not answered. The descriptor stays open until the program closes it.',
  ],
  ENOTCONN: ['send(), recv(), shutdown() or getpeername() on a socket that has no connection.'],
  EISCONN: ['connect() on a socket that is connected.'],
  EINPROGRESS: ['connect() on a non-blocking socket: it has begun. poll() says when it is over, SO_ERROR how.'],
  EALREADY: ['connect() on a socket whose connect() is still under way.'],
  EAGAIN: [
    'A non-blocking call that would have to wait: nothing to read, no room to write, no connection to accept. Not an error.',
  ],
  EMFILE: [
    'The process has as many descriptors as it may (ulimit -n): socket() and accept() fail. How a leak of descriptors ends. Those whose connection is over are in no table of sockets: count /proc/PID/fd.',
  ],
  ENFILE: ['The whole system has as many open files as it may (fs.file-max).'],
  ENOBUFS: ['No memory for it. On Windows also: no ephemeral port is left.'],
  EHOSTUNREACH: ['No way to the host: an ICMP unreachable came, or the neighbour did not answer.'],
  ENETUNREACH: ['No route to that network.'],
  EINVAL: [
    'The call makes no sense now: bind() a second time, accept() on a socket that does not listen, recv(MSG_OOB) without urgent data, a length or value out of range.',
  ],
  EACCES: [
    'bind() to a port below ip_unprivileged_port_start without the right to; on Windows also a port that another socket holds exclusively.',
  ],
  EPERM: ['Not allowed: a firewall rule, or a privilege that is missing.'],
  ECONNABORTED: [
    'accept(): the connection ended before it was accepted (BSD; Linux hands it over, and the first read says what happened).',
  ],
  EDESTADDRREQ: ['send() on a datagram socket without a peer.'],
  EMSGSIZE: ['A datagram that is larger than it can be.'],
  EOPNOTSUPP: ['The call is not for this kind of socket: listen() or accept() on UDP.'],
  EAFNOSUPPORT: ["The address is of another family than the socket's."],
  ENOPROTOOPT: ['No such option at that level.'],
  EPROTONOSUPPORT: ['No such protocol.'],
  EBADF: ['The descriptor is not open: closed already, perhaps by another thread.'],
  ENOTSOCK: ['The descriptor is open and no socket.'],
}
