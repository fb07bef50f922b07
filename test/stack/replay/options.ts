/** Socket options as steps write them: names, numbers, and values in the machine's order. */
import { errnoName } from '../../../src/base/index.ts'
import type { OptionValue } from '../../../src/stack/index.ts'

const SOL = 1
const IP = 0
const TCP = 6
const IPV6 = 41

/** name → level and number, on Linux. */
const OPTIONS: Readonly<Record<string, readonly [level: number, number: number]>> = {
  SO_REUSEADDR: [SOL, 2],
  SO_TYPE: [SOL, 3],
  SO_ERROR: [SOL, 4],
  SO_BROADCAST: [SOL, 6],
  SO_SNDBUF: [SOL, 7],
  SO_RCVBUF: [SOL, 8],
  SO_KEEPALIVE: [SOL, 9],
  SO_OOBINLINE: [SOL, 10],
  SO_LINGER: [SOL, 13],
  SO_REUSEPORT: [SOL, 15],
  SO_RCVLOWAT: [SOL, 18],
  SO_ACCEPTCONN: [SOL, 30],
  SO_PROTOCOL: [SOL, 38],
  SO_DOMAIN: [SOL, 39],
  TCP_NODELAY: [TCP, 1],
  TCP_MAXSEG: [TCP, 2],
  TCP_CORK: [TCP, 3],
  TCP_KEEPIDLE: [TCP, 4],
  TCP_KEEPINTVL: [TCP, 5],
  TCP_KEEPCNT: [TCP, 6],
  TCP_SYNCNT: [TCP, 7],
  TCP_LINGER2: [TCP, 8],
  TCP_DEFER_ACCEPT: [TCP, 9],
  TCP_INFO: [TCP, 11],
  TCP_QUICKACK: [TCP, 12],
  TCP_CONGESTION: [TCP, 13],
  TCP_USER_TIMEOUT: [TCP, 18],
  IP_TTL: [IP, 2],
  IP_BIND_ADDRESS_NO_PORT: [IP, 24],
  IP_LOCAL_PORT_RANGE: [IP, 51],
  IPV6_UNICAST_HOPS: [IPV6, 16],
  IPV6_V6ONLY: [IPV6, 26],
  UNKNOWN_SOL_SOCKET: [SOL, 4242],
  UNKNOWN_SOL_TCP: [TCP, 4242],
  UNKNOWN_SOL_IP: [IP, 4242],
  UNKNOWN_SOL_IPV6: [IPV6, 4242],
  UNKNOWN_LEVEL: [4242, 1],
}

/**
 * Level and number of an option.
 * @throws {Error} for a name that is none: a mistake in the table.
 */
export function optionNumbers(name: string): readonly [level: number, number: number] {
  const numbers = OPTIONS[name]
  if (numbers === undefined) throw new Error(`no option is called '${name}'`)
  return numbers
}

/** Words of 32 bits as octets, cut off or filled up with zeros to `length`. */
export function octetsOf(values: readonly number[], length: number = values.length * 4): Uint8Array {
  const all = new Uint8Array(Math.max(length, values.length * 4))
  const view = new DataView(all.buffer)
  for (const [i, value] of values.entries()) view.setUint32(i * 4, value >>> 0, true)
  return all.subarray(0, length)
}

/** What getsockopt gave, as the tables print it: a number, `1 5` for SO_LINGER, an errno's name for SO_ERROR. */
export function optionText(option: string, value: OptionValue): number | string {
  const words = wordsOf(value)
  const [first = 0] = words
  if (option === 'SO_ERROR') return first === 0 ? 0 : errnoName(first)
  return words.length === 1 ? first : words.join(' ')
}

/** The same with room for so many octets: no more than these come back. */
export function optionHex(value: OptionValue, room: number): string {
  const octets = octetsOf(wordsOf(value)).subarray(0, room)
  return `hex:${[...octets].map((octet) => octet.toString(16).padStart(2, '0')).join('')}`
}

/** TCP_INFO and texts are no list of words here; fields of TCP_INFO are asked for by name. */
function wordsOf(value: OptionValue): readonly number[] {
  if (typeof value === 'number') return [value]
  if (typeof value === 'string') return []
  return 'seconds' in value ? [Number(value.on), value.seconds] : []
}
