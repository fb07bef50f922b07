import type { Micros, Seq } from '../base/index.ts'
import type { IpHeader, TcpSegment } from '../wire/index.ts'
import type { EcnRules } from './ecn/rules.ts'
import type { TcpHost, TimeWaitEntry } from './host.ts'
import type { OctetSending } from './octets/octet-sender.ts'
import type { SackListRules } from './output/sack-report.ts'
import type { PacketBuffers } from './received-packets.ts'
import type { Tcb } from './tcb.ts'

/**
 * How one system's TCP decides where the RFCs leave room, or where it departs from them. The machine never asks which system
 * it is; it asks these questions. The values of each system are in `stack/personalities`.
 *
 * The fields under "laws" are true for every real system. They are here so that a claim's mutation can break one law and
 * show that the claim's verdict hangs on it.
 */
export interface TcpPolicy
  extends OpeningPolicy,
    ArrivalPolicy,
    ReceivingPolicy,
    SendingPolicy,
    RecoveryPolicy,
    ClosingPolicy {
  readonly laws: TcpLaws
}

/** Opening: what SYNs say and how they are answered (RFC 9293 §3.5, §3.10.7.2 and §3.10.7.3; RFC 7323, 7413, 9768), cookies and listeners. */
export interface OpeningPolicy {
  /** Order and padding of the options on SYN and SYN-ACK. */
  readonly synOptions: SynOptionOrder
  /** Fast Open's option is padded by zeros behind it (BSD), or by NOPs (Linux); and the SYN's data fill what the options leave. */
  readonly padsWithZeros: boolean
  /** TCP_MAXSEG decides what a SYN announces too (Linux), or only what is sent (BSD). */
  readonly maxSegmentIsAnnounced: boolean
  /** No peer is believed that it takes less than this, octets. */
  readonly smallestMss: number
  /** Window scale offered: from the largest buffer the system could reach, or from this socket's buffer. */
  readonly scaleFor: 'largest' | 'socket'
  /** The first window offered is rounded down to whole segments. */
  readonly roundInitialWindow: boolean
  /** The SYN-ACK of a simultaneous open repeats what our SYN had offered (Linux), or says what both agreed to. */
  readonly synAckRepeatsOffer: boolean
  /** In a simultaneous open the peer's SYN-ACK repeats its SYN, and is acknowledged as such (Linux). */
  readonly acknowledgesCrossedSynAck: boolean
  /** Where SYNs crossed, an ACK that repeats SND.UNA opens the connection (Linux), or is an old connection's, and reset (RFC 9293). */
  readonly crossedAckNeedsNoNews: boolean
  /**
   * Where SYNs crossed, SYN-RECEIVED is a state like those after it: windows are scaled, the repeated SYN-ACK offers what the last segment did,
   * one that comes with text is a SYN out of place, and a RST resets what it refuses elsewhere (Linux).
   */
  readonly crossedOpenIsSynchronised: boolean
  /** In SYN-SENT an ACK of something else is answered by RST and, at once, by the SYN again (Linux). */
  readonly repeatsSynAfterReset: boolean
  /** A second SYN in the window of a half-open connection resets it (Linux), or only makes it forgotten (RFC 9293). */
  readonly resetsHalfOpenOnSyn: boolean
  /** A SYN-ACK whose timestamp echoes nothing of ours is an old connection's (RFC 7323 §3.2; BSD passes over the echo alone). */
  readonly refusesStrangeEcho: boolean
  /** A SYN-ACK's text and FIN count only for who asked for Fast Open; others let them come again (Linux). */
  readonly synAckTextNeedsFastOpen: boolean
  /** A SYN-ACK that speaks of accurate ECN is believed, even if our SYN asked for RFC 3168 alone (Linux). */
  readonly accurateEcnUnasked: boolean
  /** ECN is what the peer's SYN or SYN-ACK says, whether ours asked or not, and no bit is suspected (BSD; `ecn/as-said.ts`). */
  readonly ecnAsSaid: EcnRules | null
  /**
   * A passive open is a small record until its handshake is complete, and understands less (BSD's syncache): whether a segment completes it,
   * and goes on as any other. Null: it is a connection from the beginning.
   */
  readonly lightHalfOpen: ((tcb: Tcb, segment: TcpSegment, ip: IpHeader) => boolean) | null
  /** A passive open is a request until its handshake is complete: it repeats its SYN-ACK, and whatever else is no news, rarely (Linux). */
  readonly halfOpenIsRequest: boolean
  /** A listener whose accept queue is full does not answer SYNs (Linux); else only the last ACK finds no room. */
  readonly fullQueueRefusesSyn: boolean
  /** Un-accepted connections allowed for a backlog n: Linux n + 1, BSD n + n/2 (3n/2). */
  acceptQueueLimit(backlog: number): number
  /** A SYN cookie's number holds window scale and SACK too (BSD); else they come back in the timestamp, or not at all. */
  readonly cookieHoldsOptions: boolean
  /** The handshake of a passive open is a measurement of the round trip even without timestamps. */
  readonly timesSynAck: boolean
  /** RFC 6298 §5.7: with a SYN that was sent again, the timeout begins at three seconds. */
  readonly slowTimeoutAfterLostSyn: boolean
  /** SYNs that may get lost before the first window is one segment. */
  readonly synLossesForgiven: number
  /** A SYN of ours that was lost costs no window, but leaves the threshold at two segments that any host takes (BSD). */
  readonly lostSynCostsThreshold: boolean
  /** What was closed before its SYN was answered is given no first window: as much leaves as the peer takes (BSD). */
  readonly closedOpensWide: boolean
}

