import { Errno, errnoName } from '../base/index.ts'
import type { Address } from '../wire/index.ts'
import * as text from './call-text.ts'
import {
  AF_INET,
  AF_INET6,
  Fcntl,
  Msg,
  O_NONBLOCK,
  O_RDWR,
  Poll,
  SHUT_RDWR,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
} from './constants.ts'
import { getOption, setOption } from './options/index.ts'
import type { OptionBox, OptionValue } from './options/option.ts'
import type { ControlMessage } from './sockets/control-message.ts'
import { ioctlCall } from './sockets/ioctl.ts'
import { type ReceivedMessage, receiveMessage, sendMessage } from './sockets/messages.ts'
import { isOctets, octetsOf } from './sockets/octets.ts'
import type { Socket, SocketHost } from './sockets/socket.ts'
import { readAddress, type SocketAddress, type SocketName, writeName } from './sockets/socket-address.ts'
import type { SocketList } from './sockets/socket-list.ts'
import { datagramOptions, streamOptions } from './sockets/socket-options.ts'
import { TcpSocket } from './sockets/tcp-socket.ts'
import { UdpSocket } from './sockets/udp-socket.ts'

/** RLIMIT_NOFILE as distributions set it. */
const NOFILE = 1024
/** 0, 1 and 2 are the program's own. */
const FIRST_FD = 3
const NO_CONTROL: readonly ControlMessage[] = []
const TCP = 6
const UDP = 17
/** SOCK_PACKET and IPPROTO_MPTCP: the largest that have a name. */
const TYPE_MOST = 10
const PROTOCOL_MOST = 262

/** Where programs run. */
export interface ProcessHost extends SocketHost {
  readonly processes: Map<number, Process>
  /** Every socket that some process holds. */
  readonly sockets: SocketList
  readonly rerouted: Map<Socket, number>
  spawn(name: string, options?: ProcessOptions): Process
}

/** How a program is started. */
export interface ProcessOptions {
  /** Default 0, root. */
  readonly uid?: number | undefined
  /** Descriptors at most, those below 3 included (RLIMIT_NOFILE). Default 1024. */
  readonly nofile?: number | undefined
}

/** One descriptor of a poll() call. */
export interface PollFd {
  readonly fd: number
  /** What is asked for; ERR, HUP and NVAL are told anyway. */
  readonly events: number
  revents: number
}

/**
 * A running program as the network sees it: descriptors and the calls on them. Every socket is non-blocking; calls return
 * 0 or more, or −errno in the numbers of the host's personality. They are traced as strace would print them.
 */
export class Process {
  readonly host: ProcessHost
  readonly pid: number
  readonly name: string
  readonly nofile: number
  readonly #files: (Socket | undefined)[] = []
  /** No descriptor below it is free. */
  #free = FIRST_FD
  #uid: number
  #alive = true

  /** Made by `Host.spawn` and `fork`. */
  constructor(host: ProcessHost, pid: number, name: string, options: ProcessOptions) {
    this.host = host
    this.pid = pid
    this.name = name
    this.#uid = options.uid ?? 0
    this.nofile = options.nofile ?? NOFILE
  }

  /** Whose it is: 0 is root. */
  get uid(): number {
    return this.#uid
  }

  /** Becomes another user, and root again. Sockets stay whose they were. */
  seteuid(uid: number): number {
    this.#uid = uid
    return this.#done(0, 0, () => `seteuid(${uid})`)
  }

  /** False once it has exited or was killed; its calls then fail with EBADF. */
  get alive(): boolean {
    return this.#alive
  }

  /** The socket behind a descriptor, for whoever watches the program; undefined when there is none. */
  file(fd: number): Socket | undefined {
    return this.#files[fd]
  }

