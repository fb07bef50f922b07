import { Ctl, type IpHeader, type TcpSegment } from '../../wire/index.ts'
import { takeEcnSyn } from '../ecn.ts'
import { prepareOffer, takeOffer } from '../negotiate.ts'
import { resetSegment } from '../output/reset.ts'
import { sendFirstSyn } from '../output/syn.ts'
import { State, setState } from '../state.ts'
import { type ListenQueues, Tcb } from '../tcb.ts'
import { restartRetransmit } from '../timeouts/arm.ts'
import { Note } from '../trace-sink.ts'

/** RFC 9293 §3.10.7.2: first RST, second ACK, third SYN. */
export function arrivesInListen(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  const queues = tcb.listen
  if (queues === null) return
  if ((segment.ctl & Ctl.RST) !== 0) return
  if ((segment.ctl & Ctl.ACK) !== 0) return resetSegment(tcb.host, segment, ip)
  if ((segment.ctl & Ctl.SYN) === 0) return
  // A SYN that already ends what it begins is not worth a connection (as everywhere since T/TCP died).
  if ((segment.ctl & Ctl.FIN) !== 0) return
  if (isFull(tcb, queues)) return
  openChild(tcb, queues, segment, ip)
}

/** Both queues bound what a listener takes on: established ones by the backlog, half-open ones by it and the system. */
function isFull(tcb: Tcb, queues: ListenQueues): boolean {
  const host = tcb.host
  if (queues.accept.length >= host.policy.acceptQueueLimit(queues.backlog)) {
    host.counters.ListenOverflows++
    host.counters.ListenDrops++
    host.trace?.note(host.now, tcb.id, Note.ACCEPT_QUEUE_FULL, queues.accept.length)
    return true
  }
  if (queues.embryonic.size > queues.backlog || queues.embryonic.size >= host.config.synQueueMax) {
    host.counters.TCPReqQFullDrop++
    host.counters.ListenDrops++
    host.trace?.note(host.now, tcb.id, Note.SYN_QUEUE_FULL, queues.embryonic.size)
    return true
  }
  return false
}

/** LISTEN → SYN-RECEIVED, on a connection of its own; the listener stays. */
function openChild(listener: Tcb, queues: ListenQueues, segment: TcpSegment, ip: IpHeader): void {
  const host = listener.host
  const options = { ...listener.options }
  const local = ip.destination()
  const remote = ip.source()
  const child = new Tcb(host, options, local, segment.destinationPort, remote, segment.sourcePort)
  child.state = State.LISTEN
  child.listener = listener
  child.irs = segment.seq
  child.rcv.nxt = (segment.seq + 1) | 0
  child.rcv.wup = child.rcv.nxt
  child.rcv.up = child.rcv.nxt
  child.receiveBuffer.first = child.rcv.nxt
  child.iss = host.initialSequence(local, child.localPort, remote, child.remotePort)
  prepareOffer(child)
  takeOffer(child, segment)
  takeEcnSyn(child, segment, ip)
  child.snd.wnd = segment.wnd
  child.snd.maxWnd = segment.wnd
  child.snd.wl1 = segment.seq
  queues.embryonic.add(child)
  host.register(child)
  setState(child, State.SYN_RECEIVED)
  sendFirstSyn(child, true)
  restartRetransmit(child)
}
