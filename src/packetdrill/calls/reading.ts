import { type ControlMessage, isAtMark, Msg, Poll, passMarkWithoutPlace, receivable } from '../../stack/index.ts'
import { Mismatch } from '../run/outcome.ts'
import {
  type File,
  failure,
  type Handler,
  liveFd,
  once,
  type Scene,
  type Started,
  tcbOf,
  tcpSocketOf,
  wouldBlock,
} from './scene.ts'
import { deadlineOfSleeps, listens, readiness, receiveDeadline } from './sockets.ts'
import {
  beyondMemory,
  fileFailure,
  firstBase,
  messageFlags,
  room,
  sizeOf,
  textOf,
  vectorFailure,
  vectorLength,
  vectorText,
} from './transfer.ts'
import { isNowhere, numberOf } from './values.ts'

/** With these no call that reads waits. */
const NEVER_WAITS: number = Msg.DONTWAIT | Msg.ERRQUEUE | Msg.OOB

/** `read(4, ..., 1000)` */
export const read: Handler = ([fd, buffer, count], scene) => {
  const number = numberOf(fd, 'the descriptor')
  const size = sizeOf(buffer, count)
  if (size < 0) return once(beyondMemory(scene, number, 'read'))
  // A read of no octets does not even look at a socket.
  if (size === 0 && scene.files.get(number)?.kind === 'socket') return once(0)
  return isNowhere(buffer) ? readingNowhere(scene, number, size, 0) : reading(scene, number, size, 0, textOf(buffer))
}

/** `recv(4, ..., 1000, MSG_PEEK)`: what MSG_TRUNC throws away needs no place; `recvfrom(4, ..., 1000, 0, ..., ...)` */
export const recv: Handler = ([fd, buffer, count, flags], scene) =>
  isNowhere(buffer) && (messageFlags(flags) & Msg.TRUNC) === 0
    ? readingNowhere(scene, numberOf(fd, 'the descriptor'), sizeOf(buffer, count), messageFlags(flags))
    : reading(scene, numberOf(fd, 'the descriptor'), sizeOf(buffer, count), messageFlags(flags), textOf(buffer))

/** `readv(4, [{..., 100}, {..., 200}], 2)` */
export const readv: Handler = ([fd, vector, count], scene) => {
  const number = numberOf(fd, 'the descriptor')
  const bad = fileFailure(scene, number, 'read') || vectorFailure(scene, number, vector, count, 'EINVAL')
  if (bad !== 0) return once(bad)
  const length = vectorLength(vector, count)
  if (length === 0) return once(0)
  return isNowhere(firstBase(vector, count))
    ? readingNowhere(scene, number, length, 0)
    : reading(scene, number, length, 0, vectorText(vector, count))
}

/** read() or recv() to nowhere: what there is to read stays where it is. */
export function readingNowhere(scene: Scene, fd: number, count: number, flags: number): Started {
  // The urgent octet is taken out all the same.
  const peek = (flags & Msg.OOB) === 0 ? Msg.PEEK : 0
  const peeked = reading(scene, fd, Math.min(count, 1), flags | peek, null)
  const passes = count > 0 && (flags & (Msg.OOB | Msg.PEEK | Msg.ERRQUEUE)) === 0
  return {
    attempt() {
      const result = peeked.attempt()
      const tcb = passes ? tcbOf(scene, liveFd(scene, fd)) : null
      if (tcb !== null) passMarkWithoutPlace(tcb, count)
      return result !== null && result > 0 ? failure(scene, 'EFAULT') : result
    },
  }
}

/** What recvmsg() told beside the data of the last read. */
export interface Beside {
  flags: number
  control: readonly ControlMessage[]
}

