/**
 * Keyed hashes of 32-bit words (Aumasson and Bernstein, 2012): for initial sequence numbers (RFC 6528), ephemeral ports
 * (RFC 6056) and whatever else a stranger must not be able to guess.
 *
 * Messages are whole little-endian words, which is all this stack hashes.
 */

const ROUNDS_COMPRESS = 2
const ROUNDS_FINAL = 4

/**
 * HalfSipHash-2-4 with a key of 64 bits and a result of 32. Quick and good against collisions made on purpose; where the
 * result itself is the secret (an ISN), take `keyedHash`, whose key is twice as long.
 *
 * @param count how many of `words` make the message.
 */
export function halfSipHash24(key0: number, key1: number, words: Int32Array, count: number): number {
  let v0 = key0 | 0
  let v1 = key1 | 0
  let v2 = 0x6c796765 ^ key0
  let v3 = 0x74656462 ^ key1
  for (let i = 0; i <= count; i++) {
    // The last block is the message's length in octets, modulo 256, in the top octet.
    const m = i < count ? (words[i] as number) : (count << 2) << 24
    v3 ^= m
    for (let round = 0; round < ROUNDS_COMPRESS; round++) {
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
    }
    v0 ^= m
  }
  v2 ^= 0xff
  for (let round = 0; round < ROUNDS_FINAL; round++) {
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
  }
  return v1 ^ v3
}

// SipHash's four 64-bit variables as low and high words: v0 at 0 and 1, v1 at 2 and 3, v2 at 4 and 5, v3 at 6 and 7.
const v: Int32Array = new Int32Array(8)

/**
 * SipHash-2-4 with its full key of 128 bits, cut to the low 32 bits of its result: a pseudorandom function for secrets
 * such as the F() of RFC 6528.
 *
 * @param count how many of `words` make the message.
 */
export function keyedHash(
  key0: number,
  key1: number,
  key2: number,
  key3: number,
  words: Int32Array,
  count: number,
): number {
  sipHash24(key0, key1, key2, key3, words, count)
  return (v[0] as number) ^ (v[2] as number) ^ (v[4] as number) ^ (v[6] as number)
}

function sipHash24(k0: number, k1: number, k2: number, k3: number, words: Int32Array, count: number): void {
  v[0] = 0x70736575 ^ k0
  v[1] = 0x736f6d65 ^ k1
  v[2] = 0x6e646f6d ^ k2
  v[3] = 0x646f7261 ^ k3
  v[4] = 0x6e657261 ^ k0
  v[5] = 0x6c796765 ^ k1
  v[6] = 0x79746573 ^ k2
  v[7] = 0x74656462 ^ k3
  const pairs = count >> 1
  for (let i = 0; i < pairs; i++) block(words[2 * i] as number, words[2 * i + 1] as number)
  block((count & 1) === 1 ? (words[count - 1] as number) : 0, (count << 2) << 24)
  v[4] = (v[4] as number) ^ 0xff
  for (let round = 0; round < ROUNDS_FINAL; round++) sipRound()
}

function block(low: number, high: number): void {
  v[6] = (v[6] as number) ^ low
  v[7] = (v[7] as number) ^ high
  for (let round = 0; round < ROUNDS_COMPRESS; round++) sipRound()
  v[0] = (v[0] as number) ^ low
  v[1] = (v[1] as number) ^ high
}

function sipRound(): void {
  addTo(0, 2)
  rotateAndXor(2, 13, 0)
  swap(0)
  addTo(4, 6)
  rotateAndXor(6, 16, 4)
  addTo(0, 6)
  rotateAndXor(6, 21, 0)
  addTo(4, 2)
  rotateAndXor(2, 17, 4)
  swap(4)
}

/** v[a] += v[b], 64 bits. */
function addTo(a: number, b: number): void {
  const low = (v[a] as number) + (v[b] as number)
  const carry = (v[a] as number) >>> 0 > ~(v[b] as number) >>> 0 ? 1 : 0
  v[a] = low | 0
  v[a + 1] = ((v[a + 1] as number) + (v[b + 1] as number) + carry) | 0
}

/** v[a] = rotl(v[a], bits) ^ v[b], for bits below 32. */
function rotateAndXor(a: number, bits: number, b: number): void {
  const low = v[a] as number
  const high = v[a + 1] as number
  v[a] = ((low << bits) | (high >>> (32 - bits))) ^ (v[b] as number)
  v[a + 1] = ((high << bits) | (low >>> (32 - bits))) ^ (v[b + 1] as number)
}

/** v[a] = rotl(v[a], 32). */
function swap(a: number): void {
  const low = v[a] as number
  v[a] = v[a + 1] as number
  v[a + 1] = low
}
