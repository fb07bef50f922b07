/** What is wrong, from look to look: as it begins, shifts and ends, for people and for programs. */
import type { Changes, Finding, ReportedFinding } from '../doctor/index.ts'
import type { HostObservation } from '../host/index.ts'
import { wrap } from './text.ts'

type Doctor = typeof import('../doctor/index.ts')

/** One thing that is new about a finding. */
export interface Change {
  readonly event: 'began' | 'shifted' | 'ended'
  /** When the look was that told, ms since 1970. */
  readonly now: number
  /** From the look that first had it to the first that had it no more, or to now. */
  readonly lastedMs: number
  readonly finding: Finding
  readonly report: ReportedFinding
  /** Its severity, as people read it. */
  readonly word: string
}

/** Keeps what the last look found. */
export class FindingLog {
  readonly #doctor: Doctor
  #changes: Changes
  /** When each current finding was first seen, and when a look did not show it, ms since 1970. */
  readonly #seen = new Map<string, { readonly first: number; readonly missed: number | undefined }>()

  constructor(doctor: Doctor) {
    this.#doctor = doctor
    this.#changes = doctor.NO_CHANGES
  }

  /** What is wrong now; a finding that one look alone did not show is among it. */
  get current(): readonly Finding[] {
    return this.#changes.current
  }

  /**
   * One more look: what it changes, ends first.
   * @param now ms since 1970
   */
  take(found: readonly Finding[], observation: HostObservation, now: number): Change[] {
    const { changesBetween, reportOf, severityWord, unjudged } = this.#doctor
    this.#changes = changesBetween(this.#changes, found, unjudged(observation))
    const { began, shifted, ended, current, missed } = this.#changes
    for (const { id } of current) {
      const { first = now, missed: before } = this.#seen.get(id) ?? {}
      this.#seen.set(id, { first, missed: missed.has(id) ? (before ?? now) : undefined })
    }
    const change = (event: Change['event'], finding: Finding): Change[] => {
      const { first = now, missed: until = now } = this.#seen.get(finding.id) ?? {}
      return reportOf([finding], observation).findings.map((report) => ({
        ...{ event, now, lastedMs: until - first, finding, report, word: severityWord(finding.severity) },
      }))
    }
    const changes = [
      ...ended.flatMap((finding) => change('ended', finding)),
      ...began.flatMap((finding) => change('began', finding)),
      ...shifted.flatMap((finding) => change('shifted', finding)),
    ]
    for (const { id } of ended) this.#seen.delete(id)
    return changes
  }
}

/** A change as one line of JSON. */
export function changeJson({ event, now, lastedMs, report }: Change): string {
  return `${JSON.stringify({ event, at: new Date(now).toISOString(), lastedSeconds: lastedMs / 1000, finding: report })}\n`
}

/** `2026-11-20 09:14:03  WARNING: …`, and the id below it. */
export function changeLine(change: Change, width: number): string {
  const indent = ' '.repeat(21)
  const text = wrap(changeText(change), Math.max(width, 60), indent)
  return `${localTime(change.now)}  ${text.slice(indent.length)}\n${indent}${change.finding.id}\n`
}

/** `ended after 12 s: python3 (pid 77) leaks …`. */
export function changeText({ event, lastedMs, finding, word }: Change): string {
  const what = { began: word, shifted: `now ${word}`, ended: `ended after ${Math.round(lastedMs / 1000)} s` }[event]
  return `${what}: ${finding.title}`
}

/** `2026-11-20 09:14:03`, by the clock on this machine's wall. */
export function localTime(ms: number): string {
  const date = new Date(ms)
  return new Date(ms - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ')
}
