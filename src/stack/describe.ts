import { type Micros, MS } from '../base/index.ts'
import {
  isEarly,
  isOpening,
  State,
  type StateName,
  stateName,
  statusCall,
  type Tcb,
  type TcpStatus,
} from '../tcp/index.ts'
import type { Address } from '../wire/index.ts'
import { AF_INET6 } from './constants.ts'
import type { Listeners } from './ports/listeners.ts'
import type { Socket, SocketHolder } from './sockets/socket.ts'
import { newSocketName } from './sockets/socket-address.ts'
import type { SocketList } from './sockets/socket-list.ts'
import { type MemoryDescription, memoryOf } from './sockets/socket-memory.ts'
import type { SocketOptions } from './sockets/socket-options.ts'
import { TcpSocket } from './sockets/tcp-socket.ts'
import { UdpSocket } from './sockets/udp-socket.ts'
import type { StackHost } from './stack-host.ts'
import type { TimeWait } from './time-wait/time-wait.ts'

/** One row of the socket table: what ss and netstat need, as the stack knows it. */
export interface SocketDescription {
  readonly netid: 'tcp' | 'udp'
  readonly family: 4 | 6
  readonly state: StateName | 'BOUND-INACTIVE' | 'UNCONN'
  readonly local: { readonly address: string; readonly port: number }
  readonly peer: { readonly address: string; readonly port: number }
  /** Octets; LISTEN: connections that wait for accept(). */
  readonly recvQueue: number
  /** Octets; LISTEN: how many may wait. */
  readonly sendQueue: number
  readonly timer: TimerDescription | undefined
  readonly uid: number
  /** 0 when no descriptor stands for it: embryonic, un-accepted, orphan, TIME-WAIT. */
  readonly inode: number
  /** The connection's number in the trace. */
  readonly cookie: number
  readonly v6only: boolean
  /** Directions that are shut: reading 1, writing 2; undefined where no socket is whole: a request, TIME-WAIT, an orphan's light FIN-WAIT-2. */
  readonly shutdown: number | undefined
  readonly owners: readonly { readonly pid: number; readonly command: string; readonly fd: number }[]
  readonly congestion: string | undefined
  readonly memory: MemoryDescription | undefined
  /** TCP_INFO, made when asked for; undefined where there is no control block. */
  tcpInfo(): TcpStatus | undefined
}

/** The timer that ss shows behind a row. */
export interface TimerDescription {
  readonly kind: 'on' | 'keepalive' | 'timewait' | 'persist'
  readonly expiresMs: number
  readonly retransmits: number
}

/** Whose sockets they are. */
interface DescribedHost extends StackHost {
  readonly listeners: Listeners<Tcb>
  readonly sockets: SocketList
  readonly timeWait: TimeWait
}

/**
 * Every socket of a host: listeners, connections (accepted or not, with a descriptor or orphaned), TIME-WAIT, UDP, and what
 * is bound and does nothing. In no order.
 */
export function describeSockets(host: DescribedHost): SocketDescription[] {
  if (host.crashed) return []
  const rows: SocketDescription[] = []
  const add = (tcb: Tcb): void => {
    rows.push(describeTcb(host, tcb))
  }
  host.listeners.forEach(add)
  host.connections.forEach(add)
  host.timeWait.table.forEach((record) => {
    rows.push(describeTimeWait(host, record))
  })
  for (const socket of host.sockets) {
    if (socket instanceof UdpSocket && socket.isBound) rows.push(describeUdp(socket))
    else if (socket instanceof TcpSocket && socket.boundInactive) rows.push(describeBound(socket))
  }
  return rows
}

function describeTcb(host: DescribedHost, tcb: Tcb): SocketDescription {
  const socket = tcb.owner as TcpSocket | null
  const options = tcb.options as SocketOptions
  const listens = tcb.state === State.LISTEN
  const family = familyOf(tcb)
  return {
    netid: 'tcp',
    family,
    state: stateName(tcb.state),
    local: endpoint(tcb.local, tcb.localPort, family),
    peer: endpoint(tcb.remote, tcb.remotePort, family),
    recvQueue: listens ? (tcb.listen?.accept.length ?? 0) : unread(tcb, socket),
    sendQueue: listens ? (tcb.listen?.backlog ?? 0) : unacknowledged(tcb),
    timer: timerOf(host.now, tcb),
    uid: options.uid,
    inode: socket?.inode ?? 0,
    cookie: tcb.id,
    v6only: options.v6only,
    shutdown: shutdownOf(tcb),
    owners: ownersOf(socket),
    congestion: listens ? undefined : tcb.congestion.algorithm.name,
    memory: memoryOf(tcb, options, socket?.drops ?? 0, socket?.optionMemory ?? 0),
    tcpInfo: () => statusCall(tcb),
  }
}

