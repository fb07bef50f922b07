import type { FindingMessage } from 'lastack/host'
import { formatAge, formatCount } from '../ui/format.ts'

/** Who has a finding in hand: `python3 (pid 4242)`. */
export function findingOwner({ owner }: FindingMessage): string {
  if (owner.kind === 'processes') {
    const [first, ...others] = owner.processes
    if (first === undefined) return 'a process'
    return others.length === 0
      ? `${first.command} (pid ${first.pid})`
      : `${first.command} (${others.length + 1} processes)`
  }
  if (owner.kind === 'host') return 'this host'
  if (owner.kind === 'unknown') return 'a process not visible from here'
  return { 'not-accepted': 'nobody yet', orphan: 'no process', kernel: 'the kernel', 'time-wait': 'no process' }[
    owner.reason
  ]
}

/** Since when: exact, or at least. */
export function findingSince({ since }: FindingMessage): string {
  if (since === null) return 'not known since when'
  const age = formatAge(since.secondsAgo * 1_000)
  return since.precision === 'exact' ? `since ${age} ago` : `since at least ${age} ago`
}

/** How fast: `+12 a minute`; empty before two looks tell. */
export function findingGrowth({ growthPerMinute: growth }: FindingMessage): string {
  if (growth === null) return ''
  const rounded = Math.abs(growth) < 10 ? Math.round(growth * 10) / 10 : Math.round(growth)
  if (rounded === 0) return 'steady'
  return `${rounded > 0 ? '+' : '−'}${formatCount(Math.abs(rounded))} a minute`
}
