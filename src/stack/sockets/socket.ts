import { Errno } from '../../base/index.ts'
import type { Tcb } from '../../tcp/index.ts'
import type { Address } from '../../wire/index.ts'
import { AF_INET6, Poll } from '../constants.ts'
import type { Udp } from '../ip/udp.ts'
import type { Listeners } from '../ports/listeners.ts'
import { ANY_V4, ANY_V6, ANY_V6ONLY, type PortTable } from '../ports/port-table.ts'
import type { Ports } from '../ports/ports.ts'
import type { StackHost } from '../stack-host.ts'
import type { ArrivalStamps } from './arrival-stamps.ts'
import { ErrorQueue, type ErrorReport, isOfIcmp } from './error-queue.ts'
import type { SendReports } from './send-reports.ts'
import { anyAddress, type SocketName } from './socket-address.ts'
import type { SocketOptions } from './socket-options.ts'

/** What sockets ask of their host. */
export interface SocketHost extends StackHost {
  readonly ports: Ports
  readonly listeners: Listeners<Tcb>
  readonly udp: Udp
  readonly arrivals: {
    /** Hops that the packet had left which arrived last. */
    readonly hops: number
  }
  readonly arrivalStamps: ArrivalStamps
  /** Who was there when a route changed last, and how many segments it had sent. */
  readonly rerouted: ReadonlyMap<Socket, number>
  /** A link's MTU was changed since the host began. */
  readonly linksChanged: boolean
  nextInode(): number
  /** The address to send from towards another, or −errno. @param bound what bind() named */
  sourceFor(remote: Address, bound: Address | null): Address | number
  /** Before an active open: the numbers of a TIME-WAIT whose place is taken. */
  takeOverTimeWait(tcb: Tcb): void
  /** Whether a connection can be found by its addresses. */
  isRegistered(tcb: Tcb): boolean
  /** The personality's number of a canonical errno. */
  errno(canonical: number): number
  /** poll() may answer differently now. */
  ready(socket: Socket): void
}

/** A running program, as its sockets know it. */
export interface SocketProcess {
  readonly pid: number
  readonly name: string
  /** Gives a descriptor up. @returns 0, or −EBADF */
  close(fd: number): number
  /** Ends it, and gives them all up. */
  kill(): void
}

/** A descriptor through which a process holds a socket. */
export interface SocketHolder {
  readonly process: SocketProcess
  readonly fd: number
}

/**
 * What a descriptor stands for, whichever processes hold it: the part that TCP and UDP sockets share. Calls return 0 or
 * more, or −errno in the canonical (Linux's) numbers; `Process` translates for its personality.
 */
export abstract class Socket {
  readonly host: SocketHost
  readonly options: SocketOptions
  /** Tells sockets apart for life, as `/proc/PID/fd` shows it. */
  readonly inode: number
  /** Everyone who holds it; empty once it is closed. */
  readonly holders: SocketHolder[] = []
  /** What was read last has left its time, or that there is none, for SIOCGSTAMP (Linux). */
  timeIsKept = false
  /** Its local address and port as getsockname shows them while no connection says otherwise. */
  protected boundAddress: Address
  protected shownPort = 0
  /** The local port it holds itself, 0: none. */
  protected boundPort = 0
  /** bind() named the port, so that the socket keeps it when a connection ends. */
  protected portNamed = false
  /** bind() named an address. */
  protected addressNamed = false
  /** Canonical errno that SO_ERROR or the next call will tell, while no connection has its own. */
  error = 0
  /** Its error queue; null: nothing has ever come there. */
  errors: ErrorQueue | null = null
  /** Who tells of octets that a stream sent (SO_ZEROCOPY, SO_TIMESTAMPING); null: nobody asked. */
  reports: SendReports | null = null
  /** Octets of `optmem_max` in use. */
  optionMemory = 0
  /** @internal Where the host's list has it, −1: nowhere. */
  place = -1
  /** True while the host's readiness batch holds it. */
  batched = false

  constructor(host: SocketHost, options: SocketOptions) {
    this.host = host
    this.options = options
    this.inode = host.nextInode()
    this.boundAddress = anyAddress(options.family)
  }

  /** AF_INET or AF_INET6; IPV6_ADDRFORM changes it. */
  get family(): number {
    return this.options.family
  }

  /** connect() has returned, and the first send() will open the connection, whoever it names (TCP_FASTOPEN_CONNECT). */
  opensBySending = false

