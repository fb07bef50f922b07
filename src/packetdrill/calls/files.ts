import type { Expression } from '../language/ast.ts'
import { Mismatch } from '../run/outcome.ts'
import { Pipe } from './pipe.ts'
import { type File, failure, type Handler, once, type Scene, type Started } from './scene.ts'
import { reading, writing } from './transfer.ts'
import { inner, isOpen, numberOf } from './values.ts'

/** Octets of a file that the script opens: there is no disk, so it is as long as anyone asks. */
const FILE_LENGTH = 2 ** 40
const NONBLOCK = 0x800
const SPLICE_NONBLOCK = 2
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
export const open: Handler = (_args, _scene) => ({
  attempt: () => 0,
  open: () => ({ kind: 'disk', length: FILE_LENGTH, offset: 0, nonblocking: false }),
})

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
  const given = [fromOffset, toOffset].map((offset) => !isOpen(offset) && !isNull(offset))
  if ((given[0] && source.kind === 'pipe') || (given[1] && target.kind === 'pipe'))
    return once(failure(scene, 'ESPIPE'))
  if (!mayRead(source) || !mayWrite(target)) return once(failure(scene, 'EBADF'))
  const nonblocking = (asked & SPLICE_NONBLOCK) !== 0
  if (source.kind === 'pipe' && target.kind === 'pipe') return betweenPipes(scene, source, target, most, nonblocking)
  if ((given[0] && source.kind === 'socket') || (given[1] && target.kind === 'socket'))
    return once(failure(scene, 'EINVAL'))
  if (target.kind === 'pipe') return intoPipe(scene, numberOf(from, 'the source'), target, most, nonblocking)
  if (source.kind === 'pipe') return outOfPipe(scene, source, numberOf(to, 'the target'), most, nonblocking)
  return once(failure(scene, 'EINVAL'))
}

function isNull(offset: Expression | undefined): boolean {
  return (offset?.kind === 'word' && offset.name === 'NULL') || (offset?.kind === 'integer' && offset.value === 0)
}

function mayRead(file: File): boolean {
  return file.kind !== 'pipe' || file.end === 'read'
}

function mayWrite(file: File): boolean {
  return file.kind === 'pipe' ? file.end === 'write' : file.kind !== 'disk'
}

/** What is in one pipe goes into the other. */
function betweenPipes(scene: Scene, source: PipeEnd, target: PipeEnd, most: number, nonblocking: boolean): Started {
  if (source.pipe === target.pipe) return once(failure(scene, 'EINVAL'))
  return {
    attempt() {
      const moved = Math.min(most, source.pipe.length, target.pipe.room)
      if (!target.pipe.hasReader) return failure(scene, 'EPIPE')
      if (moved === 0 && !source.pipe.hasWriter && source.pipe.length === 0) return 0
      if (moved === 0) return nonblocking || source.nonblocking || target.nonblocking ? failure(scene, 'EAGAIN') : null
      source.pipe.take(moved)
      return target.pipe.put(moved)
    },
  }
}

type PipeEnd = Extract<File, { kind: 'pipe' }>

function intoPipe(scene: Scene, from: number, target: PipeEnd, most: number, nonblocking: boolean): Started {
  return {
    attempt() {
      const { room } = target.pipe
      if (room === 0) return nonblocking || target.nonblocking ? failure(scene, 'EAGAIN') : null
      const result = reading(scene, from, Math.min(most, room), nonblocking ? 0x40 : 0, null).attempt()
      if (result !== null && result > 0) target.pipe.put(result)
      return result
    },
  }
}

function outOfPipe(scene: Scene, source: PipeEnd, to: number, most: number, nonblocking: boolean): Started {
  return {
    attempt() {
      const { length, hasWriter } = source.pipe
      if (length === 0) return !hasWriter ? 0 : nonblocking || source.nonblocking ? failure(scene, 'EAGAIN') : null
      const sent = writing(scene, to, new Uint8Array(Math.min(most, length)), 0x40).attempt()
      if (sent !== null && sent > 0) source.pipe.take(sent)
      const blocks = sent === failure(scene, 'EAGAIN') && !nonblocking && scene.files.get(to)?.nonblocking === false
      return blocks ? null : sent
    },
  }
}

/** `sendfile(4, 5, [0], 10)`: from a file into a socket. */
export const sendfile: Handler = ([to, from, offset, count], scene) => {
  const source = scene.files.get(numberOf(from, 'the file'))
  if (source === undefined) return once(failure(scene, 'EBADF'))
  if (source.kind !== 'disk') return once(failure(scene, 'EINVAL'))
  const start = offset?.kind === 'list' ? numberOf(inner(offset), 'the offset') : null
  const most = Math.min(numberOf(count, 'the number of octets'), source.length - (start ?? source.offset))
  if (most <= 0 && scene.files.has(numberOf(to, 'the socket'))) return once(0)
  const started = writing(scene, numberOf(to, 'the socket'), new Uint8Array(Math.max(0, most)), 0)
  return {
    ...started,
    check(result) {
      if (result > 0 && start === null) source.offset += result
    },
  }
}
