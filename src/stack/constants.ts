/**
 * The numbers of the socket interface. They are Linux's on every personality, as the calls' names are: a program written
 * against this stack runs on each. Errno numbers are the personality's own.
 */

/** No address family. */
export const AF_UNSPEC = 0
/** IPv4. */
export const AF_INET = 2
/** IPv6, and IPv4 by mapped addresses. */
export const AF_INET6 = 10

/** TCP. */
export const SOCK_STREAM = 1
/** UDP. */
export const SOCK_DGRAM = 2
/** May be added to a socket's type; every socket here is non-blocking, so that it changes nothing. */
export const SOCK_NONBLOCK = 0x800
/** May be added to a socket's type; there is no exec here. */
export const SOCK_CLOEXEC = 0x80000

/** shutdown(): no more reading. */
export const SHUT_RD = 0
/** shutdown(): no more writing; a FIN follows what is queued. */
export const SHUT_WR = 1
/** shutdown(): both. */
export const SHUT_RDWR = 2
/** The directions of a socket that shutdown() has ended, as bits. */
export const Ended = { READING: 1, WRITING: 2 } as const

/** What a caller that waits for room says of each send() that it makes of one call of a program: beside MSG_*, and of no use to programs. */
export const Part = {
  /** If this send() takes less, another one goes on. */
  WAITS: 0x10000000,
  /** It goes on with what the one before has begun. */
  GOES_ON: 0x1000000,
  /** There was no connection yet when the call began, and so no device that could take what is lent: it is copied. */
  COPIES: 0x800000,
  /** Nothing follows (BSD's MSG_EOF): of a call that opens the connection, the SYN may say so. */
  ENDS: 0x400000,
} as const

/** Largest backlog that a program can ask for; the system's `somaxconn` bounds it further. */
export const SOMAXCONN = 4096

/** Flags of send and recv. */
export const Msg = {
  OOB: 0x1,
  PEEK: 0x2,
  CTRUNC: 0x8,
  TRUNC: 0x20,
  DONTWAIT: 0x40,
  EOR: 0x80,
  WAITALL: 0x100,
  ERRQUEUE: 0x2000,
  NOSIGNAL: 0x4000,
  MORE: 0x8000,
  ZEROCOPY: 0x4000000,
  FASTOPEN: 0x20000000,
} as const

/** Bits of poll(). */
export const Poll = {
  IN: 0x1,
  PRI: 0x2,
  OUT: 0x4,
  ERR: 0x8,
  HUP: 0x10,
  NVAL: 0x20,
  RDHUP: 0x2000,
} as const

/** Levels of socket options. */
export const Level = { SOL_SOCKET: 1, IPPROTO_IP: 0, IPPROTO_TCP: 6, IPPROTO_UDP: 17, IPPROTO_IPV6: 41 } as const

/** Options of IPPROTO_UDP. */
export const UdpOption = { CORK: 1 } as const

