import type { StateName } from '../../tcp/index.ts'

/**
 * What each state means to whoever sees it in a table: who waits for whom, how long it lasts, what ends it, what to look at. The
 * arrows in and out are not here: they are drawn from `TRANSITIONS`.
 */
export const STATES: Readonly<Record<StateName, readonly string[]>> = {
  LISTEN: [
    'A program waits for connections. Each that comes gets a connection of its own; the listener stays as it is until the program closes it.',
    'In ss, Recv-Q is the number of connections that wait for accept() and Send-Q the most that may wait. Recv-Q that stays near Send-Q: the program does not accept fast enough, and further connections are turned away (ListenOverflows in netstat -s). netstat shows no limit.',
  ],
  'SYN-SENT': [
    'connect() was called and nobody has answered yet. A closed port would have answered by RST and ended this at once (ECONNREFUSED), so a row that stays here means silence: the peer is down, or a firewall drops the SYN or the answer.',
    'After tcp_syn_retries retransmissions connect() fails with ETIMEDOUT.',
  ],
  'SYN-RECEIVED': [
    'A SYN came, our SYN-ACK is out, and its ACK has not come. The row belongs to the listener and has no owner yet. It lasts a round trip.',
    'Many that stay: the way back is broken, or somebody sends SYNs under addresses that do not answer (SYN flood). After tcp_synack_retries retransmissions the row is dropped.',
  ],
  ESTABLISHED: [
    'Open in both directions. It does not say that the peer is alive: one that lost its power or its network sends nothing, and an idle connection then stays ESTABLISHED for ever, unless the program set SO_KEEPALIVE.',
    'If something is sent, retransmissions find out and give up after tcp_retries2 (some 15 minutes with the default of 15) or TCP_USER_TIMEOUT, with ETIMEDOUT.',
  ],
  'FIN-WAIT-1': [
    'This side closed first, and its FIN, or data before it, is not acknowledged. It lasts a round trip, unless the peer has vanished or has closed its window.',
    'With Send-Q above 0 data is still on its way. Once the descriptor is closed, retransmissions give up after tcp_orphan_retries; while it is held (shutdown(SHUT_WR)), after tcp_retries2.',
  ],
  'FIN-WAIT-2': [
    'This side closed first, the peer knows it, and its program has not closed: the peer is in CLOSE-WAIT. The remedy is at the peer.',
    'Two cases, told apart by the owner. No owner: an orphan, its descriptor is closed; on Linux it goes after tcp_fin_timeout (60 s) or TCP_LINGER2. An owner: the program called shutdown(SHUT_WR) and holds the descriptor; it has no time-out at all.',
  ],
  'CLOSE-WAIT': [
    "The peer's FIN has come, and the local program has not closed its descriptor. Only that program's close() moves it on. While idle it has no timer: it stays for ever, whatever the peer does afterwards, and no sysctl ends it. Many of them are a leak in the program that ss -p or netstat -p names.",
    'Recv-Q tells causes apart. 0: the program has read everything and never closed. 1: only the end of file is unread, the program does not read any more. More: it stopped reading with data waiting.',
    'No owner, inode 0, and a listener on that port with Recv-Q above 0: the program does not call accept(). Without root the owners of other users are not visible, which is not the same as having none.',
    'It also ends when unacknowledged data is given up (tcp_retries2, TCP_USER_TIMEOUT), by SO_KEEPALIVE if the program set it, or by a RST. The row is gone then, and the descriptor is still open: the leak goes on unseen until EMFILE.',
    'Without a restart, gentlest first: have the program close it; shutdown() on its descriptor from outside (pidfd_getfd); ss -K, which sends RST; end the process, which ends all of its connections. ss -s and the usual graphs count CLOSE-WAIT as established.',
  ],
  CLOSING: [
    'Both sides closed at the same moment: the FINs crossed. This one has acknowledged the other; its own is not acknowledged yet. It lasts a round trip and leads to TIME-WAIT, on both sides.',
  ],
  'LAST-ACK': [
    'The peer closed first, then this side did; its FIN is not acknowledged yet. It lasts a round trip. If it stays, the peer or the network has vanished: the FIN is sent again until tcp_orphan_retries gives it up.',
    'A SYN that arrives for it is answered by an ACK; the client that sent it resets the old connection, and its next SYN succeeds.',
  ],
  'TIME-WAIT': [
    'This side closed first and the connection is over. For 2·MSL the pair of addresses and ports is kept, so that a lost final ACK can be repeated and delayed segments of the old connection stay out of a new one. It has no owner and no descriptor, and costs some 256 octets.',
    '60 s on Linux, compiled in: tcp_fin_timeout does not change it. Many rows are no fault by themselves. The fault is running out of ports: a client that opens many connections to one address and port fails with EADDRNOTAVAIL once ip_local_port_range is used up.',
    'What helps then: keep connections open and use them again; let the other side close first; more addresses or ports; tcp_tw_reuse=1 for clients with timestamps. A server that cannot bind its port after a restart needs SO_REUSEADDR, on Linux on the old socket too.',
  ],
  CLOSED: [
    'There is no connection: nothing is kept, and a segment that arrives for it is answered by RST.',
    'A TCP socket that is bound and neither listens nor connects is in this state too. It holds its port, and neither netstat nor /proc shows it; lastack ss -B does where netlink serves.',
  ],
}
