/** Numbers and names as a sentence has them. */
import { formatDuration, type Micros, SECOND } from '../base/index.ts'

/** A share as a whole number of percent. */
export function percent(share: number): number {
  return Math.round(share * 100)
}

/** A length of time in words, to the second where it is longer than that. */
export function lasting(us: Micros): string {
  return formatDuration(us > SECOND ? Math.round(us / SECOND) * SECOND : us)
}

/** A part of a finding's id: without blanks and slashes, so that it can be typed and taken apart. */
export function idPart(word: string): string {
  const kept = word.replace(/[^\w.:@[\]-]+/g, '_')
  return kept === '' ? '_' : kept
}
