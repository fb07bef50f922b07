import type { Micros, Seq } from '../base/index.ts'
import { WheelTimer } from '../base/index.ts'
import type { Address } from '../wire/index.ts'
import { Congestion } from './congestion/congestion.ts'
import type { CongestionControl } from './congestion/interface.ts'
import { Ecn } from './ecn/ecn.ts'
import type { FastOpen, FastOpenKey } from './fast-open/fast-open.ts'
import type { SendWatch, TcbOwner, TcpHost } from './host.ts'
import type { LeastRoundTrip } from './least-round-trip.ts'
import type { OctetSender } from './octets/octet-sender.ts'
import { type Acknowledging, newAcknowledging } from './output/acknowledging.ts'
import type { BlackHole } from './output/black-hole.ts'
import type { MtuSearch } from './output/mtu-search.ts'
import { SackReport } from './output/sack-report.ts'
import { ReceiveAutotuning } from './receive-autotuning.ts'
import { ReceiveBuffer } from './receive-buffer.ts'
import { LossRecovery } from './recovery/loss-recovery.ts'
import { RetransmissionQueue } from './retransmission-queue.ts'
import { SendBuffer } from './send-buffer.ts'
import { SendingTime } from './sending-time.ts'
import type { SignatureKey } from './signature-key.ts'
import { State } from './state.ts'
import { TimerSlot } from './trace-sink.ts'
import type { UrgentOctets } from './urgent-octets.ts'
import type { WaitingList } from './waiting-list.ts'

/** RFC 9293 §3.3.1: the send sequence variables. All sequence numbers are int32. */
export class SendVariables {
  /** Oldest unacknowledged. */
  una: Seq = 0
  /** Next to be sent. */
  nxt: Seq = 0
  /** Window, octets, scaled. */
  wnd = 0
  /** Urgent pointer: one past the last urgent octet. */
  up: Seq = 0
  /** Sequence number of the segment that last updated the window. */
  wl1: Seq = 0
  /** Acknowledgment number of the segment that last updated the window. */
  wl2: Seq = 0
  /** Largest window the peer ever offered (RFC 9293 §3.8.6.2.1). */
  maxWnd = 0
}

/** RFC 9293 §3.3.1: the receive sequence variables. */
export class ReceiveVariables {
  /** Next expected. */
  nxt: Seq = 0
  /** Right edge of the window offered, one past the last octet allowed: RCV.NXT + RCV.WND. It moves left only by `tcp_shrink_window`. */
  edge: Seq = 0
  /** RCV.NXT as of the last segment sent: the last acknowledgment the peer was given. */
  wup: Seq = 0
  /** Urgent pointer. */
  up: Seq = 0

  /** RCV.WND: octets that may still arrive. */
  get wnd(): number {
    const wnd = (this.edge - this.nxt) | 0
    return wnd > 0 ? wnd : 0
  }
}

