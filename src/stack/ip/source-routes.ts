import { seqInWindow } from '../../base/index.ts'
import type { Tcb } from '../../tcp/index.ts'
import {
  type Address,
  IPV4_HEADER_LENGTH,
  type IpHeader,
  type RouteRecord,
  readSourceRoute,
  returnRoute,
  type SourceRoute,
  sourceRouteLength,
  type TcpSegment,
} from '../../wire/index.ts'
import type { SocketOptions } from '../sockets/socket-options.ts'
import type { StackHost } from '../stack-host.ts'

const HEADERS = 40

/**
 * Source routes of connections (RFC 9293 §3.9.2.1): the program's, by IP_OPTIONS, or the one by which the peer's SYN has come. Only
 * where the personality says so is anything made of a route that comes: strangers could lead answers astray.
 */
export class SourceRoutes {
  readonly #host: StackHost
  /** The way back of the packet that is being processed. */
  #arriving: SourceRoute | null = null

  constructor(host: StackHost) {
    this.#host = host
  }

  /** Looks at the options of a packet. False: it is on its way through us to somebody else, and we are no router. */
  notice(buf: Uint8Array, ip: IpHeader): boolean {
    this.#arriving = null
    const length = ip.headerLength - IPV4_HEADER_LENGTH
    if (ip.version !== 4 || length === 0) return true
    const record: RouteRecord | null | undefined = readSourceRoute(buf, ip.payloadStart - length, length)
    if (record === null || record === undefined) return true
    if (record.completed && this.#host.personality.sockets.takesSourceRoutes) this.#arriving = returnRoute(record)
    return record.completed
  }

  /** A connection is opened actively: its program's route takes room from its segments (MUST-16). */
  open(tcb: Tcb): void {
    const options = tcb.options as SocketOptions
    if (options.sourceRoute !== null && tcb.remote.v4) this.#take(options, options.sourceRoute, tcb.remote)
  }

  /** A listener hears a segment: a connection that it makes has the program's route, else the one by which the SYN has come. */
  hear(listener: Tcb, from: Address, segmentArrives: () => void): void {
    const options = listener.options as SocketOptions
    const { sourceRoute: own, maxSegment, ipOptions } = options
    // MUST-52: the program's comes first
    const route = own ?? this.#arriving
    if (ipOptions !== null) {
      options.ipOptions = null
      segmentArrives()
      options.ipOptions = ipOptions
      return
    }
    if (route === null || !from.v4) return segmentArrives()
    // The connection begins with a copy of these.
    // MUST-53: for all that it sends
    this.#take(options, route, from)
    segmentArrives()
    options.sourceRoute = own
    options.maxSegment = maxSegment
  }

  /** A segment of a connection that is there has come. */
  follow(tcb: Tcb, segment: TcpSegment): void {
    const route = this.#arriving
    if (route === null) return
    const options = tcb.options as SocketOptions
    if (options.sourceRoute?.received !== true || !seqInWindow(segment.seq, tcb.rcv.nxt, tcb.rcv.wnd)) return
    // SHLD-24: the peer goes another way now
    this.#take(options, route, tcb.remote)
  }

  /** Every packet carries the route, so that there is less room for text. */
  #take(options: SocketOptions, route: SourceRoute, remote: Address): void {
    const room = this.#host.pathMtu(remote) - HEADERS - sourceRouteLength(route)
    options.sourceRoute = route
    options.maxSegment = options.maxSegment > 0 ? Math.min(options.maxSegment, room) : room
  }
}
