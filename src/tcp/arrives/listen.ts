import { Ctl, type IpHeader, type TcpSegment } from '../../wire/index.ts'
import { beginCongestion } from '../congestion/algorithms.ts'
import { takeEarlySyn, takeEcnSyn } from '../ecn/handshake.ts'
import { fastOpenSynSent } from '../fast-open/client.ts'
import { owesAnswer } from '../fast-open/early.ts'
import { judgeFastOpenSyn } from '../fast-open/server.ts'
import { expectSegments, prepareOffer, takeOffer, updateSendMss } from '../negotiate.ts'
import { postponeAck } from '../output/ack.ts'
import { resetUseless } from '../output/reset.ts'
import { growSendBuffer } from '../output/send-space.ts'
import { sendFirstSyn, sendSyn } from '../output/syn.ts'
import { clampWindow, firstWindow, initialWindow } from '../output/window.ts'
import { beginAutotuning } from '../right-sizing.ts'
import { keysForChild } from '../signature-key.ts'
import { State } from '../state.ts'
import { encodeOptions, expectsCookies, isOfferedNoMore, makeCookie, readCookie } from '../syn-cookies.ts'
import { type ListenQueues, Tcb } from '../tcb.ts'
import { armRetransmit, restartRetransmit } from '../timeouts/arm.ts'
import { boundOpening } from '../timeouts/keepalive.ts'
import { Note } from '../trace-sink.ts'
import { setState } from '../transition.ts'
import { withoutMeasurement } from './established.ts'
import { appendTextOfSyn } from './queue-packet.ts'

/**
 * RFC 9293 §3.10.7.2: first RST, second ACK, third SYN.
 * @returns the connection that the ACK of a cookie has made: the segment is for it; null: the segment is done with
 */
export function arrivesInListen(tcb: Tcb, segment: TcpSegment, ip: IpHeader): Tcb | null {
  const queues = tcb.listen
  if (queues === null || (segment.ctl & Ctl.RST) !== 0) return null
  if ((segment.ctl & Ctl.ACK) !== 0) return acknowledgesInListen(tcb, queues, segment, ip)
  if ((segment.ctl & Ctl.SYN) !== 0) synArrives(tcb, queues, segment, ip)
  return null
}

/** What was acknowledged there is nothing, but it may be a cookie. */
function acknowledgesInListen(tcb: Tcb, queues: ListenQueues, segment: TcpSegment, ip: IpHeader): Tcb | null {
  // Nor is it one by a SYN's ACK.
  if ((segment.ctl & Ctl.SYN) !== 0) {
    resetUseless(tcb.host, segment, ip, tcb)
    return null
  }
  const child = expectsCookies(tcb.host, queues) ? newChildByCookie(tcb, segment, ip) : null
  if (child === null) resetUseless(tcb.host, segment, ip)
  else if (!acceptQueueIsFull(tcb, queues)) {
    openByCookie(child, queues, segment)
    return child
  }
  return null
}

function synArrives(tcb: Tcb, queues: ListenQueues, segment: TcpSegment, ip: IpHeader): void {
  // DIFFERS: from §3.10.7.2, because systems do: a SYN that already ends what it begins is not worth a connection (T/TCP died), or is taken without its end.
  if ((segment.ctl & Ctl.FIN) !== 0 && mayDropSynFin(tcb)) return
  const { counters, policy } = tcb.host
  const cookie = wantsCookie(tcb, queues)
  if (cookie) counters.TCPReqQFullDoCookies++
  else if (queues.embryonic.size > halfOpenMost(tcb, queues)) return refuseHalfOpen(tcb, queues, true)
  if (policy.fullQueueRefusesSyn && acceptQueueIsFull(tcb, queues)) return
  if (cookie) return sendCookie(tcb, queues, segment, ip)
  if (systemIsFull(tcb, queues.embryonic.size, ip)) return refuseHalfOpen(tcb, queues, !policy.halfOpenIsRequest)
  openChild(tcb, queues, segment, ip)
}

/** Systems that keep half-open connections as small records pass over the FIN, unless told otherwise. */
function mayDropSynFin(tcb: Tcb): boolean {
  return tcb.host.policy.lightHalfOpen === null || tcb.host.config.dropSynFin
}

/** Established connections are bounded by the backlog. */
function acceptQueueIsFull(tcb: Tcb, queues: ListenQueues): boolean {
  const host = tcb.host
  if (queues.accept.length < host.policy.acceptQueueLimit(queues.backlog)) return false
  host.counters.ListenOverflows++
  host.counters.ListenDrops++
  host.trace?.note(host.now, tcb.id, Note.ACCEPT_QUEUE_FULL, queues.accept.length)
  return true
}

