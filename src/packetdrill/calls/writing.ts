import { type ControlMessage, Msg, mayBeginChunk, Part, Poll, SHUT_WR, State } from '../../stack/index.ts'
import type { Expression } from '../language/ast.ts'
import { behindSyn, notePending, opensByWriting } from './behind-syn.ts'
import { pollFile } from './poll-file.ts'
import {
  errnoOf,
  type File,
  failure,
  type Handler,
  hasFailed,
  liveFd,
  once,
  type Scene,
  type Started,
  tcbOf,
  tcpSocketOf,
  wouldBlock,
} from './scene.ts'
import { deadlineOfSleeps, readiness, remoteAddress, sendDeadline } from './sockets.ts'
import {
  beyondMemory,
  dataOf,
  fileFailure,
  firstBase,
  messageFlags,
  room,
  sizeOf,
  vectorFailure,
  vectorLength,
} from './transfer.ts'
import { isNowhere, isOpen, numberOf } from './values.ts'

/** What is sent where there is nothing to send, or nothing that can be read. */
const NO_OCTETS: Uint8Array = new Uint8Array(0)
/** FreeBSD's: nothing more is sent behind these data. */
const MSG_EOF = 0x20000

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

/** Ends the sending side with the last of the data, where the flags have MSG_EOF; the data wait for the FIN (`held`), and what opens the connection knows of it. */
export function ending(
  scene: Scene,
  fd: number,
  argument: Expression | undefined,
  size: number,
  start: (held: number) => Started,
): Started {
  const ends = scene.host.personality.sockets.sendMayEnd && !isOpen(argument)
  if (!ends || (numberOf(argument, 'the flags') & MSG_EOF) === 0) return start(0)
  if (scene.process.file(liveFd(scene, fd))?.conn === 0) return start(Part.ENDS)
  const started = start(Msg.MORE)
  return {
    get deadline() {
      return started.deadline ?? Number.POSITIVE_INFINITY
    },
    attempt() {
      const result = started.attempt()
      if (result === size) scene.process.shutdown(liveFd(scene, fd), SHUT_WR)
      return result
    },
  }
}

/** write() or send() from nowhere (NULL): every other objection comes before EFAULT. */
export function writingNowhere(scene: Scene, fd: number, count: number, flags: number): Started {
  const started = writing(scene, fd, NO_OCTETS, flags)
  const waits = scene.files.get(fd)?.nonblocking === false && (flags & Msg.DONTWAIT) === 0
  return {
    get deadline() {
      return started.deadline ?? Number.POSITIVE_INFINITY
    },
    attempt() {
      const result = started.attempt()
      if (result === 0 && count > 0 && isFull(scene, fd)) {
        // Who finds no room, wants some, whatever would come of it.
        const tcb = tcbOf(scene, liveFd(scene, fd))
        if (tcb !== null) tcb.wantsSpace = true
        return waits && scene.now < (started.deadline ?? Number.POSITIVE_INFINITY) ? null : failure(scene, 'EAGAIN')
      }
      return result === null || result < 0 || count === 0 ? result : failure(scene, 'EFAULT')
    },
  }
}

/** Whether there is no room, in which case the data are not looked at. */
function isFull(scene: Scene, fd: number): boolean {
  const tcb = tcbOf(scene, liveFd(scene, fd))
  return tcb !== null && tcb.listen === null && !mayBeginChunk(tcb)
}

function isHalfOpen(scene: Scene, live: number): boolean {
  return tcbOf(scene, live)?.state === State.SYN_RECEIVED
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
  const started = writingAll(scene, fd, data, flags, control, pieces)
  if ((flags & Msg.ZEROCOPY) === 0) return started
  return {
    get deadline() {
      return started.deadline ?? Number.POSITIVE_INFINITY
    },
    attempt() {
      const result = started.attempt()
      if (result !== null) tcpSocketOf(scene, liveFd(scene, fd))?.reports?.returned()
      return result
    },
  }
}

function writingAll(
  scene: Scene,
  fd: number,
  data: Uint8Array,
  flags: number,
  control: readonly ControlMessage[],
  pieces: readonly number[] | undefined,
): Started {
  const file = scene.files.get(fd)
  const bad = fileFailure(scene, fd, 'write')
  if (bad !== 0) return once(bad)
  if (file?.kind === 'pipe') return writePipe(scene, file, data.length)
  if (file?.kind === 'disk') return once(extend(file, data.length))
  const live = liveFd(scene, fd)
  const waits = file?.nonblocking === false && (flags & Msg.DONTWAIT) === 0
  const ready = readiness(scene, live, Poll.OUT)
  const acknowledged = (): number => tcbOf(scene, live)?.snd.una ?? 0
  const deadline = deadlineOfSleeps(scene, () => sendDeadline(scene, live), acknowledged)
  let done = 0
  let tried = false
  let opening: Started | null = null
  let early = false
  let wakes = 0
  const later = (): number | null => {
    early = isHalfOpen(scene, live)
    wakes = wakesOf(scene, live, fd)
    notePending(scene, fd, scene.now < deadline())
    if (scene.now < deadline()) return null
    return done > 0 ? done : failure(scene, 'EAGAIN')
  }
  return {
    get deadline() {
      return deadline()
    },
    attempt() {
      if (opening !== null) return opening.attempt()
      for (;;) {
        // A writer that was woken goes on with however little room there is; at the end of the handshake even with none.
        const isOver = (early && !isHalfOpen(scene, live)) || (wakesOf(scene, live, fd) !== wakes && !isFull(scene, fd))
        if (waits && tried && !isOver && !ready()) return later()
        const opens = waits && !tried && opensByWriting(scene, live)
        tried = true
        // An error behind what was sent is left to the next call.
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
        // With MSG_FASTOPEN the call also waits for a handshake that another call has begun.
        const beside = (flags & Msg.FASTOPEN) !== 0 && errnoOf(scene, result) === 'EALREADY'
        if (waits && (wouldBlock(scene, result) || beside)) return later()
        if (result < 0) return done > 0 ? done : result
        done += result
        if (done >= data.length || !waits) return done
      }
    },
  }
}

/** Tells the stack that a send() is part of a call that waits, and whether it is the first part. */
function part(waits: boolean, done: number): number {
  return (waits ? Part.WAITS : 0) | (done > 0 ? Part.GOES_ON : 0)
}

/** How often a waiting writer was woken: by room, even if that was soon gone, by reports of the error queue, and by text that came, where a system does so. */
function wakesOf(scene: Scene, live: number, fd: number): number {
  const file = scene.process.file(live)
  const { bits, arrived } = pollFile(scene, fd)
  const text = (bits & Poll.IN) !== 0 && scene.host.personality.sockets.textWakesWriters ? arrived : 0
  return (tcbOf(scene, live)?.spacesMade ?? 0) + (file?.errors?.total ?? 0) + text
}

function writePipe(scene: Scene, { pipe, nonblocking }: Extract<File, { kind: 'pipe' }>, count: number): Started {
  let left = count
  return {
    attempt() {
      if (count === 0) return 0
      if (!pipe.hasReader) return failure(scene, 'EPIPE')
      left -= pipe.put(left)
      if (left === 0) return count
      if (!nonblocking) return null
      return left === count ? failure(scene, 'EAGAIN') : count - left
    },
  }
}

/** What is written to a file makes it longer where it goes beyond its end. */
function extend(file: Extract<File, { kind: 'disk' }>, count: number): number {
  file.offset += count
  file.length = Math.max(file.length, file.offset)
  return count
}