/** What setsockopt may change on a connection; a listener's values pass to its connections. */
export interface TcbOptions {
  /** TCP_NODELAY. */
  noDelay: boolean
  /** TCP_CORK. */
  cork: boolean
  /** TCP_RTO_MIN_US, TCP_RTO_MAX_MS and TCP_DELACK_MAX_US, µs; 0: the system's. */
  rtoMinUs: Micros
  rtoMaxUs: Micros
  delayedAckMaxUs: Micros
  /** TCP_THIN_LINEAR_TIMEOUTS: what `tcp_thin_linear_timeouts` says of every connection. */
  thinLinearTimeouts: boolean
  /** SO_TXREHASH: a timeout may choose another path through the network. */
  changesPath: boolean
  /** TCP_SYNCNT; 0: the system's. */
  synRetries: number
  /** TCP_DEFER_ACCEPT, as a number of SYN-ACK retransmissions; 0: off. */
  deferAccept: number
  /** TCP_QUICKACK as set before there is a connection. */
  quickAck: boolean
  /** TCP_NOTSENT_LOWAT, octets; 0: the system's. */
  notSentLowat: number
  /** TCP_FASTOPEN on a listener: connections at most that are open before their handshake is complete; 0: none. */
  fastOpenQueue: number
  /** TCP_FASTOPEN_KEY: a listener's own keys; null: the host's. */
  fastOpenKeys: readonly FastOpenKey[] | null
  /** TCP_FASTOPEN with a key that the server was told beforehand (BSD). Rare, and absent until it is set. */
  fastOpenPsk?: FastOpenKey
  /** TCP_SAVE_SYN: above 0, connections keep the headers of their SYN. */
  saveSyn: number
  /** TCP_FASTOPEN_NO_COOKIE. */
  fastOpenNoCookie: boolean
  /** IPV6_USE_MIN_MTU: segments fit the least packet that every path of IPv6 takes. Rare, and absent until it is set. */
  leastPackets?: boolean
  /** SO_KEEPALIVE. */
  keepalive: boolean
  /** TCP_NOOPT: no option but the MSS. */
  noOptions: boolean
  /** TCP_KEEPINIT, µs; 0: the system's. */
  keepInitUs: Micros
  /** TCP_KEEPIDLE, µs; 0: the system's. */
  keepIdleUs: Micros
  /** TCP_KEEPINTVL, µs; 0: the system's. */
  keepIntervalUs: Micros
  /** TCP_KEEPCNT; 0: the system's. */
  keepCount: number
  /** TCP_USER_TIMEOUT, µs; 0: none. */
  userTimeoutUs: Micros
  /** TCP_MAXSEG; 0: not set. */
  maxSegment: number
  /** IP options in the header of each IPv4 packet, which leave less room for text; null: none. A route is none of them. */
  ipOptions: Uint8Array | null
  /** TCP_LINGER2, µs; 0: the system's tcp_fin_timeout; −1: FIN-WAIT-2 ends at once. */
  linger2Us: Micros
  /** SO_OOBINLINE. */
  oobInline: boolean
  /** SO_SNDBUF, octets. */
  sendBuffer: number
  /** SO_SNDBUF was set: the buffer does not grow by itself. */
  sendBufferFixed: boolean
  /** SO_MAX_PACING_RATE, octets a second; infinite: not set. */
  maxPacingRate: number
  /** SO_RCVLOWAT: how many octets make a socket readable. */
  receiveLowat: number
  /** SO_RCVBUF, octets. */
  receiveBuffer: number
  /** SO_RCVBUF was set: the buffer does not grow by itself. */
  receiveBufferFixed: boolean
  /** TCP_WINDOW_CLAMP: the largest window offered, octets; infinite: not set. */
  windowClamp: number
  /** TCP_MD5SIG: keys, and with whom they are shared; null: none. Replaced, never changed. */
  signatureKeys: readonly SignatureKey[] | null
  /** TCP_CONGESTION. */
  congestion: CongestionControl
}

/** What a SYN of ours offers beside its MSS. */
export interface SynOffer {
  readonly timestamps: boolean
  readonly sack: boolean
  /** Window scale; −1: none. */
  readonly scale: number
}

/** `pacedUntil` of a connection that nothing ever paced. */
export const NEVER_PACED: Micros = Number.NEGATIVE_INFINITY

const NO_OFFER: SynOffer = { timestamps: false, sack: false, scale: -1 }

/** LISTEN's two queues. */
export interface ListenQueues {
  /** As given to listen(), already bounded by somaxconn. */
  backlog: number
  /** Connections in SYN-RECEIVED. */
  readonly embryonic: WaitingList<Tcb>
  /** Connections that data in their SYN opened (RFC 7413), and whose handshake is not complete. */
  readonly early: WaitingList<Tcb>
  /** Until when each place is held that such a connection had when a RST ended it behind accept(), the oldest first. */
  readonly held: Micros[]
  /** When a SYN cookie was last sent, by any that share the port by SO_REUSEPORT. */
  cookies: { sentAt: Micros }
  /** Connections that are established and wait for accept(). */
  readonly accept: Tcb[]
}