/** Small records are bounded by the system alone. */
function halfOpenMost(tcb: Tcb, queues: ListenQueues): number {
  return tcb.host.policy.lightHalfOpen !== null ? tcb.host.config.synQueueMax : queues.backlog
}

/** Half-open ones are bounded by the backlog and the system. @param counts as of a full queue */
function refuseHalfOpen({ host, id }: Tcb, queues: ListenQueues, counts: boolean): void {
  if (counts) host.counters.TCPReqQFullDrop++
  host.counters.ListenDrops++
  host.trace?.note(host.now, id, Note.SYN_QUEUE_FULL, queues.embryonic.size)
}

/** Linux does not count where cookies help out; without them the last quarter is kept for peers that it has had connections with. */
function systemIsFull({ host }: Tcb, size: number, ip: IpHeader): boolean {
  const { config, policy, learnedPaths } = host
  if (!policy.halfOpenIsRequest) return size >= config.synQueueMax
  if (config.synCookies !== 0 || config.synQueueMax - size >= config.synQueueMax >> 2) return false
  const known = learnedPaths.of({ host, local: ip.destination(), remote: ip.source() }, false)
  return (known?.srttEighths ?? 0) === 0
}

/** `tcp_syncookies`: 1: when there is no room for another half-open connection; 2: always. */
function wantsCookie(tcb: Tcb, queues: ListenQueues): boolean {
  const { synCookies, synCookiesOnly } = tcb.host.config
  return synCookies === 2 || synCookiesOnly || (synCookies === 1 && queues.embryonic.size > halfOpenMost(tcb, queues))
}

/** A connection as the SYN describes it; the listener stays. */
function newChild(listener: Tcb, segment: TcpSegment, ip: IpHeader): Tcb {
  const signatureKeys = keysForChild(listener.options.signatureKeys, ip.source())
  const options = { ...listener.options, signatureKeys }
  const child = new Tcb(
    listener.host,
    options,
    ip.destination(),
    segment.destinationPort,
    ip.source(),
    segment.sourcePort,
  )
  listener.host.optionsOfPacket(child, ip)
  child.state = State.LISTEN
  child.listener = listener
  // What shutdown() said before there was a listener is said of each of its connections.
  child.receiveShutdown = listener.receiveShutdown
  child.recovery.reordering = listener.recovery.reordering
  return child
}

function takeSyn(child: Tcb, segment: TcpSegment): void {
  child.rcv.nxt = (child.irs + 1) | 0
  child.rcv.wup = child.rcv.nxt
  child.rcv.up = child.rcv.nxt
  child.receiveBuffer.first = child.rcv.nxt
  child.snd.wnd = segment.wnd
  child.snd.wl1 = child.irs
}

/** LISTEN → SYN-RECEIVED, on a connection of its own. */
function openChild(listener: Tcb, queues: ListenQueues, segment: TcpSegment, ip: IpHeader): void {
  const host = listener.host
  const child = newChild(listener, segment, ip)
  if (child.options.saveSyn > 0)
    child.savedSyn = segment.buf.slice(ip.payloadStart - ip.headerLength, segment.dataStart)
  child.irs = segment.seq
  takeSyn(child, segment)
  child.iss = host.initialSequence(child.local, child.localPort, child.remote, child.remotePort)
  prepareOffer(child)
  takeOffer(child, segment)
  // Segments are not cut for this window: the peer's next one tells more.
  child.snd.maxWnd = segment.wnd
  takeEcnSyn(child, segment, ip)
  const early = judgeFastOpenSyn(child, queues, segment)
  queues.embryonic.add(child)
  host.register(child)
  setState(child, State.SYN_RECEIVED)
  if (early) openEarly(listener, child, queues, segment, ip)
  if (early && owesAnswer(child)) return beginLate(child)
  sendFirstSyn(child, true)
  fastOpenSynSent(child)
  // Karn's rule keeps the SYN-ACK out of the measurements; the timestamp that comes back is one.
  if (!host.policy.timesSynAck && child.sent.head !== null) {
    child.sent.head.everRetransmitted = true
    child.timedAt = -1
  }
  if (!early) return restartRetransmit(child)
  beginEarly(child)
  armRetransmit(child, host.config.rtoInitialUs)
}

/** The answer waits for the program, as long as an ACK would. */
function beginLate(child: Tcb): void {
  child.snd.una = child.iss
  child.snd.nxt = child.iss
  child.sendBuffer.first = (child.iss + 1) | 0
  beginEarly(child)
  postponeAck(child)
}

