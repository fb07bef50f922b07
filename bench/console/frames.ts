import type { Browser, Page } from 'playwright-core'

/** An event of Chromium's trace; times are µs. */
interface TraceRecord {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  readonly ts: number
  readonly dur?: number
  /** Of that what the thread was running. */
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

const CATEGORIES = ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'blink', 'toplevel', '__metadata']
/** The end of a frame: style, layout and painting are done here. */
const FRAME = 'WebFrameWidgetImpl::UpdateLifecycle'
/** Script, style and layout. An event inside another of these is not counted again. */
const WORK: ReadonlySet<string> = new Set([
  'FunctionCall',
  'EvaluateScript',
  'HandlePostMessage',
  'TimerFire',
  'FireAnimationFrame',
  'EventDispatch',
  'RunMicrotasks',
  'MinorGC',
  'MajorGC',
  'UpdateLayoutTree',
  'Layout',
])

/** What the page's thread ran of script, style and layout for each frame, ms of its own time, while some work is done. */
export async function frameCosts(browser: Browser, page: Page, work: () => Promise<void>): Promise<number[]> {
  await browser.startTracing(page, { categories: CATEGORIES })
  await work()
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceRecord[] }
  return costsOf(traceEvents)
}

function costsOf(events: readonly TraceRecord[]): number[] {
  const main = mainThread(events)
  const mine = events.filter(({ tid, pid, ph }) => tid === main?.tid && pid === main.pid && ph === 'X')
  const ends = mine.filter(({ name }) => name === FRAME).map(({ ts, dur = 0 }) => ts + dur)
  ends.sort((a, b) => a - b)
  const costs = ends.map(() => 0)
  let [frame, busyUntil] = [0, 0]
  for (const { ts, dur = 0, tdur } of mine.filter(({ name }) => WORK.has(name)).sort((a, b) => a.ts - b.ts)) {
    if (ts < busyUntil) continue
    busyUntil = ts + dur
    while (frame < ends.length && (ends[frame] as number) < ts) frame++
    if (frame < ends.length) costs[frame] = (costs[frame] ?? 0) + (tdur ?? dur) / 1000
  }
  return costs
}

/** The thread of the page: of all renderers' main threads the busiest. */
function mainThread(events: readonly TraceRecord[]): TraceRecord | undefined {
  const counts = new Map<string, number>()
  const nameOf = ({ pid, tid }: TraceRecord): string => `${pid} ${tid}`
  for (const event of events) counts.set(nameOf(event), (counts.get(nameOf(event)) ?? 0) + 1)
  const mains = events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
  return mains.sort((a, b) => (counts.get(nameOf(b)) ?? 0) - (counts.get(nameOf(a)) ?? 0))[0]
}
