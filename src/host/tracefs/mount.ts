/** A way to tracefs that leaves nothing behind. */
import { existsSync } from 'node:fs'
import { HostError } from '../errors.ts'
import { boundOnce, errnoName, type Koffi, type LoadKoffi } from '../netlink/libc.ts'

/** Where tracefs is, and how to be done with it. */
export interface TracefsMount {
  /** The folder that has `events` and `instances`. */
  readonly path: string
  close(): void
}

interface MountCalls {
  fsopen(filesystem: string): number
  /** Has the kernel make the filesystem that was opened. */
  create(fd: number): number
  /** A mount that is in no tree: it goes with its descriptor, however this process ends. */
  fsmount(fd: number): number
  close(fd: number): number
}

/** One number on every architecture, as all system calls since Linux 5.1. */
const SYS_FSOPEN = 430
const SYS_FSCONFIG = 431
const SYS_FSMOUNT = 432
const CLOEXEC = 1
const FSCONFIG_CMD_CREATE = 6

const loadMountCalls: (load: LoadKoffi) => Promise<MountCalls> = boundOnce((koffi: Koffi): MountCalls => {
  const library = koffi.load(null)
  const named = library.func('intptr_t syscall(intptr_t number, const char *name, intptr_t flags)')
  const plain = library.func('syscall', 'intptr_t', new Array(6).fill('intptr_t'))
  const close = library.func('int close(int fd)')
  const orErrno = (result: number | bigint): number => (result < 0 ? -koffi.errno() : Number(result))
  return {
    fsopen: (filesystem) => orErrno(named(SYS_FSOPEN, filesystem, CLOEXEC)),
    create: (fd) => orErrno(plain(SYS_FSCONFIG, fd, FSCONFIG_CMD_CREATE, 0, 0, 0)),
    fsmount: (fd) => orErrno(plain(SYS_FSMOUNT, fd, CLOEXEC, 0, 0, 0)),
    close: (fd) => orErrno(close(fd)),
  }
})

/** Where a system has it mounted, when it has. */
const PLACES: readonly string[] = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing']

/**
 * Find tracefs, or mount it for this process alone.
 * @throws HostError (a rejection) in one line: no root, no tracefs in this kernel, a sandbox
 */
export async function openTracefs(load: LoadKoffi, places: readonly string[] = PLACES): Promise<TracefsMount> {
  const mounted = places.find((path) => existsSync(`${path}/events/sock`))
  if (mounted !== undefined) return { path: mounted, close: () => undefined }
  const calls = await loadMountCalls(load)
  const fd = calls.fsopen('tracefs')
  if (fd < 0) throw refusal(fd)
  try {
    const made = calls.create(fd)
    if (made < 0) throw refusal(made)
    const mount = calls.fsmount(fd)
    if (mount < 0) throw refusal(mount)
    return { path: `/proc/self/fd/${mount}`, close: () => void calls.close(mount) }
  } finally {
    calls.close(fd)
  }
}

function refusal(result: number): HostError {
  const name = errnoName(-result)
  if (name === 'EPERM' || name === 'EACCES') return new HostError(`tracefs: ${name}: it takes root`)
  if (name === 'ENODEV') return new HostError('tracefs: ENODEV: this kernel has none')
  return new HostError(`tracefs is not mounted, and cannot be: ${name}`)
}
