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
  PAWS: [
    'Protection against wrapped sequence numbers (RFC 7323): a segment whose timestamp is older than the last one accepted is dropped and answered by an ACK.',
  ],
}
