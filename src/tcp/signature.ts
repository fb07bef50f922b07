import { type Address, SIGNATURE_LENGTH, signatureOf } from '../wire/index.ts'
import { speakerOf } from './request.ts'
import { keyFor, type SignatureKey } from './signature-key.ts'
import type { Tcb } from './tcb.ts'

/** The keys that count for a connection; of a request its listener's, as they are by now (Linux). */
export function keysOf(tcb: Tcb): readonly SignatureKey[] | null {
  return speakerOf(tcb).options.signatureKeys
}

/** The key that a connection's segments are signed with; null: they are not. */
export function signingKey(tcb: Tcb): Uint8Array | null {
  const keys = keysOf(tcb)
  return keys === null ? null : keyFor(keys, tcb.remote)
}

/** Octets of options that signing takes of each segment. */
export function signatureRoom(tcb: Tcb): number {
  return signingKey(tcb) === null ? 0 : SIGNATURE_LENGTH
}

/** Fills in the signature of a segment that is ready but for its checksum; it is the first of its options. */
export function signSegment(
  from: Address,
  to: Address,
  buf: Uint8Array,
  start: number,
  length: number,
  key: Uint8Array,
): void {
  buf.set(signatureOf(from, to, buf, start, length, key), start + 24)
}
