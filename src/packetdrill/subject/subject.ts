import type { Micros } from '../../base/index.ts'

/** One end of a connection. */
export interface End {
  /** `10.0.0.1`, `2001:db8::1`; on an IPv6 socket IPv4 is `::ffff:10.0.0.1`. */
  readonly address: string
  readonly port: number
}

/** What a stack of somebody else's finds where a script is played: the wire, and what it is called there. */
export interface Situation {
  /** Puts an IP packet on the wire to the script, whole and with its checksums. It is copied. */
  readonly transmit: (packet: Uint8Array) => void
  /** The stack's own address, as text. */
  readonly address: string
  /** Octets of the largest packet. */
  readonly mtu: number
}

/**
 * A stack that is not this project's, as scripts test it. It does no I/O and reads no clock: packets and time are handed to it, times in
 * µs, none ever smaller than the one before. Calls never wait: what would block says −EAGAIN, and the runner asks again when something has
 * happened, for as long as the script's call waits. Results are Linux's: what a call returns, or −errno in Linux's numbers (`Errno` of
 * `lastack/base`). Descriptors are the stack's own numbers; options and levels have Linux's.
 */
export interface Subject {
  /** A packet has arrived. */
  input(now: Micros, packet: Uint8Array): void
  /** It is that late: timers that are due go off. */
  advance(now: Micros): void
  /** When the next timer is due; Infinity: none is armed. */
  nextDeadline(): Micros
  /** A stream socket of a family (AF_INET 2, AF_INET6 10). */
  socket(family: number): number
  bind(fd: number, address: End): number
  listen(fd: number, backlog: number): number
  /** The descriptor of a connection that is complete. */
  accept(fd: number): number
  /** −EINPROGRESS when the SYN has left; asked again, −EALREADY until it is answered, then 0 or how it went. */
  connect(fd: number, to: End): number
  /** @param flags MSG_*, in Linux's numbers */
  send(fd: number, data: Uint8Array, flags: number): number
  /** Fills `into` from its beginning; 0: the end of file. */
  receive(fd: number, into: Uint8Array, flags: number): number
  /** @param how SHUT_RD 0, SHUT_WR 1, SHUT_RDWR 2 */
  shutdown(fd: number, how: number): number
  close(fd: number): number
  /** The socket's own end. */
  localName(fd: number): End
  /** Bits of poll() that hold (`Poll` of `lastack/stack`). Absent: scripts that poll are skipped. */
  poll?(fd: number): number
  /** Absent: scripts that set options are skipped. */
  setsockopt?(fd: number, level: number, option: number, value: number): number
  /** The option's number, which is not negative, or −errno. */
  getsockopt?(fd: number, level: number, option: number): number
  /** TCP_INFO of the newest socket, for assertions: fields by Linux's names (`tcpi_state`). Absent: such scripts are skipped. */
  tcpInfo?(fd: number): Readonly<Record<string, number | bigint>>
  /** A shell command of the script (`sysctl -w …`). False: the stack does not know it, and the script is skipped. */
  command?(text: string): boolean
}

/** Makes a stack, new for each script. What it throws, the runner does not catch. */
export type NewSubject = (situation: Situation) => Subject
