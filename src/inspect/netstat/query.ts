import type { RowNeeds } from '../needs.ts'
import type { NetId } from '../socket-row.ts'

/** What a command line of netstat asks for. */
export interface NetstatQuery {
  readonly action: 'sockets' | 'statistics' | 'help' | 'version'
  /** Which rows: connections (the default), `-l` listeners, `-a` both. */
  readonly which: 'connected' | 'listening' | 'all'
  /** Whether there is a table of TCP and UDP sockets, and one of unix sockets. */
  readonly internet: boolean
  readonly unix: boolean
  readonly netids: readonly NetId[]
  readonly families: readonly (4 | 6)[]
  /** Print numbers where there could be names (`-n` is all three). */
  readonly numericHosts: boolean
  readonly numericPorts: boolean
  readonly numericUsers: boolean
  /** `-e`: user and inode. */
  readonly extend: boolean
  /** `-p` */
  readonly programs: boolean
  /** `-o` */
  readonly timers: boolean
  /** `-W`: addresses in full. */
  readonly wide: boolean
  /** `-c`: print again each second until interrupted. */
  readonly continuous: boolean
  /** For `-s`: which counters. */
  readonly statistics: StatisticsSelection
  /** What to read from the source. */
  readonly needs: RowNeeds
}

/** Which of the groups of counters `-s` prints. Groups that net-tools has no table for are always printed. */
export interface StatisticsSelection {
  /** 6 prints the counters of IPv6, and TCP's, which are common to both. */
  readonly family: 4 | 6
  readonly tcp: boolean
  readonly udp: boolean
  /** `-w`: IP and ICMP. */
  readonly raw: boolean
}
