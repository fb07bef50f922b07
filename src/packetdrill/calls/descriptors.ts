import { SOCK_NONBLOCK } from '../../stack/index.ts'
import { type File, failure, type Handler, once, type Scene, type Started } from './scene.ts'
import { isOpen, numberOf } from './values.ts'

const CLOEXEC = 0x80000
const BSD_NONBLOCK = 4
const O_LARGEFILE = 0x8000
/** O_APPEND, O_ASYNC. */
const KEPT_FLAGS = 0x400 | 0x2000
const Command = {
  DUPFD: 0,
  GETFD: 1,
  SETFD: 2,
  GETFL: 3,
  SETFL: 4,
  SETOWN: 8,
  GETOWN: 9,
  DUPFD_CLOEXEC: 1030,
  SETPIPE_SZ: 1031,
  GETPIPE_SZ: 1032,
} as const

/** `fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK)`; sockets begin as blocking ones. */
export const fcntl: Handler = ([fd, command, value], scene) => {
  const file = scene.files.get(numberOf(fd, 'the descriptor'))
  if (file === undefined) return once(failure(scene, 'EBADF'))
  switch (numberOf(command, 'the command')) {
    case Command.DUPFD:
      return duplicate(scene, file, false)
    case Command.DUPFD_CLOEXEC:
      return duplicate(scene, file, true)
    case Command.GETFD:
      return once(Number(file.closesOnExec ?? false))
    case Command.SETFD:
      file.closesOnExec = (numberOf(value, 'the flags') & 1) !== 0
      return once(0)
    case Command.SETOWN:
    case Command.GETOWN:
      return once(0)
    case Command.GETFL:
      return once(
        accessMode(file) | largeFile(scene, file) | (file.flags ?? 0) | (file.nonblocking ? toldNonblocking(scene) : 0),
      )
    case Command.SETFL:
      for (const [, one] of sameFile(scene, file)) {
        one.nonblocking = (numberOf(value, 'the flags') & (SOCK_NONBLOCK | ownNonblocking(scene))) !== 0
        if (scene.host.personality.name === 'linux') one.flags = numberOf(value, 'the flags') & KEPT_FLAGS
      }
      return once(0)
    case Command.SETPIPE_SZ:
    case Command.GETPIPE_SZ:
      return once(
        file.kind === 'pipe'
          ? file.pipe.resize(value === undefined ? 0 : numberOf(value, 'the size'))
          : failure(scene, 'EBADF'),
      )
    default:
      return once(failure(scene, 'EINVAL'))
  }
}

/** O_NONBLOCK as the system numbers it: 4 with the BSDs. */
function ownNonblocking({ host }: Scene): number {
  return host.personality.name === 'linux' ? SOCK_NONBLOCK : BSD_NONBLOCK
}

/** Words have Linux's numbers in every script; who asks for such a one hears it. */
function toldNonblocking(scene: Scene): number {
  return scene.wanted > 0 && (scene.wanted & SOCK_NONBLOCK) !== 0 ? SOCK_NONBLOCK : ownNonblocking(scene)
}

/** A second descriptor for the same file. */
function duplicate(scene: Scene, file: File, closesOnExec: boolean): Started {
  if (file.kind !== 'socket') return { attempt: () => 0, open: () => reopened(file) }
  const fd = scene.process.dup(file.fd)
  return { attempt: () => fd, open: () => ({ ...file, fd, closesOnExec }) }
}

/** What is no socket is one thing, whichever descriptor it is known by. */
function reopened(file: File): File {
  if (file.kind === 'pipe') file.pipe.reopen(file.end)
  return file
}

/** The descriptors of one file: what fcntl() and FIONBIO set holds for all of them. */
export function sameFile(scene: Scene, file: File): [number, File][] {
  const held = (one: File): unknown => (one.kind === 'socket' ? scene.process.file(one.fd) : undefined) ?? one
  return [...scene.files].filter(([, other]) => held(other) === held(file))
}

/** `dup2(3, 7)`, `dup3(3, 7, 0)` */
export const dup2: Handler = ([fd, to, flags], scene) => {
  const [from, target] = [numberOf(fd, 'the descriptor'), numberOf(to, 'the new descriptor')]
  const file = scene.files.get(from)
  if (file === undefined || target < 0) return once(failure(scene, 'EBADF'))
  if (from === target) return once(flags === undefined ? target : failure(scene, 'EINVAL'))
  const before = scene.files.get(target)
  if (before !== undefined) dropDescriptor(scene, target, before)
  if (before?.kind === 'socket') scene.process.close(before.fd)
  const closesOnExec = !isOpen(flags) && (numberOf(flags, 'the flags') & CLOEXEC) !== 0
  const copy = file.kind === 'socket' ? { ...file, fd: scene.process.dup(file.fd), closesOnExec } : reopened(file)
  scene.files.set(target, copy)
  return once(target)
}

/** `dup(3)` */
export const dup: Handler = ([fd], scene) => {
  const file = scene.files.get(numberOf(fd, 'the descriptor'))
  return file === undefined ? once(failure(scene, 'EBADF')) : duplicate(scene, file, false)
}

function accessMode(file: File): number {
  if (file.kind === 'pipe') return file.end === 'read' ? 0 : 1
  return file.kind === 'disk' ? file.access : 2
}

/** Linux opens each file of a program of 64 bits with O_LARGEFILE, and says so. */
function largeFile({ host }: Scene, file: File): number {
  return file.kind === 'disk' && host.personality.name === 'linux' ? O_LARGEFILE : 0
}

/** Gives a descriptor up; where it is a socket's, the caller still has to close that. */
export function dropDescriptor(scene: Scene, number: number, file: File): void {
  scene.files.delete(number)
  const twin = sameFile(scene, file)[0]?.[0]
  for (const other of scene.files.values()) if (other.kind === 'epoll') other.epoll.closed(number, twin)
  if (file.kind === 'pipe') file.pipe.close(file.end)
}