/** The window as the BSDs offer it: `output/free-window.ts`. */
export interface FreeWindow {
  /** The field of a segment that is about to leave; the edge moves with it. */
  offer(tcb: Tcb, ctl: number): number
  /** Behind recv(): whether it is worth an ACK of its own. */
  isNews(tcb: Tcb): boolean
}

/** How the BSDs' buffers grow: `output/buffer-steps.ts`. */
export interface BufferSteps {
  /** Buffers hold whole segments from the moment when it is known how large these are. */
  round(tcb: Tcb): void
  /** Before something is sent. */
  growSendBuffer(tcb: Tcb): void
  /** Something is sent: where nothing was counted, counting begins. */
  beginCounting(tcb: Tcb): void
  /** Plain text has come in its place, and nothing else that is new. */
  count(tcb: Tcb, length: number): void
}

/** Window probes whose waits have bounds of their own: `timeouts/bounded-persist.ts`. */
export interface BoundedPersist {
  /** The next probe's wait begins. @param doublings how often it is doubled */
  start(tcb: Tcb, doublings: number): void
  /** Nothing has come for so long that the peer is given up. */
  isSilent(tcb: Tcb): boolean
}

/** Text and FINs behind a gap, judged by all that waits there: `arrives/queue-as-whole.ts`. */
export interface QueueRules {
  /** Text that would stand alone, when as many such stretches wait as may. */
  hasNoPlace(tcb: Tcb, seq: Seq, end: Seq): boolean
  /** The end of the stream would be before text that waits, or this text is beyond the end. */
  contradicts(tcb: Tcb, seq: Seq, end: Seq, fin: boolean): boolean
  /** Text takes the place of what stands last. Returns whether its own FIN is not read. */
  hidesEnd(tcb: Tcb, seq: Seq, end: Seq): boolean
}

/** How segments are cut to the window before they are judged: `arrives/trimming.ts`. */
export interface Trimming {
  /** The first to the fourth step. Returns whether there is something left to go on with. */
  toWindow(tcb: Tcb, segment: TcpSegment, ip: IpHeader): boolean
  /** The same of the text of a SYN-ACK. */
  cutText(tcb: Tcb, segment: TcpSegment): void
}

