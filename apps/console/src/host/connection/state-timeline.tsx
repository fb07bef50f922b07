import type { VNode } from 'preact'
import { formatAge, formatMs } from '../../ui/format.ts'
import { StateName } from '../../ui/state-mark.tsx'
import type { Stay } from './stays.ts'

function durationOf({ from, to, exact, isNow }: Stay, firstSeen: number): string {
  const ms = Math.max(0, to - (from ?? firstSeen))
  const text = exact && ms < 10_000 && !isNow ? formatMs(ms) : formatAge(ms)
  return from === null ? `at least ${text}` : `${exact || isNow ? '' : 'about '}${text}`
}

/** Of a fraction of a millisecond and of an hour both can be read: the width grows with the logarithm. */
function weightOf({ from, to }: Stay, firstSeen: number): number {
  return 1 + Math.log10(1 + Math.max(0, to - (from ?? firstSeen)))
}

/** The states of a connection as blocks on a line, each with its duration. */
export function StateTimeline({
  stays,
  firstSeen,
}: {
  readonly stays: readonly Stay[]
  readonly firstSeen: number
}): VNode {
  return (
    <ol class="timeline" aria-label="States, one after the other">
      {stays.map((stay, index) => (
        <li
          key={`${index} ${stay.state}`}
          class="stay"
          data-state={stay.state}
          data-now={stay.isNow}
          style={{ flexGrow: weightOf(stay, firstSeen) }}
        >
          <StateName state={stay.state} />
          <span class="stay-duration">
            {durationOf(stay, firstSeen)}
            {stay.isNow && ' so far'}
          </span>
        </li>
      ))}
    </ol>
  )
}