/** Options of SOL_SOCKET. */
export const So = {
  DEBUG: 1,
  REUSEADDR: 2,
  TYPE: 3,
  ERROR: 4,
  DONTROUTE: 5,
  BROADCAST: 6,
  SNDBUF: 7,
  RCVBUF: 8,
  KEEPALIVE: 9,
  OOBINLINE: 10,
  NO_CHECK: 11,
  PRIORITY: 12,
  LINGER: 13,
  BSDCOMPAT: 14,
  REUSEPORT: 15,
  PEERCRED: 17,
  RCVLOWAT: 18,
  PEEK_OFF: 42,
  SNDLOWAT: 19,
  RCVTIMEO: 20,
  SNDTIMEO: 21,
  BINDTODEVICE: 25,
  ATTACH_FILTER: 26,
  PEERNAME: 28,
  TIMESTAMP: 29,
  ACCEPTCONN: 30,
  SNDBUFFORCE: 32,
  RCVBUFFORCE: 33,
  TIMESTAMPNS: 35,
  MARK: 36,
  TIMESTAMPING: 37,
  PROTOCOL: 38,
  DOMAIN: 39,
  RXQ_OVFL: 40,
  WIFI_STATUS: 41,
  NOFCS: 43,
  LOCK_FILTER: 44,
  SELECT_ERR_QUEUE: 45,
  BUSY_POLL: 46,
  MAX_PACING_RATE: 47,
  CNX_ADVICE: 53,
  TIMESTAMPING_OPT_STATS: 54,
  TXTIME: 61,
  BPF_EXTENSIONS: 48,
  INCOMING_CPU: 49,
  MEMINFO: 55,
  INCOMING_NAPI_ID: 56,
  COOKIE: 57,
  ZEROCOPY: 60,
  BINDTOIFINDEX: 62,
  TIMESTAMP_NEW: 63,
  TIMESTAMPNS_NEW: 64,
  TIMESTAMPING_NEW: 65,
  RCVTIMEO_NEW: 66,
  SNDTIMEO_NEW: 67,
  PREFER_BUSY_POLL: 69,
  BUSY_POLL_BUDGET: 70,
  NETNS_COOKIE: 71,
  BUF_LOCK: 72,
  RESERVE_MEM: 73,
  TXREHASH: 74,
  RCVMARK: 75,
  RCVPRIORITY: 82,
  /** Windows only: SO_EXCLUSIVEADDRUSE, there ~SO_REUSEADDR. */
  EXCLUSIVEADDRUSE: -5,
  /** FreeBSD only; beyond what Linux numbers. */
  USELOOPBACK: 0x10040,
  ACCEPTFILTER: 0x11000,
  BINTIME: 0x12000,
  NO_OFFLOAD: 0x14000,
  NO_DDP: 0x18000,
  RERROR: 0x30000,
  LISTENQLIMIT: 0x11011,
  LISTENQLEN: 0x11012,
  LISTENINCQLEN: 0x11013,
  SETFIB: 0x11014,
  USER_COOKIE: 0x11015,
  TS_CLOCK: 0x11017,
  NOSIGPIPE: 0x10800,
  REUSEPORT_LB: 0x10200,
} as const

/** Options of IPPROTO_TCP. */
export const TcpOption = {
  NODELAY: 1,
  MAXSEG: 2,
  CORK: 3,
  KEEPIDLE: 4,
  KEEPINTVL: 5,
  KEEPCNT: 6,
  SYNCNT: 7,
  LINGER2: 8,
  DEFER_ACCEPT: 9,
  WINDOW_CLAMP: 10,
  INFO: 11,
  QUICKACK: 12,
  CONGESTION: 13,
  MD5SIG: 14,
  THIN_LINEAR_TIMEOUTS: 16,
  THIN_DUPACK: 17,
  USER_TIMEOUT: 18,
  REPAIR: 19,
  REPAIR_QUEUE: 20,
  QUEUE_SEQ: 21,
  FASTOPEN: 23,
  TIMESTAMP: 24,
  NOTSENT_LOWAT: 25,
  CC_INFO: 26,
  SAVE_SYN: 27,
  SAVED_SYN: 28,
  FASTOPEN_CONNECT: 30,
  ULP: 31,
  MD5SIG_EXT: 32,
  FASTOPEN_KEY: 33,
  FASTOPEN_NO_COOKIE: 34,
  ZEROCOPY_RECEIVE: 35,
  INQ: 36,
  TX_DELAY: 37,
  IS_MPTCP: 43,
  RTO_MAX_MS: 44,
  RTO_MIN_US: 45,
  DELACK_MAX_US: 46,
  /** FreeBSD only; beyond what Linux numbers. */
  NOPUSH: 0x10604,
  NOOPT: 0x10608,
  KEEPINIT: 0x10680,
  MAXUNACKTIME: 0x10044,
  FUNCTION_BLK: 0x12000,
  STATS: 0x10021,
  LOG: 0x10022,
  LOGBUF: 0x10023,
  TXTLS_MODE: 0x10028,
  RXTLS_MODE: 0x1002a,
  REMOTE_UDP_ENCAPS_PORT: 0x10047,
  LRD: 0x1043d,
  REUSPORT_LB_NUMA: 0x10402,
} as const

