import type { NetId } from './socket-row.ts'
import type { StateMask } from './ss/states.ts'

/**
 * What a source must read for a query, so that it reads nothing else: the kernel filters by kind, family and state, and the walk
 * over /proc for owners is dear. Rows that the query does not select do no harm: the views filter again.
 */
export interface RowNeeds {
  readonly netids: readonly NetId[]
  /** Address families of the TCP and UDP rows. */
  readonly families: readonly (4 | 6)[]
  readonly states: StateMask
  /** `owners` of every row. */
  readonly owners: boolean
  /** `tcpInfo`, `congestion` and `bbr` of TCP rows. */
  readonly tcpInfo: boolean
  /** `memory`. */
  readonly memory: boolean
  /** `cgroup`. */
  readonly cgroup: boolean
}