/** What every connection begins with behind its handshake, Fast Open's has before it. */
function beginEarly(child: Tcb): void {
  const offered = firstWindow(child)
  // Its timestamps do not count yet.
  const { timestamps } = child
  child.timestamps = false
  clampWindow(child)
  beginCongestion(child)
  growSendBuffer(child)
  boundOpening(child)
  child.autotuning.threshold = offered
  beginAutotuning(child, offered)
  child.timestamps = timestamps
  if (child.host.policy.slowTimeoutAfterLostSyn) withoutMeasurement(child)
  expectSegments(child)
}

/** RFC 7413 §4.2.2: the cookie is good, so the data are the program's before the handshake is complete. */
function openEarly(listener: Tcb, child: Tcb, queues: ListenQueues, segment: TcpSegment, ip: IpHeader): void {
  listener.owner?.bears(child)
  takeEarlySyn(child, segment, ip)
  queues.embryonic.delete(child)
  queues.early.add(child)
  child.earlyIn = queues
  child.host.counters.PassiveOpens++
  child.sent.uncounted = 1
  child.finQueued = listener.finQueued
  child.options.deferAccept = 0
  child.openingHops = ip.ttl
  if (child.host.policy.halfOpenIsRequest) cutForSyn(child, segment)
  child.segmentsIn = segment.segments
  if (segment.dataLength > 0) {
    const end = (child.rcv.nxt + segment.dataLength) | 0
    child.receiveBuffer.insert(child.rcv.nxt, segment.buf, segment.dataStart, segment.dataLength)
    appendTextOfSyn(child, segment, child.rcv.nxt, end)
    child.rcv.nxt = end
    child.octetsReceived += segment.dataLength
    child.lastDataReceivedAt = child.host.now
    child.dataSegmentsIn = segment.segments
  }
  queues.accept.push(child)
  listener.owner?.ready(listener)
}

/** Linux takes the window of that SYN for a scaled one while it reckons how large segments may be. */
function cutForSyn(child: Tcb, segment: TcpSegment): void {
  child.snd.maxWnd = segment.wnd << child.sndScale
  updateSendMss(child)
  child.snd.maxWnd = segment.wnd
}

/** Answers the SYN and forgets it: the peer brings back what must be known. */
function sendCookie(listener: Tcb, queues: ListenQueues, segment: TcpSegment, ip: IpHeader): void {
  const host = listener.host
  const child = newChild(listener, segment, ip)
  child.irs = segment.seq
  takeSyn(child, segment)
  prepareOffer(child)
  takeOffer(child, segment)
  takeEcnSyn(child, segment, ip)
  encodeOptions(child)
  child.iss = makeCookie(child)
  queues.cookies.sentAt = host.now
  host.counters.SyncookiesSent++
  sendSyn(child, true, false)
}

/** The connection that a SYN had asked for, as the ACK of our cookie tells it; null: it is none of ours. */
function newChildByCookie(listener: Tcb, segment: TcpSegment, ip: IpHeader): Tcb | null {
  const { counters } = listener.host
  const child = newChild(listener, segment, ip)
  if (!readCookie(child, segment)) {
    counters.SyncookiesFailed++
    return null
  }
  counters.SyncookiesRecv++
  return isOfferedNoMore(child, segment) ? null : child
}

/** What its SYN would have made of it. */
function openByCookie(child: Tcb, queues: ListenQueues, segment: TcpSegment): void {
  const { host } = child
  child.iss = (segment.ack - 1) | 0
  takeSyn(child, segment)
  prepareOffer(child)
  takeOffer(child, segment)
  // Reckoned anew, by the segments that the peer takes, as the cookie tells them.
  initialWindow(child, segment.mss)
  // What was offered then: the window has not moved since.
  child.rcv.edge = (child.rcv.nxt + Math.min(firstWindow(child), 65_535)) | 0
  resumeAfterSyn(child)
  queues.embryonic.add(child)
  host.register(child)
  setState(child, State.SYN_RECEIVED)
}

/** Our SYN has left, and cannot be timed. */
function resumeAfterSyn(child: Tcb): void {
  child.snd.una = child.iss
  child.snd.nxt = (child.iss + 1) | 0
  child.snd.up = child.iss
  child.smallSent = child.iss
  child.sendBuffer.first = child.snd.nxt
  child.pushedTo = child.snd.nxt
  child.sent.push(child.iss, child.snd.nxt, Ctl.SYN, child.host.now).everRetransmitted = true
}