  /** 'tcp' or 'udp'. */
  abstract readonly protocol: 'tcp' | 'udp'
  /** The connection's number in the trace, 0 for none. */
  abstract get conn(): number
  /** @param uid who asks: privileged ports are root's */
  abstract bind(address: Address, port: number, uid: number): number
  /** `null` dissolves the association (AF_UNSPEC). */
  abstract connect(address: Address | null, port: number): number
  abstract listen(backlog: number): number
  /** The next connection, or −errno. */
  abstract accept(): Socket | number
  abstract send(data: Uint8Array, flags: number, to: Address | null, toPort: number): number
  abstract receive(into: Uint8Array, flags: number, from: SocketName | null): number
  abstract shutdown(how: number): number
  /** The last descriptor is gone. */
  abstract close(): void
  abstract poll(): number
  abstract localName(into: SocketName): number
  abstract peerName(into: SocketName): number
  /** Octets that can be read, and octets not yet acknowledged or sent. */
  abstract inputQueue(): number
  abstract outputQueue(): number
  /** SO_ERROR: the pending error, which is thereby taken. */
  abstract takeError(): number

  /** Whether it has a local port, named or not. */
  get isBound(): boolean {
    return this.boundPort !== 0
  }

  /** How the local address counts for the port table. */
  protected localNumber(address: Address): number {
    if (!address.isUnspecified) return this.host.addresses.number(address)
    if (address.v4) return ANY_V4
    return this.options.v6only ? ANY_V6ONLY : ANY_V6
  }

  protected abstract get ports(): PortTable

  /** Whether bind() may name this address and port: 0 or −errno, in the kernel's order. */
  protected mayBind(address: Address, port: number, uid: number): number {
    const { config } = this.host
    if (this.family === AF_INET6 && !address.v4 && address.isMulticast) return -Errno.EINVAL
    if (this.family === AF_INET6 && address.v4 && this.options.v6only) return -Errno.EINVAL
    const nonlocal = address.v4 ? config.nonlocalBind4 : config.nonlocalBind6
    const special = address.isUnspecified || (address.v4 && (address.isMulticast || address.isBroadcast))
    const privileged = port > 0 && port < config.privilegedPorts && uid !== 0
    if (!special && !nonlocal && !this.options.freebind && !this.isLocal(address)) return -Errno.EADDRNOTAVAIL
    return privileged ? -Errno.EACCES : 0
  }

  private isLocal(address: Address): boolean {
    return this.host.output.isOwn(address) || this.host.interfaces.isBroadcast(address)
  }

  /**
   * Puts a report on the error queue, if somebody can still read it and there is room.
   * @param taken octets of the receive buffer that are taken
   */
  report(report: ErrorReport, taken: number = this.errors?.memory ?? 0): void {
    if (this.holders.length === 0) return
    this.errors ??= new ErrorQueue()
    if (report.memory > 0 && taken + report.memory >= this.options.receiveBuffer) return
    this.errors.push(report)
    this.notify()
  }

  /** The error queue has something to be read, again or more than before. */
  reportGrew(): void {
    if (this.errors !== null) this.errors.total++
    this.notify()
  }

  /** The oldest report of the error queue. */
  takeReport(): ErrorReport | undefined {
    const report = this.errors?.shift()
    this.optionMemory -= report?.held ?? 0
    const next = this.errors?.first
    // Who has read what ICMP said need not be told again, but for what it said next.
    if (isOfIcmp(report) && !isOfIcmp(next)) this.takeError()
    if (next !== undefined) this.reportGrew()
    return report
  }

  /** Nobody is to read what ICMP said; what tells of sent octets stays in the error queue. */
  forgetReports(): void {
    const { errors } = this
    for (let left = errors?.length ?? 0; errors !== null && left > 0; left--) {
      const report = errors.shift()
      if (report !== undefined && !isOfIcmp(report)) errors.keep(report)
    }
  }

  /** What poll() says of the error queue. */
  get errorBits(): number {
    return this.errors !== null && this.errors.length > 0 ? Poll.ERR : 0
  }

  /** send() to an address would connect it (BSD's implied connect), or is doing so. */
  get connectsBySending(): boolean {
    return this.host.personality.sockets.sendConnects && this.conn === 0
  }

  /** Tells the host that poll() may answer differently now. */
  protected notify(): void {
    this.host.ready(this)
  }
}
