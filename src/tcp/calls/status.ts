import { SECOND } from '../../base/index.ts'
import { EcnCounts } from '../ecn/accurate.ts'
import { isEarly } from '../fast-open/early.ts'
import { LEAST_RECEIVED } from '../negotiate.ts'
import { usualMss } from '../output/mss.ts'
import { TIMESTAMPS_LENGTH } from '../output/options.ts'
import { pacingRate } from '../output/pace.ts'
import { owesFin } from '../output/send.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { ackPaceMax } from '../timeout-bounds.ts'
import { listeningStatus, NOT_MEASURED, toldPace, unconnectedStatus } from './no-status.ts'
import type { TcpStatus } from './tcp-status.ts'

/** RFC 9293 §3.10.6 STATUS, in the form every tool reads. A connection in TIME-WAIT reports CLOSED, as its descriptor does. */
export function statusCall(tcb: Tcb): TcpStatus {
  const { sent, congestion: c, recovery: r, host } = tcb
  if (tcb.listen !== null) return listeningStatus(tcb, tcb.listen.accept.length, tcb.listen.backlog)
  const ago = (at: number): number => Math.floor((host.now - at) / 1000)
  const { sendingTime: t } = tcb
  return {
    state: tcb.state === State.TIME_WAIT ? State.CLOSED : tcb.state,
    ca_state: r.phase,
    retransmits: tcb.retransmits,
    probes: tcb.probes,
    backoff: tcb.backoff,
    options: optionBits(tcb),
    snd_wscale: tcb.sndScale,
    rcv_wscale: tcb.offerTaken && tcb.scaling ? tcb.rcvScale : 0,
    rto: tcb.rto,
    ato: Math.min(tcb.acknowledging.delayUs, ackPaceMax(tcb)),
    snd_mss: usualMss(tcb),
    rcv_mss: tcb.receiveMss,
    unacked: sent.packetsOut - sent.uncounted,
    sacked: sent.sackedOut,
    lost: sent.lostOut,
    retrans: sent.retransOut,
    last_data_sent: ago(tcb.lastDataSentAt),
    last_data_recv: ago(tcb.lastDataReceivedAt),
    last_ack_recv: ago(tcb.lastAckReceivedAt),
    pmtu: tcb.pathMtu,
    rcv_ssthresh: tcb.autotuning.threshold,
    rtt: Math.max(tcb.srtt, 0),
    rttvar: tcb.srtt < 0 && tcb.rttvar === 0 ? host.config.rtoInitialUs / 4 : tcb.rttvar,
    snd_ssthresh: c.threshold,
    snd_cwnd: c.window,
    advmss: tcb.advertisedMss - (tcb.timestamps && isPastHandshake(tcb) ? TIMESTAMPS_LENGTH : 0),
    reordering: r.reordering,
    rcv_rtt: tcb.autotuning.rttEighths >> 3,
    rcv_space: tcb.autotuning.space,
    total_retrans: tcb.totalRetransmissions,
    bytes_acked: BigInt(tcb.octetsAcknowledged),
    bytes_received: BigInt(tcb.octetsReceived),
    segs_out: tcb.segmentsOut,
    segs_in: tcb.segmentsIn,
    notsent_bytes: notSent(tcb),
    min_rtt: Number.isFinite(tcb.minRtt) ? tcb.minRtt : NOT_MEASURED,
    data_segs_in: tcb.dataSegmentsIn,
    data_segs_out: tcb.dataSegmentsOut,
    bytes_sent: BigInt(tcb.octetsSent),
    bytes_retrans: BigInt(tcb.octetsRetransmitted),
    snd_wnd: tcb.snd.wnd,
    rcv_wnd: (tcb.rcv.edge - tcb.rcv.wup) | 0,
    pacing_rate: toldPace(pacingRate(tcb)),
    max_pacing_rate: toldPace(tcb.options.maxPacingRate),
    delivery_rate: BigInt(deliveryRate(tcb)),
    delivery_rate_app_limited: r.rateAppLimited ? 1 : 0,
    busy_time: BigInt(t.busy(host.now)),
    rwnd_limited: BigInt(t.windowLimited(host.now)),
    sndbuf_limited: BigInt(t.sendBufferLimited(host.now)),
    delivered: r.delivered,
    delivered_ce: r.deliveredCe,
    dsack_dups: r.dsackDuplicates,
    reord_seen: r.reorderSeen,
    rcv_ooopack: tcb.earlySegments,
    fastopen_client_fail: tcb.fastOpen?.fail ?? 0,
    rehash: tcb.timeoutPathChanges,
    total_rto: tcb.totalTimeouts,
    total_rto_recoveries: tcb.timeoutRecoveries,
    total_rto_time: Math.floor(timeoutTime(tcb) / 1000),
    ...ecnStatus(tcb),
  }
}