/** What arrives: its sequence number, RST, SYN, timestamps and ACK, in the order in which they are judged (RFC 9293 §3.10.7.4, RFC 5961, RFC 7323), and what routers say. */
export interface ArrivalPolicy {
  /**
   * Segments are judged whole (RFC 9293 §3.4, table 6), or first cut to the window: RST and SYN come before timestamps, and what lies
   * outside is taken off before the rest is looked at (BSD since Net/2).
   */
  readonly trimming: Trimming | null
  /** A segment with neither ACK nor RST nor SYN is dropped unseen (Linux), or its sequence number is checked first (RFC 9293). */
  readonly dropsUnacknowledging: boolean
  /** Sequence check starts at the last ACK sent (Linux's rcv_wup) instead of RCV.NXT. */
  readonly acceptFromLastAck: boolean
  /** Behind the peer's FIN a RST counts at the FIN's own number, too (Linux). */
  readonly takesResetAtFin: boolean
  /** Timestamp clock: ticks of this many µs. */
  readonly timestampTickUs: number
  /** PAWS forgives one tick, a peer that once said 0, and a repeated ACK out of the last RTO; an overtaken ACK is dropped in silence (Linux). */
  readonly forgivingPaws: boolean
  /** TS.Recent does not follow an ACK older than SND.UNA (Linux), or follows whatever spans the last ACK sent (RFC 7323). */
  readonly oldAckTellsNoTime: boolean
  /** An ACK for something not yet sent is answered always (RFC 9293), or as a challenge, within its limits (Linux). */
  readonly answerAckOfUnsent: boolean
  /** An ACK that repeats a number may take window back (RFC 9293), or only widen or close it (Linux). */
  readonly repeatedAckNarrowsWindow: boolean
  /** An ACK that repeats both numbers widens the window alone, and what an overtaken ACK says of it counts (BSD). */
  readonly windowFollowsSequence: boolean
  /** An urgent pointer of 0 names the segment's own first octet (Linux); else nothing is urgent. */
  readonly urgentAtZero: boolean
  /**
   * The last octet of what each segment says is urgent comes out of the stream, in its place, in states that may have more. Null: the octet is
   * kept when the segment comes that brings it, in its place or not, and in any state: what was received already is never urgent, and a mark
   * that nobody has read past gives way to the next one (Linux).
   */
  readonly takeUrgentApart: ((tcb: Tcb, segment: TcpSegment) => void) | null
  /** ICMP errors are believed of a first SYN alone, and only within SND.UNA and SND.NXT (BSD). */
  readonly icmpIsDoubted: boolean
  /** A router that names no size means the next smaller of those that networks have (RFC 1191 §7.1), or the least that is believed (Linux). */
  readonly guessesPathMtu: boolean
}

/** Receiving: buffers, the window offered, and what acknowledges (RFC 9293 §3.8.6, RFC 2018, RFC 5681 §4.2). */
export interface ReceivingPolicy {
  /** What waits to be read counts as packets, with the system's bookkeeping (Linux); null: by its octets of text. */
  readonly packetBuffers: PacketBuffers | null
  /** The window offered begins small and grows with the segments that arrive (Linux), or is all that is free. */
  readonly windowGrows: boolean
  /** Share of SO_RCVBUF that is offered as window, in 1/256; with `packetBuffers` until packets have come that tell. */
  readonly windowShare: number
  /** The window offered is what the buffer has free, and the buffer alone decides what is news (BSD); null: RFC 9293 §3.8.6.2.2. */
  readonly freeWindow: FreeWindow | null
  /** Buffers become whole segments once the MSS is known, and grow in steps (BSD; `output/buffer-steps.ts`); null: they follow window and program. */
  readonly bufferSteps: BufferSteps | null
  /** Every second segment is acknowledged whatever its size (BSD), or every second full-sized one (RFC 5681 §4.2). */
  readonly acksEverySecond: boolean
  /** ACK at once at the start of a connection and after loss (Linux's quick ACKs), up to this many; 0: never. */
  readonly quickAcks: number
  /** Where the peer took window back, an ACK has its edge for a number (Linux), or SND.NXT all the same (RFC 9293). */
  readonly acksWithinWindow: boolean
  /** As long as our FIN is not acknowledged, an ordinary ACK bears it again (BSD), or stands behind it. */
  readonly acksRepeatFin: boolean
  /** Duplicates and blocks are one list, the last arrival's first (BSD; `output/sack-list.ts`); null: they are told apart, and an early FIN is among the blocks. */
  readonly sackList: SackListRules | null
  /** What comes while text waits behind a gap is judged by all that waits (BSD); null: by itself. */
  readonly queueRules: QueueRules | null
  /** Answers out of the ordinary (challenges, keep-alive probes) carry no SACK blocks and offer nothing new (BSD). */
  readonly respondsBare: boolean
  /** A reset that belongs to no connection has the TOS of what it answers (Linux). */
  readonly resetKeepsService: boolean
  /** The ECN codepoint that was sent last is part of what IP_TOS says (Linux). */
  readonly tosHasCodepoint: boolean
  /** What arrives after shutdown(SHUT_RD) is acknowledged and thrown away (BSD), or can still be read (Linux). */
  readonly discardsUnwanted: boolean
  /** recv() tells the error that ended a connection before the end of file that came earlier (BSD). */
  readonly errorBeforeEnd: boolean
}

