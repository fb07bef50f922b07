/**
 * MD5 (RFC 1321), for TCP's signature option (RFC 2385), which names it. It protects nothing else: as a hash it is broken.
 */

/** RFC 1321 §3.4: 2^32 · |sin(i + 1)|. */
const SINES: Int32Array = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32) | 0)
/** Rotations of the four rounds. */
const SHIFTS: readonly (readonly number[])[] = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
]
const BLOCK = 64
const LENGTH_AT = 56

/** The digest of octets that come in pieces. */
export class Md5 {
  readonly #state: Int32Array = Int32Array.of(0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476)
  readonly #block: Uint8Array = new Uint8Array(BLOCK)
  readonly #words: Int32Array = new Int32Array(16)
  #octets = 0

  /** Takes in `length` octets from `start` on. */
  update(octets: Uint8Array, start = 0, length: number = octets.length - start): this {
    for (let i = 0; i < length; i++) {
      this.#block[this.#octets++ % BLOCK] = octets[start + i] as number
      if (this.#octets % BLOCK === 0) this.#transform()
    }
    return this
  }

  /** The sixteen octets of the digest; nothing can be taken in afterwards. */
  digest(): Uint8Array {
    const bits = this.#octets * 8
    const view = new DataView(this.#block.buffer)
    let at = this.#octets % BLOCK
    this.#block[at++] = 0x80
    if (at > LENGTH_AT) {
      this.#block.fill(0, at)
      this.#transform()
      at = 0
    }
    this.#block.fill(0, at)
    view.setUint32(LENGTH_AT, bits >>> 0, true)
    view.setUint32(LENGTH_AT + 4, Math.floor(bits / 2 ** 32), true)
    this.#transform()
    const out = new DataView(new ArrayBuffer(16))
    this.#state.forEach((word, i) => {
      out.setInt32(i * 4, word, true)
    })
    return new Uint8Array(out.buffer)
  }

  #transform(): void {
    const view = new DataView(this.#block.buffer)
    const words = this.#words
    for (let i = 0; i < 16; i++) words[i] = view.getInt32(i * 4, true)
    let [a = 0, b = 0, c = 0, d = 0] = this.#state
    for (let i = 0; i < 64; i++) {
      const round = i >> 4
      const mixed = (a + mix(round, b, c, d) + (SINES[i] as number) + (words[wordOf(round, i)] as number)) | 0
      const shift = SHIFTS[round]?.[i & 3] as number
      a = d
      d = c
      c = b
      b = (b + ((mixed << shift) | (mixed >>> (32 - shift)))) | 0
    }
    const sum = [a, b, c, d]
    this.#state.forEach((word, i) => {
      this.#state[i] = word + (sum[i] as number)
    })
  }
}

/** RFC 1321 §3.4: F, G, H and I. */
function mix(round: number, b: number, c: number, d: number): number {
  if (round === 0) return (b & c) | (~b & d)
  if (round === 1) return (b & d) | (c & ~d)
  return round === 2 ? b ^ c ^ d : c ^ (b | ~d)
}

/** Which word of the block a step takes. */
function wordOf(round: number, i: number): number {
  if (round === 0) return i
  if (round === 1) return (5 * i + 1) & 15
  return (round === 2 ? 3 * i + 5 : 7 * i) & 15
}
