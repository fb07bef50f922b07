import { keysForChild, State, type Tcb } from '../../tcp/index.ts'
import type { IpHeader } from '../../wire/index.ts'
import { turnOf } from '../ports/listeners.ts'
import type { SocketHost } from './socket.ts'
import type { SocketOptions } from './socket-options.ts'

/** A listener's socket. */
interface Parent {
  readonly host: SocketHost
  readonly options: SocketOptions
  /** TCP_CONGESTION chose its algorithm. */
  readonly congestionChosen: boolean
}

/** Gives a connection the options that its listener has when the handshake completes; until then it has those from when the SYN came. */
export function handDown(socket: Parent, child: Tcb): void {
  const { host, options: listener } = socket
  const options = child.options as SocketOptions
  if (options.changes !== listener.changes && host.isRegistered(child)) handDownAnew(host, listener, child)
  const { handsDown } = host.personality.sockets
  if (handsDown !== null) keepLittle(host, child, handsDown)
  chooseCongestion(socket, child)
}

function handDownAnew(host: SocketHost, listener: SocketOptions, child: Tcb): void {
  const options = child.options as SocketOptions
  const { maxSegment, windowClamp, tos, trafficClass, ttl, noOptions } = options
  const isLittle = host.personality.sockets.handsDown !== null
  host.ports.hold(child, false)
  const signatureKeys = keysForChild(listener.signatureKeys, child.remote)
  Object.assign(options, listener, {
    maxSegment,
    windowClamp,
    signatureKeys,
    deferAccept: 0,
    priority: 0,
    ipOptions: null,
    // What a half-open record holds is of the time when its SYN came.
    ...(isLittle && { tos, ttl, noOptions }),
  })
  // What the SYN brought stays.
  if (host.config.reflectTos) Object.assign(options, child.remote.v4 ? { tos } : { trafficClass })
  host.ports.hold(child, true)
}

/** What its listener had for itself, a connection begins without. */
function keepLittle(host: SocketHost, child: Tcb, handsDown: (name: string) => boolean): void {
  const options = child.options as SocketOptions
  const registered = host.isRegistered(child)
  if (registered) host.ports.hold(child, false)
  Object.assign(options, {
    reuseAddress: false,
    reusePort: false,
    broadcast: false,
    minTtl: 0,
    minHopLimit: 0,
    sourceRoute: null,
    kept: new Map([...options.kept].filter(([name]) => handsDown(name))),
  })
  if (registered) host.ports.hold(child, true)
}

/**
 * The congestion control of a new connection: the route's; else the listener's where TCP_CONGESTION chose it or the personality hands it
 * down; else the system's at that moment (Linux).
 */
function chooseCongestion({ host, options, congestionChosen }: Parent, child: Tcb): void {
  const keeps = congestionChosen || host.personality.sockets.handsDownAlgorithm
  const usual = keeps ? options.congestion : host.config.congestionControl
  if (child.options.congestion === usual && child.congestion.algorithm === usual) return
  const algorithm = host.routeMetrics(child.remote)?.congestionControl ?? usual
  child.options.congestion = algorithm
  child.congestion.algorithm = algorithm
}

/** SO_PRIORITY is the listener's (Linux). */
export function forgetPriority(options: object): void {
  Object.assign(options, { priority: 0 })
}

/** A connection takes the TOS or traffic class of the packet that opens it. */
export function reflectTos(options: object, ip: IpHeader): void {
  // The ECN bits are the network's, not the peer's wish.
  const tos = ip.tos & 0xfc
  Object.assign(options, ip.version === 4 ? { tos } : { trafficClass: tos })
}

/**
 * Which listener of the same SO_REUSEPORT group takes over a connection of one that closes or has closed (`tcp_migrate_req`), by a hash
 * of the peer's address; null: none. A half-open connection gets the heir's options when its handshake completes; a connection that waits for accept()
 * keeps those that it has.
 */
export function heirOf(host: SocketHost, listener: Tcb, child: Tcb): Tcb | null {
  if (!host.config.migrateRequests || !(listener.options as SocketOptions).reusePort) return null
  const heirs = groupOf(host, listener)
  if (heirs.length === 0) {
    host.counters.TCPMigrateReqFailure++
    return null
  }
  const hash = child.remote.w3 ^ ((child.localPort << 16) | child.remotePort)
  const heir = heirs[turnOf(hash, heirs.length)] as Tcb
  const half = child.state === State.SYN_RECEIVED
  ;(child.options as SocketOptions).changes = half ? NEVER : (heir.options as SocketOptions).changes
  return heir
}

/** The others of a listener's SO_REUSEPORT group. */
function groupOf(host: SocketHost, listener: Tcb): Tcb[] {
  return host.listeners.at(listener.localPort).filter((one) => {
    const { reusePort } = one.options as SocketOptions
    return one !== listener && one.state === State.LISTEN && reusePort && one.local.equals(listener.local)
  })
}

/** A listener joins its SO_REUSEPORT group: a cookie that one of them gave out may come back to another. */
export function joinGroup(host: SocketHost, listener: Tcb): void {
  if (listener.listen === null || !(listener.options as SocketOptions).reusePort) return
  const cookies = groupOf(host, listener)[0]?.listen?.cookies
  if (cookies !== undefined) listener.listen.cookies = cookies
}

/** No listener's options have been changed so often. */
const NEVER = -1
