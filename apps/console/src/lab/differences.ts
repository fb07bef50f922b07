import { formatDuration, type Micros } from 'lastack/base'
import { type StateDuration, stateDurations } from 'lastack/inspect'
import type { RunVerdict } from 'lastack/sim'
import { stateName } from 'lastack/tcp'
import type { TraceEvent } from 'lastack/trace'
import { formatTime } from '../ui/format.ts'

/** A run, as far as it is compared. */
export interface Compared {
  readonly events: readonly TraceEvent[]
  /** Names of the hosts, by their numbers in the events. */
  readonly hosts: readonly string[]
  readonly verdict: RunVerdict
}

/** Something that two runs do differently, in words: what it is of, and how it is in each. */
export interface Difference {
  readonly what: string
  readonly first: string
  readonly second: string
}

const RST = 4
/** Times that are told one by one. */
const TIMES_MAX = 3

function stayText(stays: readonly StateDuration[]): string {
  const [only] = stays
  if (only === undefined) return 'never'
  const longest = Math.max(...stays.map(({ start, end }) => end - start))
  if (stays.length > 1) return `${stays.length} times, ${formatDuration(longest)} at the longest`
  const from = `from ${formatTime(only.start)}`
  if (only.isOpen) return `${from}, to the end of the run`
  return only.end === only.start
    ? `${from}, for no time`
    : `${from} to ${formatTime(only.end)}: ${formatDuration(longest)}`
}

function timesText(times: readonly Micros[]): string {
  if (times.length === 0) return 'none'
  const told = times.slice(0, TIMES_MAX).map(formatTime).join(', ')
  const more = times.length - TIMES_MAX
  return `${times.length}: at ${told}${more > 0 ? ` and ${more} times more` : ''}`
}

/** Everything that is compared of one run, in the order in which it is told. */
function tellingsOf({ events, hosts, verdict }: Compared): Map<string, string> {
  const tellings = new Map<string, string>([['The run comes out as', verdict]])
  const end = events.at(-1)?.time ?? 0
  tellings.set('The last thing happens at', formatTime(end))
  const stays = stateDurations(events)
  for (const [host, name] of hosts.entries()) {
    const own = stays.filter((stay) => stay.host === host)
    for (const state of new Set(own.map((stay) => stay.state))) {
      if (stateName(state) === 'CLOSED') continue
      const text = stayText(own.filter((stay) => stay.state === state))
      tellings.set(`${name} in ${stateName(state)}`, text)
    }
    const sent = events.flatMap((event) => {
      return event.kind === 'segment' && event.direction === 'out' && event.host === host ? [event] : []
    })
    const times = (of: (event: (typeof sent)[number]) => boolean): Micros[] => sent.filter(of).map(({ time }) => time)
    tellings.set(`Segments of ${name}`, String(sent.length))
    tellings.set(`RST of ${name}`, timesText(times(({ flags }) => (flags & RST) !== 0)))
    tellings.set(`Sent again by ${name}`, timesText(times(({ retransmission }) => retransmission)))
  }
  return tellings
}

/** What is different in two runs of one scenario: verdict, times in states, resets, retransmissions. */
export function differencesOf(first: Compared, second: Compared): readonly Difference[] {
  const [one, other] = [tellingsOf(first), tellingsOf(second)]
  const names = [...new Set([...one.keys(), ...other.keys()])]
  return names.flatMap((what) => {
    const [a, b] = [one.get(what) ?? 'never', other.get(what) ?? 'never']
    return a === b ? [] : [{ what, first: a, second: b }]
  })
}
