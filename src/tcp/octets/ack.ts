import { seqGeq, seqGt, seqLeq, seqLt, seqMax, seqMin } from '../../base/index.ts'
import { Ctl, type TcpSegment } from '../../wire/index.ts'
import { algorithm } from '../congestion/algorithms.ts'
import { sendAck } from '../output/ack.ts'
import { usualMss } from '../output/mss.ts'
import { timestampAt } from '../output/options.ts'
import { nagleOf, transmitByOctets } from '../output/send.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { stop } from '../timers.ts'
import type { OctetSender } from './octet-sender.ts'
import { goOnFrom, nextOctet, pipe } from './pipe.ts'
import { beginRecovery, beginReduction, endReduction, inflate, reduce, showPhase } from './reduction.ts'
import { News, type Standing } from './scoreboard.ts'
import { DUPLICATES_OF_LOSS } from './transmit.ts'

/** What an ACK makes of a sender that counts octets, as the BSDs do: before SND.UNA moves, and behind that. */

const at: Standing = { una: 0, nxt: 0, mss: 0, recover: 0, findsLostAgain: false }

/**
 * Before SND.UNA moves: what has arrived, what is lost, and what leaves for that alone.
 * @param wnd the window that the ACK tells, scaled
 * @returns true: nothing else of the segment is looked at, not even the acknowledgment
 */
export function judgeBefore(tcb: Tcb, octets: OctetSender, segment: TcpSegment, wnd: number): boolean {
  const drop = judge(tcb, octets, segment, wnd)
  showPhase(tcb, octets)
  return drop
}

function judge(tcb: Tcb, octets: OctetSender, segment: TcpSegment, wnd: number): boolean {
  const { ack } = segment
  const { una } = tcb.snd
  const scored = tcb.sackPermitted && (segment.sackCount > 0 || octets.board.holes.length > 0)
  const news = scored ? takeBlocks(tcb, octets, segment) : News.NOTHING
  if (!scored) octets.board.sacked = 0
  if (news !== News.NOTHING) findLostAgain(tcb, octets)
  if (seqLt(ack, una)) return false
  if (ack === una) return takeDuplicate(tcb, octets, segment, wnd, scored, news)
  octets.duplicates = 0
  const isNews = tcb.backoff > 0 ? news === News.GAP : news !== News.NOTHING
  if (scored && isNews && octets.resendFrom === null) {
    octets.duplicates++
    if (!octets.recovering && octets.board.sacked > (DUPLICATES_OF_LOSS - 1) * usualMss(tcb))
      return enterRecovery(tcb, octets, ack, scored)
  }
  if (seqLt(ack, octets.recover)) takePart(tcb, octets, segment, scored, news)
  return false
}

function takeBlocks(tcb: Tcb, octets: OctetSender, segment: TcpSegment): News {
  at.una = tcb.snd.una
  at.nxt = tcb.snd.nxt
  at.mss = tcb.sendMss
  at.recover = octets.recover
  at.findsLostAgain = tcb.host.config.findsLostRetransmissions
  return octets.board.take(at, segment)
}

/** Nothing is acknowledged. A duplicate tells of something that has arrived, or without SACK of nothing else at all (RFC 5681 §2). */
function takeDuplicate(
  tcb: Tcb,
  octets: OctetSender,
  segment: TcpSegment,
  wnd: number,
  scored: boolean,
  news: News,
): boolean {
  if (tcb.sackPermitted ? news === News.NOTHING : octets.bringsText || wnd !== tcb.snd.wnd) return false
  const startsClosing = (segment.ctl & Ctl.FIN) !== 0 && !tcb.finReceived
  if (startsClosing || !tcb.retransmitTimer.armed) {
    octets.duplicates = 0
    return false
  }
  algorithm(tcb).heard?.(tcb)
  if (++octets.duplicates > DUPLICATES_OF_LOSS || octets.recovering) {
    if (tcb.host.config.rateReduction && octets.recovering && tcb.sackPermitted) reduce(tcb, octets, scored, news)
    else inflate(tcb, octets, scored)
    output(tcb)
    return true
  }
  const much = tcb.sackPermitted && octets.board.sacked > (DUPLICATES_OF_LOSS - 1) * usualMss(tcb)
  if (octets.duplicates === DUPLICATES_OF_LOSS || much) return enterRecovery(tcb, octets, segment.ack, scored)
  if (!tcb.host.config.limitedTransmit) return false
  answerDuplicate(tcb, octets)
  return true
}

