/** What /proc tells of a process, for the processes that are asked for and no others. */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import type { ProcessFacts } from '../../doctor/index.ts'
import { visible } from '../proc/visible.ts'
import { runnerOf } from './cgroup.ts'
import { namespaceInode } from './namespace-inode.ts'
import { parseStat, startedAt, startedSinceBoot } from './start-time.ts'
import { userNames } from './users.ts'

/** A process, with what the doctor does not need but people do. */
export interface ProcessDetails extends ProcessFacts {
  /** argv, its words divided by spaces; empty for a kernel thread. */
  readonly commandLine: string
  /** Effective user. */
  readonly uid?: number | undefined
  /** ms since boot. */
  readonly startedMs: number
  /** ms since 1970; undefined when /proc/stat is not visible. */
  readonly startedAt?: number | undefined
  /** The inode of its network namespace; undefined when this user may not see it. */
  readonly netns?: number | undefined
}

/** What does not change while a process lives, but for exec(). */
type Lasting = Omit<ProcessDetails, 'fdCount' | 'fdLimit'>

/** Longest command line kept, characters. */
const COMMAND_LINE_MAX = 4096

/**
 * Processes by pid, remembered from look to look: what lasts is read once, the descriptor count each time. A pid that was given
 * to another process is told by its start time.
 */
export class ProcessTable {
  readonly #root: string
  readonly #known = new Map<number, Lasting>()
  readonly #userName: (uid: number) => string | undefined

  /**
   * @param root where proc is mounted
   * @param userName the name of a user
   */
  constructor(root: string = '/proc', userName: (uid: number) => string | undefined = userNames()) {
    this.#root = root
    this.#userName = userName
  }

  /** Those of the pids that are there and visible, ascending. Everything known of others is forgotten. */
  look(pids: Iterable<number>): ProcessDetails[] {
    const wanted = new Set(pids)
    for (const pid of this.#known.keys()) if (!wanted.has(pid)) this.#known.delete(pid)
    return [...wanted].sort((a, b) => a - b).flatMap((pid) => this.#details(pid) ?? [])
  }

  #details(pid: number): ProcessDetails | undefined {
    const before = this.#stat(pid)
    if (before === undefined) return undefined
    let lasting = this.#known.get(pid)
    if (lasting?.startTime !== before.startTime || lasting.command !== before.command) {
      lasting = this.#lasting(pid, before)
      this.#known.set(pid, lasting)
    }
    const [fdCount, fdLimit] = [this.#descriptors(pid), this.#limit(pid)]
    // The pid may have passed to another process between two of these readings: then nothing of it is to be believed.
    if (this.#stat(pid)?.startTime !== before.startTime) {
      this.#known.delete(pid)
      return undefined
    }
    return { ...lasting, fdCount, fdLimit }
  }

  #stat(pid: number): { command: string; startTime: number } | undefined {
    const text = this.#text(pid, 'stat')
    return text === undefined ? undefined : parseStat(text)
  }

  #lasting(pid: number, { command, startTime }: { command: string; startTime: number }): Lasting {
    const uid = effectiveUid(this.#text(pid, 'status') ?? '')
    const commandLine = (this.#text(pid, 'cmdline') ?? '').replace(/\0+$/, '').replaceAll('\0', ' ')
    return {
      pid,
      command,
      commandLine: commandLine.slice(0, COMMAND_LINE_MAX),
      uid,
      user: uid === undefined ? undefined : (this.#userName(uid) ?? String(uid)),
      ...runnerOf(this.#text(pid, 'cgroup') ?? ''),
      cwd: this.#link(pid, 'cwd'),
      executable: this.#link(pid, 'exe'),
      startTime,
      startedMs: startedSinceBoot(startTime),
      startedAt: startedAt(startTime, visible(() => readFileSync(`${this.#root}/stat`, 'utf8')) ?? ''),
      netns: namespaceInode(this.#link(pid, 'ns/net')),
    }
  }

  /** Since Linux 6.2 the size of the directory is the count; before, it is 0. */
  #descriptors(pid: number): number | undefined {
    const directory = this.#path(pid, 'fd')
    return visible(() => statSync(directory).size || readdirSync(directory).length)
  }

  #limit(pid: number): number | undefined {
    const soft = /^Max open files\s+(\d+|unlimited)/m.exec(this.#text(pid, 'limits') ?? '')?.[1]
    return soft === undefined || soft === 'unlimited' ? undefined : Number(soft)
  }

  #text(pid: number, name: string): string | undefined {
    return visible(() => readFileSync(this.#path(pid, name), 'utf8'))
  }

  #link(pid: number, name: string): string | undefined {
    return visible(() => readlinkSync(this.#path(pid, name)))
  }

  #path(pid: number, name: string): string {
    return `${this.#root}/${pid}/${name}`
  }
}

/** `Uid:` has the real, effective, saved and filesystem user. */
function effectiveUid(status: string): number | undefined {
  const uid = /^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1]
  return uid === undefined ? undefined : Number(uid)
}
