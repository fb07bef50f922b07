import type { Address } from '../wire/index.ts'

/** A key of TCP's MD5 signature option (RFC 2385), and whom it is shared with. */
export interface SignatureKey {
  readonly peer: Address
  /** Bits of `peer` that have to agree. */
  readonly prefix: number
  readonly key: Uint8Array
}

/** The key shared with a peer: that of the longest prefix; null: none. */
export function keyFor(keys: readonly SignatureKey[] | null, peer: Address): Uint8Array | null {
  let best: SignatureKey | null = null
  for (const one of keys ?? []) {
    const agrees = one.peer.v4 === peer.v4 && samePrefix(one.peer, peer, one.prefix)
    if (agrees && (best === null || one.prefix > best.prefix)) best = one
  }
  return best?.key ?? null
}

function samePrefix(a: Address, b: Address, bits: number): boolean {
  const words = a.v4
    ? [[a.w3, b.w3]]
    : [
        [a.w0, b.w0],
        [a.w1, b.w1],
        [a.w2, b.w2],
        [a.w3, b.w3],
      ]
  return words.every(([x = 0, y = 0], i) => {
    const here = Math.min(32, Math.max(0, bits - i * 32))
    return here === 0 || (x ^ y) >>> (32 - here) === 0
  })
}

/** What is left of a listener's keys for one of its connections: the key for that peer, and as if it had been given for nobody else. */
export function keysForChild(keys: readonly SignatureKey[] | null, peer: Address): readonly SignatureKey[] | null {
  const key = keyFor(keys, peer)
  return key === null ? null : [{ peer, prefix: peer.v4 ? 32 : 128, key }]
}
