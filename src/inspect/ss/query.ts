import type { RowNeeds } from '../needs.ts'
import type { NetId } from '../socket-row.ts'
import type { Filter } from './filter.ts'
import type { StateMask } from './states.ts'

/** What a command line of ss asks for. */
export interface SsQuery {
  /** `help` and `version` ask for nothing else. */
  readonly action: 'show' | 'help' | 'version'
  /** `-s`: print the summary, before the rows if there are to be any. */
  readonly summary: boolean
  /** False for `-s` alone. */
  readonly list: boolean
  readonly netids: readonly NetId[]
  /** 0 stands for unix sockets. */
  readonly families: readonly (4 | 6 | 0)[]
  readonly states: StateMask
  readonly filter: Filter | undefined
  /** Sentences for stderr about what was asked and is left out, such as tables of sockets that are not offered. */
  readonly notices: readonly string[]
  /** What to read from the source: hand it to the host or the stack. */
  readonly needs: RowNeeds
  readonly print: SsPrinting
}

/** Which columns and words to print. */
export interface SsPrinting {
  readonly header: boolean
  /** The Netid column: shown unless one kind of socket was asked for. */
  readonly netid: boolean
  /** The State column: shown unless one state was asked for. */
  readonly state: boolean
  /** `-n`: ports as numbers, rates in plain bits per second. */
  readonly numeric: boolean
  /** `-o` */
  readonly timers: boolean
  /** `-e` */
  readonly details: boolean
  /** `-m` */
  readonly memory: boolean
  /** `-i` */
  readonly info: boolean
  /** `-p` */
  readonly owners: boolean
  /** `--cgroup` */
  readonly cgroup: boolean
  /** `-O`: no line breaks within a socket. */
  readonly oneLine: boolean
}
