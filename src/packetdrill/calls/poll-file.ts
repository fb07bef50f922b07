import { Poll, type Socket, type TcpSocket } from '../../stack/index.ts'
import type { Scene } from './scene.ts'

const ALL = Poll.IN | Poll.PRI | Poll.OUT | Poll.RDHUP
// Data that is there is readable in the normal band, and room is writable in it.
const RDNORM = 0x40
const WRNORM = 0x100

/** What poll() says of a script's descriptor now, and a count that grows as things arrive: with each an edge. */
export function pollFile(scene: Scene, fd: number): { bits: number; arrived: number } {
  const file = scene.files.get(fd)
  switch (file?.kind) {
    case 'socket': {
      const entry = { fd: file.fd, events: ALL, revents: 0 }
      scene.process.poll([entry])
      return { bits: banded(entry.revents), arrived: arrivedOn(scene.process.file(file.fd)) }
    }
    case 'pipe': {
      const { pipe, end } = file
      const reading = (pipe.length > 0 ? Poll.IN : 0) | (pipe.hasWriter ? 0 : Poll.HUP)
      const writing = (pipe.room > 0 ? Poll.OUT : 0) | (pipe.hasReader ? 0 : Poll.ERR)
      return { bits: banded(end === 'read' ? reading : writing), arrived: pipe.total }
    }
    case 'disk':
      return { bits: banded(Poll.IN | Poll.OUT), arrived: 0 }
    case 'epoll':
      return { bits: 0, arrived: 0 }
    default:
      return { bits: Poll.NVAL, arrived: 0 }
  }
}

function arrivedOn(socket: Socket | undefined): number {
  return (socket?.errors?.total ?? 0) + received(socket)
}

function received(socket: Socket | undefined): number {
  const tcb = socket?.protocol === 'tcp' ? (socket as TcpSocket).tcb : null
  if (tcb === null) return socket?.inputQueue() ?? 0
  if (tcb.listen !== null) return tcb.listen.accept.length
  return tcb.octetsReceived + Number(tcb.finReceived) + Number(tcb.error !== 0)
}

function banded(bits: number): number {
  return bits | ((bits & Poll.IN) === 0 ? 0 : RDNORM) | ((bits & Poll.OUT) === 0 ? 0 : WRNORM)
}