/** What may leave now does, and an ACK if one is owed, or `owes` says so. */
function output(tcb: Tcb, owes: boolean = tcb.acknowledging.atOnce): void {
  if (!transmitByOctets(tcb, nagleOf(tcb), owes) && owes) sendAck(tcb)
}

/** RFC 3042: the first two duplicates let a segment leave each, and the window is as before. */
function answerDuplicate(tcb: Tcb, octets: OctetSender): void {
  const { congestion: c, snd, sendBuffer } = tcb
  const mss = usualMss(tcb)
  const before = c.window
  const { nxt } = snd
  if (octets.duplicates === 1) octets.limited = 0
  if (octets.resendFrom === null && tcb.backoff === 0) c.window = (nxt - snd.una) | 0
  c.window += (octets.duplicates - octets.limited) * mss
  const from = nextOctet(tcb, octets)
  c.window -= octets.board.arrivedBefore(from)
  if (octets.resendFrom !== null) goOnFrom(tcb, octets, octets.board.skipArrived(from))
  const waits = seqGeq(sendBuffer.end, nextOctet(tcb, octets))
  if (waits || tcb.acknowledging.atOnce) output(tcb)
  const sent = (snd.nxt - nxt) | 0
  if (sent > mss) octets.limited = 2
  else if (sent > 0) octets.limited++
  c.window = before
}

/** RFC 5681 §3.2, RFC 6675 §5: fast retransmit. @returns whether it began */
function enterRecovery(tcb: Tcb, octets: OctetSender, ack: number, scored: boolean): boolean {
  const { congestion: c, snd } = tcb
  const mss = usualMss(tcb)
  octets.duplicates = DUPLICATES_OF_LOSS
  const goesOnAt = octets.resendFrom
  // RFC 6582 §3.2, step 2: what was sent again has arrived, and the peer had it.
  if (scored ? octets.recovering : seqLeq(ack, octets.recover)) {
    octets.duplicates = 0
    return false
  }
  beginRecovery(tcb, octets)
  stop(tcb, tcb.retransmitTimer)
  tcb.timedAt = -1
  if (tcb.host.config.rateReduction)
    beginReduction(tcb, octets, scored ? Math.min((snd.nxt - ack) | 0, (octets.limited + 1) * mss) : mss)
  octets.limited = 0
  if (scored) {
    octets.board.startOver()
    octets.resendFrom = null
    c.window = pipe(tcb, octets) + mss
    output(tcb)
    c.window = c.threshold
    return true
  }
  goOnFrom(tcb, octets, ack)
  c.window = mss
  output(tcb)
  c.window = c.threshold + mss * octets.duplicates
  goFurther(tcb, octets, goesOnAt)
  return true
}

/** Sending goes on where it had been, unless it is beyond that. */
function goFurther(tcb: Tcb, octets: OctetSender, before: number | null): void {
  const { snd } = tcb
  const was = before ?? snd.nxt
  if (seqGt(was, nextOctet(tcb, octets))) goOnFrom(tcb, octets, was)
}

/** Something is acknowledged, but not all that was in flight when the reduction began. */
function takePart(tcb: Tcb, octets: OctetSender, segment: TcpSegment, scored: boolean, news: News): void {
  const { snd, host } = tcb
  const { ack } = segment
  if (octets.recovering && !tcb.sackPermitted) return takePartUntold(tcb, octets, ack)
  if (octets.recovering) {
    stop(tcb, tcb.retransmitTimer)
    tcb.timedAt = -1
    if (host.config.rateReduction && segment.sackCount > 0) reduce(tcb, octets, scored, news)
    else takePartSilently(tcb, octets, ack)
    output(tcb, true)
  } else if (octets.reducing && host.config.rateReduction) {
    octets.board.delivered = (ack - snd.una) | 0
    octets.board.highest = ack
    reduce(tcb, octets, scored, News.ARRIVAL)
    output(tcb)
  }
}

/**
 * No block tells of anything: one segment may leave, or two. Where no hole is left and yet something is missing, the last segment leaves again
 * (RFC 6675 §4, NextSeg() (4), the rescue retransmission), so that its ACK tells what else has not arrived.
 */
function takePartSilently(tcb: Tcb, octets: OctetSender, ack: number): void {
  const { snd, congestion: c } = tcb
  const { board, recover } = octets
  const mss = usualMss(tcb)
  const segments = Math.floor(((ack - snd.una) | 0) / mss) >= 2 ? 2 : 1
  const inFlight = ((nextOctet(tcb, octets) - ack) | 0) + board.resent - board.sacked - board.lost
  c.window = Math.min(Math.max(inFlight, mss) + segments * mss, c.threshold)
  if (!seqLt(ack, recover) || board.holes.length > 0 || board.delivered <= 0) return
  const last = seqMin(tcb.finSent ? (snd.nxt - 1) | 0 : snd.nxt, recover)
  if (!seqLt(ack, last)) return
  board.highest = ack
  board.addHole(seqMax(ack, (last - mss) | 0), last)
}

