import type { IpHeader, TcpSegment } from '../../wire/index.ts'
import type { Tcb } from '../tcb.ts'
import type { AccurateEcn } from './accurate.ts'

/** Who negotiates ECN in another way than RFC 3168 and RFC 9768 have it (`policy.ecnAsSaid`): what is done instead, wherever that is looked at. */
export interface EcnRules {
  /** A SYN for a listener. */
  takeSyn(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void
  /** A SYN that crosses ours. */
  takeCrossedSyn(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void
  /** The answer to our SYN. */
  takeSynAck(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void
  /** The ACK that completes a passive open. */
  takeThirdAck(tcb: Tcb, segment: TcpSegment): void
  /** A SYN on an open connection. */
  takeLateSyn(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void
  /** What every segment of a connection brings. Returns whether it tells of congestion that ours met. */
  takeMarks(tcb: Tcb, segment: TcpSegment, ip: IpHeader): boolean
  /** Control bits of a SYN-ACK that is about to leave. */
  synAckBits(tcb: Tcb, ctl: number, retransmission: boolean): number
  /** Control bits of what else is about to leave, where accurate ECN was agreed to; `isNew`: octets that have not left before. */
  mark(tcb: Tcb, accurate: AccurateEcn, ctl: number, isNew: boolean): number
  /** Control bits that answers in TIME-WAIT go on to bear. */
  lastMarks(tcb: Tcb): number
}