/** Sending: what becomes of a write, and when it leaves (RFC 9293 §3.7.4, §3.8.5 and §3.8.6.2, RFC 5681). */
export interface SendingPolicy {
  /** What a buffer of octets to be sent costs beside them: then SO_SNDBUF counts buffers (Linux's skbs). 0: it counts octets. */
  readonly sendBufferOverhead: number
  /** send() of no octets lets nothing leave that waits (Linux). */
  readonly emptySendIsNothing: boolean
  /** What a full buffer took of urgent text ends in an urgent octet as well (Linux). */
  readonly shortSendEndsUrgent: boolean
  /** Segments leave in bursts, the last of each with PSH (Linux, whose devices cut them), or one by one. */
  readonly sendsBursts: boolean
  /** No segment is larger than half the largest window offered, and what does not fit the window whole waits (Linux). */
  readonly mssWithinHalfWindow: boolean
  /** Nagle's algorithm as it first was: a small segment waits while anything is in flight, or while any small one is (Minshall; Linux). */
  readonly nagleWaitsForAll: boolean
  /** Neither that nor a cork holds back what is half the peer's largest window, or the small end of a burst (BSD). */
  readonly burstsPassNagle: boolean
  /** Setting TCP_NODELAY sends what TCP_CORK holds back (Linux). */
  readonly noDelayPassesCork: boolean
  /** Setting TCP_NODELAY says how the next send() is treated (BSD), or sends what waits. */
  readonly noDelayWaits: boolean
  /** What the override timer sends only asks: with PSH, no measure of the path, and no small segment that another one waits for (Linux). */
  readonly overrideIsProbe: boolean
  /** The congestion window grows whether it was full or not, up to the peer's window, and idleness ends it at once (BSD); else RFC 7661. */
  readonly windowGrowsUnused: boolean
  /** PSH goes with the last octet that there is to send (BSD), or with the last of each write. */
  readonly pushesWhatIsLast: boolean
  /** What is sent again is cut anew from the send buffer, with what was not yet sent (BSD), or keeps its boundaries as far as it can. */
  readonly resendsFromBuffer: boolean
  /** What is urgent is told of at once: by an octet beyond a closed window, or by an ACK where there is no room (BSD). */
  readonly urgentIsToldAtOnce: boolean
  /** A window that closes over what is in flight ends its timeouts: it is probed from SND.UNA on (BSD), or sent again all the same. */
  readonly closedWindowEndsTimeouts: boolean
  /** A FIN waits for room in the peer's window, as an octet would; without it leaves also before a closed one (BSD). */
  readonly finTakesRoom: boolean
}

