import { type Seq, seqGt } from '../../base/index.ts'
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

/** An ACK that only says that text has arrived is judged by nothing else; any other moves RECOVER along. */
export function moveRecover({ snd }: Tcb, octets: OctetSender): void {
  if (seqGt(snd.una, octets.recover)) octets.recover = snd.una
}
