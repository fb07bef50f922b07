/** Numbers of Linux's socket calls, the same on every machine that lastack runs on (asm-generic/socket.h, linux/socket.h). */

/** IPv4. */
export const AF_INET = 2
/** IPv6. */
export const AF_INET6 = 10
/** Messages from and to the kernel. */
export const AF_NETLINK = 16
/** A stream: TCP. */
export const SOCK_STREAM = 1
/** The protocol's own messages. */
export const SOCK_RAW = 3
/** The descriptor goes when another program is executed. */
export const SOCK_CLOEXEC = 0o2000000
/** Options of whatever socket. */
export const SOL_SOCKET = 1
/** Whether the address of a socket that is there may be bound. */
export const SO_REUSEADDR = 2
/** Octets that may wait to be received. */
export const SO_RCVBUF = 8
/** The family of netlink that tells of sockets. */
export const NETLINK_SOCK_DIAG = 4
/** A datagram was longer than the room for it. */
export const MSG_TRUNC = 0x20
