import type { Seq } from '../../base/index.ts'
import type { Tcb } from '../tcb.ts'
import type { OctetSender } from './octet-sender.ts'

/** RFC 6675 §4 SetPipe(): octets that are on their way. */
export function pipe({ snd }: Tcb, { board }: OctetSender): number {
  return Math.max(((snd.nxt - snd.una) | 0) + board.resent - board.sacked - board.lost, 0)
}

/** Where sending goes on. */
export function nextOctet({ snd }: Tcb, { resendFrom }: OctetSender): Seq {
  return resendFrom ?? snd.nxt
}

/** Sending goes on from there. */
export function goOnFrom({ snd }: Tcb, octets: OctetSender, seq: Seq): void {
  octets.resendFrom = seq === snd.nxt ? null : seq
}
