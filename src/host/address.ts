/** Addresses as the kernel stores them, to text. */

/** The dotted text of the four octets at `start`. */
export function ipv4Text(bytes: Uint8Array, start: number): string {
  return `${bytes[start]}.${bytes[start + 1]}.${bytes[start + 2]}.${bytes[start + 3]}`
}

/**
 * RFC 5952's text of the sixteen octets at `start`: lower case, no leading zeros, the first longest run of at least two zero
 * groups as `::`, and an IPv4-mapped address with its last four octets dotted (`::ffff:192.0.2.1`), as ss prints it.
 */
export function ipv6Text(bytes: Uint8Array, start: number): string {
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[start + i] as number) << 8) | (bytes[start + i + 1] as number))
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${ipv4Text(bytes, start + 12)}`
  }
  const run = longestZeroRun(groups)
  if (run.length < 2) return hexGroups(groups)
  return `${hexGroups(groups.slice(0, run.start))}::${hexGroups(groups.slice(run.start + run.length))}`
}

function hexGroups(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(':')
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

/** Whether this machine keeps the least significant octet first: netlink and /proc speak in the machine's own order. */
export const LITTLE_ENDIAN: boolean = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/**
 * Address text with a memory. Few hosts talk to as many peers as they have sockets, so most rows find their address
 * ready; the memory is dropped when it grows beyond what it saves.
 */
export class AddressTexts {
  readonly #v4 = new Map<number, string>()
  readonly #v6 = new Map<number, { readonly words: readonly [number, number, number]; readonly text: string }>()

  /** The text of the IPv4 address at `start`, a multiple of four. */
  v4(bytes: Uint8Array, words: Int32Array, start: number): string {
    const word = words[start >> 2] as number
    let text = this.#v4.get(word)
    if (text === undefined) {
      text = ipv4Text(bytes, start)
      if (this.#v4.size >= TEXTS_MAX) this.#v4.clear()
      this.#v4.set(word, text)
    }
    return text
  }

  /** The text of the IPv6 address at `start`, a multiple of four. */
  v6(bytes: Uint8Array, words: Int32Array, start: number): string {
    const index = start >> 2
    const [a, b, c] = [words[index] as number, words[index + 1] as number, words[index + 2] as number]
    // Hosts differ most in the last four octets; the other twelve are compared.
    const last = words[index + 3] as number
    const known = this.#v6.get(last)
    if (known !== undefined && known.words[0] === a && known.words[1] === b && known.words[2] === c) return known.text
    const text = ipv6Text(bytes, start)
    if (this.#v6.size >= TEXTS_MAX) this.#v6.clear()
    this.#v6.set(last, { words: [a, b, c], text })
    return text
  }
}

const TEXTS_MAX = 65_536
