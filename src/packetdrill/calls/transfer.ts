import {
  type ControlMessage,
  isAtMark,
  Msg,
  mayBeginChunk,
  Part,
  Poll,
  receivable,
  SHUT_WR,
  State,
  type TcpSocket,
} from '../../stack/index.ts'
import type { Expression, StructField } from '../language/ast.ts'
import { Mismatch } from '../run/outcome.ts'
import { behindSyn, notePending, opensByWriting } from './behind-syn.ts'
import { pollFile } from './poll-file.ts'
import {
  errnoOf,
  type File,
  failure,
  type Handler,
  hasFailed,
  isNowhere,
  liveFd,
  once,
  type Scene,
  type Started,
  wouldBlock,
} from './scene.ts'
import { listens, readiness, receiveDeadline, remoteAddress, sendDeadline } from './sockets.ts'
import { isOpen, numberOf } from './values.ts'

const MSG_WAITALL = 0x100
const MSG_FASTOPEN = 0x20000000
/** Elements of a vector at most (IOV_MAX). */
const VECTOR_MOST = 1024
/** Octets that a call takes at once: more is never there to be read, and nobody has so much room for what is written. */
const OCTETS_MOST = 2 ** 28
/** What is sent where there is nothing to send, or nothing that can be read. */
const NO_OCTETS: Uint8Array = new Uint8Array(0)
/** FreeBSD's: nothing more is sent behind these data. */
const MSG_EOF = 0x20000
/** With these no call that reads waits. */
const NEVER_WAITS: number = Msg.DONTWAIT | Msg.ERRQUEUE | Msg.OOB
const KNOWN_FLAGS: number = Object.values(Msg).reduce((bits: number, bit) => bits | bit, 0)

/** Flags of a transfer; what means nothing is passed over, as kernels do. */
export function messageFlags(argument: Expression | undefined): number {
  return isOpen(argument) ? 0 : numberOf(argument, 'the flags') & KNOWN_FLAGS
}

/** Ends the sending side with the last of the data, where the flags have MSG_EOF; the data wait for the FIN (`held`). */
export function ending(
  scene: Scene,
  fd: number,
  argument: Expression | undefined,
  size: number,
  start: (held: number) => Started,
): Started {
  const ends = scene.host.personality.sockets.bsdCalls && !isOpen(argument)
  if (!ends || (numberOf(argument, 'the flags') & MSG_EOF) === 0) return start(0)
  const started = start(Msg.MORE)
  return {
    ...started,
    attempt() {
      const result = started.attempt()
      if (result === size) scene.process.shutdown(liveFd(scene, fd), SHUT_WR)
      return result
    },
  }
}

/** `read(4, ..., 1000)` */
export const read: Handler = ([fd, buffer, count], scene) => {
  const number = numberOf(fd, 'the descriptor')
  const size = sizeOf(buffer, count)
  if (size < 0) return once(beyondMemory(scene, number, 'read'))
  // Of a socket nothing is read without a look at it.
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
  // The urgent octet is gone all the same.
  const peek = (flags & Msg.OOB) === 0 ? Msg.PEEK : 0
  const peeked = reading(scene, fd, Math.min(count, 1), flags | peek, null)
  return {
    attempt() {
      const result = peeked.attempt()
      return result !== null && result > 0 ? failure(scene, 'EFAULT') : result
    },
  }
}

/** write() or send() from nowhere: every other objection comes first. */
export function writingNowhere(scene: Scene, fd: number, count: number, flags: number): Started {
  const started = writing(scene, fd, NO_OCTETS, flags)
  const waits = scene.files.get(fd)?.nonblocking === false && (flags & Msg.DONTWAIT) === 0
  return {
    ...started,
    attempt() {
      const result = started.attempt()
      if (result === 0 && count > 0 && isFull(scene, fd))
        return waits && scene.now < (started.deadline ?? Number.POSITIVE_INFINITY) ? null : failure(scene, 'EAGAIN')
      return result === null || result < 0 || count === 0 ? result : failure(scene, 'EFAULT')
    },
  }
}

/** There is no room, and so nobody looks at what is to be written. */
function isFull(scene: Scene, fd: number): boolean {
  const socket = scene.process.file(liveFd(scene, fd))
  const tcb = socket?.protocol === 'tcp' ? (socket as TcpSocket).tcb : null
  return tcb !== null && tcb.listen === null && !mayBeginChunk(tcb)
}