/** A connection's transmission control block. The machine's functions live beside it, in the RFC's order. */
export class Tcb {
  readonly host: TcpHost
  /** The connection's number on its host, in the trace as `conn`. */
  readonly id: number
  /** Changed by `setState` alone, but for a listener's child, which begins in LISTEN. */
  state: State = State.CLOSED
  local: Address
  localPort: number
  remote: Address
  remotePort: number
  /** The descriptor's side; null for embryonic, un-accepted and orphaned connections. */
  owner: TcbOwner | null = null
  /** Who wants to know when octets have left and arrived; null: nobody. */
  watch: SendWatch | null = null
  /** The listener this connection came through, until accept() takes it. */
  listener: Tcb | null = null
  /** Where it stands in the listener's queue that it waits in; −1: in none. */
  place = -1
  /** Only in LISTEN. */
  listen: ListenQueues | null = null
  readonly options: TcbOptions

  readonly snd: SendVariables = new SendVariables()
  readonly rcv: ReceiveVariables = new ReceiveVariables()
  iss: Seq = 0
  irs: Seq = 0
  /** True from an active OPEN on; decides where a RST in SYN-RECEIVED leads (§3.10.7.4 second). */
  active = false

  readonly sendBuffer: SendBuffer
  readonly receiveBuffer: ReceiveBuffer
  readonly sent: RetransmissionQueue = new RetransmissionQueue()
  readonly congestion: Congestion
  readonly recovery: LossRecovery
  /** Of a sender that counts octets; null: it remembers segments. */
  readonly octets: OctetSender | null
  readonly ecn: Ecn = new Ecn()
  readonly acknowledging: Acknowledging = newAcknowledging()
  readonly sackReport: SackReport = new SackReport()
  readonly autotuning: ReceiveAutotuning = new ReceiveAutotuning()

  /** Largest payload we may send, octets, options not yet subtracted (RFC 9293 §3.7.1: min of peer's MSS and path). */
  sendMss = 536
  /** RFC 4821; null: no path MTU probing. */
  mtuSearch: MtuSearch | null = null
  blackHole: BlackHole | null = null
  /** What the peer's MSS option said, 536 if it said nothing. */
  peerMss = 536
  /** Octets of segments that text which opened the connection supposed that it takes, before it said anything; 0: nothing was supposed. */
  supposedMss = 0
  /** One segment at a time is timed (BSD): when it left, µs; −1: none is. */
  timedAt: Micros = -1
  /** Its number. */
  timedSeq: Seq = 0
  /** What the first SYN or SYN-ACK offered, octets: the next ones repeat it. */
  firstOffer = 0
  /** The peer's SYN has come. */
  offerTaken = false
  /** What the path was known to take when segments were last cut for it, octets. */
  pathMtu = 0
  /** MSS we announced. */
  advertisedMss = 536
  /** Largest payload seen from the peer; decides what "every second full-sized segment" means. */
  receiveMss = 536
  /** RFC 7323: shift applied to windows we receive and to those we send. */
  sndScale = 0
  rcvScale = 0
  scaling = false
  timestamps = false
  sackPermitted = false
  /** The last acceptable segment's timestamp was newer than any before. */
  tsAdvanced = false
  /** What our SYN offered. */
  offered: SynOffer = NO_OFFER
  /** Upper bound of the window we offer, octets; and what TCP_WINDOW_CLAMP, or SO_RCVBUF as it was at the SYN, let it be at most. */
  windowClamp: number = Number.POSITIVE_INFINITY
  windowMost: number = Number.POSITIVE_INFINITY
  tsOffset = 0
  tsRecent = 0
  tsRecentAt: Micros = 0
  /** TSecr of the ACK being processed; 0: it has none. */
  lastEcho = 0

