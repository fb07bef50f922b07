/**
 * What each socket option is for. Names, numbers and levels are the stack's own table; the truth tables of bind() and close() stand
 * in src/stack/options and are played by `lastack lab`.
 */
export const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  SO_REUSEADDR: [
    'Lets bind() take a port that the remains of earlier connections still hold: TIME-WAIT, and also ESTABLISHED, CLOSE-WAIT or FIN-WAIT-2 connections whose listener is gone. Never one that has a live listener, Windows excepted, where the option takes the port away from its owner (SO_EXCLUSIVEADDRUSE is the cure).',
    "Linux asks for the option on both sockets: the one that binds now and the one whose remains hold the port. So setting it helps from the second restart on. BSD and macOS ask the new one only. A client's TIME-WAIT counts too, and clients hardly ever set it: keep a listener's port out of ip_local_port_range, or in ip_local_reserved_ports.",
  ],
  SO_REUSEPORT: [
    'Several sockets of one user bind one port, listeners included, if every one of them sets it. Connections are spread over the listeners.',
  ],
  SO_LINGER: [
    'What close() does with data that is not delivered yet. Off (the default): close() returns at once and the kernel delivers the data. {1, n}: close() waits up to n seconds for it. {1, 0}: the data is thrown away, the peer gets a RST, and there is no TIME-WAIT.',
    '{1, 0} is no cure for many TIME-WAIT rows: it loses data that the peer has not read.',
  ],
  SO_KEEPALIVE: [
    'Probes a connection that has been idle for TCP_KEEPIDLE (two hours unless set), every TCP_KEEPINTVL, and ends it with ETIMEDOUT after TCP_KEEPCNT probes without an answer. The tcp_keepalive_ sysctls are only the defaults of sockets that asked.',
    'It finds peers that have vanished. It does not cure CLOSE-WAIT: a peer whose host is alive answers, and when a connection does end, the descriptor stays open.',
  ],
  SO_SNDBUF: [
    'Octets that send() may queue before it blocks or gives EAGAIN. Linux grants twice what is asked, up to net.core.wmem_max.',
  ],
  SO_RCVBUF: [
    'Octets that may wait to be read, and so the window offered to the peer. Linux grants twice what is asked, up to net.core.rmem_max. For a large window it must be set before connect() or listen().',
  ],
  SO_ERROR: [
    'Reads the error that is pending on the socket and clears it: how a non-blocking connect() tells its result.',
  ],
  SO_OOBINLINE: [
    'Leaves the urgent octet in the stream instead of keeping it for recv(MSG_OOB). RFC 6093 advises new programs against urgent data.',
  ],
  TCP_NODELAY: [
    "Sends small segments at once. Without it Nagle's rule holds back a segment that is not full while an earlier small one is not acknowledged; together with the peer's delayed ACK that costs 40 ms per exchange on Linux.",
  ],
  TCP_CORK: [
    'Holds back what does not fill a segment until the cork is drawn (0), so that a header and the file behind it leave as one. Linux lets a forgotten cork go after 200 ms, and closing the socket draws it.',
  ],
  TCP_QUICKACK: [
    '1 sends the ACK that is owed at once and stops delaying for a while; 0 lets ACKs wait for data to travel with. It does not stay: the pace of the conversation decides anew, so programs set it after each recv().',
  ],
  TCP_SYNCNT: ['How long connect() of this socket tries, in place of tcp_syn_retries: 1 to 127.'],
  TCP_DEFER_ACCEPT: [
    'On a listener: accept() hands out a connection only when its first data is there. The seconds are kept as retransmissions of the SYN-ACK, and read back as the time that these take. A client that connects and says nothing shows as SYN-RECV meanwhile, and as ESTABLISHED on its own side.',
  ],
  TCP_WINDOW_CLAMP: ['The largest window that is offered, in octets, however much room the receive buffer has.'],
  TCP_CONGESTION: [
    'The algorithm that opens and closes the congestion window, by name, in place of tcp_congestion_control; here reno and cubic. ENOENT: there is none of that name.',
  ],
  TCP_NOTSENT_LOWAT: [
    'The socket is writable only while fewer octets than this wait unsent; what is in flight does not count. So a program decides late what it sends, though the send buffer is large. 0: tcp_notsent_lowat, which is no bound unless set.',
  ],
  TCP_FASTOPEN: [
    'On a listener: data may come with the SYN of a client that brings a cookie from an earlier connection (RFC 7413), and accept() hands it out before the handshake is complete; as many such at once as the value says. A SYN that is sent twice brings its data twice: only for requests that may be repeated.',
  ],
  TCP_FASTOPEN_CONNECT: [
    'connect() returns at once, and the first send() opens the connection with its data in the SYN, if there is a cookie. EOPNOTSUPP where tcp_fastopen lacks bit 1.',
  ],
  TCP_FASTOPEN_NO_COOKIE: [
    "This socket's SYNs carry data without a cookie, or this listener takes such: for networks that are trusted.",
  ],
  TCP_FASTOPEN_KEY: [
    'The key of the cookies that this host gives out: 16 octets, the same on every host behind one address.',
  ],
  TCP_KEEPINIT: ['FreeBSD: seconds that connect() may take as a whole, in place of net.inet.tcp.keepinit (75).'],
  TCP_NOOPT: ['FreeBSD: the SYN offers nothing but the MSS: no window scale, no SACK, no timestamps.'],
  TCP_NOPUSH: ['FreeBSD: small segments wait for more, as TCP_CORK has it on Linux. Taken off, what waits leaves.'],
  TCP_MAXUNACKTIME: [
    'FreeBSD: seconds without progress after which a connection is given up; 0: the retransmissions decide.',
  ],
  TCP_FUNCTION_BLK: [
    "FreeBSD: which of the system's TCP stacks the connection uses, by name. Here there is one: freebsd.",
  ],
  SO_NOSIGPIPE: ['FreeBSD: send() on a closed connection fails without a signal. Here it never sends one.'],
  SO_REUSEPORT_LB: ['FreeBSD: listeners of one port share its connections, as with SO_REUSEPORT on Linux.'],
  TCP_KEEPIDLE: [
    'Seconds without traffic before the first keep-alive probe; only with SO_KEEPALIVE. Default: tcp_keepalive_time.',
  ],
  TCP_KEEPINTVL: [
    'Seconds between keep-alive probes that are not answered; only with SO_KEEPALIVE. Default: tcp_keepalive_intvl.',
  ],
  TCP_KEEPCNT: [
    'Keep-alive probes without an answer before the connection is given up; only with SO_KEEPALIVE. Default: tcp_keepalive_probes.',
  ],
  TCP_USER_TIMEOUT: [
    'Milliseconds that data may stay unacknowledged before the connection is given up with ETIMEDOUT, in place of tcp_retries2. It also bounds keep-alive and CLOSE-WAIT with data that the peer does not take. An idle CLOSE-WAIT has no such data: nothing happens to it.',
  ],
  TCP_MAXSEG: ['The largest segment that is sent, and announced to the peer, on connections opened after it is set.'],
  TCP_LINGER2: [
    'Seconds that this socket, once it is an orphan, stays in FIN-WAIT-2, in place of tcp_fin_timeout; −1: none, the peer gets a RST when it still has something to say. It does not change TIME-WAIT.',
  ],
  TCP_INFO: [
    'Reads what the kernel knows of the connection: state, round-trip time, retransmissions, octets, windows. What ss -i prints.',
  ],
  IP_TTL: ['Hops that packets of this socket may take. Default: net.ipv4.ip_default_ttl.'],
  IP_TOS: [
    'The TOS octet of the IPv4 packets of this socket: DSCP in its upper six bits. The two lower ones are ECN, which a stream sets itself.',
  ],
  IPV6_TCLASS: ['The same octet of IPv6 packets, there called traffic class; −1: 0 again.'],
  IP_MTU_DISCOVER: [
    'Whether packets forbid routers to fragment them (DF), so that a router whose next link is too narrow says so, and segments become smaller. On unless set.',
  ],
  IPV6_MTU_DISCOVER: ['The same for IPv6, where no router ever fragments.'],
  IP_FREEBIND: [
    'Lets bind() take an address that the host does not have, or not yet: for services that start before their address comes, or fails over to them.',
  ],
  IPV6_FREEBIND: ['The same for IPv6 addresses.'],
  SO_MARK: ['A number for routing and filter rules on the host. It travels in no packet.'],
  SO_PRIORITY: ['A number for queues of the host, 0 to 6 without privilege. It travels in no packet.'],
  SO_RCVLOWAT: [
    'Octets that must wait before poll() calls the socket readable: fewer wake-ups for whoever needs a whole message. 1 unless set; the end of the stream is always told.',
  ],
  SO_PEEK_OFF: [
    'Where recv() with MSG_PEEK begins, octets behind the first that waits: each peek moves it on, each read moves it back. Below 0, as at first, a peek always begins at the first.',
  ],
  SO_ZEROCOPY: [
    'MSG_ZEROCOPY is honoured: the error queue tells when octets are no longer needed, in ranges of send() calls.',
  ],
  SO_TIMESTAMPING: [
    'The error queue tells when octets left and when they were acknowledged. A sum of flags: which moments, and what comes with them.',
  ],
  TCP_MD5SIG: [
    'A key for a peer (RFC 2385): every segment to and from it is signed, and what comes unsigned or signed wrongly is dropped and counted.',
  ],
  TCP_MD5SIG_EXT: ['TCP_MD5SIG with flags: the key may hold for a whole prefix of addresses.'],
  TCP_SAVE_SYN: [
    'On a listener: the headers of each SYN are kept for TCP_SAVED_SYN, to see from what kind of client a connection came.',
  ],
  TCP_SAVED_SYN: ['The headers of the SYN that opened this connection, once, if its listener had TCP_SAVE_SYN.'],
  IP_OPTIONS: ['IPv4 options that each packet carries. A source route takes room from every segment.'],
  IP_RECVERR: [
    'ICMP errors are told at once: the next call fails, and recvmsg(MSG_ERRQUEUE) tells the details. Without it TCP keeps soft ones for the day it gives up.',
  ],
  IPV6_RECVERR: ['IP_RECVERR for IPv6.'],
  IP_MINTTL: ['Packets with a smaller TTL are dropped: 255 lets in only neighbours (RFC 5082).'],
  IPV6_MINHOPCOUNT: ['IP_MINTTL for IPv6: the least hop limit.'],
  IP_MTU: ['The path MTU that is known for this connection. It can only be read, and only when connected.'],
  IPV6_MTU: ['IP_MTU for IPv6.'],
  SO_SNDBUFFORCE: ['SO_SNDBUF beyond net.core.wmem_max, for who has CAP_NET_ADMIN.'],
  SO_RCVBUFFORCE: ['SO_RCVBUF beyond net.core.rmem_max, for who has CAP_NET_ADMIN.'],
  TCP_RTO_MIN_US: [
    'The least retransmission timeout of this connection, in microseconds: for networks whose round trips are far below 200 ms.',
  ],
  TCP_RTO_MAX_MS: ['The longest retransmission timeout of this connection, in milliseconds: backoff stops there.'],
  TCP_DELACK_MAX_US: ['For how long at most an ACK of this connection may wait, in microseconds.'],
  SO_DEBUG: ['Kept for whoever asks; nothing looks at it.'],
  SO_DONTROUTE: ['Only neighbours are spoken to, no router. Kept here; it changes nothing.'],
  SO_BSDCOMPAT: ['A leaving of old Linux. Kept for whoever asks.'],
  SO_RXQ_OVFL: ['recvmsg() tells how many datagrams were dropped for want of room. Kept here; it changes nothing.'],
  SO_NOFCS: ['The device is to send no checksum of its own frame. Kept for whoever asks.'],
  SO_BUSY_POLL: ['For how many microseconds to poll the device before sleeping. There is none to poll here.'],
  SO_INCOMING_CPU: [
    'The processor that took the last packet; a hint which of several SO_REUSEPORT listeners takes a connection. Kept here; it changes nothing.',
  ],
  SO_PREFER_BUSY_POLL: ['Polling goes before interrupts. There is no device to poll here.'],
  SO_RCVMARK: ['recvmsg() tells the mark of each packet. Kept here; packets carry none.'],
  IP_TRANSPARENT: [
    'bind() to foreign addresses, and connections to them taken, for proxies that nobody sees. Kept here; IP_FREEBIND has its effect on bind().',
  ],
  IP_RECVOPTS: ['recvmsg() tells the IP options of a datagram. Kept here; it changes nothing.'],
  IP_RECVTTL: ['recvmsg() tells the TTL with which a datagram came. Kept here; it changes nothing.'],
  IP_RECVTOS: ['recvmsg() tells the TOS with which a datagram came. Kept here; it changes nothing.'],
  IP_PKTINFO: ['recvmsg() tells the address and interface at which a datagram came. Kept here; it changes nothing.'],
  IP_BIND_ADDRESS_NO_PORT: [
    'bind() with port 0 takes the address alone; connect() then chooses the port, which lets ports be shared between destinations. Kept here; it changes nothing.',
  ],
  IPV6_RECVPKTINFO: ['IP_PKTINFO for IPv6. Kept here; it changes nothing.'],
  IPV6_RECVHOPLIMIT: ['IP_RECVTTL for IPv6. Kept here; it changes nothing.'],
  IPV6_RECVTCLASS: ['IP_RECVTOS for IPv6. Kept here; it changes nothing.'],
  IPV6_AUTOFLOWLABEL: ['Packets get a flow label by themselves. Kept here; flow labels are 0.'],
  IPV6_TRANSPARENT: ['IP_TRANSPARENT for IPv6.'],
  TCP_THIN_DUPACK: ['A leaving of Linux before 4.11: it is taken and does nothing.'],
  SO_SNDLOWAT: [
    'Always 1 on Linux: how many octets must fit before poll() calls a socket writable cannot be set there. TCP_NOTSENT_LOWAT can. 2048 on FreeBSD, where it can be set.',
  ],
  SO_INCOMING_NAPI_ID: ['The queue of the device from which the last packet came; 0, for there is none here.'],
  TCP_IS_MPTCP: ['Whether several paths carry the connection. It can only be read; 0 here.'],
  TCP_INQ: ['recvmsg() tells with each message how many octets it left unread, so that nobody has to ask.'],
  IPV6_V6ONLY: [
    'A socket on [::] leaves IPv4 alone. Without it a listener on [::] takes IPv4 too, and bind() of 0.0.0.0 to the same port gives EADDRINUSE.',
  ],
  SO_EXCLUSIVEADDRUSE: [
    "Windows only: nobody else may bind this port, whatever options they set. The cure for SO_REUSEADDR's meaning there.",
  ],
  SO_BROADCAST: ['Lets a datagram socket send to broadcast addresses.'],
  SO_TYPE: ['Reads the type of the socket: stream or datagram.'],
  SO_ACCEPTCONN: ['Reads whether the socket listens.'],
  SO_PROTOCOL: ['Reads the protocol of the socket: TCP or UDP.'],
  SO_DOMAIN: ['Reads the address family of the socket.'],
  IPV6_UNICAST_HOPS: ['Hops that IPv6 packets of this socket may take. Default: net.ipv6.conf.all.hop_limit.'],
  SO_RCVTIMEO: [
    'For how long a blocking accept() or recv() waits before it gives EAGAIN; 0: for ever. Calls of this stack never wait: who waits for a program, like lastack pkt, keeps to it.',
  ],
  SO_SNDTIMEO: ['The same for send(), and for connect(), which then gives EINPROGRESS.'],
  SO_RCVTIMEO_NEW: ['SO_RCVTIMEO with times of 64 bits, on machines where it has 32.'],
  SO_SNDTIMEO_NEW: ['SO_SNDTIMEO with times of 64 bits, on machines where it has 32.'],
  SO_BINDTODEVICE: [
    'The one interface that a socket is to use, by name; ENODEV: there is none of that name. Kept here; routes decide.',
  ],
  SO_BINDTOIFINDEX: ['The same by the number of the interface. Kept here; routes decide.'],
  SO_TIMESTAMP: ['recvmsg() tells when a datagram came, in microseconds. Kept here; it changes nothing.'],
  SO_TIMESTAMPNS: ['The same in nanoseconds. Kept here; it changes nothing.'],
  SO_TIMESTAMP_NEW: ['SO_TIMESTAMP with times of 64 bits, on machines where it has 32.'],
  SO_TIMESTAMPNS_NEW: ['SO_TIMESTAMPNS with times of 64 bits, on machines where it has 32.'],
  SO_TIMESTAMPING_NEW: ['SO_TIMESTAMPING with times of 64 bits, on machines where it has 32.'],
  SO_PEERCRED: ['Who made the other end of a local socket. Over a network nobody knows.'],
  SO_PEERNAME: ['getpeername() as an option.'],
  SO_MEMINFO: ['What the socket holds in its queues and may hold, in nine numbers, as ss -m prints them.'],
  SO_COOKIE: ['A number that tells this socket from every other one, as ss -e prints it.'],
  SO_NETNS_COOKIE: ['The same for the network namespace.'],
  SO_MAX_PACING_RATE: ['Octets a second at most that the connection sends. Kept here; it changes nothing.'],
  SO_NO_CHECK: ['Datagrams leave without a checksum. A stream makes nothing of it.'],
  SO_WIFI_STATUS: [
    'The error queue tells whether a frame was acknowledged over the air. Kept here; it changes nothing.',
  ],
  SO_LOCK_FILTER: ['Nobody may change the packet filter any more. There are none here.'],
  SO_SELECT_ERR_QUEUE: ['select() tells of the error queue as of exceptions. Kept for whoever asks.'],
  SO_BUSY_POLL_BUDGET: ['How many packets to take from the device at a time. There is none to poll here.'],
  SO_BUF_LOCK: ['Which of the two buffer sizes no longer adapt by themselves. Kept for whoever asks.'],
  SO_RESERVE_MEM: ['Sets memory aside for this socket: EOPNOTSUPP where nothing counts it.'],
  SO_TXREHASH: [
    'Whether retransmissions may take another way through the network, by another flow hash. Kept here; there is one way.',
  ],
  SO_RCVPRIORITY: ['recvmsg() tells the priority of each packet. Kept here; packets carry none.'],
  SO_BPF_EXTENSIONS: ['How many extensions packet filters have. It can only be read.'],
  TCP_THIN_LINEAR_TIMEOUTS: [
    'Timeouts of connections with little in flight do not double. Kept here; it changes nothing.',
  ],
  TCP_REPAIR: [
    'Opens a connection for being taken apart and put together again elsewhere (checkpoint and restore). Kept here; it opens nothing.',
  ],
  TCP_TX_DELAY: [
    'Microseconds that every segment waits before it leaves, to play a longer path. Kept here; links have their delay in lastack lab.',
  ],
  TCP_CC_INFO: ['What the congestion control says of itself. CUBIC and Reno say nothing.'],
  TCP_TIMESTAMP: ["What the connection's timestamps say now."],
  TCP_ULP: ['A protocol between TCP and the program, like tls, by name. Here there is none: ENOENT.'],
  TCP_ZEROCOPY_RECEIVE: [
    'Maps what has arrived into memory instead of copying it. Here nothing is mapped, and recv() reads it.',
  ],
  IP_HDRINCL: ['The program writes the IP header itself: for raw sockets only.'],
  IP_ROUTER_ALERT: ['Packets for routers are handed to this socket: for raw sockets only.'],
  IP_RETOPTS: ['recvmsg() tells the IP options for the way back. Kept here; it changes nothing.'],
  IP_PKTOPTIONS: ['Control messages of the last packet. A stream has none.'],
  IP_PASSSEC: ["recvmsg() tells the peer's security label. Kept here; it changes nothing."],
  IP_RECVORIGDSTADDR: ['recvmsg() tells where a redirected datagram was addressed to. Kept here; it changes nothing.'],
  IP_NODEFRAG: ['Fragments are not put together: for raw sockets only.'],
  IP_CHECKSUM: ['recvmsg() tells the checksum of a datagram. Kept here; it changes nothing.'],
  IP_RECVFRAGSIZE: ['recvmsg() tells the largest fragment of a datagram: not for streams.'],
  IP_RECVERR_RFC4884: ['The error queue tells the extensions of ICMP errors. Kept here; it changes nothing.'],
  IP_MULTICAST_IF: ['The interface for packets to groups: not for streams.'],
  IP_MULTICAST_TTL: ['Hops for packets to groups: not for streams.'],
  IP_MULTICAST_LOOP: ['Packets to groups come back to the host. Kept here; a stream has none.'],
  IP_MULTICAST_ALL: ['Packets to every group that the host has joined are delivered. Kept here; a stream has none.'],
  IP_UNICAST_IF: ['The interface that packets leave by unless a route says otherwise. 0: none.'],
  IP_LOCAL_PORT_RANGE: ['The ports that connect() may choose from. Kept here; net.ipv4.ip_local_port_range decides.'],
  IP_PROTOCOL: ['On a stream, the local port. It can only be read.'],
  IPV6_2292PKTINFO: ['An older IPV6_RECVPKTINFO.'],
  IPV6_2292HOPOPTS: ['An older IPV6_RECVHOPOPTS.'],
  IPV6_2292DSTOPTS: ['An older IPV6_RECVDSTOPTS.'],
  IPV6_2292RTHDR: ['An older IPV6_RECVRTHDR.'],
  IPV6_2292HOPLIMIT: ['An older IPV6_RECVHOPLIMIT.'],
  IPV6_FLOWINFO: ['recvmsg() tells the flow label of a datagram. Kept here; it changes nothing.'],
  IPV6_MULTICAST_ALL: ['IP_MULTICAST_ALL for IPv6.'],
  IPV6_ROUTER_ALERT_ISOLATE: ['Router alerts stay in their namespace. Kept for whoever asks.'],
  IPV6_RECVERR_RFC4884: ['IP_RECVERR_RFC4884 for IPv6.'],
  IPV6_FLOWINFO_SEND: ['connect() takes the flow label from the address. Kept here; flow labels are 0.'],
  IPV6_RECVHOPOPTS: ['recvmsg() tells the hop-by-hop options of a datagram. Kept here; it changes nothing.'],
  IPV6_RECVRTHDR: ['recvmsg() tells the routing header of a datagram. Kept here; it changes nothing.'],
  IPV6_RECVDSTOPTS: ['recvmsg() tells the destination options of a datagram. Kept here; it changes nothing.'],
  IPV6_RECVPATHMTU: ['recvmsg() tells when the path MTU changes. Kept here; it changes nothing.'],
  IPV6_DONTFRAG: ['Datagrams are not fragmented. A stream never is.'],
  IPV6_RECVORIGDSTADDR: ['IP_RECVORIGDSTADDR for IPv6.'],
  IPV6_UNICAST_IF: ['IP_UNICAST_IF for IPv6.'],
  IPV6_RECVFRAGSIZE: ['IP_RECVFRAGSIZE for IPv6. Kept here; it changes nothing.'],
}
