import { type Seq, scratch } from '../../base/index.ts'
import { Ctl, type IpHeader, putSignature, type TcpSegment, writeTcpHeader } from '../../wire/index.ts'
import { markEcn, withoutEcn } from '../ecn/mark.ts'
import { isEarly } from '../fast-open/early.ts'
import type { TcpHost, TimeWaitEntry } from '../host.ts'
import { signingKey, signSegment } from '../signature.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { putTimestampOption, timestampValue, writeOptions, writeSynOptions } from './options.ts'
import { firstWindow, initialWindow, offerWindow, presentWindow } from './window.ts'

/** Room before the TCP header for an IPv6 header, so that IP need not move the segment. */
const IP_ROOM = 40
const HEADER = 20
/** Of the TOS octet: RFC 3168. */
const ECN_BITS = 3

/**
 * Builds one segment of a connection and hands it to IP. Everything that leaves a connection leaves here.
 * `seq` … `seq + length` must be in the send buffer; the ACK bit brings RCV.NXT and the window along.
 * @param cut above 0: a burst, whose text the link cuts every so many octets
 * @param bare an answer out of the ordinary: neither SACK blocks nor a new offer nor marks, and no ACK is settled by it
 */
export function emit(
  tcb: Tcb,
  seq: Seq,
  ctl: number,
  length: number,
  retransmission: boolean,
  cut = 0,
  bare = false,
): void {
  const host = tcb.host
  const acks = (ctl & Ctl.ACK) !== 0
  const ack = acks ? tcb.rcv.nxt : 0
  const fields = isPlain(tcb, seq, ctl, length, bare) && host.departures.takesFields(tcb)
  const end = fields ? 0 : writeOptionsAndText(tcb, seq, ctl, length, bare)
  const wnd = offer(tcb, ctl, retransmission, bare)
  // A listener's SYN-ACK knows nothing of what Fast Open let follow it.
  const up = (ctl & Ctl.SYN) !== 0 && !tcb.active ? 0 : urgentPointer(tcb, seq, bare)
  // MUST-30: sent
  const bits = markEcn(tcb, up > 0 ? ctl | Ctl.URG : ctl, length, retransmission)
  const told = bare ? withoutEcn(tcb, bits) : bits
  count(tcb, ctl, length, retransmission, cut > 0 ? Math.ceil(length / cut) : 1)
  tcb.lastSegmentSentAt = host.now
  // An echo of less than what left last behind a first timeout says that the timeout was needless (BSD).
  if (tcb.backoff === 1 && tcb.octets !== null && !bare) tcb.octets.resentAt = host.now
  if (host.trace !== null) {
    host.trace.segmentOut(host.now, tcb.id, tcb.localPort, tcb.remotePort, seq, ack, told, length, wnd, retransmission)
  }
  if (acks && bare) tcb.rcv.wup = tcb.rcv.nxt
  else if (acks) acknowledged(tcb)
  if (fields) host.departures.handOver(tcb, seq, ack, told, wnd, up, length, cut)
  else writeAndSend(tcb, seq, ack, told, wnd, up, length, cut, end)
}

/** Whether the segment has no option but timestamps, and its text is the connection's. */
function isPlain(tcb: Tcb, seq: Seq, ctl: number, length: number, bare: boolean): boolean {
  if ((ctl & Ctl.SYN) !== 0 || tcb.ecn.accurate !== null || tcb.options.signatureKeys !== null) return false
  return (bare || tcb.sackReport.count === 0) && (length === 0 || tcb.sendBuffer.holds(seq, length))
}

/** Behind the place of the header. Returns where the options end. */
function writeOptionsAndText(tcb: Tcb, seq: Seq, ctl: number, length: number, bare: boolean): number {
  const buf = scratch.bytes
  const start = scratch.OUT + IP_ROOM + HEADER
  const syn = (ctl & Ctl.SYN) !== 0
  // MUST-65: only SYNs have it
  const text = syn ? writeSynOptions(tcb, buf, start) : writeOptions(tcb, buf, start, bare)
  if (length > 0) copyText(tcb, syn ? (seq + 1) | 0 : seq, buf, text, length)
  return text
}

function offer(tcb: Tcb, ctl: number, retransmission: boolean, bare: boolean): number {
  if ((ctl & Ctl.SYN) !== 0) return offerInitialWindow(tcb, retransmission)
  return bare ? presentWindow(tcb) : offerWindow(tcb, ctl)
}

