import { Poll, type Socket, State, type TcpSocket } from '../../stack/index.ts'
import { type Scene, tcbOf } from './scene.ts'

const ALL = Poll.IN | Poll.PRI | Poll.OUT | Poll.RDHUP
// Data that is there is readable in the normal band, and room is writable in it.
const RDNORM = 0x40
const WRNORM = 0x100

/** What poll() says of a descriptor, and counts that grow: each growth is an edge, for those who wait for just that or for everybody. */
export interface PollLook {
  readonly bits: number
  /** Octets that have come, urgent ones and calls that wake readers counted once more; of a listener, connections that wait for accept(). */
  readonly arrived: number
  /** FINs, ours once it is acknowledged, the end, shutdown(), a connection dissolved, errors, reports of the error queue. */
  readonly changes: number
  /** How often room was made for a writer that had found none; null: all that counts is whether there is any. */
  readonly room: number | null
}

/** What poll() says of a script's descriptor now. */
export function pollFile(scene: Scene, fd: number): PollLook {
  const file = scene.files.get(fd)
  switch (file?.kind) {
    case 'socket': {
      const entry = { fd: file.fd, events: ALL, revents: 0 }
      scene.process.poll([entry])
      const [socket, tcb] = [scene.process.file(file.fd), tcbOf(scene, file.fd)]
      return {
        ...{ bits: banded(entry.revents), arrived: arrivedOn(socket, tcb), changes: changesOf(socket, tcb) },
        room: roomOf(tcb),
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
    case 'epoll': {
      const { epoll } = file
      epoll.observe(scene)
      const bits = epoll.hasReady(scene) ? banded(Poll.IN) : 0
      return { bits, arrived: 0, changes: epoll.wakes, room: null }
    }
    default:
      return { bits: Poll.NVAL, arrived: 0, changes: 0, room: null }
  }
}

/** The same; where it finds no room, the stack is asked to say when there is some. */
export function pollForRoom(scene: Scene, fd: number): PollLook {
  const look = pollFile(scene, fd)
  const file = scene.files.get(fd)
  const tcb = file?.kind === 'socket' ? tcbOf(scene, file.fd) : null
  if (tcb !== null && (look.bits & Poll.OUT) === 0 && tcb.listen === null) tcb.wantsSpace = true
  return look
}

function arrivedOn(socket: Socket | undefined, tcb: TcpSocket['tcb']): number {
  if (tcb === null || socket?.protocol !== 'tcp') return socket?.inputQueue() ?? 0
  const { wakes } = socket as TcpSocket
  return wakes + (tcb.listen === null ? tcb.octetsReceived + tcb.urgentArrivals : tcb.listen.accept.length)
}

/** The end of the handshake counts as room that was made. */
function roomOf(tcb: TcpSocket['tcb']): number | null {
  if (tcb === null) return null
  return tcb.spacesMade + Number(tcb.state !== State.SYN_SENT && tcb.state !== State.SYN_RECEIVED)
}

/** More than any connection counts by itself, for its count is lost when it is dissolved. */
const CHANGES_MOST = 8

function changesOf(socket: Socket | undefined, tcb: TcpSocket['tcb']): number {
  const told = socket?.errors?.total ?? 0
  if (socket?.protocol !== 'tcp') return told
  const { shutdowns, disconnects } = socket as TcpSocket
  const calls = told + shutdowns + disconnects * CHANGES_MOST
  if (tcb === null) return calls
  const { finReceived, receiveShutdown, finQueued, state, error, done } = tcb
  const finTaken = state === State.FIN_WAIT_2 || state === State.TIME_WAIT
  return [finReceived, receiveShutdown, finQueued, finTaken, error !== 0, done].filter(Boolean).length + calls
}

function banded(bits: number): number {
  return bits | ((bits & Poll.IN) === 0 ? 0 : RDNORM) | ((bits & Poll.OUT) === 0 ? 0 : WRNORM)
}
