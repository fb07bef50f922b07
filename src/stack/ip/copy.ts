/** Octets up to which a loop is faster than making a view, and leaves no garbage: SYN, ACK and FIN are that short. */
export const SHORT = 96

/** Copies octets from one array to another; the ranges must not overlap. */
export function copyOctets(from: Uint8Array, start: number, length: number, to: Uint8Array, at: number): void {
  if (length > SHORT) {
    to.set(from.subarray(start, start + length), at)
    return
  }
  for (let i = 0; i < length; i++) to[at + i] = from[start + i] as number
}