/** How many octets a call is told of; without a number, as many as its text has. */
export function sizeOf(buffer: Expression | undefined, count: Expression | undefined): number {
  if (count !== undefined && !isOpen(count)) return numberOf(count, 'the number of octets')
  return textOf(buffer)?.length ?? 0
}

/** A buffer whose content the script names. */
function textOf(buffer: Expression | undefined): string | null {
  return buffer?.kind === 'string' ? buffer.value : null
}

/** The elements of a vector that a call was told of. */
function elementsOf(vector: Expression | undefined, count: Expression | null | undefined): readonly StructField[][] {
  if (count !== undefined && count !== null && !isOpen(count) && numberOf(count, 'the number of elements') === 0)
    return []
  if (isOpen(vector) || isNowhere(vector)) return []
  if (vector?.kind !== 'list') throw new Mismatch('the vector is no list [{..., N}, …]')
  const most = isOpen(count ?? undefined) ? vector.items.length : numberOf(count ?? undefined, 'the number of elements')
  return vector.items.slice(0, most).map((item) => {
    if (item.kind !== 'struct') throw new Mismatch('an element of the vector is no {..., N}')
    return [...item.fields]
  })
}

/** The octets of `[{..., 100}, {..., 200}]` together. */
export function vectorLength(vector: Expression | undefined, count?: Expression | null): number {
  return vectorPieces(vector, count).reduce((sum, length) => sum + length, 0)
}

/** The octets of each element. */
export function vectorPieces(vector: Expression | undefined, count?: Expression | null): number[] {
  return elementsOf(vector, count).map((fields) => {
    const length = fields.find(({ name }) => name === 'iov_len') ?? fields[1]
    return numberOf(length?.value, 'the length of an element')
  })
}

/** Where the first octets of a vector lie. */
export function firstBase(vector: Expression | undefined, count?: Expression | null): Expression | undefined {
  const [fields] = elementsOf(vector, count)
  return (fields?.find(({ name }) => name === 'iov_base') ?? fields?.[0])?.value
}

/** What the elements of a vector are to hold together, where each of them says so. */
export function vectorText(vector: Expression | undefined, count?: Expression | null): string | null {
  const texts = elementsOf(vector, count).map((fields, i) => {
    const base = textOf((fields.find(({ name }) => name === 'iov_base') ?? fields[0])?.value)
    const length = vectorPieces(vector, count)[i] as number
    return base === null ? null : base.slice(0, length).padEnd(length, '\0')
  })
  return texts.length === 0 || texts.includes(null) ? null : texts.join('')
}

/** What is wrong with a vector before anything is read of it or written: −errno, or 0. */
export function vectorFailure(
  scene: Scene,
  fd: number,
  vector: Expression | undefined,
  count: Expression | null | undefined,
  tooMany: 'EINVAL' | 'EMSGSIZE',
): number {
  if (!scene.files.has(fd)) return failure(scene, 'EBADF')
  const number = isOpen(count ?? undefined) ? 0 : numberOf(count ?? undefined, 'the number of elements')
  if (number < 0 || number > VECTOR_MOST) return failure(scene, tooMany)
  if (isNowhere(vector) && number > 0) return failure(scene, 'EFAULT')
  const negative = elementsOf(vector, count).some((fields) => {
    const length = fields.find(({ name }) => name === 'iov_len') ?? fields[1]
    return numberOf(length?.value, 'the length of an element') < 0
  })
  return negative ? failure(scene, 'EINVAL') : 0
}

/** What recvmsg() told beside the data of the last read. */
export interface Beside {
  flags: number
  control: readonly ControlMessage[]
}

/** What a descriptor that is not open for reading or writing says, whatever else is wrong: −errno, or 0. */
function fileFailure(scene: Scene, fd: number, how: 'read' | 'write'): number {
  const file = scene.files.get(fd)
  if (file?.kind === 'epoll') return failure(scene, 'EINVAL')
  const wrongEnd = file?.kind === 'pipe' && file.end !== how
  const shut = file?.kind === 'disk' && file.access === (how === 'write' ? 0 : 1)
  return wrongEnd || shut ? failure(scene, 'EBADF') : 0
}

