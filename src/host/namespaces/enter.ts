/** A visit to another network namespace. */
import { closeSync, fstatSync, openSync } from 'node:fs'
import { errorCode, HostError } from '../errors.ts'
import { boundOnce, errnoName, type Koffi, type LoadKoffi } from '../netlink/libc.ts'
import { GONE } from '../proc/visible.ts'
import type { NetworkNamespace } from './list.ts'

/** setns(2) as the system call does it, or −errno. */
export type SetNamespace = (fd: number, kind: number) => number

const CLONE_NEWNET = 0x4000_0000

/** @throws HostError when koffi is not installed or does not load here */
export const loadSetNamespace: (load: LoadKoffi) => Promise<SetNamespace> = boundOnce((koffi: Koffi) => {
  const setns = koffi.load(null).func('int setns(int fd, int kind)')
  return (fd: number, kind: number) => (setns(fd, kind) < 0 ? -koffi.errno() : 0)
})

/**
 * Do `work` inside of another network namespace. setns() moves the calling thread alone, and nothing else of this program runs on it until
 * `work` returns: it must do all that it does before it returns, by synchronous calls, and then the thread is back.
 * @param root where proc is mounted
 * @throws HostError when the namespace is gone or this user may not enter it
 */
export function insideNamespace<T>(
  setNamespace: SetNamespace,
  namespace: NetworkNamespace,
  work: () => T,
  root: string = '/proc',
): T {
  const home = openSync(`${root}/thread-self/ns/net`, 'r')
  try {
    const there = openNamespace(namespace)
    try {
      const result = setNamespace(there, CLONE_NEWNET)
      if (result < 0) throw new HostError(`network namespace ${namespace.label}: setns: ${errnoName(-result)}`)
    } finally {
      closeSync(there)
    }
    try {
      return work()
    } finally {
      // A thread that is left in the wrong place would tell lies from now on.
      if (setNamespace(home, CLONE_NEWNET) < 0) process.abort()
    }
  } finally {
    closeSync(home)
  }
}

/** A network namespace that has ended since it was listed: it has no sockets any more. */
export class GoneNamespaceError extends HostError {}

/** The file, if it still leads to the namespace that was listed: a pid may have passed to another process. */
function openNamespace({ path, inode, label }: NetworkNamespace): number {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (error) {
    const code = errorCode(error) ?? ''
    const Problem = GONE.has(code) ? GoneNamespaceError : HostError
    throw new Problem(`network namespace ${label}: ${path}: ${code}`)
  }
  if (fstatSync(fd).ino === inode) return fd
  closeSync(fd)
  throw new GoneNamespaceError(`network namespace ${label}: it has gone`)
}
