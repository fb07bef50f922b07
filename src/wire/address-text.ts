/** Dotted quad and RFC 5952, as words in and out. */

/** The 32 bits of a dotted quad; undefined if it is none. A leading zero is refused: half the world reads octal there. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let word = 0
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part)) return undefined
    const octet = Number(part)
    if (octet > 255) return undefined
    word = (word << 8) | octet
  }
  return word
}

/** The four words of an IPv6 address in any form of RFC 4291 §2.2; undefined if it is none. Zones are not addresses. */
export function parseIpv6(text: string): number[] | undefined {
  const gap = text.indexOf('::')
  let groups: number[] | undefined
  if (gap < 0) {
    groups = parseGroups(text, true)
  } else {
    const head = gap === 0 ? [] : parseGroups(text.slice(0, gap), false)
    const rest = text.slice(gap + 2)
    const tail = rest === '' ? [] : parseGroups(rest, true)
    if (head === undefined || tail === undefined) return undefined
    const missing = 8 - head.length - tail.length
    // "::" stands for at least one group of zeros.
    if (missing < 1) return undefined
    groups = [...head, ...new Array<number>(missing).fill(0), ...tail]
  }
  if (groups?.length !== 8) return undefined
  return [0, 2, 4, 6].map((i) => ((groups[i] as number) << 16) | (groups[i + 1] as number))
}

/** Colon-separated 16-bit groups; the last two may be a dotted quad if `quad`. */
function parseGroups(text: string, quad: boolean): number[] | undefined {
  const groups: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (quad && i === parts.length - 1 && part.includes('.')) {
      const word = parseIpv4(part)
      if (word === undefined) return undefined
      groups.push(word >>> 16, word & 0xffff)
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined
      groups.push(Number.parseInt(part, 16))
    }
  }
  return groups
}

/** Dotted quad. */
export function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`
}

/** RFC 5952: lower case, no leading zeros, the first longest run of zero groups as "::", mapped IPv4 as a quad (§5). */
export function formatIpv6(w0: number, w1: number, w2: number, w3: number): string {
  if ((w0 | w1) === 0 && w2 === 0xffff) return `::ffff:${formatIpv4(w3)}`
  const groups = [w0, w1, w2, w3].flatMap((w) => [w >>> 16, w & 0xffff])
  const run = longestZeroRun(groups)
  const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(':')
  // §4.2.2: a single zero group is not shortened.
  if (run.length < 2) return hex(groups)
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let start = 0
  for (let i = 0; i <= groups.length; i++) {
    if (groups[i] === 0) continue
    if (i - start > best.length) best = { start, length: i - start }
    start = i + 1
  }
  return best
}
