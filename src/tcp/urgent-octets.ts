import { type Seq, seqGeq, seqLt } from '../base/index.ts'
import type { Tcb } from './tcb.ts'

/** Octets that were urgent and came out of the stream as they arrived (`tcb.urgentApart`): reading passes them over, and they take no room. */

/** So many unread ones are out of it at most: they leave the window open, and a peer could go on without end. */
const APART_MOST = 1024

/** Takes an octet out of the stream; beyond `APART_MOST` it stays there, and takes room. */
export function takeOut(tcb: Tcb, seq: Seq): void {
  tcb.urgentApart ??= []
  const apart = tcb.urgentApart
  if (apart.length === APART_MOST) return
  let at = apart.length
  while (at > 0 && seqLt(seq, apart[at - 1] as Seq)) at--
  if (apart[at - 1] !== seq) apart.splice(at, 0, seq)
}

/** How many octets from the first unread one on, `from` to `to`, are out of the stream. */
export function outWithin({ urgentApart, receiveBuffer }: Tcb, from: number, to: number): number {
  if (urgentApart === null) return 0
  let count = 0
  for (const seq of urgentApart) {
    const at = (seq - receiveBuffer.first) | 0
    if (at >= from && at < to) count++
  }
  return count
}

/** How many octets from there on are out of the stream, one after another. */
export function outFrom(tcb: Tcb, from: number): number {
  let at = from
  while (outWithin(tcb, at, at + 1) > 0) at++
  return at - from
}

/** Octets from there on until one is out of the stream; as many as there are if none is. */
export function untilOut({ urgentApart, receiveBuffer }: Tcb, from: number): number {
  for (const seq of urgentApart ?? []) {
    const at = (seq - receiveBuffer.first) | 0
    if (at >= from) return at - from
  }
  return receiveBuffer.length - from
}

/** What has been read is forgotten. */
export function forgetRead(tcb: Tcb): void {
  const { urgentApart, receiveBuffer } = tcb
  if (urgentApart === null) return
  const left = urgentApart.filter((seq) => seqGeq(seq, receiveBuffer.first))
  tcb.urgentApart = left.length > 0 ? left : null
}
