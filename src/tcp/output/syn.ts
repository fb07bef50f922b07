import { Ctl } from '../../wire/index.ts'
import { synBits } from '../ecn.ts'
import { noteSending } from '../recovery/delivery-rate.ts'
import type { Tcb } from '../tcb.ts'
import { emit } from './emit.ts'

/** <SEQ=ISS><CTL=SYN>, or <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK> when the peer's SYN has arrived. */
export function sendSyn(tcb: Tcb, withAck: boolean, retransmission: boolean): void {
  emit(tcb, tcb.iss, withAck ? Ctl.SYN | Ctl.ACK : Ctl.SYN | synBits(tcb, retransmission), 0, retransmission)
}

/** The first SYN or SYN-ACK: takes its place in sequence space and in the retransmission queue. */
export function sendFirstSyn(tcb: Tcb, withAck: boolean): void {
  tcb.snd.una = tcb.iss
  tcb.snd.nxt = (tcb.iss + 1) | 0
  tcb.snd.up = tcb.iss
  tcb.smallSent = tcb.iss
  tcb.sendBuffer.first = tcb.snd.nxt
  tcb.pushedTo = tcb.snd.nxt
  tcb.synSentAt = tcb.host.now
  // Giving up on a SYN counts from the first one, on anything else from the first retransmission.
  tcb.recovery.retransmitStamp = tcb.host.now
  noteSending(tcb, tcb.sent.push(tcb.iss, tcb.snd.nxt, Ctl.SYN, tcb.host.now))
  sendSyn(tcb, withAck, false)
}