  /** Its open descriptors, ascending. */
  get descriptors(): number[] {
    return [...this.#files.keys()].filter((fd) => this.#files[fd] !== undefined)
  }

  // ---- making and giving up descriptors

  /**
   * A new socket: AF_INET or AF_INET6, SOCK_STREAM or SOCK_DGRAM.
   * @returns its descriptor, or −EAFNOSUPPORT, −EINVAL, −ESOCKTNOSUPPORT, −EPROTOTYPE, −EPROTONOSUPPORT, −EMFILE
   */
  socket(family: number, type: number, protocol = 0): number {
    const result = this.#socket(family, type, protocol)
    return this.#done(0, result, () => text.socket(family, type, protocol))
  }

  #socket(family: number, type: number, protocol: number): number {
    const kind = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)
    if (family !== AF_INET && family !== AF_INET6) return -Errno.EAFNOSUPPORT
    const known = kind === SOCK_STREAM || kind === SOCK_DGRAM
    if (this.host.personality.sockets.kindIsAskedFirst) {
      // Numbers that mean nothing are one thing, kinds that there are elsewhere another.
      if (kind < 0 || kind > TYPE_MOST || protocol < 0 || protocol > PROTOCOL_MOST) return -Errno.EINVAL
      if (!known) return -Errno.ESOCKTNOSUPPORT
    }
    // BSD looks for the pair of both, and says what is wrong with a kind only where no protocol is named.
    if (!known) return protocol === 0 ? -Errno.EPROTOTYPE : -Errno.EPROTONOSUPPORT
    if (protocol !== 0 && protocol !== (kind === SOCK_STREAM ? TCP : UDP)) return -Errno.EPROTONOSUPPORT
    if (this.#lowestFree() < 0) return -Errno.EMFILE
    const { host, uid } = this
    const socket =
      kind === SOCK_STREAM
        ? new TcpSocket(host, streamOptions(host, family, uid))
        : new UdpSocket(host, datagramOptions(host.config, family, uid))
    return this.#install(socket)
  }

  /** A second descriptor for the same socket. */
  dup(fd: number): number {
    const socket = this.#files[fd]
    const result = socket === undefined ? -Errno.EBADF : this.#install(socket)
    return this.#done(socket?.conn ?? 0, result, () => `dup(${fd})`)
  }

  /** A second process with the same descriptors: a connection's FIN waits until both have closed it. */
  fork(name: string = this.name): Process {
    const child = this.host.spawn(name, { uid: this.uid, nofile: this.nofile })
    for (const fd of this.descriptors) child.#hold(fd, this.#files[fd] as Socket)
    this.#done(0, child.pid, () => 'fork()')
    return child
  }

  /** Gives a descriptor up; with the last one the socket closes. */
  close(fd: number): number {
    const socket = this.#files[fd]
    const conn = socket?.conn ?? 0
    const result = socket === undefined ? -Errno.EBADF : this.#batch(() => this.#release(fd, socket))
    return this.#done(conn, result, () => `close(${fd})`)
  }

  /** Ends by itself: the system closes what it holds. */
  exit(code = 0): void {
    this.#end(`exit(${code})`)
  }

  /** Is killed (SIGKILL): the system closes what it holds. */
  kill(): void {
    this.#end('+++ killed by SIGKILL +++')
  }

  /** @internal The host has crashed: nothing is closed, everything is gone. */
  vanish(): void {
    this.#alive = false
    this.#files.length = 0
  }

