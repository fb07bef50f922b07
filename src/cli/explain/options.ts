/** A socket option, for whoever meets its name in a program or a manual page. */
export interface OptionText {
  readonly level: 'SOL_SOCKET' | 'IPPROTO_TCP' | 'IPPROTO_IP' | 'IPPROTO_IPV6'
  readonly text: readonly string[]
}

/** The options that the stack has, by name. What each system does differently is played: see the scenarios that the text names. */
export const OPTIONS: Readonly<Record<string, OptionText>> = {
  SO_REUSEADDR: {
    level: 'SOL_SOCKET',
    text: [
      'Lets bind() take a port that the remains of earlier connections still hold: TIME-WAIT, and also ESTABLISHED, CLOSE-WAIT or FIN-WAIT-2 connections whose listener is gone. Never one that has a live listener, Windows excepted, where the option takes the port away from its owner (SO_EXCLUSIVEADDRUSE is the cure).',
      "Linux asks for the option on both sockets: the one that binds now and the one whose remains hold the port. So setting it helps from the second restart on. BSD and macOS ask the new one only. A client's TIME-WAIT counts too, and clients hardly ever set it: keep a listener's port out of ip_local_port_range, or in ip_local_reserved_ports.",
    ],
  },
  SO_REUSEPORT: {
    level: 'SOL_SOCKET',
    text: [
      'Several sockets of one user bind one port, listeners included, if every one of them sets it. Connections are spread over the listeners.',
    ],
  },
  SO_LINGER: {
    level: 'SOL_SOCKET',
    text: [
      'What close() does with data that is not delivered yet. Off (the default): close() returns at once and the kernel delivers the data. {1, n}: close() waits up to n seconds for it. {1, 0}: the data is thrown away, the peer gets a RST, and there is no TIME-WAIT.',
      '{1, 0} is no cure for many TIME-WAIT rows: it loses data that the peer has not read.',
    ],
  },
  SO_KEEPALIVE: {
    level: 'SOL_SOCKET',
    text: [
      'Probes a connection that has been idle for TCP_KEEPIDLE (two hours unless set), every TCP_KEEPINTVL, and ends it with ETIMEDOUT after TCP_KEEPCNT probes without an answer. The tcp_keepalive_ sysctls are only the defaults of sockets that asked.',
      'It finds peers that have vanished. It does not cure CLOSE-WAIT: a peer whose host is alive answers, and when a connection does end, the descriptor stays open.',
    ],
  },
  SO_SNDBUF: {
    level: 'SOL_SOCKET',
    text: [
      'Octets that send() may queue before it blocks or gives EAGAIN. Linux grants twice what is asked, up to net.core.wmem_max.',
    ],
  },
  SO_RCVBUF: {
    level: 'SOL_SOCKET',
    text: [
      'Octets that may wait to be read, and so the window offered to the peer. Linux grants twice what is asked, up to net.core.rmem_max. For a large window it must be set before connect() or listen().',
    ],
  },
  SO_ERROR: {
    level: 'SOL_SOCKET',
    text: [
      'Reads the error that is pending on the socket and clears it: how a non-blocking connect() tells its result.',
    ],
  },
  SO_OOBINLINE: {
    level: 'SOL_SOCKET',
    text: [
      'Leaves the urgent octet in the stream instead of keeping it for recv(MSG_OOB). RFC 6093 advises new programs against urgent data.',
    ],
  },
  TCP_NODELAY: {
    level: 'IPPROTO_TCP',
    text: [
      "Sends small segments at once. Without it Nagle's rule holds back a segment that is not full while an earlier small one is not acknowledged; together with the peer's delayed ACK that costs 40 ms per exchange on Linux.",
    ],
  },
  TCP_KEEPIDLE: {
    level: 'IPPROTO_TCP',
    text: [
      'Seconds without traffic before the first keep-alive probe; only with SO_KEEPALIVE. Default: tcp_keepalive_time.',
    ],
  },
  TCP_KEEPINTVL: {
    level: 'IPPROTO_TCP',
    text: [
      'Seconds between keep-alive probes that are not answered; only with SO_KEEPALIVE. Default: tcp_keepalive_intvl.',
    ],
  },
  TCP_KEEPCNT: {
    level: 'IPPROTO_TCP',
    text: [
      'Keep-alive probes without an answer before the connection is given up; only with SO_KEEPALIVE. Default: tcp_keepalive_probes.',
    ],
  },
  TCP_USER_TIMEOUT: {
    level: 'IPPROTO_TCP',
    text: [
      'Milliseconds that data may stay unacknowledged before the connection is given up with ETIMEDOUT, in place of tcp_retries2. It also bounds keep-alive and CLOSE-WAIT with data that the peer does not take. An idle CLOSE-WAIT has no such data: nothing happens to it.',
    ],
  },
  TCP_MAXSEG: {
    level: 'IPPROTO_TCP',
    text: ['The largest segment that is sent, and announced to the peer, on connections opened after it is set.'],
  },
  TCP_LINGER2: {
    level: 'IPPROTO_TCP',
    text: [
      'Seconds that this socket, once it is an orphan, stays in FIN-WAIT-2, in place of tcp_fin_timeout; −1: none, the peer gets a RST when it still has something to say. It does not change TIME-WAIT.',
    ],
  },
  TCP_INFO: {
    level: 'IPPROTO_TCP',
    text: [
      'Reads what the kernel knows of the connection: state, round-trip time, retransmissions, octets, windows. What ss -i prints.',
    ],
  },
  IP_TTL: {
    level: 'IPPROTO_IP',
    text: ['Hops that packets of this socket may take. Default: net.ipv4.ip_default_ttl.'],
  },
  IPV6_V6ONLY: {
    level: 'IPPROTO_IPV6',
    text: [
      'A socket on [::] leaves IPv4 alone. Without it a listener on [::] takes IPv4 too, and bind() of 0.0.0.0 to the same port gives EADDRINUSE.',
    ],
  },
}
