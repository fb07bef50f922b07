import { put32 } from './octets.ts'

/** IPv4 options (RFC 791 §3.1, RFC 2113). */
const END = 0
const NOP = 1
const RECORD_ROUTE = 7
const TIMESTAMP = 68
const COMMERCIAL_SECURITY = 134
const ROUTER_ALERT = 148

/** The pointers count from 1. */
const FIRST_ADDRESS = 4
const FIRST_STAMP = 5
const OVERFLOWN = 15
/** A time that is not counted from midnight UT. */
const OTHER_TIME = 0x80000000

/** Where each option begins that is more than one octet; undefined: they cannot be read. */
function placesOf(options: Uint8Array): number[] | undefined {
  const places: number[] = []
  for (let at = 0; at < options.length && options[at] !== END; ) {
    const size = options[at] === NOP ? 1 : (options[at + 1] ?? 0)
    if (options[at] !== NOP) {
      if (size < 2 || at + size > options.length) return undefined
      places.push(at)
    }
    at += size
  }
  return places
}

/** Octets that a timestamp takes: with the address of who stamps, or alone. */
const stampLength = (flag: number): number => (flag === 0 ? 4 : 8)

function isSound(option: Uint8Array): boolean {
  const [kind, size = 0, pointer = 0, more = 0] = option
  if (kind === RECORD_ROUTE) return size >= 3 && pointer >= FIRST_ADDRESS && (pointer > size || pointer + 3 <= size)
  if (kind === TIMESTAMP) {
    if (size < FIRST_ADDRESS || pointer < FIRST_STAMP) return false
    if (pointer > size) return more >> 4 !== OVERFLOWN
    const flag = more & 15
    return flag !== 0 && flag !== 1 && flag !== 3 ? true : pointer + stampLength(flag) - 1 <= size
  }
  return kind === ROUTER_ALERT ? size >= 4 : kind !== COMMERCIAL_SECURITY
}

/** Options as a program gives them, padded to whole words and with nothing behind their end; undefined: no packet can have them. */
export function paddedIpOptions(given: Uint8Array): Uint8Array | undefined {
  const options = new Uint8Array((given.length + 3) & ~3)
  options.set(given)
  const places = placesOf(options)
  if (places === undefined) return undefined
  const kinds = places.map((at) => options[at] as number)
  for (const once of [RECORD_ROUTE, TIMESTAMP]) if (kinds.indexOf(once) !== kinds.lastIndexOf(once)) return undefined
  if (!places.every((at) => isSound(options.subarray(at, at + (options[at + 1] as number))))) return undefined
  for (let at = 0; at < options.length; at += options[at] === NOP ? 1 : (options[at + 1] as number))
    if (options[at] === END) return options.fill(END, at)
  return options
}

/** A packet's own: the first of those whose way and time are recorded is who sends it. */
export function stampedIpOptions(options: Uint8Array, address: number, timeMs: number): Uint8Array {
  const own = options.slice()
  for (const at of placesOf(options) ?? []) {
    const [kind, size = 0, pointer = 0, more = 0] = own.subarray(at)
    const flag = kind === TIMESTAMP ? more & 15 : -1
    if ((kind !== RECORD_ROUTE && flag !== 0 && flag !== 1) || pointer > size) continue
    if (flag !== 0) put32(own, at + pointer - 1, address)
    const length = flag < 0 ? 4 : stampLength(flag)
    if (flag >= 0) put32(own, at + pointer + length - 5, timeMs | OTHER_TIME)
    own[at + 2] = pointer + length
  }
  return own
}
