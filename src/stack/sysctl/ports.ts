import type { PortRanges } from '../personalities/config.ts'

/** Reads `8080,9148-9150`; undefined when it is none. Ranges come out ascending and joined. */
export function parsePorts(text: string): PortRanges | undefined {
  const ranges: [number, number][] = []
  for (const part of text.trim().split(',')) {
    if (part.trim() === '') continue
    const match = /^\s*([0-9]{1,5})(?:\s*-\s*([0-9]{1,5}))?\s*$/.exec(part)
    if (match === null) return undefined
    const first = Number(match[1])
    const last = Number(match[2] ?? match[1])
    if (last > 65_535 || first > last) return undefined
    ranges.push([first, last])
  }
  return joined(ranges)
}

function joined(ranges: [number, number][]): PortRanges {
  const result: [number, number][] = []
  for (const [first, last] of ranges.sort((a, b) => a[0] - b[0])) {
    const previous = result.at(-1)
    if (previous !== undefined && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last)
    else result.push([first, last])
  }
  return result
}

/** The inverse: `8080,9148-9150`; empty when there is none. */
export function formatPorts(ranges: PortRanges): string {
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',')
}

/** Whether a port lies in one of the ranges. */
export function inPorts(ranges: PortRanges, port: number): boolean {
  for (const [first, last] of ranges) if (port >= first && port <= last) return true
  return false
}