/** read() or write() of −1 octets, which is more than there is memory: Linux looks where they would lie, the BSDs at the number. */
function beyondMemory(scene: Scene, fd: number, how: 'read' | 'write'): number {
  if (!scene.files.has(fd)) return failure(scene, 'EBADF')
  return fileFailure(scene, fd, how) || failure(scene, scene.host.personality.sockets.bsdCalls ? 'EINVAL' : 'EFAULT')
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
  const deadline = receiveDeadline(scene, live)
  const progress = progressOf(scene, live, flags, count)
  let done = 0
  let slept = false
  const later = (): number | null => {
    slept = true
    if (scene.now < deadline) return null
    return done > 0 ? done : failure(scene, 'EAGAIN')
  }
  return {
    deadline,
    attempt() {
      for (;;) {
        // Who sleeps is woken as poll() would be: less than SO_RCVLOWAT wakes nobody.
        if (waits && slept && scene.now < deadline && !progress.wakes()) return later()
        // The urgent octet, which reading passes, is something.
        if (waits && count === 0 && progress.isAtMark()) return 0
        // For no octets one sleep is enough, whatever has ended it.
        if (waits && slept && count === 0 && scene.now < deadline) return 0
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
        // Nothing will come behind the end: what is peeked at is all there is.
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
  /** So many octets are enough to return: all with MSG_WAITALL, else SO_RCVLOWAT. */
  readonly target: number
  /** MSG_PEEK begins at the first octet each time. */
  readonly peeksAgain: boolean
  /** There is something to be read beyond `done` octets, or nothing will come. */
  mayGoOn(done: number): boolean
  /** Nothing is left and an error has come, which is for the next call, or the urgent mark ends what was read. */
  isOver(done: number): boolean
  /** Reading has come to an urgent octet. */
  isAtMark(): boolean
  /** An urgent octet that is kept apart is passed before the sleep. */
  passMark(): void
  /** Something has happened that wakes who waits. */
  wakes(): boolean
}

function progressOf(scene: Scene, live: number, flags: number, count: number): Progress {
  const socket = scene.process.file(live)
  const tcp = socket?.protocol === 'tcp' ? (socket as TcpSocket) : null
  const { receiveLowat = 1, peekOffset = -1 } = socket?.options ?? {}
  const peeks = (flags & Msg.PEEK) !== 0
  const ready = readiness(scene, live, Poll.IN)
  // What is urgent wakes whoever sleeps, however little there is.
  const mark = tcp?.tcb?.urgentReceive === true ? tcp.tcb.rcv.up : null
  const seen = (done: number): number =>
    peeks ? Math.max(0, socket?.options.peekOffset ?? 0) + (peekOffset < 0 ? done : 0) : 0
  return {
    target: Math.max(1, (flags & MSG_WAITALL) === 0 ? Math.min(receiveLowat, count) : count),
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
    isAtMark: () => isAtMark(tcp?.tcb ?? null) && (tcp?.tcb?.receiveBuffer.length ?? 0) > 0,
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

/** What is written to a file makes it longer where it goes beyond its end. */
function extend(file: Extract<File, { kind: 'disk' }>, count: number): number {
  file.offset += count
  file.length = Math.max(file.length, file.offset)
  return count
}

function readPipe(scene: Scene, { pipe, nonblocking }: Extract<File, { kind: 'pipe' }>, count: number): Started {
  return {
    attempt() {
      if (pipe.length > 0 || !pipe.hasWriter || count === 0) return pipe.take(count)
      return nonblocking ? failure(scene, 'EAGAIN') : null
    },
  }
}

/** `write(4, ..., 1000)` */
export const write: Handler = ([fd, buffer, count], scene) => {
  const number = numberOf(fd, 'the descriptor')
  const size = sizeOf(buffer, count)
  if (size < 0) return once(beyondMemory(scene, number, 'write'))
  return isNowhere(buffer) ? writingNowhere(scene, number, size, 0) : writing(scene, number, dataOf(buffer, size), 0)
}

/** `send(4, ..., 1000, 0)` */
export const send: Handler = ([fd, buffer, count, flags], scene) => {
  const number = numberOf(fd, 'the descriptor')
  const size = sizeOf(buffer, count)
  const asked = messageFlags(flags)
  if (isNowhere(buffer)) return writingNowhere(scene, number, size, asked)
  return ending(scene, number, flags, size, (held) => writing(scene, number, dataOf(buffer, size), asked | held))
}

/** `writev(4, [{..., 100}, {..., 200}], 2)` */
export const writev: Handler = ([fd, vector, count], scene) => {
  const number = numberOf(fd, 'the descriptor')
  const bad = fileFailure(scene, number, 'write') || vectorFailure(scene, number, vector, count, 'EINVAL')
  if (bad !== 0) return once(bad)
  const length = vectorLength(vector, count)
  if (length === 0) return once(0)
  return isNowhere(firstBase(vector, count))
    ? writingNowhere(scene, number, length, 0)
    : writing(scene, number, room(length), 0)
}

/** Room for so many octets, as far as a call can need them. */
export function room(count: number): Uint8Array {
  return new Uint8Array(Math.min(Math.max(0, count), OCTETS_MOST))
}

/** So many octets, which are the script's text, or zeros. */
export function dataOf(buffer: Expression | undefined, count: number): Uint8Array {
  const data = room(count)
  const text = textOf(buffer)
  if (text !== null) for (let i = 0; i < data.length; i++) data[i] = text.charCodeAt(i)
  return data
}

function isHalfOpen(scene: Scene, live: number): boolean {
  const file = scene.process.file(live)
  return file?.protocol === 'tcp' && (file as TcpSocket).state === State.SYN_RECEIVED
}

/** Writes to a socket or a pipe; a blocking socket takes everything before it returns. */
export function writing(
  scene: Scene,
  fd: number,
  data: Uint8Array,
  flags: number,
  control: readonly ControlMessage[] = [],
  pieces?: readonly number[],
): Started {
  const file = scene.files.get(fd)
  const bad = fileFailure(scene, fd, 'write')
  if (bad !== 0) return once(bad)
  if (file?.kind === 'pipe') return writePipe(scene, file, data.length)
  if (file?.kind === 'disk') return once(extend(file, data.length))
  const live = liveFd(scene, fd)
  const waits = file?.nonblocking === false && (flags & Msg.DONTWAIT) === 0
  const ready = readiness(scene, live, Poll.OUT)
  const deadline = sendDeadline(scene, live)
  let done = 0
  let tried = false
  let opening: Started | null = null
  let early = false
  let wakes = 0
  const later = (): number | null => {
    early = isHalfOpen(scene, live)
    wakes = wakesOf(scene, live, fd)
    notePending(scene, fd, scene.now < deadline)
    if (scene.now < deadline) return null
    return done > 0 ? done : failure(scene, 'EAGAIN')
  }
  return {
    deadline,
    attempt() {
      if (opening !== null) return opening.attempt()
      for (;;) {
        // Who is woken goes on with as little room as there is; the end of the handshake needs none.
        const isOver = (early && !isHalfOpen(scene, live)) || (wakesOf(scene, live, fd) !== wakes && !isFull(scene, fd))
        if (waits && tried && !isOver && !ready()) return later()
        const opens = waits && !tried && opensByWriting(scene, live)
        tried = true
        // What ends a call that has sent something is told by the next one.
        if (done > 0 && hasFailed(scene, live)) return done
        const result = scene.process.sendmsg(
          ...([live, done === 0 ? data : data.subarray(done), flags | part(waits, done), null, control] as const),
          done === 0 ? pieces : undefined,
        )
        if (opens && (result > 0 || errnoOf(scene, result) === 'EINPROGRESS')) {
          opening = behindSyn(scene, fd, data.length, remoteAddress(scene), result, (sent) =>
            writing(scene, fd, data.subarray(sent), flags | part(false, sent)),
          )
          return opening.attempt()
        }
        // Who opens by sending waits for the SYN of another call as well.
        const beside = (flags & MSG_FASTOPEN) !== 0 && errnoOf(scene, result) === 'EALREADY'
        if (waits && (wouldBlock(scene, result) || beside)) return later()
        if (result < 0) return done > 0 ? done : result
        done += result
        if (done >= data.length || !waits) return done
      }
    },
  }
}

/** Of a call that waits, the stack is told where in it a send() stands. */
function part(waits: boolean, done: number): number {
  return (waits ? Part.WAITS : 0) | (done > 0 ? Part.GOES_ON : 0)
}

/** How often whoever waits to write was woken: by room that there was for a moment at least, by what the error queue has to tell, by text (Linux). */
function wakesOf(scene: Scene, live: number, fd: number): number {
  const file = scene.process.file(live)
  const { bits, arrived } = pollFile(scene, fd)
  const text = (bits & Poll.IN) !== 0 && !scene.host.personality.sockets.bsdCalls ? arrived : 0
  const spaces = file?.protocol === 'tcp' ? ((file as TcpSocket).tcb?.spacesMade ?? 0) : 0
  return spaces + (file?.errors?.total ?? 0) + text
}

function writePipe(scene: Scene, { pipe, nonblocking }: Extract<File, { kind: 'pipe' }>, count: number): Started {
  let left = count
  return {
    attempt() {
      if (!pipe.hasReader) return failure(scene, 'EPIPE')
      left -= pipe.put(left)
      if (left === 0) return count
      if (!nonblocking) return null
      return left === count ? failure(scene, 'EAGAIN') : count - left
    },
  }
}