  #end(how: string): void {
    if (!this.#alive) return
    this.#done(0, 0, () => how)
    this.#batch(() => {
      this.#alive = false
      for (const fd of this.descriptors) this.#release(fd, this.#files[fd] as Socket)
      this.host.processes.delete(this.pid)
    })
  }

  #lowestFree(): number {
    while (this.#files[this.#free] !== undefined) this.#free++
    return this.#alive && this.#free < this.nofile ? this.#free : -1
  }

  #install(socket: Socket): number {
    const fd = this.#lowestFree()
    if (fd < 0) return -Errno.EMFILE
    this.#hold(fd, socket)
    return fd
  }

  #hold(fd: number, socket: Socket): void {
    this.#files[fd] = socket
    socket.holders.push({ process: this, fd })
    this.host.sockets.add(socket)
  }

  #release(fd: number, socket: Socket): number {
    this.#files[fd] = undefined
    if (fd < this.#free) this.#free = fd
    const { holders } = socket
    const place = holders.findIndex((holder) => holder.process === this && holder.fd === fd)
    holders.splice(place, 1)
    if (holders.length > 0) return 0
    this.host.sockets.remove(socket)
    this.host.rerouted.delete(socket)
    socket.close()
    return 0
  }

  // ---- naming and connecting

  /** @returns 0, or −EADDRINUSE, −EADDRNOTAVAIL, −EACCES, −EINVAL, −EAFNOSUPPORT, −EBADF */
  bind(fd: number, to: SocketAddress): number {
    return this.#call(
      fd,
      (socket) => this.#withAddress(socket, to, (address) => socket.bind(address, to.port, this.#uid)),
      () => text.withAddress('bind', fd, to),
    )
  }

  /** @returns 0, or −EADDRINUSE, −EINVAL, −EOPNOTSUPP (UDP), −EBADF */
  listen(fd: number, backlog: number): number {
    return this.#call(
      fd,
      (socket) => socket.listen(backlog),
      () => `listen(${fd}, ${backlog})`,
    )
  }

  /**
   * @param peer filled in with the connection's other end
   * @returns the connection's descriptor, or −EAGAIN, −EINVAL, −EOPNOTSUPP, −EMFILE, −EBADF
   */
  accept(fd: number, peer: SocketName | null = null): number {
    const listener = this.#files[fd]
    const result = listener === undefined ? -Errno.EBADF : this.#batch(() => this.#accept(listener))
    const socket = result < 0 ? undefined : this.#files[result]
    // Also of a connection that the peer has reset meanwhile.
    if (peer !== null && socket instanceof TcpSocket && socket.tcb !== null)
      writeName(peer, socket.family, socket.tcb.remote, socket.tcb.remotePort)
    return this.#done(socket?.conn ?? 0, result, () => text.accept(fd, socket))
  }

  #accept(listener: Socket): number {
    if (this.#lowestFree() < 0) return -Errno.EMFILE
    const socket = listener.accept()
    return typeof socket === 'number' ? socket : this.#install(socket)
  }

  /**
   * @param to null dissolves the association (AF_UNSPEC): a TCP connection is reset
   * @returns −EINPROGRESS for TCP (poll tells when it is open), 0 for UDP, or −EADDRNOTAVAIL (no port left),
   *   −ENETUNREACH, −EISCONN, −EALREADY, −EINVAL, −EAFNOSUPPORT, −EBADF, or how an earlier attempt failed
   */
  connect(fd: number, to: SocketAddress | null): number {
    return this.#call(
      fd,
      (socket) =>
        to === null
          ? socket.connect(null, 0)
          : this.#withAddress(socket, to, (address) => socket.connect(address, to.port)),
      () => text.withAddress('connect', fd, to),
    )
  }

  getsockname(fd: number, into: SocketName): number {
    return this.#call(
      fd,
      (socket) => socket.localName(into),
      () => `getsockname(${fd})`,
    )
  }

  getpeername(fd: number, into: SocketName): number {
    return this.#call(
      fd,
      (socket) => socket.peerName(into),
      () => `getpeername(${fd})`,
    )
  }

  // ---- data

  /** @returns octets taken, which may be fewer than given, or −EAGAIN, −EPIPE, −ECONNRESET, −ENOTCONN, … */
  send(fd: number, data: Uint8Array, flags = 0): number {
    return this.sendto(fd, data, flags, null)
  }

  /** @param to for datagrams; a stream ignores it */
  sendto(fd: number, data: Uint8Array, flags: number, to: SocketAddress | null): number {
    return this.sendmsg(fd, data, flags, to, NO_CONTROL)
  }

  /**
   * sendto() with control messages.
   * @param pieces octets of each part of the data that lies by itself in memory, for MSG_ZEROCOPY; by default they are one
   * @returns as send(), or −EINVAL for a control message that means nothing, −ENOBUFS (MSG_ZEROCOPY)
   */
  sendmsg(
    fd: number,
    data: Uint8Array,
    flags: number,
    to: SocketAddress | null,
    control: readonly ControlMessage[],
    pieces?: readonly number[],
  ): number {
    const socket = this.#files[fd]
    if (socket === undefined) return this.#done(0, -Errno.EBADF, () => text.send(fd, octetsOf(data), flags, to))
    let result = -Errno.EFAULT
    this.host.enter()
    try {
      if (isOctets(data)) result = this.#send(socket, data, flags, to, control, pieces)
    } finally {
      this.host.leave()
    }
    if (this.host.trace === null && result >= 0) return result
    return this.#done(socket.conn, result, () => text.send(fd, octetsOf(data), flags, to))
  }

  #send(
    socket: Socket,
    data: Uint8Array,
    flags: number,
    to: SocketAddress | null,
    control: readonly ControlMessage[],
    pieces?: readonly number[],
  ): number {
    const opens = socket.protocol === 'tcp' && ((flags & Msg.FASTOPEN) !== 0 || socket.connectsBySending)
    if (to === null || (socket.protocol === 'tcp' && !opens))
      return sendMessage(socket, data, flags, null, 0, control, pieces)
    return this.#withAddress(socket, to, (address) => sendMessage(socket, data, flags, address, to.port, control))
  }

  /** @returns octets read, 0 at end of file, or −EAGAIN, −ECONNRESET, −ENOTCONN, … */
  recv(fd: number, into: Uint8Array, flags = 0): number {
    return this.recvfrom(fd, into, flags, null)
  }

  /** @param from filled in with the sender */
  recvfrom(fd: number, into: Uint8Array, flags: number, from: SocketName | null): number {
    const socket = this.#files[fd]
    if (socket === undefined) return this.#done(0, -Errno.EBADF, () => text.recv(fd, octetsOf(into), flags))
    let result = -Errno.EFAULT
    this.host.enter()
    try {
      if (isOctets(into)) result = socket.receive(into, flags, from)
    } finally {
      this.host.leave()
    }
    if (this.host.trace === null && result >= 0) return result
    return this.#done(socket.conn, result, () => text.recv(fd, octetsOf(into), flags))
  }

  /** recvmsg(): data as `recv` reads it, or a report of the error queue (MSG_ERRQUEUE), with what is told beside. */
  recvmsg(fd: number, into: Uint8Array, flags = 0): ReceivedMessage {
    const socket = this.#files[fd]
    if (socket === undefined) {
      return { result: this.#done(0, -Errno.EBADF, () => text.recv(fd, octetsOf(into), flags)), flags: 0, control: [] }
    }
    const message = isOctets(into)
      ? this.#batch(() => receiveMessage(socket, into, flags))
      : { result: -Errno.EFAULT, flags: 0, control: [] }
    if (this.host.trace === null && message.result >= 0) return message
    return { ...message, result: this.#done(socket.conn, message.result, () => text.recv(fd, octetsOf(into), flags)) }
  }

  /** @param how SHUT_RD, SHUT_WR or SHUT_RDWR */
  shutdown(fd: number, how: number): number {
    if (this.host.personality.sockets.waysAreAskedFirst && (how < 0 || how > SHUT_RDWR)) return -Errno.EINVAL
    return this.#call(
      fd,
      (socket) => socket.shutdown(how),
      () => text.shutdown(fd, how),
    )
  }

  // ---- options and questions

  /**
   * @param value a number; `{ on, seconds }` for SO_LINGER; or the raw octets of either, in the machine's order
   * @returns 0, or −ENOPROTOOPT, −EINVAL, −EBADF
   */
  setsockopt(fd: number, level: number, name: number, value: OptionValue | Uint8Array): number {
    return this.#call(
      fd,
      (socket) => setOption(socket, level, name, value),
      () => text.setsockopt(fd, level, name, value),
    )
  }

  /**
   * @param into its `value` is filled in: a number, a `Linger` or a `TcpStatus` (TCP_INFO)
   * @returns 0, or −ENOPROTOOPT, −EOPNOTSUPP, −EBADF
   */
  getsockopt(fd: number, level: number, name: number, into: OptionBox): number {
    return this.#call(
      fd,
      (socket) => getOption(socket, level, name, into),
      () => text.getsockopt(fd, level, name),
    )
  }

  /** What is true of each descriptor now; nothing waits. Returns how many have something to tell. */
  poll(fds: readonly PollFd[]): number {
    let count = 0
    for (const entry of fds) {
      const socket = this.#files[entry.fd]
      const told = entry.events | Poll.ERR | Poll.HUP
      entry.revents = socket === undefined ? Poll.NVAL : (socket.poll() | socket.errorBits) & told
      if (entry.revents !== 0) count++
    }
    return count
  }

  /** F_GETFL, F_SETFL: every socket is non-blocking and stays so. */
  fcntl(fd: number, command: number, flags = 0): number {
    return this.#call(
      fd,
      () => {
        if (command === Fcntl.GETFL) return O_RDWR | O_NONBLOCK
        return command === Fcntl.SETFL ? 0 : -Errno.EINVAL
      },
      () => text.fcntl(fd, command, flags),
    )
  }

  /**
   * SIOCINQ, SIOCOUTQ: octets to be read, and octets not yet acknowledged. SIOCATMARK: 1 at the urgent mark.
   * @returns the number itself, or −EINVAL (a listener, an unknown request), −EBADF
   */
  ioctl(fd: number, request: number): number {
    return this.#call(
      fd,
      (socket) => ioctlCall(socket, request),
      () => text.ioctl(fd, request),
    )
  }

  // ---- what all calls have in common

  #withAddress(socket: Socket, to: SocketAddress, call: (address: Address) => number): number {
    const address = readAddress(to, socket.family)
    return typeof address === 'number' ? address : call(address)
  }

  #call(fd: number, call: (socket: Socket) => number, words: () => string): number {
    const socket = this.#files[fd]
    if (socket === undefined) return this.#done(0, -Errno.EBADF, words)
    const before = socket.conn
    const result = this.#batch(() => call(socket))
    return this.#done(socket.conn === 0 ? before : socket.conn, result, words)
  }

  /** What a call brings about is told when it is over, however it ends. */
  #batch<T>(call: () => T): T {
    const { host } = this
    host.enter()
    try {
      return call()
    } finally {
      host.leave()
    }
  }

  /** Traces a call, and translates its errno. */
  #done(conn: number, result: number, words: () => string): number {
    const { trace, now } = this.host
    const told = result < 0 ? -this.host.errno(-result) : result
    if (trace !== null) trace.call(now, conn, this.name, words(), told, result < 0 ? errnoName(result) : '')
    return told
  }
}
