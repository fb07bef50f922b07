/**
 * Descriptors of TCP connections that are over: the socket has left every table, and the process that forgot it keeps the number.
 * No table lists them, so they are found the other way round, from the descriptors.
 */
import { readlinkSync } from 'node:fs'
import type { DeadDescriptor } from '../../doctor/index.ts'
import type { SocketOwner } from '../../inspect/index.ts'
import { visible } from '../proc/visible.ts'
import { type DescriptorCalls, POLLRDHUP } from './calls.ts'
import { namespaceInode } from './namespace-inode.ts'

/** More are not looked for: enough to tell any leak. */
const DEAD_MAX = 50_000

/** Where to look, and for what. */
export interface DeadSearch {
  readonly calls: DescriptorCalls
  /** Where proc is mounted. */
  readonly root: string
  /** Every socket that was seen in a process, of whatever kind. */
  readonly held: Iterable<readonly [inode: number, owners: readonly SocketOwner[]]>
  /** Sockets that are known to be in a table. */
  readonly isListed: (inode: number) => boolean
  /**
   * The inodes of all TCP sockets, asked for after the descriptors were walked: what was opened since is in neither. Called only when
   * a descriptor needs it.
   */
  readonly dump: () => ReadonlySet<number>
  /** Network namespaces whose tables `dump` has. A socket of another is not dead, but elsewhere. */
  readonly namespaces: ReadonlySet<number>
}

/** The descriptors, by process and number. At most `DEAD_MAX`. */
export function findDeadDescriptors(search: DeadSearch): DeadDescriptor[] {
  const candidates = [...tcpCandidates(search)]
  if (candidates.length === 0) return []
  const listed = search.dump()
  const judge = new Judge(search.calls)
  const dead: DeadDescriptor[] = []
  try {
    for (const { inode, owners, multipath } of candidates) {
      if (listed.has(inode) || dead.length >= DEAD_MAX) continue
      // A multipath connection may be without a path for a while: only the socket itself can say that it is over.
      if (!(judge.isOver(owners[0] as SocketOwner) ?? !multipath)) continue
      for (const owner of owners) {
        // The number may have passed to another socket meanwhile: then what was read is not this one's.
        if (holds(search.root, owner, inode)) dead.push({ pid: owner.pid, fd: owner.fd, inode })
      }
    }
  } finally {
    judge.close()
  }
  return dead.sort((a, b) => a.pid - b.pid || a.fd - b.fd).slice(0, DEAD_MAX)
}

interface Candidate {
  readonly inode: number
  readonly owners: readonly SocketOwner[]
  readonly multipath: boolean
}

/** TCP sockets of these namespaces that are not known to be in a table. */
function* tcpCandidates(search: DeadSearch): Generator<Candidate> {
  const here = new Map<number, boolean>()
  const isHere = (pid: number): boolean => {
    let known = here.get(pid)
    if (known === undefined) {
      const inode = namespaceInode(visible(() => readlinkSync(`${search.root}/${pid}/ns/net`)))
      known = inode !== undefined && search.namespaces.has(inode)
      here.set(pid, known)
    }
    return known
  }
  for (const [inode, owners] of search.held) {
    const [owner] = owners
    if (owner === undefined || search.isListed(inode) || !isHere(owner.pid)) continue
    const protocol = protocolOf(search, owner)
    // Whoever asks for MPTCP, as Go's listeners do of themselves, has it when the peer speaks plain TCP too.
    const multipath = protocol === 'MPTCP' || protocol === 'MPTCPv6'
    if (multipath || protocol === 'TCP' || protocol === 'TCPv6') yield { inode, owners, multipath }
  }
}

const PROTOCOL_ATTRIBUTE = 'system.sockprotoname'
const name: Uint8Array = new Uint8Array(32)

function protocolOf({ calls, root }: DeadSearch, { pid, fd }: SocketOwner): string {
  const length = calls.getxattr(`${root}/${pid}/fd/${fd}`, PROTOCOL_ATTRIBUTE, name)
  return length <= 0 ? '' : Buffer.from(name.buffer, 0, length).toString().replace(/\0.*$/s, '')
}

function holds(root: string, { pid, fd }: SocketOwner, inode: number): boolean {
  return visible(() => readlinkSync(`${root}/${pid}/fd/${fd}`)) === `socket:[${inode}]`
}

/**
 * Tells a connection that is over from a socket that was not connected yet, which is in no table either (nor, before Linux 6.8, is a
 * bound one): only the first says POLLRDHUP. Asking takes a descriptor of our own for an instant, and the right to take it; without
 * that right what has been seen so far must do.
 */
class Judge {
  readonly #calls: DescriptorCalls
  readonly #pidfds = new Map<number, number>()

  constructor(calls: DescriptorCalls) {
    this.#calls = calls
  }

  /** Undefined when it cannot be asked. */
  isOver({ pid, fd }: SocketOwner): boolean | undefined {
    let pidfd = this.#pidfds.get(pid)
    if (pidfd === undefined) {
      pidfd = this.#calls.pidfdOpen(pid)
      this.#pidfds.set(pid, pidfd)
    }
    if (pidfd < 0) return undefined
    const ours = this.#calls.pidfdGetfd(pidfd, fd)
    if (ours < 0) return undefined
    const events = this.#calls.poll(ours, POLLRDHUP)
    this.#calls.close(ours)
    return events < 0 ? undefined : (events & POLLRDHUP) !== 0
  }

  close(): void {
    for (const pidfd of this.#pidfds.values()) if (pidfd >= 0) this.#calls.close(pidfd)
  }
}