/** The peer's FIN shuts reading, close() both. */
function shutdownOf(tcb: Tcb): number | undefined {
  if (tcb.light || (tcb.state === State.SYN_RECEIVED && !tcb.active && !isEarly(tcb))) return undefined
  return (tcb.receiveShutdown || tcb.finReceived ? 1 : 0) | (tcb.finQueued ? 2 : 0)
}

/** A connection of an IPv6 socket shows its IPv4 addresses as mapped ones. */
function familyOf(tcb: Tcb): 4 | 6 {
  const options = tcb.options as SocketOptions
  return options.family === AF_INET6 ? 6 : 4
}

function endpoint(address: Address, port: number, family: 4 | 6): { address: string; port: number } {
  return { address: (family === 6 ? address.asV6() : address).toString(), port }
}

/** rcv_nxt − copied_seq, as Linux has it: the text, and the peer's FIN until recv() has come upon it. */
function unread(tcb: Tcb, socket: TcpSocket | null): number {
  return tcb.receiveBuffer.length + (tcb.finReceived && socket?.endRead !== true ? 1 : 0)
}

/** write_seq − snd_una, as Linux has it: the text, and our SYN and FIN until they are acknowledged. */
function unacknowledged(tcb: Tcb): number {
  const fin = tcb.finQueued && tcb.state !== State.FIN_WAIT_2 ? 1 : 0
  return tcb.sendBuffer.length + fin + (isOpening(tcb) ? 1 : 0)
}

function ownersOf(socket: Socket | null): { pid: number; command: string; fd: number }[] {
  const owner = ({ process, fd }: SocketHolder): { pid: number; command: string; fd: number } => ({
    pid: process.pid,
    command: process.name,
    fd,
  })
  return socket === null ? [] : socket.holders.map(owner)
}

/** The timer that ss would show: retransmission before probes before keep-alive and FIN-WAIT-2. */
function timerOf(now: Micros, tcb: Tcb): TimerDescription | undefined {
  const left = (deadline: Micros): number => Math.max(0, Math.ceil((deadline - now) / MS))
  if (tcb.retransmitTimer.armed) {
    return { kind: 'on', expiresMs: left(tcb.retransmitTimer.deadline), retransmits: tcb.retransmits }
  }
  if (tcb.persistTimer?.armed) {
    return { kind: 'persist', expiresMs: left(tcb.persistTimer.deadline), retransmits: tcb.probes }
  }
  if (tcb.finWait2Timer?.armed) {
    return { kind: 'timewait', expiresMs: left(tcb.finWait2Timer.deadline), retransmits: 0 }
  }
  if (tcb.keepaliveTimer?.armed) {
    return { kind: 'keepalive', expiresMs: left(tcb.keepaliveTimer.deadline), retransmits: tcb.probes }
  }
  return undefined
}

function describeTimeWait(host: DescribedHost, record: number): SocketDescription {
  const { table } = host.timeWait
  const local = host.addresses.at(table.local(record))
  const remote = host.timeWait.cursor.at(record).remote
  const family = local.v4 ? 4 : 6
  return {
    netid: 'tcp',
    family,
    state: 'TIME-WAIT',
    local: endpoint(local, table.localPort(record), family),
    peer: endpoint(remote, table.remotePort(record), family),
    recvQueue: 0,
    sendQueue: 0,
    timer: {
      kind: 'timewait',
      expiresMs: Math.max(0, Math.ceil((table.expiresAt(record) - host.now) / MS)),
      retransmits: 0,
    },
    uid: 0,
    inode: 0,
    cookie: table.conn(record),
    v6only: false,
    shutdown: undefined,
    owners: [],
    congestion: undefined,
    memory: undefined,
    tcpInfo: () => undefined,
  }
}

function describeBound(socket: TcpSocket): SocketDescription {
  return { ...describeIdle(socket), netid: 'tcp', state: 'BOUND-INACTIVE' }
}

function describeUdp(socket: UdpSocket): SocketDescription {
  const idle = describeIdle(socket)
  const remote = socket.remote
  const family = idle.family
  return {
    ...idle,
    netid: 'udp',
    state: remote === null ? 'UNCONN' : 'ESTABLISHED',
    peer: remote === null ? idle.peer : endpoint(remote, socket.remotePort, family),
    recvQueue: socket.memory,
  }
}

function describeIdle(socket: TcpSocket | UdpSocket): Omit<SocketDescription, 'netid' | 'state'> {
  const name = newSocketName()
  socket.localName(name)
  const family = socket.family === AF_INET6 ? 6 : 4
  return {
    family,
    local: { address: name.address, port: name.port },
    peer: { address: family === 4 ? '0.0.0.0' : '::', port: 0 },
    recvQueue: 0,
    sendQueue: 0,
    timer: undefined,
    uid: socket.options.uid,
    inode: socket.inode,
    cookie: socket.inode,
    v6only: socket.options.v6only,
    shutdown: socket.shut,
    owners: ownersOf(socket),
    congestion: undefined,
    memory: undefined,
    tcpInfo: () => undefined,
  }
}
