import { Msg, Poll } from '../../stack/index.ts'
import type { Expression } from '../language/ast.ts'
import { Mismatch } from '../run/outcome.ts'
import { Pipe } from './pipe.ts'
import { reading } from './reading.ts'
import {
  type Access,
  type File,
  failure,
  type Handler,
  liveFd,
  notSocket,
  once,
  type Scene,
  type Started,
  tcbOf,
  tcpSocketOf,
  wouldBlock,
} from './scene.ts'
import { outcome, readiness, receiveDeadline } from './sockets.ts'
import { room, vectorFailure, vectorLength } from './transfer.ts'
import { fieldsOf, inner, isNull, isOpen, numberOf } from './values.ts'
import { writing } from './writing.ts'

/** The length of a file that no command of the script has made: there is no disk, so it holds as much as anyone asks for. */
const FILE_LENGTH = 2 ** 40
const NONBLOCK = 0x800
const O_WRONLY = 1
const O_TRUNC = 0o1000
const O_APPEND = 0o2000
const CLOEXEC = 0o2000000
const EMPTY_FILES: ReadonlySet<string> = new Set(['/dev/null'])
const SPLICE_NONBLOCK = 2
const SPLICE_MORE = 4
/** MOVE, NONBLOCK, MORE, GIFT. */
const SPLICE_ALL = 0xf

/** `pipe([5, 6])`, `pipe2([5, 6], O_NONBLOCK)` */
export const pipe: Handler = ([list, flags], scene) => {
  if (list?.kind !== 'list' || list.items.length !== 2) throw new Mismatch('pipe() takes [5, 6]')
  const made = new Pipe()
  const nonblocking = !isOpen(flags) && (numberOf(flags, 'the flags') & NONBLOCK) !== 0
  const [read, write] = list.items as [Expression, Expression]
  scene.files.set(numberOf(read, 'the read end'), { kind: 'pipe', pipe: made, end: 'read', nonblocking })
  scene.files.set(numberOf(write, 'the write end'), { kind: 'pipe', pipe: made, end: 'write', nonblocking })
  return once(0)
}

/** `open("file", O_RDONLY)` */
export const open: Handler = ([path, flags], scene) => {
  const asked = isOpen(flags) ? 0 : numberOf(flags, 'the flags')
  const name = path?.kind === 'string' ? path.value : ''
  const known = EMPTY_FILES.has(name) || (asked & O_TRUNC) !== 0 ? 0 : scene.fileLength(name)
  const access = Math.min(asked & 3, 2) as Access
  return {
    attempt: () => 0,
    open: () => ({
      kind: 'disk',
      length: known ?? FILE_LENGTH,
      offset: 0,
      access,
      nonblocking: (asked & NONBLOCK) !== 0,
      closesOnExec: (asked & CLOEXEC) !== 0,
      flags: asked & O_APPEND,
    }),
  }
}

/** `openat(AT_FDCWD, "file", O_RDONLY)` */
export const openat: Handler = ([, path, flags], scene) =>
  open(flags === undefined ? [path as Expression] : [path as Expression, flags], scene)

/** `creat("file", 0644)` */
export const creat: Handler = ([path], scene) =>
  open([path as Expression, { kind: 'integer', value: O_WRONLY | O_TRUNC, hex: false }], scene)

/** `vmsplice(6, [{..., 100}], 1, 0)`: what a program has in its pages is put into a pipe, or taken out of it. */
export const vmsplice: Handler = ([fd, vector, count, flags], scene) => {
  const number = numberOf(fd, 'the descriptor')
  const asked = isOpen(flags) ? 0 : numberOf(flags, 'the flags')
  if ((asked & ~SPLICE_ALL) !== 0) return once(failure(scene, 'EINVAL'))
  const bad = vectorFailure(scene, number, vector, count, 'EINVAL')
  if (bad !== 0) return once(bad)
  const file = scene.files.get(number)
  if (file?.kind !== 'pipe') return once(failure(scene, 'EBADF'))
  const length = vectorLength(vector, count)
  const now = file.nonblocking || (asked & SPLICE_NONBLOCK) !== 0
  if (length === 0) return once(0)
  return {
    attempt() {
      const { pipe } = file
      if (file.end === 'write' && !pipe.hasReader) return failure(scene, 'EPIPE')
      const moved = file.end === 'write' ? pipe.put(length, true) : pipe.take(length, true)
      if (moved > 0 || (file.end === 'read' && !pipe.hasWriter)) return moved
      return now ? failure(scene, 'EAGAIN') : null
    },
  }
}