/** Reads from a socket, a pipe or a file. */
export function reading(
  scene: Scene,
  fd: number,
  count: number,
  flags: number,
  expected: string | null,
  beside: Beside = { flags: 0, control: [] },
): Started {
  const file = scene.files.get(fd)
  const bad = fileFailure(scene, fd, 'read')
  if (bad !== 0) return once(bad)
  if (file?.kind === 'pipe') return readPipe(scene, file, count)
  if (file?.kind === 'disk') return once(advance(file, count))
  const live = liveFd(scene, fd)
  // Neither the error queue nor what is urgent is ever waited for.
  const waits = file?.nonblocking === false && (flags & NEVER_WAITS) === 0 && !listens(scene, live)
  const into = room(count)
  const arrivals = (): number => tcbOf(scene, live)?.rcv.nxt ?? 0
  const deadline = deadlineOfSleeps(scene, () => receiveDeadline(scene, live), arrivals)
  const progress = progressOf(scene, live, flags, count)
  let done = 0
  let slept = false
  const later = (): number | null => {
    slept = true
    if (scene.now < deadline()) return null
    // A read of no octets waits, but for none.
    return done > 0 || count === 0 ? done : failure(scene, 'EAGAIN')
  }
  return {
    get deadline() {
      return deadline()
    },
    attempt() {
      for (;;) {
        // A sleeping reader wakes when poll() would report something: less than SO_RCVLOWAT does not wake it.
        if (waits && slept && scene.now < deadline() && !progress.wakes()) return later()
        // A read of no octets sleeps once, whatever wakes it.
        if (waits && slept && count === 0 && scene.now < deadline()) return 0
        if (done > 0 && progress.isOver(done)) return done
        if (waits && count > 0 && !progress.mayGoOn(done)) {
          if (!slept) progress.passMark()
          return later()
        }
        const { result, ...told } = scene.process.recvmsg(
          live,
          done === 0 || progress.peeksAgain ? into : into.subarray(done),
          flags,
        )
        if (waits && wouldBlock(scene, result)) return later()
        if (result >= 0 || done === 0) Object.assign(beside, told)
        if (result <= 0) return done > 0 ? done : result
        // A second peek found no more: nothing more will come.
        if (progress.peeksAgain && result <= done) return done
        done = progress.peeksAgain ? result : done + result
        if (done >= count || !waits || done >= progress.target) return done
      }
    },
    check(result) {
      if (expected === null || result <= 0) return
      const text = String.fromCharCode(...into.subarray(0, result))
      if (text !== expected.slice(0, result))
        throw new Mismatch(`read ${JSON.stringify(text)}, expected ${JSON.stringify(expected)}`)
    },
  }
}

/** How far a call that reads has come, and what it still waits for. */
interface Progress {
  /** How many octets are enough to return: all with MSG_WAITALL, else SO_RCVLOWAT. */
  readonly target: number
  /** MSG_PEEK begins at the first octet each time. */
  readonly peeksAgain: boolean
  /** Whether there is something to be read beyond `done` octets, or nothing more will come. */
  mayGoOn(done: number): boolean
  /** Whether reading stops here: at the urgent mark, or at an error behind all that was there, which is for the next call. */
  isOver(done: number): boolean
  /** Passes an urgent octet that is kept apart, before a sleep. */
  passMark(): void
  /** Whether something has happened that wakes a reader. */
  wakes(): boolean
}

function progressOf(scene: Scene, live: number, flags: number, count: number): Progress {
  const socket = scene.process.file(live)
  const tcp = tcpSocketOf(scene, live)
  const { receiveLowat = 1, peekOffset = -1 } = socket?.options ?? {}
  const peeks = (flags & Msg.PEEK) !== 0
  const ready = readiness(scene, live, Poll.IN)
  // An urgent octet wakes a reader, however little there is.
  const mark = tcp?.tcb?.urgentReceive === true ? tcp.tcb.rcv.up : null
  const seen = (done: number): number =>
    peeks ? Math.max(0, socket?.options.peekOffset ?? 0) + (peekOffset < 0 ? done : 0) : 0
  return {
    target: Math.max(1, (flags & Msg.WAITALL) === 0 ? Math.min(receiveLowat, count) : count),
    peeksAgain: peeks && peekOffset < 0,
    mayGoOn(done) {
      const tcb = tcp?.tcb ?? null
      if (tcb === null || tcb.listen !== null) return ready()
      if (tcb.done || tcb.finReceived || tcb.receiveShutdown || tcb.error !== 0) return true
      return receivable(tcb) > seen(done)
    },
    wakes: () => ready() || (tcp?.tcb?.urgentReceive === true && tcp.tcb.rcv.up !== mark),
    isOver(done) {
      const tcb = tcp?.tcb ?? null
      return tcb !== null && ((tcb.error !== 0 && receivable(tcb) <= seen(done)) || isAtMark(tcb, seen(done)))
    },
    passMark() {
      if (!peeks && isAtMark(tcp?.tcb ?? null)) scene.process.recvmsg(live, room(1), Msg.DONTWAIT)
    },
  }
}

function advance(file: Extract<File, { kind: 'disk' }>, count: number): number {
  const taken = Math.max(0, Math.min(count, file.length - file.offset))
  file.offset += taken
  return taken
}

function readPipe(scene: Scene, { pipe, nonblocking }: Extract<File, { kind: 'pipe' }>, count: number): Started {
  return {
    attempt() {
      if (pipe.length > 0 || !pipe.hasWriter || count === 0) return pipe.take(count)
      return nonblocking ? failure(scene, 'EAGAIN') : null
    },
  }
}
