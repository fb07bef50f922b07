import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { endChild, firstOutput } from '../children.ts'

/** The states that crowds are made in. */
export type CrowdState = 'close-wait' | 'established' | 'time-wait'

/** Programs of this folder, which the compiler does not copy. */
export const program = (name: string): string => fileURLToPath(new URL(`../../host/${name}`, import.meta.url))

/**
 * So many sockets in one state, held by several processes in a network namespace that goes with them. They end when `end` is called,
 * and also when this process ends in whatever way: their standard input ends then.
 */
export class Crowd {
  readonly #maker: ChildProcessByStdio<Writable, Readable, null>

  private constructor(maker: ChildProcessByStdio<Writable, Readable, null>) {
    this.#maker = maker
  }

  /** Makes it: 100,000 take some five seconds. */
  static async of(state: CrowdState, count: number): Promise<Crowd> {
    const maker = spawn('unshare', ['--net', 'python3', program('crowd.py'), state, String(count)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await firstOutput(maker)
    return new Crowd(maker)
  }

  /** The command line that runs a command among them. */
  inside(command: readonly string[]): string[] {
    return ['nsenter', `--net=/proc/${this.#maker.pid}/ns/net`, ...command]
  }

  /** How many sockets there are now: those in TIME-WAIT leave of themselves. */
  get size(): number {
    const [, inUse = 0, timeWait = 0] =
      /^TCP: inuse (\d+) orphan \d+ tw (\d+)/m
        .exec(readFileSync(`/proc/${this.#maker.pid}/net/sockstat`, 'utf8'))
        ?.map(Number) ?? []
    return inUse + timeWait
  }

  /** Ends it, and waits until its processes are gone. */
  end(): Promise<void> {
    return endChild(this.#maker, () => this.#maker.stdin.end())
  }
}