/** `splice(4, NULL, 6, NULL, 1000, 0)`: between a pipe and something else, or two pipes. */
export const splice: Handler = ([from, fromOffset, to, toOffset, count, flags], scene) => {
  const most = numberOf(count, 'the number of octets')
  const asked = isOpen(flags) ? 0 : numberOf(flags, 'the flags')
  if (most === 0) return once(0)
  if ((asked & ~SPLICE_ALL) !== 0) return once(failure(scene, 'EINVAL'))
  const source = scene.files.get(numberOf(from, 'the source'))
  const target = scene.files.get(numberOf(to, 'the target'))
  if (source === undefined || target === undefined) return once(failure(scene, 'EBADF'))
  // A pipe has no offsets, and a socket none either.
  const given = [fromOffset, toOffset].map((offset) => !isOpen(offset) && !isAbsent(offset))
  if ((given[0] && source.kind === 'pipe') || (given[1] && target.kind === 'pipe'))
    return once(failure(scene, 'ESPIPE'))
  if (!mayRead(source) || !mayWrite(target)) return once(failure(scene, 'EBADF'))
  const nonblocking = (asked & SPLICE_NONBLOCK) !== 0
  if (source.kind === 'pipe' && target.kind === 'pipe') return betweenPipes(scene, source, target, most, nonblocking)
  if ((given[0] && source.kind === 'socket') || (given[1] && target.kind === 'socket'))
    return once(failure(scene, 'EINVAL'))
  if (target.kind === 'pipe') return intoPipe(scene, numberOf(from, 'the source'), source, target, most, nonblocking)
  if (source.kind === 'pipe') return outOfPipe(scene, source, numberOf(to, 'the target'), most, asked)
  return once(failure(scene, 'EINVAL'))
}

/** `tee(8, 11, 1000, SPLICE_F_NONBLOCK)`: what is in one pipe is in another as well. */
export const tee: Handler = ([from, to, count, flags], scene) => {
  const most = numberOf(count, 'the number of octets')
  const asked = isOpen(flags) ? 0 : numberOf(flags, 'the flags')
  if ((asked & ~SPLICE_ALL) !== 0) return once(failure(scene, 'EINVAL'))
  if (most === 0) return once(0)
  const source = scene.files.get(numberOf(from, 'the source'))
  const target = scene.files.get(numberOf(to, 'the target'))
  if (source === undefined || target === undefined) return once(failure(scene, 'EBADF'))
  if (!mayRead(source) || !mayWrite(target)) return once(failure(scene, 'EBADF'))
  if (source.kind !== 'pipe' || target.kind !== 'pipe') return once(failure(scene, 'EINVAL'))
  return betweenPipes(scene, source, target, most, (asked & SPLICE_NONBLOCK) !== 0, true)
}

/** Whether a pointer is none: NULL or 0. */
function isAbsent(pointer: Expression | undefined): boolean {
  return isNull(pointer) || (pointer?.kind === 'integer' && pointer.value === 0)
}

function mayRead(file: File): boolean {
  if (file.kind === 'disk') return file.access !== O_WRONLY
  return file.kind !== 'pipe' || file.end === 'read'
}

function mayWrite(file: File): boolean {
  if (file.kind === 'disk') return file.access !== 0
  return file.kind !== 'pipe' || file.end === 'write'
}

/** What is in one pipe goes into the other. @param stays it is in both then */
function betweenPipes(
  scene: Scene,
  source: PipeEnd,
  target: PipeEnd,
  most: number,
  nonblocking: boolean,
  stays = false,
): Started {
  if (source.pipe === target.pipe) return once(failure(scene, 'EINVAL'))
  return {
    attempt() {
      if (!target.pipe.hasReader) return failure(scene, 'EPIPE')
      const moved = source.pipe.link(target.pipe, most, stays)
      if (moved === 0 && !source.pipe.hasWriter && source.pipe.length === 0) return 0
      if (moved === 0) return nonblocking || source.nonblocking || target.nonblocking ? failure(scene, 'EAGAIN') : null
      return moved
    },
  }
}

type PipeEnd = Extract<File, { kind: 'pipe' }>

