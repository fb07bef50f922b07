/** The ports that the host hands out by itself: `ip_local_port_range` less `ip_local_reserved_ports`. */

/** The range, with what is taken out of it. */
export interface PortRange {
  readonly first: number
  readonly last: number
  /** How many are left of it. */
  readonly size: number
  includes(port: number): boolean
  isReserved(port: number): boolean
}

const PORT_MAX = 65_535
/** Linux's default, for a host whose sysctls are not known. */
const DEFAULT_RANGE: readonly [number, number] = [32_768, 60_999]

/** The range of a host with those sysctls. */
export function portRangeOf(sysctls: Readonly<Record<string, string>>): PortRange {
  const words = (sysctls['net.ipv4.ip_local_port_range'] ?? '').trim().split(/\s+/)
  const [first, last] = isRange(words) ? [Number(words[0]), Number(words[1])] : DEFAULT_RANGE
  const reserved = parsePorts(sysctls['net.ipv4.ip_local_reserved_ports'] ?? '')
  const isReserved = (port: number): boolean => reserved.some(([from, to]) => from <= port && port <= to)
  let size = 0
  for (let port = first; port <= last; port++) if (!isReserved(port)) size++
  return { first, last, size, includes: (port) => first <= port && port <= last && !isReserved(port), isReserved }
}

function isRange(words: readonly string[]): boolean {
  const [first, last] = words.map(Number)
  return words.length === 2 && isPort(first) && isPort(last) && first <= last
}

function isPort(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value >= 0 && value <= PORT_MAX
}

/** `8080,9000-9010` as pairs; what is no port is left out. */
function parsePorts(text: string): [number, number][] {
  return text.split(',').flatMap((part) => {
    const [from, to = from] = part.split('-').map((word) => (word.trim() === '' ? Number.NaN : Number(word)))
    return isPort(from) && isPort(to) ? [[from, to] as [number, number]] : []
  })
}