  /** The local side has closed its direction: a FIN follows the last octet of the send buffer. */
  finQueued = false
  /** SND.NXT has passed our FIN. */
  finSent = false
  /** The peer's FIN has been received and RCV.NXT is past it. */
  finReceived = false
  /** shutdown(SHUT_RD) was called, or the descriptor is gone: nobody will read. */
  receiveShutdown = false
  /** The connection was open or being opened, and has ended: reading gives end of file, writing EPIPE. */
  done = false
  /** What waits to be sent has been pushed by TCP_NODELAY: it leaves when it may, corked or not, as long as no more is written behind it. */
  passesCork = false
  /** The descriptor is closed and the connection lives on. */
  orphan = false
  /** Until then close() waits for what is unacknowledged (SO_LINGER), and the connection is no orphan yet. */
  lingersUntil: Micros = 0
  /** An orphan in FIN-WAIT-2 of which only what TIME-WAIT needs is kept (Linux). */
  light = false
  /** Where an early FIN stands that arrived ahead of missing text; meaningful while `finEarly`. */
  finEarly = false
  finEarlyAt: Seq = 0
  /** A program waits in a call that writes: its data will carry the handshake's last ACK. */
  writePending = false
  /** A send() had more than the buffer had room for, and it has had none since. */
  wantsSpace = false
  /** How often such a program was told that there is room again. */
  spacesMade = 0
  /** One past the last octet that was sent or will be with PSH. */
  pushedTo: Seq = 0
  /** One past the last segment sent that was smaller than the MSS (Nagle as refined by Minshall). */
  smallSent: Seq = 0
  /** Header prediction: the next segment is expected to bring text in order or an ACK, and nothing else that is new. */
  foresees = true
  /** How often the connection has tried another path through the network, and how often because of a timeout. */
  pathChanges = 0
  timeoutPathChanges = 0
  /** Flow labels (IPv6): of the segment being processed, and of the last one with text. */
  flowLabelArrived = 0
  flowLabelSeen = 0
  /** TOS or traffic class of the packet that leaves next, where it is not the socket's but that of what is answered; −1: the socket's. */
  service = -1
  /** Hops that the packet had left which completed a passive open: those of packets to groups, to Linux. */
  openingHops = 0
  /** Urgent mode (RFC 6093). */
  urgentSend = false
  urgentReceive = false
  /** The octet taken out of band, −1: none, −2: read already. */
  oobOctet = -1
  /** Octets that were urgent and are out of the stream (BSD); null: none is. */
  urgentApart: UrgentOctets | null = null
  /** How often one has come: each wakes who asked to read. */
  urgentArrivals = 0

  /** Canonical errno (Linux's number) that ended the connection and that SO_ERROR has not yet told; 0: none. */
  error = 0
  /** Canonical errno of a soft error (ICMP), told only if the connection then times out. */
  softError = 0

  // RFC 6298. Times in µs; srtt −1: no measurement yet.
  srtt = -1
  rttvar = 0
  rto: Micros
  /** The least round trip of late, and what it is found by. */
  minRtt: Micros = Number.POSITIVE_INFINITY
  roundTrips: LeastRoundTrip | null = null
  // The same in the finer units in which some systems keep them (`rtt.ts`).
  srttEighths = 0
  deviationQuarters = 0
  deviationMost = 0
  rtoVariance = 0
  rttRoundEnd: Seq = 0
  backoff = 0
  /** The least timeout that the route allows, µs; 0: it has nothing to say. */
  routeRtoMinUs: Micros = 0
  /** Timeouts since the last progress. */
  retransmits = 0
  /** A window probe has carried the octet at SND.NXT: the peer may acknowledge it, though it counts as unsent. */
  probedAhead = false
  /** When SND.UNA last moved, or something was sent that nothing was in flight before. */
  progressAt: Micros = 0
  /** Unanswered window or keep-alive probes. */
  probes = 0
  /** When the first of these zero-window probes was due that no open window has ended, µs; 0: none was. */
  probesSince: Micros = 0
  synTimeouts = 0
  /** RFC 7413; null: no Fast Open. */
  fastOpen: FastOpen | null = null
  /** The queues of the listener among whose early connections it counts, accepted or not; null: it does not. */
  earlyIn: ListenQueues | null = null
  /** The IP and TCP headers of the SYN that made this connection (TCP_SAVE_SYN); null: not kept, or told. */
  savedSyn: Uint8Array | null = null
  /** Text that came before the connection was open, from RCV.NXT on. */
  heldText: Uint8Array | null = null
  /** TCP_DEFER_ACCEPT: the handshake is complete but for the data that accept() waits for. */
  deferred = false
  /** TCP_REPAIR: the peer is not to hear that it ends here. */
  repairing = false
  /** When the first SYN left; RFC 7323 checks the first echo against it. */
  synSentAt: Micros = 0

