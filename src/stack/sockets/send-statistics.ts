import { type Micros, type Seq, seqGt } from '../../base/index.ts'
import { statusCall, type Tcb } from '../../tcp/index.ts'
import { unacknowledged, unsent } from './stream-reading.ts'

/** `TCP_NLA_*`, as far as they have no field of their own in TCP_INFO's order. */
const Kind = { SNDQ_SIZE: 13, CA_STATE: 14, SND_SSTHRESH: 15, BYTES_SENT: 18, EDT: 25, TTL: 26, REHASH: 27 } as const
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
  const { busy_time, rwnd_limited, sndbuf_limited, data_segs_out, total_retrans, pacing_rate, delivery_rate } = status
  const attributes = new Attributes()
  const wide = [busy_time, rwnd_limited, sndbuf_limited, data_segs_out, total_retrans, pacing_rate, delivery_rate]
  for (const [i, value] of wide.entries()) attributes.put(i + 1, 8, value)
  for (const [i, value] of [status.snd_cwnd, status.reordering, status.min_rtt].entries())
    attributes.put(i + 8, 4, value)
  attributes.put(11, 1, status.retransmits)
  attributes.put(12, 1, status.delivery_rate_app_limited)
  for (const [i, value] of [status.snd_ssthresh, delivered, status.delivered_ce].entries())
    attributes.put(i + Kind.SND_SSTHRESH, 4, value)
  attributes.put(Kind.SNDQ_SIZE, 4, unacknowledged(tcb))
  attributes.put(Kind.CA_STATE, 1, status.ca_state)
  for (const [i, value] of [status.bytes_sent, status.bytes_retrans].entries())
    attributes.put(i + Kind.BYTES_SENT, 8, value)
  for (const [i, value] of [status.dsack_dups, status.reord_seen, status.rtt].entries())
    attributes.put(i + 20, 4, value)
  attributes.put(23, 2, status.rehash)
  attributes.put(24, 4, hops === undefined ? notSent(tcb, octet) : unsent(tcb))
  attributes.put(Kind.EDT, 8, sentAt * 1000)
  if (hops !== undefined) attributes.put(Kind.TTL, 1, hops)
  attributes.put(Kind.REHASH, 4, status.rehash)
  return attributes.octets
}
