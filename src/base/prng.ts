import { assert } from './assert.ts'

/**
 * A seeded source of numbers: xoshiro128** (Blackman and Vigna, 2018), its state filled by splitmix32.
 *
 * Equal seeds give equal numbers on every engine. It is for simulations and for drawing secrets from a seed that is
 * itself secret; it is not a cryptographic generator.
 */
export class Prng {
  // The stream's name, kept apart from its state: a fork depends on names only, never on how much was drawn before it.
  private readonly identityLow: number
  private readonly identityHigh: number
  private s0 = 0
  private s1 = 0
  private s2 = 0
  private s3 = 0

  /** @param seed any integer of up to 53 bits; each gives a stream of its own. @throws {TypeError} for what is none */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed)) throw new TypeError(`seed ${seed}: expected a safe integer`)
    this.identityLow = seed | 0
    this.identityHigh = Math.floor(seed / 0x1_0000_0000) | 0
    this.fill()
  }

  /** The next 32 bits as an int32, every value equally likely. */
  next(): number {
    const s1 = this.s1
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9)
    this.s2 ^= this.s0
    this.s3 ^= s1
    this.s1 ^= this.s2
    this.s0 ^= this.s3
    this.s2 ^= s1 << 9
    this.s3 = rotateLeft(this.s3, 11)
    return result
  }

  /** An integer 0 … n−1, without bias. `n` is 1 … 2^32. */
  below(n: number): number {
    assert(Number.isInteger(n) && n >= 1 && n <= 0x1_0000_0000, 'below(n) wants an integer n of 1 to 2^32')
    // The top of the range that n does not divide is thrown away; at worst half of the draws are.
    const limit = 0x1_0000_0000 - (0x1_0000_0000 % n)
    for (;;) {
      const draw = this.next() >>> 0
      if (draw < limit) return draw % n
    }
  }

  /** A number of [0, 1) with 32 random bits. */
  unit(): number {
    return (this.next() >>> 0) / 0x1_0000_0000
  }

  /** True with probability `p`. Draws one number whatever `p` is, so that changing a probability shifts nothing else. */
  chance(p: number): boolean {
    return this.unit() < p
  }

  /** An independent stream, the same for equal seeds and labels however much was drawn from this one. */
  fork(label: string): Prng {
    let low = mix(this.identityLow ^ 0x5bd1e995)
    let high = mix(this.identityHigh ^ 0x27d4eb2f)
    for (let i = 0; i < label.length; i++) {
      const unit = label.charCodeAt(i)
      low = mix((low ^ unit) + 0x9e3779b9)
      high = mix((high ^ low) + unit)
    }
    // Length last, or the empty label would leave two forks in a row no further apart than one.
    low = mix(low + label.length + 1)
    high = mix(high ^ low)
    return new Prng((high & 0x1f_ffff) * 0x1_0000_0000 + (low >>> 0))
  }

  private fill(): void {
    let state = mix(this.identityHigh + 0x85ebca6b) ^ this.identityLow
    const step = (): number => {
      state = (state + 0x9e3779b9) | 0
      return mix(state)
    }
    this.s0 = step()
    this.s1 = step() ^ this.identityHigh
    this.s2 = step()
    this.s3 = step()
    // All zeros is the one state that xoshiro never leaves.
    if ((this.s0 | this.s1 | this.s2 | this.s3) === 0) this.s0 = 1
  }
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits))
}

/** splitmix32's finaliser. */
function mix(x: number): number {
  let z = x | 0
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
  return z ^ (z >>> 16)
}
