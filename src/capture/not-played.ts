import { counted } from '../base/index.ts'
import type { ReplayedCapture } from './replay.ts'

/** What files are often of that this project does not read. */
const OTHER_LINKS: Readonly<Record<string, string>> = {
  105: '802.11',
  119: '802.11',
  127: '802.11',
  163: '802.11',
  187: 'Bluetooth',
  201: 'Bluetooth',
  189: 'USB',
  220: 'USB',
  249: 'USB',
}

/** What of a capture was not played, or not as it was, and why: a line for each. */
export function notPlayed({ counts, unknownLinks }: ReplayedCapture): string[] {
  const lines: [number, string][] = [
    [counts.badChecksums, 'with a wrong checksum, not played'],
    [counts.malformed, 'malformed, or cut before the end of the TCP header'],
    [
      counts.fragments - counts.fragmentsLeft,
      `that are IP fragments: ${counted(counts.reassembled, 'packet')} put together`,
    ],
    [counts.fragmentsLeft, 'that are IP fragments, of which others were not captured, or contradict them'],
    [counts.carried, 'read out of tunnels (IP, GRE, VXLAN, GENEVE)'],
    [counts.copies, 'captured more than once, played once'],
    [counts.earlier, 'earlier than one before: played as the file has them; reordercap puts them in order'],
    [counts.timeless, 'without a time'],
    ...Object.entries(unknownLinks).map(([type, count]): [number, string] => [
      count,
      `of link type ${linkText(type)}, not read`,
    ]),
  ]
  return lines.filter(([count]) => count > 0).map(([count, what]) => `${counted(count, 'packet')} ${what}`)
}

/** Why nothing at all of a capture can be played: all of its packets are of links that are not read. Undefined: something can. */
export function unreadable({ counts, unknownLinks }: ReplayedCapture): string | undefined {
  const links = Object.entries(unknownLinks)
  const unread = links.reduce((sum, [, count]) => sum + count, 0)
  if (unread === 0 || unread < counts.packets) return undefined
  const types = links.map(([type]) => linkText(type)).join(', ')
  return `no packet can be read: ${counted(unread, 'packet')} of link type ${types}`
}

function linkText(type: string): string {
  const name = OTHER_LINKS[type]
  return name === undefined ? type : `${type} (${name})`
}
