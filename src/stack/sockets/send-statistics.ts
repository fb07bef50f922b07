import { type Micros, type Seq, seqGt } from '../../base/index.ts'
import { statusCall, type Tcb } from '../../tcp/index.ts'
import { unacknowledged, unsent } from './stream-queues.ts'

/** `TCP_NLA_*`. */
const Kind = {
  BUSY: 1,
  RWND_LIMITED: 2,
  SNDBUF_LIMITED: 3,
  DATA_SEGS_OUT: 4,
  TOTAL_RETRANS: 5,
  PACING_RATE: 6,
  DELIVERY_RATE: 7,
  SND_CWND: 8,
  REORDERING: 9,
  MIN_RTT: 10,
  RECUR_RETRANS: 11,
  DELIVERY_RATE_APP_LMT: 12,
  SNDQ_SIZE: 13,
  CA_STATE: 14,
  SND_SSTHRESH: 15,
  DELIVERED: 16,
  DELIVERED_CE: 17,
  BYTES_SENT: 18,
  BYTES_RETRANS: 19,
  DSACK_DUPS: 20,
  REORD_SEEN: 21,
  SRTT: 22,
  TIMEOUT_REHASH: 23,
  BYTES_NOTSENT: 24,
  EDT: 25,
  TTL: 26,
  REHASH: 27,
} as const
/** Octets of an attribute's head: its length and its kind, two each. */
const HEAD = 4
const ALIGNED = 4
// The last one is written as if it had eight.
const ROOM = 272

/** Attributes of netlink, one behind the other. */
class Attributes {
  readonly #view = new DataView(new ArrayBuffer(ROOM))
  #end = 0

  put(kind: number, octets: 1 | 2 | 4 | 8, value: number | bigint): void {
    const at = this.#end
    this.#view.setUint16(at, HEAD + octets, true)
    this.#view.setUint16(at + 2, kind, true)
    this.#view.setBigUint64(at + HEAD, BigInt.asUintN(8 * octets, BigInt(value)), true)
    this.#end = at + HEAD + Math.ceil(octets / ALIGNED) * ALIGNED
  }

  get octets(): Uint8Array {
    return new Uint8Array(this.#view.buffer.slice(0, this.#end))
  }
}

/** Octets that have not left: those that leave this very moment for the first time are among them. */
function notSent(tcb: Tcb, octet: Seq): number {
  let from = tcb.snd.nxt
  for (let one = tcb.sent.head; one !== null && !seqGt(one.seq, octet); one = one.next)
    if (!one.follows) from = one.everRetransmitted ? tcb.snd.nxt : one.seq
  return unsent(tcb) + ((tcb.snd.nxt - from) | 0)
}

/** Segments that arrived, as far as the ACK that is being read has been counted: up to the one with this octet. */
function deliveredUpTo(tcb: Tcb, octet: Seq): number {
  let { delivered } = tcb.recovery
  if (!tcb.sackPermitted) return delivered
  for (let one = tcb.sent.head; one !== null && (one.follows || !seqGt(one.seq, octet)); one = one.next)
    if (!one.sacked && !seqGt(one.end, tcb.snd.una)) delivered++
  return delivered
}

/**
 * What SOF_TIMESTAMPING_OPT_STATS has a timestamp tell beside the time: the connection's numbers at that moment, in Linux's order.
 * @param octet that the time is about
 * @param sentAt when it left last, µs
 * @param hops that the packet had left which acknowledges it; undefined: it is only leaving
 */
export function sendStatistics(tcb: Tcb, octet: Seq, sentAt: Micros, hops: number | undefined): Uint8Array {
  const status = statusCall(tcb)
  const delivered = hops === undefined ? status.delivered : deliveredUpTo(tcb, octet)
  const attributes = new Attributes()
  attributes.put(Kind.BUSY, 8, status.busy_time)
  attributes.put(Kind.RWND_LIMITED, 8, status.rwnd_limited)
  attributes.put(Kind.SNDBUF_LIMITED, 8, status.sndbuf_limited)
  attributes.put(Kind.DATA_SEGS_OUT, 8, status.data_segs_out)
  attributes.put(Kind.TOTAL_RETRANS, 8, status.total_retrans)
  attributes.put(Kind.PACING_RATE, 8, status.pacing_rate)
  attributes.put(Kind.DELIVERY_RATE, 8, status.delivery_rate)
  attributes.put(Kind.SND_CWND, 4, status.snd_cwnd)
  attributes.put(Kind.REORDERING, 4, status.reordering)
  attributes.put(Kind.MIN_RTT, 4, status.min_rtt)
  attributes.put(Kind.RECUR_RETRANS, 1, status.retransmits)
  attributes.put(Kind.DELIVERY_RATE_APP_LMT, 1, status.delivery_rate_app_limited)
  attributes.put(Kind.SND_SSTHRESH, 4, status.snd_ssthresh)
  attributes.put(Kind.DELIVERED, 4, delivered)
  attributes.put(Kind.DELIVERED_CE, 4, status.delivered_ce)
  attributes.put(Kind.SNDQ_SIZE, 4, unacknowledged(tcb))
  attributes.put(Kind.CA_STATE, 1, status.ca_state)
  attributes.put(Kind.BYTES_SENT, 8, status.bytes_sent)
  attributes.put(Kind.BYTES_RETRANS, 8, status.bytes_retrans)
  attributes.put(Kind.DSACK_DUPS, 4, status.dsack_dups)
  attributes.put(Kind.REORD_SEEN, 4, status.reord_seen)
  attributes.put(Kind.SRTT, 4, status.rtt)
  attributes.put(Kind.TIMEOUT_REHASH, 2, status.rehash)
  attributes.put(Kind.BYTES_NOTSENT, 4, hops === undefined ? notSent(tcb, octet) : unsent(tcb))
  attributes.put(Kind.EDT, 8, sentAt * 1000)
  if (hops !== undefined) attributes.put(Kind.TTL, 1, hops)
  attributes.put(Kind.REHASH, 4, status.rehash)
  return attributes.octets
}