  // When things last happened, for TCP_INFO, keep-alive and idle restarts.
  lastDataSentAt: Micros
  lastSegmentSentAt: Micros = Number.NEGATIVE_INFINITY
  /** When something was there to be sent, whether it left or not. */
  lastSendTriedAt: Micros = Number.NEGATIVE_INFINITY
  lastDataReceivedAt: Micros
  lastAckReceivedAt: Micros
  lastSegmentReceivedAt: Micros
  lastOutOfWindowReplyAt: Micros = Number.NEGATIVE_INFINITY
  outOfWindowReplies = 0

  // For TCP_INFO.
  totalRetransmissions = 0
  segmentsIn = 0
  segmentsOut = 0
  dataSegmentsIn = 0
  dataSegmentsOut = 0
  octetsAcknowledged = 0
  octetsReceived = 0
  octetsSent = 0
  octetsRetransmitted = 0
  /** Segments with text that were sent again. */
  textSentAgain = 0
  earlySegments = 0
  totalTimeouts = 0
  timeoutRecoveries = 0
  timeoutTime: Micros = 0
  timeoutsSince: Micros = 0
  sendingTime: SendingTime = new SendingTime()

  readonly retransmitTimer: WheelTimer<Tcb> = new WheelTimer<Tcb>(this, TimerSlot.RETRANSMIT)
  persistTimer: WheelTimer<Tcb> | null = null
  readonly delayedAckTimer: WheelTimer<Tcb> = new WheelTimer<Tcb>(this, TimerSlot.DELAYED_ACK)
  keepaliveTimer: WheelTimer<Tcb> | null = null
  finWait2Timer: WheelTimer<Tcb> | null = null
  userTimer: WheelTimer<Tcb> | null = null
  pacingTimer: WheelTimer<Tcb> | null = null
  /** SO_MAX_PACING_RATE: when the next burst may leave, µs, with fractions. */
  pacedUntil: Micros = NEVER_PACED

  constructor(
    host: TcpHost,
    options: TcbOptions,
    local: Address,
    localPort: number,
    remote: Address,
    remotePort: number,
  ) {
    this.host = host
    this.id = host.nextConnectionId()
    this.options = options
    this.local = local
    this.localPort = localPort
    this.remote = remote
    this.remotePort = remotePort
    this.sendBuffer = new SendBuffer()
    this.receiveBuffer = new ReceiveBuffer()
    this.congestion = new Congestion(host.config.initialWindow, options.congestion, host.now)
    this.recovery = new LossRecovery(host.config.reordering)
    this.octets = host.policy.octetSending?.newSender() ?? null
    this.rto = host.config.rtoInitialUs
    this.acknowledging.interactive = !options.quickAck
    this.lastDataSentAt = host.now
    this.lastDataReceivedAt = host.now
    this.lastAckReceivedAt = host.now
    this.lastSegmentReceivedAt = host.now
  }
}

/** The options of a socket on which nothing was set. */
export function defaultOptions(host: TcpHost): TcbOptions {
  return {
    noDelay: false,
    cork: false,
    fastOpenQueue: 0,
    rtoMinUs: 0,
    rtoMaxUs: 0,
    delayedAckMaxUs: 0,
    fastOpenNoCookie: false,
    saveSyn: 0,
    fastOpenKeys: null,
    thinLinearTimeouts: false,
    changesPath: true,
    synRetries: 0,
    deferAccept: 0,
    quickAck: true,
    notSentLowat: 0,
    keepalive: false,
    keepInitUs: 0,
    noOptions: false,
    keepIdleUs: 0,
    keepIntervalUs: 0,
    keepCount: 0,
    userTimeoutUs: 0,
    maxSegment: 0,
    ipOptions: null,
    linger2Us: 0,
    oobInline: false,
    sendBuffer: host.config.sendBuffer,
    sendBufferFixed: false,
    maxPacingRate: Number.POSITIVE_INFINITY,
    receiveLowat: 1,
    receiveBuffer: host.config.receiveBuffer,
    receiveBufferFixed: false,
    windowClamp: Number.POSITIVE_INFINITY,
    signatureKeys: null,
    congestion: host.config.congestionControl,
  }
}
