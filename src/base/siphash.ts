/**
 * Keyed hashes of 32-bit words (Aumasson and Bernstein, 2012): for initial sequence numbers (RFC 6528), ephemeral ports
 * (RFC 6056) and whatever else a stranger must not be able to guess.
 *
 * Messages are little-endian words; only SipHash-2-4 takes some that end in the middle of one.
 */

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
  // Two rounds for each word and for the block of the length; then four without a message, which are two turns more.
  for (let i = 0; i <= count + 2; i++) {
    const m = i < count ? (words[i] as number) : i === count ? (count << 2) << 24 : 0
    if (i === count + 1) v2 ^= 0xff
    v3 ^= m
    for (let round = 0; round < 2; round++) {
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
  return v1 ^ v3
}

/**
 * SipHash-2-4 with its full key of 128 bits, four words of it, lowest first.
 *
 * @param count how many of `words` make the message.
 * @param into the 64 bits of the result: the low word, the high word.
 * @param octets how many the message has, if the last word is not one whole: the rest of that is zero.
 */
export function sipHash24(
  key0: number,
  key1: number,
  key2: number,
  key3: number,
  words: Int32Array,
  count: number,
  into: Int32Array,
  octets: number = count << 2,
): void {
  // The four 64-bit variables as low and high words.
  let v0 = 0x70736575 ^ key0
  let v0h = 0x736f6d65 ^ key1
  let v1 = 0x6e646f6d ^ key2
  let v1h = 0x646f7261 ^ key3
  let v2 = 0x6e657261 ^ key0
  let v2h = 0x6c796765 ^ key1
  let v3 = 0x79746573 ^ key2
  let v3h = 0x74656462 ^ key3
  const pairs = octets >> 3
  // Two rounds for each pair of words and for the block of the length, then four without a message.
  for (let i = 0; i <= pairs + 2; i++) {
    const m = i > pairs || 2 * i >= count ? 0 : (words[2 * i] as number)
    const high = i > pairs || 2 * i + 1 >= count ? 0 : (words[2 * i + 1] as number)
    const mh = i === pairs ? high | (octets << 24) : high
    if (i === pairs + 1) v2 ^= 0xff
    v3 ^= m
    v3h ^= mh
    for (let round = 0; round < 2; round++) {
      let t = 0
      v0 = (v0 + v1) | 0
      v0h = (v0h + v1h + carry(v0, v1)) | 0
      t = ((v1 << 13) | (v1h >>> 19)) ^ v0
      v1h = ((v1h << 13) | (v1 >>> 19)) ^ v0h
      v1 = t
      t = v0
      v0 = v0h
      v0h = t
      v2 = (v2 + v3) | 0
      v2h = (v2h + v3h + carry(v2, v3)) | 0
      t = ((v3 << 16) | (v3h >>> 16)) ^ v2
      v3h = ((v3h << 16) | (v3 >>> 16)) ^ v2h
      v3 = t
      v0 = (v0 + v3) | 0
      v0h = (v0h + v3h + carry(v0, v3)) | 0
      t = ((v3 << 21) | (v3h >>> 11)) ^ v0
      v3h = ((v3h << 21) | (v3 >>> 11)) ^ v0h
      v3 = t
      v2 = (v2 + v1) | 0
      v2h = (v2h + v1h + carry(v2, v1)) | 0
      t = ((v1 << 17) | (v1h >>> 15)) ^ v2
      v1h = ((v1h << 17) | (v1 >>> 15)) ^ v2h
      v1 = t
      t = v2
      v2 = v2h
      v2h = t
    }
    v0 ^= m
    v0h ^= mh
  }
  into[0] = v0 ^ v1 ^ v2 ^ v3
  into[1] = v0h ^ v1h ^ v2h ^ v3h
}

/** 1 if adding `addend` gave the low word `sum` by way of 2^32. */
function carry(sum: number, addend: number): number {
  return sum >>> 0 < addend >>> 0 ? 1 : 0
}

const hash = new Int32Array(2)

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
  sipHash24(key0, key1, key2, key3, words, count, hash)
  return hash[0] as number
}
