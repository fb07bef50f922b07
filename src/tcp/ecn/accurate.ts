import type { Micros } from '../../base/index.ts'
import { Ctl } from '../../wire/index.ts'

/** ECN codepoints of the IP header (RFC 3168 §5). */
export const Codepoint = { NOT_ECT: 0, ECT1: 1, ECT0: 2, CE: 3 } as const

/** What a SYN may ask for: nothing, RFC 3168, RFC 9768. */
export const Asked = { NOTHING: 0, CLASSIC: 1, ACCURATE: 2 } as const
/** One of these. */
export type Asked = (typeof Asked)[keyof typeof Asked]

/** The ACE field among the control bits: AE, CWR and ECE as one number of three bits (RFC 9768 §3.2.2). */
export const ACE_MASK: number = Ctl.AE | Ctl.CWR | Ctl.ECE
const ACE_SHIFT = 6
/** The counter in the ACE field begins here, so that a peer that leaves the bits alone can be told from one that counts. */
export const ACE_FIRST = 5

/** What has shown itself to be broken, a sum (`tcpi_accecn_fail_mode`). */
export const Broken = { ACE_SENT: 1, ACE_RECEIVED: 2, OPTION_SENT: 4, OPTION_RECEIVED: 8 } as const

/** What was seen of the peer's AccECN option (`tcpi_accecn_opt_seen`). */
export const Seen = { NOTHING: 0, EMPTY: 1, COUNTERS: 2, NONSENSE: 3 } as const
/** One of these. */
export type Seen = (typeof Seen)[keyof typeof Seen]

/** The ACE field of control bits. */
export function aceOf(ctl: number): number {
  return (ctl & ACE_MASK) >> ACE_SHIFT
}

/** Control bits with this number in the ACE field. */
export function withAce(ctl: number, ace: number): number {
  return (ctl & ~ACE_MASK) | ((ace & 7) << ACE_SHIFT)
}

/** RFC 9768 table 2: how SYN-ACK, third ACK and a challenged SYN's answer tell which codepoint the SYN arrived with. */
const REFLECTIONS = [0b010, 0b011, 0b100, 0b110] as const
/** The codepoint that a reflection tells of. */
const REFLECTED = [
  Codepoint.ECT0,
  Codepoint.ECT1,
  Codepoint.NOT_ECT,
  Codepoint.ECT1,
  Codepoint.ECT0,
  Codepoint.ECT1,
  Codepoint.CE,
  Codepoint.ECT1,
] as const

/** The ACE field that tells the codepoint of a SYN. */
export function reflectionOf(codepoint: number): number {
  return REFLECTIONS[codepoint & 3] as number
}

/** The codepoint that the peer says our SYN arrived with. */
export function reflectedBy(ace: number): number {
  return REFLECTED[ace & 7] as number
}

/** Octets and segments by codepoint, of either direction; they are counted on every connection that meets one. */
export class EcnCounts {
  /** Segments that arrived with CE (r.cep). */
  receivedCe = 0
  /** Octets of text that arrived with ECT(1), ECT(0) and CE (r.e1b, r.e0b, r.ceb), at the codepoint less one; modulo 2^32. */
  readonly received: Uint32Array = new Uint32Array(3)
  /** The same of what we sent, as the peer tells it (s.e1b, s.e0b, s.ceb). */
  readonly delivered: Uint32Array = new Uint32Array(3)
}

/** Accurate ECN (RFC 9768): what a connection knows once both ends have agreed to it. */
export class AccurateEcn {
  /** Codepoint of the peer's SYN or SYN-ACK: it is told back. */
  synArrived: number = Codepoint.NOT_ECT
  /** A sum of `Broken`. */
  broken = 0
  /** What the peer's options have shown: without one there is no way back for ours. */
  seen: Seen = Seen.NOTHING
  /** CE marks that no segment has told of yet, 15 at most. */
  untold = 0
  /** Codepoint of the last segment: when it changes the peer hears of it at once. */
  last: number = Codepoint.NOT_ECT
  /** So many further segments shall carry the option. */
  demand = 0
  /** The option must have this many fields, or stay away. */
  fieldsLeast = 0
  optionSentAt: Micros = Number.NEGATIVE_INFINITY
  /** MSS that a call in progress has begun with, 0: none: options may come and go meanwhile. */
  callMss = 0
  /** The last segment carried the option beside a DSACK. */
  sentWithDsack = false
  /** Fields of the option in the segment before; within a burst every segment repeats them. −1: none. */
  fields = -1
  inBurst = false
  /** The codepoint that delivered octets are believed to have arrived with while no option tells; 0: nobody knows. */
  estimate: number = Codepoint.NOT_ECT
  /** Segments that an ACK acknowledges, as a moving average in 1/64. */
  acknowledgedPace = 0
  /** The SYN-ACK was sent again this often. */
  synAcksAgain = 0
  /** What leaves next tells how the peer's SYN arrived (BSD). */
  owesReflection = false
  /** Codepoint that our SYN had: none, unless the socket's former connection has left it one. */
  readonly synLeft: number

  constructor(synArrived: number, synLeft: number = Codepoint.NOT_ECT) {
    this.synArrived = synArrived
    this.synLeft = synLeft
  }
}
