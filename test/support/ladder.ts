import { buildLadder, printLadder } from '../../src/inspect/index.ts'
import type { TraceEvent } from '../../src/trace/index.ts'

/** A run as far as a failing test needs it. */
export interface Drawable {
  readonly seed: number
  readonly stations: readonly { readonly name: string; readonly index: number; readonly kind: 'host' | 'box' }[]
  readonly events: readonly TraceEvent[]
}

/** So many of the last events are drawn: a run that never ends has millions. */
const DRAWN_MOST = 20_000

/** What a failing test says of its run: the seed that repeats it, and the ladder of its first two hosts. */
function ladderOf(run: Drawable, limit = 200): string {
  const names: string[] = []
  for (const station of run.stations) names[station.index] = station.name
  const [left, right] = run.stations.filter((station) => station.kind === 'host').map((station) => station.index)
  const lanes: [number, number] = [left ?? 0, right ?? left ?? 0]
  return `seed ${run.seed}\n${printLadder(buildLadder(run.events.slice(-DRAWN_MOST), { hosts: names, lanes }), { width: 120, limit, raw: false })}`
}

/** Runs a check; if it fails, the error also tells the seed and draws the ladder. */
export function withLadder<T>(run: () => Drawable, check: () => T): T {
  try {
    return check()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new Error(`${message}\n${ladderOf(run())}`, { cause: error })
  }
}
