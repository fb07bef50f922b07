import { Address, type Cidr } from '../../wire/index.ts'
import type { Services } from '../services.ts'
import type { HostCondition, PathCondition, Side } from './filter.ts'

/** What decides how an address or a port reads, beyond the grammar. */
export interface HostContext {
  readonly services: Services
  /** Protocols whose service names a port may have. */
  readonly protocols: readonly ('tcp' | 'udp')[]
  /** The family that the last option or address named: addresses are of it, and those of unix sockets are patterns. */
  readonly family: 4 | 6 | 0 | undefined
}

/** What stood in the way, as the end of the sentence "expected …". */
export interface Expectation {
  readonly expected: string
  /** Where in the word, in characters; the whole word when left out. */
  readonly at?: number | undefined
}

interface ParsedHost {
  readonly condition: HostCondition | PathCondition
  readonly family: 4 | 6 | 0 | undefined
}

const FAMILY_WORDS: readonly (readonly [prefix: string, family: 4 | 6 | 0])[] = [
  ['unix:', 0],
  ['inet:', 4],
  ['inet6:', 6],
]

/**
 * The word behind `src` or `dst`: `10.0.0.1`, `10/8`, `10.0.0.0/8:80`, `[::1]:80`, `[fe80::/10]`, `fe80::/10`, `*:80`, `:80`, `any`,
 * `unix:/run/*`. As in ss, a colon in an IPv6 address without brackets sets off the port wherever that makes sense.
 */
export function parseHost(word: string, side: Side, context: HostContext): ParsedHost | Expectation {
  const named = FAMILY_WORDS.find(([prefix]) => word.startsWith(prefix))
  const family = named?.[1] ?? context.family
  const text = word.slice(named?.[0].length ?? 0)
  if (family === 0) return { condition: { kind: 'path', side, pattern: text }, family }
  const parsed = addressAndPort(text, context)
  if ('expected' in parsed) return { ...parsed, at: (named?.[0].length ?? 0) + (parsed.at ?? 0) }
  const { prefix, port } = parsed
  const condition: HostCondition = {
    kind: 'host',
    side,
    ...(prefix === undefined ? {} : { prefix }),
    ...(port === undefined ? {} : { port }),
  }
  return { condition, family }
}

/** The text of a port, without its colon: a number in C's notations, a service's name, or nothing or `*` for any. */
export function parsePort(text: string, context: HostContext): number | undefined | Expectation {
  if (text === '' || text.startsWith('*')) return undefined
  const number = cNumber(text)
  if (number !== undefined) return number <= 0xffff ? number : { expected: 'a port from 0 to 65535' }
  for (const protocol of ['udp', 'tcp'] as const) {
    if (!context.protocols.includes(protocol)) continue
    const port = context.services.port(text, protocol)
    if (port !== undefined) return port
  }
  return { expected: 'a port such as :80, :http or :*' }
}

function addressAndPort(
  text: string,
  context: HostContext,
): { prefix: Cidr | undefined; port: number | undefined } | Expectation {
  for (const [host, portText] of splits(text)) {
    const prefix = host === '' || host.startsWith('*') || ANY.has(host) ? undefined : parsePrefix(host)
    if (prefix === null) continue
    const port = parsePort(portText.replace(/^:/, ''), context)
    if (typeof port === 'object') return { ...port, at: text.length - portText.length }
    return { prefix, port }
  }
  return { expected: 'an address such as 10.0.0.0/8, [::1]:80 or *:80 (names of hosts are not looked up)' }
}

const ANY: ReadonlySet<string> = new Set(['any', 'all', 'default'])

/** The ways to part the word into address and port, the likelier first. */
function splits(text: string): (readonly [host: string, port: string])[] {
  if (text.startsWith('[')) {
    const end = text.indexOf(']')
    return end < 0 ? [] : [[text.slice(1, end), text.slice(end + 1)]]
  }
  if (text.startsWith('*')) return [['*', text.slice(1)]]
  const slash = text.indexOf('/')
  const colon = text.lastIndexOf(':')
  const whole = [text, ''] as const
  return colon > slash ? [[text.slice(0, colon), text.slice(colon)], whole] : [whole]
}

/** `null` when it is no prefix. */
function parsePrefix(text: string): Cidr | null {
  const [host, length, ...more] = text.split('/') as [string, ...string[]]
  const address = Address.parse(host) ?? abbreviatedIpv4(host)
  if (address === undefined || more.length > 0) return null
  const width = address.v4 ? 32 : 128
  if (length === undefined) return { address, bits: width }
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : address.v4 ? maskLength(length) : undefined
  return bits === undefined || bits > width ? null : { address, bits }
}

/** iproute2 takes `10` for 10.0.0.0 and `127.1` for 127.1.0.0, and reads each part as C does. */
function abbreviatedIpv4(text: string): Address | undefined {
  const parts = text.split('.').map(cNumber)
  if (parts.length > 4 || parts.some((part) => part === undefined || part > 255)) return undefined
  return Address.fromBytes(Uint8Array.from({ length: 4 }, (_, i) => parts[i] ?? 0))
}

/** The length of a netmask such as 255.255.0.0. */
function maskLength(text: string): number | undefined {
  const mask = Address.parse(text)
  if (mask?.v4 !== true) return undefined
  const bits = (mask.w3 >>> 0).toString(2).padStart(32, '0')
  return /^1*0*$/.test(bits) ? bits.lastIndexOf('1') + 1 : undefined
}

/** A number as strtoul with base 0 reads it: decimal, 0x… or octal with a leading 0. */
function cNumber(text: string): number | undefined {
  if (/^0x[0-9a-f]{1,8}$/i.test(text)) return Number.parseInt(text, 16)
  if (/^0[0-7]{0,11}$/.test(text)) return Number.parseInt(text, 8)
  return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined
}
