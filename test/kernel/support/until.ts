import { setTimeout as sleep } from 'node:timers/promises'

/** A busy machine takes seconds to start a program, ms. */
const PATIENCE_MS = 100_000

/** For commands that a test waits for while nothing else runs, its own time limit included: one that hangs is killed. */
export const BOUNDED = { timeout: PATIENCE_MS, killSignal: 'SIGKILL' } as const

/** What `look` gives once it gives anything but undefined and false; an error that names what was waited for when that is never. */
export async function until<T>(what: string, look: () => T | false | undefined, everyMs = 50): Promise<T> {
  for (const end = performance.now() + PATIENCE_MS; ; await sleep(everyMs)) {
    const seen = look()
    if (seen !== false && seen !== undefined) return seen
    if (performance.now() > end) throw new Error(`${what}: not within ${PATIENCE_MS} ms`)
  }
}