/** @param text where the options end that are written already, and the text begins */
function writeAndSend(
  tcb: Tcb,
  seq: Seq,
  ack: Seq,
  ctl: number,
  wnd: number,
  up: number,
  length: number,
  cut: number,
  text: number,
): void {
  const buf = scratch.bytes
  const start = scratch.OUT + IP_ROOM
  writeTcpHeader(buf, start, tcb.localPort, tcb.remotePort, seq, ack, (text - start) >> 2, ctl, wnd, up)
  const key = signingKey(tcb)
  if (key !== null) signSegment(tcb.local, tcb.remote, buf, start, text - start + length, key)
  tcb.host.departures.transmit(tcb, start, text - start + length, cut)
}

/** Outside of what is held there is only what a keep-alive probe may carry: garbage (RFC 9293 §3.8.4). */
function copyText(tcb: Tcb, seq: Seq, buf: Uint8Array, at: number, length: number): void {
  if (tcb.sendBuffer.holds(seq, length)) tcb.sendBuffer.copy(seq, buf, at, length)
  else buf.fill(0, at, at + length)
}

function offerInitialWindow(tcb: Tcb, again: boolean): number {
  // An active open has chosen before its first SYN; systems that round their buffers choose with every one.
  const chosen = tcb.firstOffer > 0 && (again || !tcb.active)
  if (!again && !chosen && (!tcb.active || tcb.host.policy.bufferSteps !== null)) initialWindow(tcb)
  // Of SYNs that crossed it is what was offered last.
  if (again && tcb.active && tcb.host.policy.crossedOpenIsSynchronised && tcb.state === State.SYN_RECEIVED)
    return Math.min((tcb.rcv.edge - tcb.rcv.wup) | 0, 65_535)
  // Where the buffer alone decides, a SYN that is repeated says what it could take by now; what was offered stays offered.
  if (again && tcb.state === State.SYN_SENT && tcb.host.policy.freeWindow !== null) {
    const free = presentWindow(tcb)
    tcb.rcv.edge = (tcb.rcv.nxt + Math.max(tcb.rcv.wnd, free)) | 0
    return free
  }
  const first = chosen ? tcb.firstOffer : firstWindow(tcb)
  tcb.firstOffer = first
  const wnd = Math.min(first, 65_535)
  // What Fast Open has received since does not move the window of a SYN-ACK that is repeated.
  if (again && isEarly(tcb)) return wnd
  // What the field cannot say is offered all the same, where the window grows: only the peer does not know.
  tcb.rcv.edge = (tcb.rcv.nxt + (tcb.host.policy.windowGrows ? first : wnd)) | 0
  return wnd
}

/** RFC 9293 §3.8.5 with RFC 6093: the pointer is an offset from SEG.SEQ to one past the urgent octet. */
function urgentPointer(tcb: Tcb, seq: Seq, bare: boolean): number {
  if (!tcb.urgentSend) return 0
  // MUST-62: RFC 6093 §3.1
  const offset = (tcb.snd.up - seq) | 0
  if (offset <= 0) {
    // The BSDs forget it with the first segment behind it: what leaves again is not urgent any more.
    if (tcb.host.policy.resendsFromBuffer && !bare) tcb.urgentSend = false
    return 0
  }
  // MUST-31: the end is told again as it comes within reach
  return Math.min(offset, 65_535)
}

/** Whatever carries an ACK settles what was owed (RFC 1122 §4.2.3.2). */
function acknowledged(tcb: Tcb): void {
  const a = tcb.acknowledging
  tcb.rcv.wup = tcb.rcv.nxt
  if (a.quick > 0 && a.scheduled) {
    if (a.quick === 1) a.delayUs = tcb.host.config.delayedAckMinUs
    a.quick--
  }
  a.scheduled = false
  a.atOnce = false
  a.pushed = 0
  if (a.compressed > 0) {
    // The one that leaves is not saved.
    tcb.host.counters.TCPAckCompressed += a.compressed - 1
    a.compressed = 0
  }
  if (tcb.delayedAckTimer.armed) tcb.host.wheel.cancel(tcb.delayedAckTimer)
}