/** Options of IPPROTO_IP. */
export const IpOption = {
  TOS: 1,
  TTL: 2,
  HDRINCL: 3,
  OPTIONS: 4,
  ROUTER_ALERT: 5,
  RECVOPTS: 6,
  RETOPTS: 7,
  PKTINFO: 8,
  PKTOPTIONS: 9,
  MTU_DISCOVER: 10,
  RECVERR: 11,
  RECVTTL: 12,
  RECVTOS: 13,
  MTU: 14,
  FREEBIND: 15,
  PASSSEC: 18,
  TRANSPARENT: 19,
  RECVORIGDSTADDR: 20,
  MINTTL: 21,
  NODEFRAG: 22,
  CHECKSUM: 23,
  BIND_ADDRESS_NO_PORT: 24,
  RECVFRAGSIZE: 25,
  RECVERR_RFC4884: 26,
  MULTICAST_IF: 32,
  MULTICAST_TTL: 33,
  MULTICAST_LOOP: 34,
  MULTICAST_ALL: 49,
  UNICAST_IF: 50,
  LOCAL_PORT_RANGE: 51,
  /** FreeBSD only; beyond what Linux numbers. */
  RECVDSTADDR: 0x10007,
  PORTRANGE: 0x10013,
  RECVIF: 0x10014,
  ONESBCAST: 0x10017,
  BINDANY: 0x10018,
  DONTFRAG: 0x10043,
  PROTOCOL: 52,
} as const

/** Options of IPPROTO_IPV6. */
export const Ipv6Option = {
  OLD_PKTINFO: 2,
  OLD_HOPOPTS: 3,
  OLD_DSTOPTS: 4,
  OLD_RTHDR: 5,
  ADDRFORM: 1,
  PKTOPTIONS: 6,
  MULTICAST_IF: 17,
  MULTICAST_HOPS: 18,
  MULTICAST_LOOP: 19,
  ROUTER_ALERT: 22,
  HOPOPTS: 54,
  RTHDRDSTOPTS: 55,
  RTHDR: 57,
  DSTOPTS: 59,
  PATHMTU: 61,
  ADDR_PREFERENCES: 72,
  OLD_HOPLIMIT: 8,
  FLOWINFO: 11,
  UNICAST_HOPS: 16,
  USE_MIN_MTU: 0x1002a,
  PORTRANGE: 0x1000e,
  BINDANY: 0x10040,
  MTU_DISCOVER: 23,
  MTU: 24,
  RECVERR: 25,
  V6ONLY: 26,
  MULTICAST_ALL: 29,
  ROUTER_ALERT_ISOLATE: 30,
  RECVERR_RFC4884: 31,
  FLOWINFO_SEND: 33,
  RECVPKTINFO: 49,
  RECVHOPLIMIT: 51,
  RECVHOPOPTS: 53,
  RECVRTHDR: 56,
  RECVDSTOPTS: 58,
  RECVPATHMTU: 60,
  DONTFRAG: 62,
  RECVTCLASS: 66,
  TCLASS: 67,
  AUTOFLOWLABEL: 70,
  MINHOPCOUNT: 73,
  RECVORIGDSTADDR: 74,
  TRANSPARENT: 75,
  UNICAST_IF: 76,
  RECVFRAGSIZE: 77,
  FREEBIND: 78,
} as const

/** Values of IP_MTU_DISCOVER: whether packets say "don't fragment", and whether routers are believed. */
export const PathMtuDiscovery = { DONT: 0, WANT: 1, DO: 2, PROBE: 3, INTERFACE: 4, OMIT: 5 } as const

/** Requests of ioctl. */
export const Ioctl = {
  SIOCINQ: 0x541b,
  SIOCOUTQ: 0x5411,
  SIOCOUTQNSD: 0x894b,
  SIOCATMARK: 0x8905,
  FIONBIO: 0x5421,
  /** FreeBSD's: what fills the send buffer, and what finds room in it. */
  FIONWRITE: 0x40046677,
  FIONSPACE: 0x40046676,
} as const

/** Commands of fcntl. */
export const Fcntl = { GETFL: 3, SETFL: 4 } as const
/** What F_GETFL tells of every socket: open for reading and writing, */
export const O_RDWR = 2
/** and non-blocking. */
export const O_NONBLOCK = 0x800

/** The option by which a program says whether its IPv6 packets get a flow label. */
export const AUTO_FLOW_LABEL = 'IPV6_AUTOFLOWLABEL'
