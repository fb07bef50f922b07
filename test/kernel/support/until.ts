import { setTimeout as sleep } from 'node:timers/promises'
import { PATIENCE_MS } from '../../support/bounded.ts'

export { BOUNDED } from '../../support/bounded.ts'

/** What `look` gives once it gives anything but undefined and false; an error that names what was waited for when that is never. */
export async function until<T>(what: string, look: () => T | false | undefined, everyMs = 50): Promise<T> {
  for (const end = performance.now() + PATIENCE_MS; ; await sleep(everyMs)) {
    const seen = look()
    if (seen !== false && seen !== undefined) return seen
    if (performance.now() > end) throw new Error(`${what}: not within ${PATIENCE_MS} ms`)
  }
}