function count(tcb: Tcb, ctl: number, length: number, retransmission: boolean, segments: number): void {
  const counters = tcb.host.counters
  const answersSyn = (ctl & Ctl.SYN) !== 0 && (ctl & Ctl.ACK) !== 0 && tcb.host.policy.halfOpenIsRequest
  // What is sent again is counted apart (RFC 4022, tcpOutSegs). To Linux a listener never repeats itself, and others answer by their SYN.
  if (answersSyn ? !tcb.active : !retransmission) counters.OutSegs += segments
  // Linux counts a SYN-ACK with the listener.
  if (!answersSyn || tcb.active) tcb.segmentsOut += segments
  if ((ctl & Ctl.RST) !== 0) counters.OutRsts++
  if (length > 0) {
    tcb.dataSegmentsOut += segments
    tcb.octetsSent += length
    if (retransmission) {
      tcb.octetsRetransmitted += length
      tcb.textSentAgain += segments
    }
  }
  // A FIN of its own counts as text here.
  if (!retransmission && (length > 0 || (ctl & Ctl.FIN) !== 0)) counters.TCPOrigDataSent += segments
  if (retransmission) {
    counters.RetransSegs += segments
    tcb.totalRetransmissions++
    if ((ctl & Ctl.SYN) !== 0) counters.TCPSynRetrans++
  }
}

/**
 * Answers a segment that belongs to no connection (§3.10.7.1): no options but a signature where it had a good one, no window.
 * @param tcb the connection or listener that says so: where a reset does not keep the service of what it answers, it has its socket's, its hops,
 * and the timestamps that were agreed
 */
export function emitReply(
  host: TcpHost,
  segment: TcpSegment,
  ip: IpHeader,
  seq: Seq,
  ack: Seq,
  ctl: number,
  tcb: Tcb | null = null,
): void {
  const buf = scratch.bytes
  const start = scratch.OUT + IP_ROOM
  // Whoever signs believes no reset without a signature, and who does not know the key has nothing to say to him.
  const key = segment.signatureKey
  if (segment.signatureStart >= 0 && key === null) return
  let end = key === null ? start + HEADER : putSignature(buf, start + HEADER)
  const speaker = host.policy.resetKeepsService ? null : tcb
  if (speaker?.timestamps && speaker.offerTaken)
    end = putTimestampOption(buf, end, timestampValue(speaker), speaker.tsRecent)
  const words = (end - start) >> 2
  writeTcpHeader(buf, start, segment.destinationPort, segment.sourcePort, seq, ack, words, ctl, 0, 0)
  if (key !== null) signSegment(ip.destination(), ip.source(), buf, start, end - start, key)
  host.counters.OutSegs++
  host.counters.OutRsts++
  host.trace?.segmentOut(host.now, 0, segment.destinationPort, segment.sourcePort, seq, ack, ctl, 0, 0, false)
  if (speaker !== null) return host.departures.transmitReplyOf(speaker, ip, start, end - start)
  // Of the service that the segment came with, the marks are no answer.
  host.departures.transmitReply(ip, start, end - start, host.policy.resetKeepsService ? ip.tos & ~ECN_BITS : 0, -1)
}

/** Sends TIME-WAIT's only words: <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>. */
export function emitTimeWaitAck(host: TcpHost, entry: TimeWaitEntry, segment: TcpSegment, ip: IpHeader): void {
  const buf = scratch.bytes
  const start = scratch.OUT + IP_ROOM
  const seq = entry.sndNxt
  const ack = entry.rcvNxt
  const key = segment.signatureKey
  let end = key === null ? start + HEADER : putSignature(buf, start + HEADER)
  if (entry.timestamps) {
    const value = (Math.floor(host.now / host.policy.timestampTickUs) + entry.timestampOffset) | 0
    end = putTimestampOption(buf, end, value, entry.tsRecent)
  }
  const wnd = entry.windowField
  const ctl = Ctl.ACK | entry.marks
  const words = (end - start) >> 2
  writeTcpHeader(buf, start, segment.destinationPort, segment.sourcePort, seq, ack, words, ctl, wnd, 0)
  if (key !== null) signSegment(ip.destination(), ip.source(), buf, start, end - start, key)
  host.counters.OutSegs++
  const { destinationPort, sourcePort } = segment
  host.trace?.segmentOut(host.now, entry.conn, destinationPort, sourcePort, seq, ack, ctl, 0, wnd, false)
  host.departures.transmitReply(ip, start, end - start, entry.service, entry.hops)
}
