import type { Finding } from '../../doctor/index.ts'
import type { CountMessage } from './protocol.ts'

/** Samples kept of a finding; when they are too many every second goes, so that the whole span stays in sight. */
const SAMPLES_MAX = 120

/** How the findings' counts go from reading to reading. What has ended is forgotten. */
export class FindingCounts {
  #samples = new Map<string, readonly CountMessage[]>()

  /**
   * Takes in the findings of a reading.
   * @param now ms since 1970
   */
  take(findings: readonly Finding[], now: number): void {
    const next = new Map<string, readonly CountMessage[]>()
    for (const { id, evidence } of findings) {
      const count = evidence[0]?.value
      if (typeof count !== 'number') continue
      const before = this.#samples.get(id) ?? []
      const kept = before.length < SAMPLES_MAX ? before : before.filter((_, i) => i % 2 === 0)
      next.set(id, [...kept, { at: now, count }])
    }
    this.#samples = next
  }

  /** The samples of one finding, oldest first. */
  of(id: string): readonly CountMessage[] {
    return this.#samples.get(id) ?? []
  }
}
