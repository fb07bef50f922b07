/** IP addresses as text: reading them, and the two notations that ss and netstat have for an end of a connection. */

/** An address range. `octets` is 4 or 16 long; `length` counts the bits that must agree. */
export interface Prefix {
  readonly octets: Uint8Array
  readonly length: number
}

/** The octets of a complete IPv4 or IPv6 address, or `undefined` when the text is neither. */
export function parseAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

/** Whether the address lies in the range. An IPv4 range also takes IPv4-mapped IPv6 addresses, as the kernel's filter does. */
export function inPrefix(address: Uint8Array, prefix: Prefix): boolean {
  if (address.length === prefix.octets.length) return agree(address, 0, prefix)
  return address.length === 16 && isMapped(address) && agree(address, 12, prefix)
}

/** ss's notation: IPv6 in brackets, the device behind a percent sign: `[fe80::1]%eth0`. */
export function bracketed(address: string, device?: string): string {
  const host = address.includes(':') ? `[${address}]` : address
  return device === undefined ? host : `${host}%${device}`
}

/** An end of a connection as people write it: `10.0.0.1:80`, `[::1]:80`. */
export function formatEndpoint(address: string, port: number): string {
  return `${bracketed(address)}:${port}`
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const octets = new Uint8Array(4)
  for (const [i, part] of parts.entries()) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined
    octets[i] = Number(part)
  }
  return octets
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map(groupsOf)
  if (head === undefined) return undefined
  if (halves.length === 1) return head.length === 8 ? octetsOf(head) : undefined
  // `::` stands for at least one group.
  if (tail === undefined || head.length + tail.length > 7) return undefined
  const zeros = new Array<number>(8 - head.length - tail.length).fill(0)
  return octetsOf([...head, ...zeros, ...tail])
}

/** The 16-bit groups of one side of `::`; its last part may be an IPv4 address. */
function groupsOf(text: string): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else {
      const v4 = i === parts.length - 1 ? parseIpv4(part) : undefined
      if (v4 === undefined) return undefined
      groups.push(((v4[0] as number) << 8) | (v4[1] as number), ((v4[2] as number) << 8) | (v4[3] as number))
    }
  }
  return groups
}

function octetsOf(groups: readonly number[]): Uint8Array {
  const octets = new Uint8Array(16)
  for (const [i, group] of groups.entries()) {
    octets[2 * i] = group >> 8
    octets[2 * i + 1] = group & 0xff
  }
  return octets
}

function isMapped(octets: Uint8Array): boolean {
  return octets[10] === 0xff && octets[11] === 0xff && octets.subarray(0, 10).every((octet) => octet === 0)
}

function agree(octets: Uint8Array, start: number, prefix: Prefix): boolean {
  const whole = prefix.length >> 3
  for (let i = 0; i < whole; i++) if (octets[start + i] !== prefix.octets[i]) return false
  const rest = prefix.length & 7
  if (rest === 0) return true
  const mask = 0xff00 >> rest
  return (((octets[start + whole] as number) ^ (prefix.octets[whole] as number)) & mask & 0xff) === 0
}
