/** Words that are none of the other kinds and stand in every explanation. */
export const TERMS: Readonly<Record<string, readonly string[]>> = {
  '2MSL': [
    'Twice the longest time that a segment may live in the network: how long TIME-WAIT lasts. RFC 9293: 4 minutes. Linux: 60 s, compiled in. FreeBSD: 60 s, macOS: 30 s (twice net.inet.tcp.msl). Solaris: 60 s (tcp_time_wait_interval). Windows: 30 to 300 s (TcpTimedWaitDelay).',
  ],
  orphan: [
    'A connection whose descriptor is closed while TCP still has work to do: data or a FIN to deliver, or a FIN to wait for. The kernel owns it; ss shows it without a process. Linux bounds it: tcp_orphan_retries, tcp_fin_timeout in FIN-WAIT-2, tcp_max_orphans.',
  ],
  'half-close': [
    'shutdown(SHUT_WR): this side sends no more and still receives. The peer sees end of file and may go on sending from CLOSE-WAIT for as long as it likes. While the descriptor is held, FIN-WAIT-2 has no time-out.',
  ],
  RST: [
    'Ends a connection at once, on both sides, without TIME-WAIT and without delivering what is queued. Sent for a segment that belongs to no connection, by close() with unread data, by close() with SO_LINGER {1, 0}, and by ss -K.',
  ],
  FIN: [
    'The last segment of one direction: its sender will send no more. It takes a sequence number, so it is acknowledged and, if lost, sent again. Reading past it gives end of file (0).',
  ],
  'challenge-ACK': [
    'The answer to a RST or SYN whose sequence number is in the window but not exact (RFC 5961): the true peer repeats it with the right number, a guesser cannot. At most tcp_challenge_ack_limit per second.',
  ],
  backlog: [
    "What listen() is given: how many complete connections may wait for accept(), bounded by net.core.somaxconn. Linux lets one more in. ss shows it as a listener's Send-Q.",
  ],
  'ephemeral-port': [
    'The port that connect() or bind(0) chooses, from ip_local_port_range without ip_local_reserved_ports. One source address has each of them once for one destination address and port; TIME-WAIT keeps it taken for 2·MSL.',
  ],
  'Recv-Q': [
    'Octets that have come and that the program has not read; an end of file counts as one. Above 0 and not moving: the program does not read. Of a listener: connections that wait for accept(), of which Send-Q says how many may.',
  ],
  'Send-Q': [
    'Octets that the program has written and the peer has not acknowledged. Above 0 and not moving: the peer reads nothing (its window is shut), or nothing reaches it (ss -o: the timer is on, with retransmissions). Of a listener: its backlog.',
  ],
  'half-open': [
    'One end holds a connection that the other does not have any more: it lost its power, restarted, or a firewall between forgot. An end that only listens never learns of it: keep-alive, a time-out of the program, or data of its own does. Half-open is also what SYN-RECV connections are called.',
  ],
  'keep-alive': [
    'Empty segments on a silent connection, to learn whether the peer is still there. Only for sockets with SO_KEEPALIVE. Linux: first after tcp_keepalive_time (2 h), then every tcp_keepalive_intvl (75 s), given up with ETIMEDOUT after tcp_keepalive_probes (9); TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT set them for one socket.',
  ],
  RTO: [
    'How long the sender waits for an acknowledgment before it sends again: from the measured round trip and its variance, at least 200 ms on Linux, 1 s before anything is measured. It doubles each time, up to 120 s; after tcp_retries2 (15) in a row, some 15 minutes, the connection ends with ETIMEDOUT.',
  ],
  MSS: [
    'The most text in one segment: the MTU less the headers of IP and TCP, 1460 octets over Ethernet with IPv4, and 12 less with timestamps. Each end announces its own in its SYN; TCP_MAXSEG lowers it.',
  ],
  cwnd: [
    'The congestion window: how much a sender leaves unacknowledged for the sake of the network. It begins at 10 segments, grows with acknowledgments and comes down with losses. The peer has a say of its own: its receive window.',
  ],
  'zero-window': [
    'A receiver whose buffer is full announces a window of 0, and the sender has to wait. It asks again and again (window probes; persist in ss -o). It means that the program over there does not read.',
  ],
  SACK: [
    'Selective acknowledgment (RFC 2018): the receiver names what it has beyond a gap, so that only the gap is sent again. Both ends offer it in their SYNs.',
  ],
  Nagle: [
    'While text is unacknowledged, a small segment waits for more text or for the acknowledgment. TCP_NODELAY switches it off. Against a peer that delays its ACKs it costs up to 40 ms on Linux for each small write that follows another.',
  ],
  'delayed-ACK': [
    'A receiver does not acknowledge at once, so that one ACK serves two segments or rides with an answer: 40 to 200 ms on Linux. TCP_QUICKACK asks for ACKs at once, for a while.',
  ],
  ISN: [
    'The initial sequence number: where the numbers of one direction begin, told in the SYN. A keyed hash of the addresses and ports plus a clock (RFC 6528), so that nobody can guess it and old segments do not fit a new connection. Ladders count from it.',
  ],
  EOF: [
    'End of file: what a read returns (0) once the peer has sent FIN and everything before it is read. The connection is in CLOSE-WAIT then, and it is time to close().',
  ],
  'SYN-cookie': [
    'When too many half-open connections wait, a listener keeps nothing of a SYN: its answer carries a hash as sequence number, and the ACK that brings it back makes the connection. tcp_syncookies; nstat counts TcpExtSyncookiesSent.',
  ],
  PAWS: [
    'Protection against wrapped sequence numbers (RFC 7323): a segment whose timestamp is older than the last one accepted is dropped and answered by an ACK.',
  ],
}
