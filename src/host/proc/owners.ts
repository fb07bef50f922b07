/** Who holds a socket: the descriptors of every process, by inode. */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { SocketOwner } from '../../inspect/index.ts'
import { errorCode } from '../errors.ts'
import { type DescriptorList, type ReadDescriptors, readDescriptors } from './descriptor-list.ts'
import { FORBIDDEN, GONE, visible } from './visible.ts'

/** The inode of the initial PID namespace (linux/proc_ns.h): only from there is every process visible. */
const INITIAL_PID_NAMESPACE = 'pid:[4026531836]'

/** What was seen of one process. */
interface ProcessEntry {
  readonly names: ProcessNames
  /** The number of open descriptors, as the size of /proc/PID/fd tells it since Linux 6.2; 0 before. */
  readonly descriptors: number
  readonly inodes: readonly number[]
  /** Before then a thrifty update does not walk it again, ms. */
  readonly restUntil: number
}

interface ProcessNames {
  readonly command: string
  readonly program: string | undefined
}

/** After so long everything is walked again: a process may have closed one descriptor and opened another unnoticed, ms. */
const WHOLE_WALK_MS = 30_000

/** How many times longer than a walk the rest after it is, for those who look every second. */
const REST = 50

/**
 * The owners of the machine's sockets, kept from reading to reading. The first `update` walks /proc whole (half a second
 * for 100,000 descriptors); a later one walks only the processes that changed, and all of them again when a socket is asked
 * for that nobody is known to hold, and twice a minute.
 */
export class OwnerTable {
  readonly #root: string
  readonly #processes = new Map<number, ProcessEntry>()
  readonly #owners = new Map<number, SocketOwner[]>()
  /** Sockets that a walk of everything has not found, so that one of them does not cause a walk at each update. */
  #ownerless = new Set<number>()
  /** Sockets that were asked for and not yet looked for. */
  #unsearched: ReadonlySet<number> = new Set()
  /** Before then a thrifty update does not walk, ms. */
  #restUntil = Number.NEGATIVE_INFINITY
  #hidden = 0
  /** How descriptors are read: by Node's means, until better ones are given. */
  readBy: ReadDescriptors = readDescriptors
  readonly #seesAllProcesses: boolean
  /** Whether /proc leaves out what this user may not look into: there is nothing to count then. */
  readonly hidesProcesses: boolean
  readonly #now: () => number
  #walkedWhole = Number.NEGATIVE_INFINITY

  /**
   * @param root where proc is mounted
   * @param now a clock in ms that never goes back
   * @param isRoot whether this user is root, from whom /proc hides nobody
   */
  constructor(
    root: string = '/proc',
    now: () => number = () => performance.now(),
    isRoot: boolean = process.getuid?.() === 0,
  ) {
    this.#root = root
    this.#now = now
    this.#seesAllProcesses = inInitialPidNamespace(root)
    this.hidesProcesses = !isRoot && isMountedHidingProcesses(root)
  }

  /** Processes whose descriptors could not be read, for want of privilege. */
  get hiddenProcesses(): number {
    return this.#hidden
  }

  /** Whether every process of the machine is visible and was read: only then does "no owner found" mean that there is none. */
  get fullSight(): boolean {
    return this.#hidden === 0 && this.#seesAllProcesses && !this.hidesProcesses
  }

  /** Whether processes exist that this PID namespace does not show. */
  get insidePidNamespace(): boolean {
    return !this.#seesAllProcesses
  }