function intoPipe(
  scene: Scene,
  from: number,
  source: File,
  target: PipeEnd,
  most: number,
  nonblocking: boolean,
): Started {
  const { pipe } = target
  const deadline = source.kind === 'socket' ? receiveDeadline(scene, source.fd) : Number.POSITIVE_INFINITY
  const ready = source.kind === 'socket' ? readiness(scene, source.fd, Poll.IN) : () => true
  // An urgent octet wakes a reader, however little there is.
  const mark = (): number | null => {
    const tcb = sourceTcb(scene, source)
    return tcb?.urgentReceive === true ? tcb.rcv.up : null
  }
  const marked = mark()
  let slept = false
  return {
    deadline,
    attempt() {
      if (slept && scene.now < deadline && !ready() && mark() === marked) return null
      if (!pipe.hasReader) return failure(scene, 'EPIPE')
      if (pipe.room === 0) return nonblocking || target.nonblocking ? failure(scene, 'EAGAIN') : null
      const before = octetsBeforeMark(scene, source)
      if (before === 0) return markedAnswer(scene, source)
      // A file's pages are put in as they are. Whatever is there is enough, though less than SO_RCVLOWAT wakes nobody.
      const lead = source.kind === 'disk' ? source.offset % PAGE : 0
      const result = reading(scene, from, Math.min(most, pipe.room - lead, before), Msg.DONTWAIT, null).attempt()
      const waits = source.kind === 'socket' && !source.nonblocking && scene.now < deadline
      slept = waits && result !== null && wouldBlock(scene, result)
      if (slept) return null
      if (result !== null && result > 0) pipe.put(result, true, lead)
      return result
    },
  }
}

/** splice() takes nothing from an urgent octet on. */
function octetsBeforeMark(scene: Scene, source: File): number {
  const tcb = sourceTcb(scene, source)
  if (tcb === null || !tcb.urgentReceive) return Number.POSITIVE_INFINITY
  const before = (tcb.rcv.up - 1 - tcb.receiveBuffer.first) | 0
  return before >= 0 && before < tcb.receiveBuffer.length ? before : Number.POSITIVE_INFINITY
}

/** What splice() says of a socket where only the urgent octet is left. */
function markedAnswer(scene: Scene, source: File): number {
  const tcb = sourceTcb(scene, source)
  if (source.kind === 'socket' && tcb !== null && !tcb.finReceived && tcb.error !== 0) return outcome(scene, source.fd)
  const isOver = tcb?.finReceived === true || tcb?.receiveShutdown === true
  return source.nonblocking && !isOver ? failure(scene, 'EAGAIN') : 0
}

function sourceTcb(scene: Scene, source: File): ReturnType<typeof tcbOf> {
  return source.kind === 'socket' ? tcbOf(scene, source.fd) : null
}

/** Tells the stack that nothing follows what was sent with MSG_MORE. */
function endOfSource(scene: Scene, target: number): void {
  tcpSocketOf(scene, liveFd(scene, target))?.endOfSource()
}

/** Sends everything, by as many sends as it takes: behind one that took only a part, the next waits as long again and learns why. */
function sendingAll(scene: Scene, to: number, length: number, flags: number): Started {
  let done = 0
  let started = writing(scene, to, new Uint8Array(length), flags)
  return {
    get deadline() {
      return started.deadline ?? Number.POSITIVE_INFINITY
    },
    attempt() {
      for (;;) {
        const sent = started.attempt()
        if (sent === null) return null
        if (sent <= 0) return done > 0 ? done : sent
        done += sent
        if (done === length) return done
        started = writing(scene, to, new Uint8Array(length - done), flags)
      }
    },
  }
}

/** SPLICE_F_NONBLOCK is about the pipe alone. */
function outOfPipe(scene: Scene, source: PipeEnd, to: number, most: number, flags: number): Started {
  const { pipe } = source
  let started: Started | null = null
  return {
    get deadline() {
      return started?.deadline ?? Number.POSITIVE_INFINITY
    },
    attempt() {
      if (started === null) {
        const now = source.nonblocking || (flags & SPLICE_NONBLOCK) !== 0
        if (pipe.length === 0) return !pipe.hasWriter ? 0 : now ? failure(scene, 'EAGAIN') : null
        const more = (flags & SPLICE_MORE) === 0 ? 0 : Msg.MORE
        started = sendingAll(scene, to, Math.min(most, pipe.length), more)
      }
      const sent = started.attempt()
      if (sent !== null && sent > 0) pipe.take(sent, true)
      return sent
    },
  }
}

/** Arguments of FreeBSD's sendfile(). */
const SENDFILE_BSD = 7

