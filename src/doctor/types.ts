import type { Micros } from '../base/index.ts'
import type { SocketRow, StateMask } from '../inspect/index.ts'

/** What the doctor is given and what it says. Nothing here is specific to one source: a real host and a simulated one fill it alike. */

/**
 * One look at a host. Everything but the rows may be empty where it is not known; a rule then says less, never something wrong.
 */
export interface Observation {
  /** When it was taken, on a clock that never goes back; only differences between looks count. */
  readonly at: Micros
  /** The sockets. Rows that are neither TCP nor multipath TCP in CLOSE-WAIT are not looked at. */
  readonly rows: readonly SocketRow[]
  /** The states that were asked for, as inspect's `stateBit` numbers them: a state outside may exist unseen. */
  readonly states: StateMask
  /** True where processes that hold none of these sockets were not looked at, nor descriptors of connections that are over. */
  readonly partial?: boolean | undefined
  /** Counters by group and name, with the kernel's spelling: `Tcp`, `TcpExt` and sockstat's `TCP`. */
  readonly counters: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Values as sysctl(8) prints them, by full name: `net.ipv4.tcp_fin_timeout`. */
  readonly sysctls: Readonly<Record<string, string>>
  /** What is known of the processes that hold sockets. */
  readonly processes: readonly ProcessFacts[]
  /** Descriptors of TCP sockets that are in no table any more. */
  readonly deadDescriptors: readonly DeadDescriptor[]
  /** Sentences: what this look could not see, and why. */
  readonly lacks: readonly string[]
}

/** A process that holds sockets. */
export interface ProcessFacts {
  readonly pid: number
  /** The kernel's name of it (`comm`). */
  readonly command: string
  /** The user's name, or the number where it has none. */
  readonly user?: string | undefined
  /** The systemd unit that it runs in: `nginx.service`. */
  readonly unit?: string | undefined
  /** The container that it runs in, by the name or identity that its runtime knows. */
  readonly container?: string | undefined
  readonly cwd?: string | undefined
  readonly executable?: string | undefined
  /** When it started, as /proc/PID/stat has it (clock ticks since boot): pid and this together name a process for good. */
  readonly startTime?: number | undefined
  /** Open descriptors now. */
  readonly fdCount?: number | undefined
  /** RLIMIT_NOFILE, soft. */
  readonly fdLimit?: number | undefined
}

/** A descriptor whose TCP socket no dump holds. */
export interface DeadDescriptor {
  readonly pid: number
  readonly fd: number
  readonly inode?: number | undefined
}

/**
 * How bad it is. `critical` loses connections now or within the hour; a `warning` will. `info` is a note: nothing is wrong yet or by
 * itself, but it explains what an operator may be looking for, such as why bind() fails.
 */
export type Severity = 'info' | 'warning' | 'critical'

/** One thing that is wrong, with what shows it and what ends it. */
export interface Finding {
  /** The same at every look while the fault is the same; it can be typed: `close-wait-server/python3/8080`. */
  readonly id: string
  /** The rule that found it. */
  readonly rule: string
  /** One line, with the numbers that matter. */
  readonly title: string
  readonly severity: Severity
  readonly evidence: readonly Evidence[]
  readonly owner: FindingOwner
  /** Since when; undefined where nothing tells. */
  readonly since?: Since | undefined
  /** Change of the finding's count per minute; undefined before there are two looks. */
  readonly growthPerMinute?: number | undefined
  /** What it is, why it is so, what follows from it. */
  readonly explanation: Explanation
  /** Gentlest first. */
  readonly remedies: readonly Remedy[]
  /** The claim that it is commonly mistaken for, by the id that `lastack claims` knows. */
  readonly myth?: string | undefined
  /** Cookies of the sockets concerned, where the source has cookies. */
  readonly cookies: readonly bigint[]
}

/** Three sentences. */
export type Explanation = readonly [what: string, why: string, consequence: string]

/** A number or a word that shows the fault. */
export interface Evidence {
  readonly name: string
  readonly value: number | string
  /** `sockets`, `s`, `octets`, …; empty for a word or a bare number. */
  readonly unit: string
}

/** Who has it in hand. */
export type FindingOwner =
  | {
      readonly kind: 'processes'
      /** Never empty; the one with the most of it first. */
      readonly processes: readonly ProcessFacts[]
    }
  | { readonly kind: 'nobody'; readonly reason: 'not-accepted' | 'orphan' | 'kernel' | 'time-wait' }
  /** Somebody, whom this look could not see. */
  | { readonly kind: 'unknown' }
  /** The host's settings or its memory, no process. */
  | { readonly kind: 'host' }

/** A time on the observation's clock. */
export interface Since {
  readonly at: Micros
  /** `exact`: to within one look. `bound`: then at the latest, it may be older. */
  readonly precision: 'exact' | 'bound'
}

/** How much a remedy breaks, from nothing to everything that the process does. */
export type Gentleness = 'code' | 'setting' | 'shutdown' | 'destroy' | 'restart' | 'kill'

/** One way out. */
export interface Remedy {
  readonly title: string
  /** To be typed as they stand, in this order; none where only code can be changed. */
  readonly commands: readonly string[]
  /** What it breaks, loses or leaves. */
  readonly cost: string
  readonly gentleness: Gentleness
}