  /**
   * As `update`, for those who look every second: nothing is walked while all owners are known. When some are not, a process, or all of
   * them, is walked again only as often as the cost of the last time allows. Until then these owners are unknown, and `ownersOf` says so.
   */
  updateThriftily(wanted: Iterable<number>): void {
    const inodes = [...wanted]
    const pids = this.#pids()
    this.#forgetAllBut(pids)
    const unknown = inodes.filter((inode) => inode !== 0 && !this.#owners.has(inode) && !this.#ownerless.has(inode))
    if (unknown.length > 0 && this.#now() >= this.#restUntil) {
      this.update(inodes)
      return
    }
    if (unknown.length > 0) this.#walkChanged(pids)
    this.#unsearched = new Set(unknown.filter((inode) => !this.#owners.has(inode)))
  }

  #walkChanged(pids: ReadonlySet<number>): void {
    const hidden = this.#hidden
    for (const pid of pids) {
      const isResting = this.#now() < (this.#processes.get(pid)?.restUntil ?? 0)
      if (!isResting && this.#changed(pid)) this.#walk(pid)
    }
    // Those that forbid to look were counted when all were walked.
    this.#hidden = hidden
  }

  /** Bring the table up to date, so that it knows the owners of `wanted`, inodes of sockets; 0 is nobody's. */
  update(wanted: Iterable<number>): void {
    this.#unsearched = new Set()
    const began = this.#now()
    const pids = this.#pids()
    this.#forgetAllBut(pids)
    this.#hidden = 0
    const due = this.#now() - this.#walkedWhole >= WHOLE_WALK_MS
    const unwalked: number[] = []
    for (const pid of pids) {
      if (due || this.#changed(pid)) this.#walk(pid)
      else unwalked.push(pid)
    }
    const missing = [...wanted].filter((inode) => inode !== 0 && !this.#owners.has(inode))
    if (missing.some((inode) => !this.#ownerless.has(inode))) {
      for (const pid of unwalked.splice(0)) this.#walk(pid)
    }
    if (unwalked.length === 0) {
      this.#walkedWhole = this.#now()
      this.#restUntil = this.#walkedWhole + (this.#walkedWhole - began) * REST
    }
    this.#ownerless = new Set(missing.filter((inode) => !this.#owners.has(inode)))
  }

  /**
   * The owners of a socket as the last update saw them: undefined when there may be one that this process cannot see, an empty
   * list when there is none.
   */
  ownersOf(inode: number): readonly SocketOwner[] | undefined {
    if (this.#unsearched.has(inode)) return undefined
    return this.#owners.get(inode) ?? (this.fullSight || inode === 0 ? NOBODY : undefined)
  }

  /** Every socket that a process was seen to hold, of whatever kind, with its owners. */
  sockets(): IterableIterator<[inode: number, owners: readonly SocketOwner[]]> {
    return this.#owners.entries()
  }

  #pids(): Set<number> {
    return new Set(
      readdirSync(this.#root)
        .filter((name) => /^[0-9]+$/.test(name))
        .map(Number),
    )
  }

  #forgetAllBut(pids: ReadonlySet<number>): void {
    for (const pid of this.#processes.keys()) {
      if (!pids.has(pid)) this.#forget(pid)
    }
  }

  #forget(pid: number): void {
    for (const inode of this.#processes.get(pid)?.inodes ?? []) {
      const others = this.#owners.get(inode)?.filter((owner) => owner.pid !== pid) ?? []
      if (others.length > 0) this.#owners.set(inode, others)
      else this.#owners.delete(inode)
    }
    this.#processes.delete(pid)
  }

  /** Whether a process is new, or has another number of descriptors or another name than when it was walked. */
  #changed(pid: number): boolean {
    const entry = this.#processes.get(pid)
    if (entry === undefined) return true
    const directory = this.#path(pid, 'fd')
    const descriptors = visible(() => statSync(directory).size)
    if (descriptors !== entry.descriptors) return true
    if (entry.inodes.length === 0) return false
    const names = this.#names(pid)
    return names?.command !== entry.names.command || names.program !== entry.names.program
  }

  #names(pid: number): ProcessNames | undefined {
    const comm = visible(() => readFileSync(this.#path(pid, 'comm'), 'utf8'))
    if (comm === undefined) return undefined
    const line = visible(() => readFileSync(this.#path(pid, 'cmdline'), 'utf8'))
    return { command: comm.replace(/\n$/, ''), program: programOf(line ?? '') }
  }

  #path(pid: number, name: string): string {
    return join(this.#root, String(pid), name)
  }

  #walk(pid: number): void {
    const began = this.#now()
    this.#forget(pid)
    const listed = this.#descriptors(this.#path(pid, 'fd'))
    if (listed === undefined) return
    const found = listed.count === 0 && listed.fds.length === 0 ? (this.#ofAnotherThread(pid) ?? listed) : listed
    const names = this.#names(pid)
    if (names === undefined) return
    const { command, program } = names
    for (const [i, inode] of found.inodes.entries())
      this.#own(inode, { pid, command, program, fd: found.fds[i] as number })
    const over = this.#now()
    const restUntil = over + (over - began) * REST
    this.#processes.set(pid, { names, descriptors: found.count, inodes: found.inodes, restUntil })
  }

  /** Add an owner in its place: by pid, and within a process by descriptor. Node lists directories by the alphabet. */
  #own(inode: number, owner: SocketOwner): void {
    const owners = this.#owners.get(inode)
    if (owners === undefined) {
      this.#owners.set(inode, [owner])
      return
    }
    const after = owners.findIndex(({ pid, fd }) => pid > owner.pid || (pid === owner.pid && fd > owner.fd))
    owners.splice(after < 0 ? owners.length : after, 0, owner)
  }

  /** A process whose first thread has ended shows no descriptors of itself: those that go on have them. */
  #ofAnotherThread(pid: number): DescriptorList | undefined {
    const threads = visible(() => readdirSync(this.#path(pid, 'task'))) ?? []
    const other = threads.find((name) => Number(name) !== pid)
    return other === undefined ? undefined : this.#descriptors(join(this.#path(pid, 'task'), other, 'fd'))
  }

  /** The descriptors of a process: undefined when it is gone or forbids to look, which is counted. */
  #descriptors(directory: string): DescriptorList | undefined {
    try {
      const list = this.readBy(directory)
      if (!list.isForbidden) return list
      this.#hidden++
    } catch (error) {
      const code = errorCode(error) ?? ''
      if (FORBIDDEN.has(code)) this.#hidden++
      else if (!GONE.has(code)) throw error
    }
    return undefined
  }
}

/** argv[0] of a command line; of an absolute path the part behind the last slash, as netstat prints it. */
function programOf(commandLine: string): string | undefined {
  const [first = ''] = commandLine.split('\0', 1)
  if (first === '') return undefined
  return first.startsWith('/') ? first.slice(first.lastIndexOf('/') + 1) : first
}

const NOBODY: readonly SocketOwner[] = []

function inInitialPidNamespace(root: string): boolean {
  return visible(() => readlinkSync(join(root, 'self', 'ns', 'pid'))) === INITIAL_PID_NAMESPACE
}

/** The options of proc(5) with which other users' processes are not even listed: `hidepid=2`, or by name on newer kernels. */
const HIDING = /(?:^|,)hidepid=(?:2|4|invisible|ptraceable)(?:,|$)/

function isMountedHidingProcesses(root: string): boolean {
  const mounts = visible(() => readFileSync(join(root, 'self', 'mounts'), 'utf8')) ?? ''
  // Of several mounts on one place the last one is seen.
  const options = mounts.split('\n').findLast((line) => line.split(' ', 3).slice(1).join(' ') === `${root} proc`)
  return HIDING.test(options?.split(' ')[3] ?? '')
}