/** FreeBSD's `sendfile(5, 4, 0, 10, {headers(1)=[{..., 20}], trailers(0)=[]}, [30], 0)`: 0, and how much has been sent beside it. */
const sendfileWithHeaders: Handler = ([from, to, offset, count, around, sent], scene) => {
  const target = numberOf(to, 'the socket')
  const source = scene.files.get(numberOf(from, 'the file'))
  if (source === undefined) return once(failure(scene, 'EBADF'))
  if (source.kind !== 'disk') return once(failure(scene, 'EINVAL'))
  const refused = notSocket(scene, target)
  if (refused !== 0) return once(refused)
  if (numberOf(offset, 'the offset') < 0) return once(failure(scene, 'EINVAL'))
  const fields = around?.kind === 'struct' ? fieldsOf(around, 'what is sent around the file') : new Map()
  const octets = (name: string): number => vectorLength(fields.get(name)?.value, fields.get(name)?.count)
  const pieces = [octets('headers') + numberOf(count, 'the number of octets'), octets('trailers')]
  let [started, piece, done]: [Started | null, number, number] = [null, 0, 0]
  return {
    attempt() {
      for (; piece < pieces.length; piece++) {
        const length = pieces[piece] as number
        if (length === 0) continue
        started ??= writing(scene, target, room(length), 0)
        const result = started.attempt()
        if (result === null) return null
        started = null
        done += Math.max(0, result)
        if (result < length) return result < 0 ? result : failure(scene, 'EAGAIN')
      }
      return 0
    },
    check() {
      const told = isOpen(sent) || isAbsent(sent) ? done : numberOf(inner(sent as Expression), 'what is sent')
      if (told !== done) throw new Mismatch(`sendfile() sent ${done} octets, expected ${told}`)
    },
  }
}

/** How much of a file goes at once: the pages of a pipe. */
const PAGE = 4096
const PIPE_PAGES = 16

/** Of a file as much goes into a pipe as that has places for pages. */
function fileIntoPipe(
  scene: Scene,
  { pipe, nonblocking }: PipeEnd,
  most: number,
  lead: number,
  note: (moved: number) => void,
): Started {
  return {
    attempt() {
      if (!pipe.hasReader) return failure(scene, 'EPIPE')
      if (pipe.room === 0) return nonblocking ? failure(scene, 'EAGAIN') : null
      const moved = pipe.put(most, true, lead)
      note(moved)
      return moved
    },
  }
}

/**
 * `sendfile(4, 5, [0], 10)`: from a file into a socket, by way of a pipe. Each pipeful goes with MSG_MORE as long as the caller has asked
 * for more, even where the file ends.
 */
export const sendfile: Handler = (args, scene) => {
  if (args.length === SENDFILE_BSD) return sendfileWithHeaders(args, scene)
  if (args.length > 4) throw new Mismatch(`sendfile() has ${args.length} arguments, expected 4 or ${SENDFILE_BSD}`)
  const [to, from, offset, count] = args
  const source = scene.files.get(numberOf(from, 'the file'))
  if (source === undefined || !mayRead(source)) return once(failure(scene, 'EBADF'))
  const target = numberOf(to, 'the socket')
  const given = offset?.kind === 'list' ? numberOf(inner(offset), 'the offset') : null
  if (given !== null && source.kind !== 'disk') return once(failure(scene, 'ESPIPE'))
  const asked = numberOf(count, 'the number of octets')
  if ((given ?? 0) < 0 || asked < 0) return once(failure(scene, 'EINVAL'))
  const file = scene.files.get(target)
  if (file === undefined || !mayWrite(file)) return once(failure(scene, 'EBADF'))
  if (source.kind === 'socket' && file.kind === 'pipe')
    return intoPipe(scene, numberOf(from, 'the file'), source, file, asked, false)
  if (source.kind !== 'disk' || ((file.flags ?? 0) & O_APPEND) !== 0) return once(failure(scene, 'EINVAL'))
  const start = given ?? source.offset
  const most = Math.min(asked, source.length - start)
  if (file.kind === 'pipe')
    return fileIntoPipe(scene, file, Math.max(most, 0), start % PAGE, (moved) => {
      if (given === null) source.offset += moved
    })
  if (most <= 0) return once(0)
  let started: Started | null = null
  let done = 0
  let piece = 0
  const answer = (last: number): number => {
    if (given === null) source.offset += done
    return done > 0 ? done : last
  }
  return {
    get deadline() {
      return started?.deadline ?? Number.POSITIVE_INFINITY
    },
    attempt() {
      for (;;) {
        if (started === null) {
          piece = Math.max(0, Math.min(most - done, PAGE * PIPE_PAGES - ((start + done) % PAGE)))
          started = sendingAll(scene, target, piece, done + piece < asked ? Msg.MORE : 0)
        }
        const sent = started.attempt()
        if (sent === null) return null
        started = null
        if (sent > 0) done += sent
        // The file has ended, and what waits for more of it leaves.
        if (done === most && most < asked) endOfSource(scene, target)
        if (sent < piece || done === most) return answer(sent)
      }
    },
  }
}
