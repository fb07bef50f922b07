import { Errno, MS } from '../../base/index.ts'
import { NO_STATUS, State, statusCall, type Tcb, type TcpStatus, WINDOW_MOST } from '../../tcp/index.ts'
import { ownNow } from '../options/tcp-maxseg.ts'
import type { StatusRules, StatusSubject } from './personality.ts'

/** FreeBSD's names of states are numbers in the order in which a connection lives. */
const STATES: Readonly<Record<State, number>> = {
  [State.CLOSED]: 0,
  [State.LISTEN]: 1,
  [State.SYN_SENT]: 2,
  [State.SYN_RECEIVED]: 3,
  [State.ESTABLISHED]: 4,
  [State.CLOSE_WAIT]: 5,
  [State.FIN_WAIT_1]: 6,
  [State.CLOSING]: 7,
  [State.LAST_ACK]: 8,
  [State.FIN_WAIT_2]: 9,
  [State.TIME_WAIT]: 10,
}

/** What FreeBSD's `struct tcp_info` has beside Linux's fields. */
interface FreebsdStatus extends TcpStatus {
  readonly snd_nxt: number
  readonly rcv_nxt: number
  readonly snd_rexmitpack: number
  readonly snd_zerowin: number
  /** Duplicate ACKs of SND.UNA, as recovery counts them. */
  readonly dupacks: number
  /** Of windows that are no longer kept, of adapters that do TCP, and of probes that there are none of: 0. */
  readonly snd_bwnd: number
  readonly toe_tid: number
  readonly total_tlp: number
  readonly total_tlp_bytes: number
  readonly snd_una: number
  readonly snd_max: number
  /** The right edge of the window that was offered. */
  readonly rcv_adv: number
  readonly rcv_numsacks: number
  /** The least round trip, ms; 0: none was measured. */
  readonly rttmin: number
}

/** The same names as Linux's, with the window and the threshold in octets, and the MSS before options. */
function status(socket: StatusSubject): FreebsdStatus {
  const { tcb } = socket
  if (tcb === null || tcb.listen !== null) return beginning(socket)
  const common = statusCall(tcb)
  const opening = tcb.state === State.SYN_SENT ? stillOpening(socket, tcb) : null
  return {
    ...common,
    state: STATES[tcb.state],
    options: agreedOptions(tcb, common),
    last_data_recv: silence(tcb),
    snd_mss: tcb.sendMss,
    rcv_mss: tcb.sendMss,
    snd_cwnd: Math.min(common.snd_cwnd, WINDOW_MOST),
    snd_ssthresh: Math.min(common.snd_ssthresh, WINDOW_MOST),
    rcv_space: tcb.rcv.wnd,
    snd_nxt: (tcb.octets?.resendFrom ?? tcb.snd.nxt) >>> 0,
    rcv_nxt: tcb.rcv.nxt >>> 0,
    snd_rexmitpack: tcb.textSentAgain,
    snd_zerowin: tcb.acknowledging.zeroWindows,
    dupacks: tcb.octets?.duplicates ?? 0,
    ...NO_WORK,
    snd_una: tcb.snd.una >>> 0,
    snd_max: tcb.snd.nxt >>> 0,
    rcv_adv: tcb.rcv.edge >>> 0,
    rcv_numsacks: tcb.sackReport.count,
    rttmin: Number.isFinite(tcb.minRtt) ? Math.floor(tcb.minRtt / MS) : 0,
    ...opening,
  }
}

/** Since the last segment of any kind: µs, in a clock's ticks of 1 ms. */
function silence({ host, lastSegmentReceivedAt }: Tcb): number {
  return Math.floor((host.now - lastSegmentReceivedAt) / MS) * MS
}

/** What a connection begins with, told before there is one, and of a listener. */
function beginning(socket: StatusSubject): FreebsdStatus {
  const { rtoInitialUs, sack } = socket.host.config
  const { tcb } = socket
  return {
    ...NOTHING,
    state: STATES[tcb?.state ?? State.CLOSED],
    options: (sack ? SACK : 0) | (socket.options.fastOpenQueue > 0 ? FAST_OPEN : 0),
    rto: rtoInitialUs,
    rttvar: rtoInitialUs / 4,
    snd_mss: ownNow(socket),
    rcv_mss: ownNow(socket),
    snd_ssthresh: WINDOW_MOST,
    snd_cwnd: WINDOW_MOST,
  }
}

/** Until the answer nothing is agreed to but that there may be SACK blocks, and no window is known. */
function stillOpening(socket: StatusSubject, tcb: Tcb): Partial<FreebsdStatus> {
  const mss = tcb.supposedMss > 0 ? tcb.sendMss : ownNow(socket)
  return {
    options: (tcb.sackPermitted ? SACK : 0) | (opensFast(tcb) ? FAST_OPEN : 0),
    snd_mss: mss,
    rcv_mss: mss,
    rcv_space: 0,
    ...(tcb.retransmits === 0 && tcb.supposedMss === 0 ? { snd_cwnd: WINDOW_MOST } : {}),
  }
}

/** TCPI_OPT_TIMESTAMPS, _SACK, _WSCALE and _ECN, which mean the same; what Linux has above them is FreeBSD's TCPI_OPT_TOE and TCPI_OPT_TFO. */
const AGREED = 0xf
const SACK = 0x2
const CLASSIC_ECN = 0x8
const FAST_OPEN = 0x20
/** TCPI_OPT_ACE, in the place of TCPI_OPT_ECN. */
const ACCURATE_ECN = 0x40

function agreedOptions(tcb: Tcb, status: TcpStatus): number {
  const options = (status.options & AGREED) | (opensFast(tcb) ? FAST_OPEN : 0)
  const { accurate, on } = tcb.ecn
  if (accurate === null && on) return options
  return (options & ~CLASSIC_ECN) | (accurate === null ? 0 : ACCURATE_ECN)
}

/** TCP_FASTOPEN is at work: of who connected, until the path turns out not to bear it. */
function opensFast({ fastOpen, active, listen, options }: Tcb): boolean {
  return active || listen !== null ? options.fastOpenQueue > 0 : fastOpen?.early === true
}

const NO_WORK = { snd_bwnd: 0, toe_tid: 0, total_tlp: 0, total_tlp_bytes: 0 } as const

const NOTHING: FreebsdStatus = {
  ...NO_STATUS,
  ...NO_WORK,
  state: 0,
  snd_nxt: 0,
  rcv_nxt: 0,
  snd_rexmitpack: 0,
  snd_zerowin: 0,
  dupacks: 0,
  snd_una: 0,
  snd_max: 0,
  rcv_adv: 0,
  rcv_numsacks: 0,
  rttmin: 0,
}

/** FreeBSD's TCP_INFO. What Linux has behind the state it leaves empty. */
export const FREEBSD_STATUS: StatusRules = { of: status, refusal: Errno.EINVAL, firstOctets: ['state'] }
