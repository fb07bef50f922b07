const SLAB = 1 << 16

let slab: Uint8Array = new Uint8Array(SLAB)
let used = 0

/**
 * A copy of some octets, which nobody else has. Copies lie side by side in slabs: to make an array buffer for each packet takes longer
 * than to copy it. A slab lives as long as any of its copies.
 */
export function copyOfOctets(from: Uint8Array, start: number, length: number): Uint8Array {
  if (length > SLAB) return from.slice(start, start + length)
  if (used + length > SLAB) {
    slab = new Uint8Array(SLAB)
    used = 0
  }
  const copy = slab.subarray(used, used + length)
  copy.set(from.subarray(start, start + length))
  used += length
  return copy
}