/** Losses, round trips, timeouts and probes (RFC 6298, 6675, 8985, 6937; RFC 9293 §3.8.1 to §3.8.4 and §3.8.6.1). */
export interface RecoveryPolicy {
  /** The retransmission timeout's floor: on the variance term (Linux) or on the whole (RFC 6298). */
  readonly rtoFloor: 'variance' | 'whole'
  /**
   * Probes of windows wait at least so long, and how long a connection may go without an answer is reckoned from it, whatever the least
   * timeout is set to; 0: from that.
   */
  readonly leastWaitUs: Micros
  /** Round trips are whole ticks, of what timestamps echo, else of one segment timed at a time, and one of no tick is none (BSD). */
  readonly roundTripsAreTicks: boolean
  /** What the SACK blocks of the ACK before held is not looked at again, though a segment ended outside of them (Linux). */
  readonly skipsKnownBlocks: boolean
  /** What makes a segment lost: time (RFC 8985), or enough SACK blocks behind it (RFC 6675). */
  readonly lossDetection: 'time' | 'sack'
  /** No segments are known of what has left: sending goes on from a place in the stream, beside which recovery fills holes (BSD; `octets/`). */
  readonly octetSending: OctetSending | null
  /** SACK blocks about segments smaller than what every host takes over IPv4 are passed over: many of them could be made to cost much (BSD). */
  readonly sacksOfSmallCountNot: boolean
  /** A copy in flight that was not needed counts on beside the one that the next timeout sends, at most until all is acknowledged (Linux). */
  readonly copiesPileUp: boolean
  /** The congestion window counts octets (BSD), or segments. */
  readonly windowCountsOctets: boolean
  /** What is sent again counts as activity: the connection was not idle since (Linux). */
  readonly resendingIsActivity: boolean
  /** What is sent again because a router asked for smaller packets bears the time of the last event before (Linux). */
  readonly routersStopTheClock: boolean
  /** Another path is tried, by another flow label, when a timeout or the peer's says that this one is bad (Linux). */
  readonly changesPath: boolean
  /** At R1 (RFC 9293 §3.8.3) what routers said of the path is forgotten; Linux believes it until it is too old. */
  readonly doubtForgetsPathMtu: boolean
  /** A timeout that backs off is the measured one, doubled so often (BSD), or the last one doubled. */
  readonly timeoutsAreReckonedAnew: boolean
  /**
   * A user timeout begins with the last progress of an open connection, and no timer runs beyond it (BSD's TCP_MAXUNACKTIME); or with the first
   * retransmission (Linux's TCP_USER_TIMEOUT).
   */
  readonly userTimeoutFromProgress: boolean
  /** R2: elapsed time against a modelled series of backed-off timeouts (Linux), or a count of retransmissions. */
  readonly giveUp: 'modelled-time' | 'count'
  /** The peer is told by RST when a connection is given up (BSD). */
  readonly resetsOnGivingUp: boolean
  /** A zero-window probe repeats an old octet without data (Linux) or sends one new octet (RFC 9293 §3.8.6.1). */
  readonly windowProbe: 'old' | 'new'
  /** A keep-alive probe carries no octet (all current systems) or one garbage octet (old BSD). */
  readonly keepaliveOctet: boolean
  /** Window probes are counted, and back off, from each closed window on; or go on where timeouts and keep-alive probes were (Linux). */
  readonly probesBeginAnew: boolean
  /** Window probes have bounds of their own (BSD); null: those of the retransmission timeout. */
  readonly boundedPersist: BoundedPersist | null
  /** A timeout may be of segments that are too large for a path whose routers do not say so: which one of its series it is, the first 1 (BSD). */
  readonly searchBlackHole: ((tcb: Tcb, timeout: number) => void) | null
}

