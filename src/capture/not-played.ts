import { counted } from '../base/index.ts'
import type { ReplayedCapture } from './replay.ts'

/** What of a capture was not played, or not as it was, and why: a line for each. */
export function notPlayed({ counts, unknownLinks }: ReplayedCapture): string[] {
  const lines: [number, string][] = [
    [counts.badChecksums, 'with a wrong checksum, not played'],
    [counts.malformed, 'malformed, or cut before the end of the TCP header'],
    [counts.fragments, 'that are IP fragments, not put together'],
    [counts.copies, 'captured more than once, played once'],
    [counts.earlier, 'earlier than one before: played as the file has them; reordercap puts them in order'],
    [counts.timeless, 'without a time'],
    ...Object.entries(unknownLinks).map(([type, count]): [number, string] => [count, `of link type ${type}, not read`]),
  ]
  return lines.filter(([count]) => count > 0).map(([count, what]) => `${counted(count, 'packet')} ${what}`)
}
