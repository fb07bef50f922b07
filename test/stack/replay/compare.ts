/** Compares what the stack answered with what the kernel did. */
import type { Settings, TruthCase } from '../../kernel/truth/table.ts'
import { Replay } from './replay.ts'
import { Inexpressible, type Result } from './sockets.ts'

/**
 * The kernel's timers fire late, by up to an eighth of their length; ours are exact, so that a time may be as much earlier.
 * It may never be later than the kernel's, but for the unit to which both are rounded.
 */
const EARLIER = 1 / 8

/** One case's outcome: `got` is as long as what the kernel answered, unless a step could not be made. */
export interface Outcome {
  readonly got: readonly Result[]
  readonly agrees: boolean
}

/**
 * Replays one case on a new host.
 * @throws {Error} when a step cannot be read, or the stack breaks: neither is an answer.
 */
export function replay(one: TruthCase, settings: Settings): Outcome {
  const got: Result[] = []
  try {
    const run = new Replay(one.family, settings)
    for (const step of one.given) run.step(step)
    for (const step of one.calls) got.push(run.step(step))
  } catch (error) {
    if (!(error instanceof Inexpressible)) throw new Error(`in ${one.name}`, { cause: error })
    got.push(`cannot be said here: ${error.message}`)
  }
  return { got, agrees: agrees(one, got) }
}

/** Whether answers are the kernel's, times within what exact timers may differ by. */
export function agrees(one: Pick<TruthCase, 'calls' | 'expect' | 'unitMs'>, got: readonly Result[]): boolean {
  return got.length === one.expect.length && got.every((result, i) => same(one, i, result))
}

function same(one: Pick<TruthCase, 'calls' | 'expect' | 'unitMs'>, i: number, got: Result): boolean {
  const expected = one.expect[i]
  if (expected === got) return true
  const { unitMs } = one
  const verb = one.calls[i]?.split(' ')[1]
  if (unitMs === undefined || expected === undefined) return false
  if (verb === 'until') return sameTime(expected, got, unitMs)
  return (verb === 'times' || verb === 'sent') && sameTimes(String(expected), String(got), unitMs)
}

/** `0 SYN; 1000 SYN`: the same segments, each at the same time. */
function sameTimes(expected: string, got: string, unitMs: number): boolean {
  const wanted = expected.split('; ').map(split)
  const found = got.split('; ').map(split)
  return (
    wanted.length === found.length &&
    wanted.every(([time, what], i) => {
      const [foundTime = '', foundWhat] = found[i] ?? []
      return what === foundWhat && sameTime(Number(time), Number(foundTime), unitMs)
    })
  )
}

function split(moment: string): [time: string, what: string] {
  const at = moment.indexOf(' ')
  return [moment.slice(0, at), moment.slice(at + 1)]
}

function sameTime(expected: Result, got: Result, unitMs: number): boolean {
  if (typeof expected !== 'number' || typeof got !== 'number') return false
  return got >= expected * (1 - EARLIER) - unitMs && got <= expected + unitMs
}
