import type { Micros } from '../../base/index.ts'
import type { Host } from '../../stack/index.ts'

/** What shell commands act on. */
export interface ShellWorld {
  readonly host: Host
  /** Lets time pass. */
  sleep(us: Micros): void
  /** A connection is aborted, as an administrator would; false when there is none. */
  drop(local: string, localPort: number, remote: string, remotePort: number): boolean
  /** The text of a file relative to the script; undefined when there is none. */
  readFile(path: string): string | undefined
  /** Hears of what a command asked for in vain where the script goes on behind it. */
  tell(line: string): void
}
