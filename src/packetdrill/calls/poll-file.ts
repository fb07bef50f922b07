import { Poll, type Socket, State, type TcpSocket } from '../../stack/index.ts'
import type { Scene } from './scene.ts'

const ALL = Poll.IN | Poll.PRI | Poll.OUT | Poll.RDHUP
// Data that is there is readable in the normal band, and room is writable in it.
const RDNORM = 0x40
const WRNORM = 0x100

/** What poll() says of a descriptor, and counts that grow: with each growth an edge, for who reads, or for everybody. */
export interface PollLook {
  readonly bits: number
  /** Octets, and once more what is urgent, or connections that wait for accept(). */
  readonly arrived: number
  /** FIN, ours acknowledged, the end, shutdown(), a connection dissolved, errors, what came to the error queue. */
  readonly changes: number
  /** How often there was room again for who had found none; null: that there is any is enough. */
  readonly room: number | null
}

/** What poll() says of a script's descriptor now. */
export function pollFile(scene: Scene, fd: number): PollLook {
  const file = scene.files.get(fd)
  switch (file?.kind) {
    case 'socket': {
      const entry = { fd: file.fd, events: ALL, revents: 0 }
      scene.process.poll([entry])
      const socket = scene.process.file(file.fd)
      return {
        ...{ bits: banded(entry.revents), arrived: arrivedOn(socket), changes: changesOf(socket) },
        room: roomOf(socket),
      }
    }
    case 'pipe': {
      const { pipe, end } = file
      const reading = (pipe.length > 0 ? Poll.IN : 0) | (pipe.hasWriter ? 0 : Poll.HUP)
      const writing = (pipe.room > 0 ? Poll.OUT : 0) | (pipe.hasReader ? 0 : Poll.ERR)
      const changes = end === 'read' ? 0 : pipe.roomTold
      return { bits: banded(end === 'read' ? reading : writing), arrived: pipe.total, changes, room: null }
    }
    case 'disk':
      return { bits: banded(Poll.IN | Poll.OUT), arrived: 0, changes: 0, room: null }
    case 'epoll':
      return { bits: file.epoll.hasReady(scene) ? banded(Poll.IN) : 0, arrived: 0, changes: 0, room: null }
    default:
      return { bits: Poll.NVAL, arrived: 0, changes: 0, room: null }
  }
}

/** A poll that finds no room: the stack makes some, and says so when there is. */
export function pollForRoom(scene: Scene, fd: number): PollLook {
  const look = pollFile(scene, fd)
  const file = scene.files.get(fd)
  const tcb = file?.kind === 'socket' ? tcbOf(scene.process.file(file.fd)) : null
  if (tcb !== null && (look.bits & Poll.OUT) === 0 && tcb.listen === null) tcb.wantsSpace = true
  return look
}

function tcbOf(socket: Socket | undefined): TcpSocket['tcb'] {
  return socket?.protocol === 'tcp' ? (socket as TcpSocket).tcb : null
}

function arrivedOn(socket: Socket | undefined): number {
  const tcb = tcbOf(socket)
  if (tcb === null) return socket?.inputQueue() ?? 0
  return tcb.listen === null ? tcb.octetsReceived + tcb.urgentArrivals : tcb.listen.accept.length
}

/** The handshake makes room, too. */
function roomOf(socket: Socket | undefined): number | null {
  const tcb = tcbOf(socket)
  if (tcb === null) return null
  return tcb.spacesMade + Number(tcb.state !== State.SYN_SENT && tcb.state !== State.SYN_RECEIVED)
}

/** A connection that is dissolved takes with it what was counted of it: less than this. */
const CHANGES_MOST = 8

function changesOf(socket: Socket | undefined): number {
  const tcb = tcbOf(socket)
  const told = socket?.errors?.total ?? 0
  if (socket?.protocol !== 'tcp') return told
  const { shutdowns, wakes, disconnects } = socket as TcpSocket
  const calls = told + shutdowns + wakes + disconnects * CHANGES_MOST
  if (tcb === null) return calls
  const { finReceived, receiveShutdown, finQueued, state, error, done } = tcb
  const finTaken = state === State.FIN_WAIT_2 || state === State.TIME_WAIT
  return [finReceived, receiveShutdown, finQueued, finTaken, error !== 0, done].filter(Boolean).length + calls
}

function banded(bits: number): number {
  return bits | ((bits & Poll.IN) === 0 ? 0 : RDNORM) | ((bits & Poll.OUT) === 0 ? 0 : WRNORM)
}
