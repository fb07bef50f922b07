import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'

/** TCP_INFO under Linux's field names (`struct tcp_info`, without `tcpi_`); times in µs, `last_*` in ms. */
export interface TcpStatus {
  readonly state: number
  readonly ca_state: number
  readonly retransmits: number
  readonly probes: number
  readonly backoff: number
  /** TCPI_OPT_TIMESTAMPS 1, SACK 2, WSCALE 4. */
  readonly options: number
  readonly snd_wscale: number
  readonly rcv_wscale: number
  readonly rto: number
  readonly ato: number
  readonly snd_mss: number
  readonly rcv_mss: number
  readonly unacked: number
  readonly sacked: number
  readonly lost: number
  readonly retrans: number
  readonly last_data_sent: number
  readonly last_data_recv: number
  readonly last_ack_recv: number
  readonly pmtu: number
  readonly rcv_ssthresh: number
  readonly rtt: number
  readonly rttvar: number
  readonly snd_ssthresh: number
  readonly snd_cwnd: number
  readonly advmss: number
  readonly reordering: number
  readonly rcv_rtt: number
  readonly rcv_space: number
  readonly total_retrans: number
  readonly bytes_acked: bigint
  readonly bytes_received: bigint
  readonly segs_out: number
  readonly segs_in: number
  readonly notsent_bytes: number
  readonly min_rtt: number
  readonly data_segs_in: number
  readonly data_segs_out: number
  readonly bytes_sent: bigint
  readonly bytes_retrans: bigint
  readonly snd_wnd: number
}

/** RFC 9293 §3.10.6 STATUS, in the form every tool reads. A connection in TIME-WAIT reports CLOSED, as its descriptor does. */
export function statusCall(tcb: Tcb): TcpStatus {
  const { sent, congestion: c, recovery: r, host } = tcb
  const ago = (at: number): number => Math.floor((host.now - at) / 1000)
  const options = (tcb.timestamps ? 1 : 0) | (tcb.sackPermitted ? 2 : 0) | (tcb.scaling ? 4 : 0)
  return {
    state: tcb.state === State.TIME_WAIT ? State.CLOSED : tcb.state,
    ca_state: r.phase,
    retransmits: tcb.retransmits,
    probes: tcb.probes,
    backoff: tcb.backoff,
    options,
    snd_wscale: tcb.sndScale,
    rcv_wscale: tcb.rcvScale,
    rto: tcb.rto,
    ato: tcb.acknowledging.delayUs,
    snd_mss: tcb.sendMss,
    rcv_mss: tcb.receiveMss,
    unacked: tcb.listen === null ? sent.packetsOut : tcb.listen.accept.length,
    sacked: tcb.listen === null ? sent.sackedOut : tcb.listen.backlog,
    lost: sent.lostOut,
    retrans: sent.retransOut,
    last_data_sent: ago(tcb.lastDataSentAt),
    last_data_recv: ago(tcb.lastDataReceivedAt),
    last_ack_recv: ago(tcb.lastAckReceivedAt),
    pmtu: host.pathMtu(tcb.remote),
    rcv_ssthresh: tcb.autotuning.threshold,
    rtt: Math.max(tcb.srtt, 0),
    rttvar: tcb.rttvar,
    snd_ssthresh: c.threshold,
    snd_cwnd: c.window,
    advmss: tcb.advertisedMss,
    reordering: r.reordering,
    rcv_rtt: tcb.autotuning.rttEighths >> 3,
    rcv_space: tcb.autotuning.space,
    total_retrans: tcb.totalRetransmissions,
    bytes_acked: BigInt(tcb.octetsAcknowledged),
    bytes_received: BigInt(tcb.octetsReceived),
    segs_out: tcb.segmentsOut,
    segs_in: tcb.segmentsIn,
    notsent_bytes: Math.max(0, (tcb.sendBuffer.end - tcb.snd.nxt) | 0),
    min_rtt: Number.isFinite(tcb.minRtt) ? tcb.minRtt : 0,
    data_segs_in: tcb.dataSegmentsIn,
    data_segs_out: tcb.dataSegmentsOut,
    bytes_sent: BigInt(tcb.octetsSent),
    bytes_retrans: BigInt(tcb.octetsRetransmitted),
    snd_wnd: tcb.snd.wnd,
  }
}