/** µs spent in timeouts, the present one included. */
function timeoutTime({ timeoutTime: before, timeoutsSince, host }: Tcb): number {
  return before + (timeoutsSince > 0 ? host.now - timeoutsSince : 0)
}

/** Octets that wait to be sent; a FIN that waits is one. */
function notSent(tcb: Tcb): number {
  const { end, dropped } = tcb.sendBuffer
  return Math.max(0, (end + dropped - tcb.snd.nxt) | 0) + (owesFin(tcb) ? 1 : 0)
}

/** Octets per second, by the best sample so far. */
function deliveryRate(tcb: Tcb): number {
  const { rateDelivered, rateIntervalUs } = tcb.recovery
  return rateIntervalUs === 0 ? 0 : Math.floor((rateDelivered * usualMss(tcb) * SECOND) / rateIntervalUs)
}

const NO_COUNTS = new EcnCounts()

const OPTION_ECN = 8
const OPTION_ECN_SEEN = 16

function ecnStatus(tcb: Tcb): Pick<TcpStatus, EcnField> {
  const { accurate, counts } = tcb.ecn
  const { receivedCe, received, delivered } = counts ?? NO_COUNTS
  return {
    received_ce: receivedCe,
    delivered_e1_bytes: delivered[0] as number,
    delivered_e0_bytes: delivered[1] as number,
    delivered_ce_bytes: delivered[2] as number,
    received_e1_bytes: received[0] as number,
    received_e0_bytes: received[1] as number,
    received_ce_bytes: received[2] as number,
    ecn_mode: ecnMode(tcb),
    accecn_opt_seen: accurate?.seen ?? 0,
    accecn_fail_mode: accurate?.broken ?? 0,
  }
}

type EcnField =
  | 'received_ce'
  | `${'delivered' | 'received'}_${'e1' | 'e0' | 'ce'}_bytes`
  | 'ecn_mode'
  | 'accecn_opt_seen'
  | 'accecn_fail_mode'

function ecnMode(tcb: Tcb): number {
  const { accurate, asked, on } = tcb.ecn
  if (accurate !== null) return 2
  if (on) return 1
  return tcb.offerTaken ? 0 : ([0, 1, 3][asked] as number)
}

/**
 * STATUS of a socket that has dissolved its connection (Linux): what the next one begins with, and beside it what nobody has cleared.
 */
export function dissolvedStatus(tcb: Tcb): TcpStatus {
  const { retransmits, options, snd_mss, pmtu, advmss, snd_wnd, rcv_wnd, rcv_ssthresh, ...rest } = statusCall(tcb)
  const { reordering, notsent_bytes, delivery_rate_app_limited, rcv_space, min_rtt } = rest
  const { pacing_rate, delivery_rate, ecn_mode } = rest
  return {
    ...unconnectedStatus(tcb.host, { reordering: tcb.recovery.reordering, options: tcb.options }),
    retransmits,
    options: options & (OPTION_ECN | OPTION_ECN_SEEN),
    ecn_mode,
    snd_mss,
    rcv_mss: LEAST_RECEIVED,
    pmtu,
    // Nobody has asked for the path of one that waited for data.
    advmss: tcb.snd.nxt === tcb.iss ? 0 : advmss,
    snd_wnd,
    rcv_wnd,
    rcv_ssthresh,
    reordering,
    delivery_rate_app_limited,
    rcv_space,
    min_rtt,
    pacing_rate,
    delivery_rate,
    // The next connection's numbers lie beyond all that this one could have sent.
    notsent_bytes: notsent_bytes + tcb.snd.maxWnd + 2,
  }
}

/** From ESTABLISHED on, which SYNs that crossed may lead to before ours is acknowledged. */
function isPastHandshake({ active, iss, offerTaken, snd, state }: Tcb): boolean {
  if (!offerTaken || state === State.SYN_RECEIVED) return false
  return snd.una !== iss || (active && state !== State.CLOSED)
}

function agreedBits(tcb: Tcb): number {
  return (tcb.timestamps ? 1 : 0) | (tcb.sackPermitted ? 2 : 0) | (tcb.scaling ? 4 : 0)
}

function optionBits(tcb: Tcb): number {
  return (
    // Before the peer's SYN nothing is agreed to.
    (tcb.offerTaken ? agreedBits(tcb) : 0) |
    (ecnMode(tcb) > 0 ? OPTION_ECN : 0) |
    (tcb.ecn.seen ? OPTION_ECN_SEEN : 0) |
    (tcb.fastOpen?.dataAcked === true ? 32 : 0) |
    (isEarly(tcb) ? 128 : 0)
  )
}