/** Closing, orphans and TIME-WAIT (RFC 9293 §3.6 and §3.10.4, RFC 6191). */
export interface ClosingPolicy {
  /** shutdown() in SYN-RECEIVED takes effect when the handshake is complete (Linux), or sends FIN at once (RFC 9293). */
  readonly finWaitsForHandshake: boolean
  /** close() before ESTABLISHED forgets the connection in silence, also once the peer's SYN has come (BSD). */
  readonly closeForgetsOpening: boolean
  /** A SYN whose text Fast Open takes is answered as late as an ACK may be, with what the program says by then (BSD). */
  readonly fastOpenAnswersLate: boolean
  /** A path on which Fast Open was not answered is spared it for a while (BSD). */
  readonly fastOpenSparesPaths: boolean
  /** Fast Open's server takes text only from SYNs with the option, and its answer has the cookie each time; zeros where none is needed (BSD). */
  readonly fastOpenRepeatsCookie: boolean
  /** TCP_FASTOPEN only switches it on: half the backlog bounds the connections that are early (BSD). */
  readonly fastOpenWithinBacklog: boolean
  /** How long an early connection that a RST ended behind accept() counts among those that its listener may have (RFC 7413 §5.1); 0: not at all (BSD). */
  readonly fastOpenHoldsPlaceUs: number
  /** ABORT tells the peer in CLOSING and LAST-ACK too (BSD). */
  readonly abortsWhileClosing: boolean
  /** In FIN-WAIT-1 and -2 text is refused by RST as soon as nobody reads (Linux), or only when nobody holds the descriptor. */
  readonly shutdownRefusesText: boolean
  /** Retransmissions that an orphan gets when `orphanRetries` is 0. */
  readonly orphanRetriesDefault: number
  /** An orphan is sent for as long as any connection, and TCP_USER_TIMEOUT and the count of retransmissions both bound it (BSD). */
  readonly orphansLastAsLong: boolean
  /** How long an orphan stays in FIN-WAIT-2 when `finWait2Us` has this value and RTO that. Linux bends above 60 s. */
  orphanFinWait2Us(configured: Micros, rto: Micros): Micros
  /** Of an orphan in FIN-WAIT-2 no more is kept than of TIME-WAIT, so it understands less (Linux's timewait minisocks). */
  readonly finWait2IsLight: boolean
  /** In FIN-WAIT-2 nobody who does not read waits for ever, and what counts is how long the peer was silent (BSD). */
  readonly finWait2EndsIdle: boolean
  /** Reset a peer that has more to say in FIN-WAIT-2 after the orphan's time is over. */
  readonly resetOnLingerTwoExpired: boolean
  /** Keep-alive ends with FIN-WAIT-2 and LAST-ACK (BSD). */
  readonly keepaliveUntilFin: boolean
  /**
   * TIME-WAIT judges a SYN by its sequence number alone, and answers all but exact repetitions (BSD): whether a listener is to be looked up.
   * Null: it goes by timestamps too (RFC 6191).
   */
  readonly timeWaitBySequence:
    | ((host: TcpHost, entry: TimeWaitEntry, segment: TcpSegment, ip: IpHeader) => boolean)
    | null
  /** Whatever acknowledges starts 2·MSL anew, not the FIN alone (Linux). */
  readonly timeWaitRestartsOnAck: boolean
}

/** Whose SYN it looks like: the order of options, and their padding, that fingerprints read. */
export type SynOptionOrder = 'sack-timestamps-scale' | 'scale-sack-timestamps' | 'scale-timestamps-sack'

/** What every TCP does; each may be broken by a claim's mutation only. */
export interface TcpLaws {
  /** A retransmitted FIN in TIME-WAIT is acknowledged again (and restarts 2·MSL). */
  readonly timeWaitAnswersFin: boolean
  readonly timeWaitRestarts: boolean
  /** The active closer waits at all. */
  readonly timeWaitExists: boolean
  /** TIME-WAIT keeps out what belongs to the old connection. */
  readonly timeWaitFilters: boolean
  /** `finWait2Us` is not the length of TIME-WAIT. */
  readonly finTimeoutIsNotTimeWait: boolean
  /** Who closes first goes to FIN-WAIT-1. */
  readonly closerEntersFinWait: boolean
  /** close() of the last descriptor reaches the connection. */
  readonly closeSendsFin: boolean
  /** A FIN from the peer leads to CLOSE-WAIT, and only the local close leads on. */
  readonly closeWaitNeedsClose: boolean
  /** An idle CLOSE-WAIT has no timer. */
  readonly closeWaitHasNoTimer: boolean
  /** A RST in a synchronised state ends the connection without 2·MSL. */
  readonly resetEndsAtOnce: boolean
  /** SO_LINGER {1,0} sends RST instead of FIN. */
  readonly lingerZeroResets: boolean
  /** close() with unread data sends RST instead of FIN. */
  readonly unreadDataResets: boolean
  /** A FIN may ride with the ACK of the peer's FIN. */
  readonly finRidesWithAck: boolean
  /** LAST-ACK answers a SYN with an ACK (RFC 5961 §4), not with RST. */
  readonly lastAckChallengesSyn: boolean
  /** Lost segments are sent again. */
  readonly retransmits: boolean
}

/** The laws unbroken. */
export const LAWS: TcpLaws = {
  timeWaitAnswersFin: true,
  timeWaitRestarts: true,
  timeWaitExists: true,
  timeWaitFilters: true,
  finTimeoutIsNotTimeWait: true,
  closerEntersFinWait: true,
  closeSendsFin: true,
  closeWaitNeedsClose: true,
  closeWaitHasNoTimer: true,
  resetEndsAtOnce: true,
  lingerZeroResets: true,
  unreadDataResets: true,
  finRidesWithAck: true,
  lastAckChallengesSyn: true,
  retransmits: true,
}
