import type { SeenMessage } from 'lastack/host'
import type { RowState } from 'lastack/inspect'
import { stateName } from 'lastack/tcp'
import type { RowItem } from '../view.ts'

/** A stay in a state. */
export interface Stay {
  readonly state: RowState
  /** ms since 1970; null: it began before anybody looked. */
  readonly from: number | null
  /** ms since 1970; for the state that it is in: now. */
  readonly to: number
  /** False: its beginning or its end was only noticed at a reading. */
  readonly exact: boolean
  readonly isNow: boolean
}

/** By the kernel's word, to the microsecond; `null`: it has not told, or not to the end. */
function toldStays(seen: SeenMessage | null, now: number, state: RowState | null): Stay[] | null {
  const moves = seen?.ends[0].moves ?? []
  const [first, last] = [moves[0], moves.at(-1)]
  if (seen === null || first === undefined || last === undefined) return null
  if (state !== null && stateName(last.to) !== state) return null
  const at = (time: number): number => seen.since + time / 1_000
  const before: Stay[] =
    stateName(first.from) === 'CLOSED' || stateName(first.from) === 'LISTEN'
      ? []
      : [{ state: stateName(first.from), from: null, to: at(first.time), exact: true, isNow: false }]
  const stays = moves.map((move, i): Stay => {
    const next = moves[i + 1]
    return {
      state: stateName(move.to),
      from: at(move.time),
      to: next === undefined ? now : at(next.time),
      exact: true,
      isNow: next === undefined,
    }
  })
  return [...before, ...stays.filter((stay) => stay.state !== 'CLOSED')]
}

/** By the readings of the page, to the second. */
function readStays(item: RowItem, now: number, gone: boolean): Stay[] {
  const all = [...(item.past ?? []), { state: item.row.state, since: item.since, sinceExact: item.sinceExact }]
  return all.map(({ state, since, sinceExact }, i) => {
    const next = all[i + 1]
    const isNow = next === undefined && !gone
    return { state, from: sinceExact ? since : null, to: next?.since ?? now, exact: false, isNow }
  })
}

/** The states of a connection in their order, by the best that is known of them. */
export function staysOf(item: RowItem | null, seen: SeenMessage | null, now: number, gone: boolean): readonly Stay[] {
  const told = toldStays(seen, now, gone ? null : (item?.row.state ?? null))
  if (told !== null) return told
  return item === null ? [] : readStays(item, now, gone)
}