/** RFC 6582 §3.2, step 3: without SACK the next segment leaves again with each, and the window shrinks by what has left the network. */
function takePartUntold(tcb: Tcb, octets: OctetSender, ack: number): void {
  const { snd, congestion: c } = tcb
  const mss = usualMss(tcb)
  const taken = (ack - snd.una) | 0
  const { window } = c
  const goesOnAt = octets.resendFrom
  stop(tcb, tcb.retransmitTimer)
  tcb.timedAt = -1
  goOnFrom(tcb, octets, ack)
  c.window = mss + taken
  output(tcb, true)
  goFurther(tcb, octets, goesOnAt)
  c.window = Math.max(window - taken, 0) + mss
}

/**
 * `sack.lrd`: something that was new in this recovery has arrived, and the oldest hole, which was sent again as a whole before, has not. Every such
 * hole leaves once more, and the window is reduced once more.
 */
function findLostAgain(tcb: Tcb, octets: OctetSender): void {
  const { snd, congestion: c, host } = tcb
  const { board, recover } = octets
  const first = board.holes[0]
  if (!host.config.findsLostRetransmissions || !octets.reducing || first === undefined) return
  if (!seqGt(board.highest, recover) || !seqGeq(first.resent, first.end) || !seqGeq(board.highest, first.resent)) return
  board.next = first
  for (const hole of board.holes)
    if (seqGeq(board.highest, hole.resent) && seqGeq(hole.resent, hole.end)) hole.resent = hole.start
  c.window = c.threshold
  octets.recovering = false
  octets.reducing = false
  beginRecovery(tcb, octets)
  c.window = usualMss(tcb)
  octets.flightBefore = ((snd.nxt - snd.una) | 0) - octets.flightBefore
}

/** The first timeout of a series was needless: what is acknowledged had left before it (Eifel, RFC 3522), or comes too soon. */
export function takeTimeoutBack(tcb: Tcb, octets: OctetSender, segment: TcpSegment, plain: boolean): void {
  const { before } = octets
  const { congestion: c, host } = tcb
  if (before === null || tcb.backoff !== 1) return
  const echoes = tcb.timestamps && segment.timestamps
  const needless = echoes
    ? octets.resentAt !== 0 && segment.tsEcr !== 0 && seqLt(segment.tsEcr, timestampAt(tcb, octets.resentAt))
    : plain && host.now < octets.needlessUntil
  if (!needless) return
  c.window = before.window
  c.threshold = before.threshold
  octets.recover = before.recover
  octets.recovering ||= before.recovering
  octets.reducing ||= before.reducing
  octets.resendFrom = null
  octets.before = null
  tcb.backoff = 0
  tcb.retransmits = 0
  algorithm(tcb).undone(tcb)
  host.counters.TCPLossUndo++
}

/** SND.UNA has moved, and the window was opened. @param una SND.UNA before */
export function judgeBehind(tcb: Tcb, octets: OctetSender, una: number): void {
  const ack = tcb.snd.una
  const { recover } = octets
  // The number has come round.
  if (!octets.reducing && seqGt(una, recover) && seqLeq(ack, recover)) octets.recover = (ack - 1) | 0
  if (octets.reducing && seqGeq(ack, octets.recover)) endReduction(tcb, octets, ack)
  if (octets.resendFrom !== null && seqLt(octets.resendFrom, ack)) goOnFrom(tcb, octets, ack)
  showPhase(tcb, octets)
}

/** The segment is in its place, and there is no more to it than either text or an acknowledgment (Van Jacobson's header prediction). */
export function isForeseen(tcb: Tcb, octets: OctetSender, segment: TcpSegment, wnd: number): boolean {
  const { rcv, snd } = tcb
  if (tcb.state !== State.ESTABLISHED || segment.seq !== rcv.nxt || octets.resendFrom !== null) return false
  if (tcb.receiveBuffer.hasGap || tcb.acknowledging.atOnce || wnd === 0 || wnd !== snd.wnd) return false
  if ((segment.ctl & (Ctl.SYN | Ctl.FIN | Ctl.URG | Ctl.RST)) !== 0) return false
  if (segment.dataLength > 0) return segment.ack === snd.una
  return seqGt(segment.ack, snd.una) && !octets.reducing && octets.board.holes.length === 0 && segment.sackCount === 0
}
