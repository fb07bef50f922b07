import { Errno, SECOND } from '../../base/index.ts'
import { deleteTcb } from '../delete.ts'
import { migrateAccepted } from '../migration.ts'
import { afterReading } from '../output/ack.ts'
import { sendReset } from '../output/reset.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { orphanInFinWait2 } from '../timeouts/fin-wait-2.ts'
import { Note } from '../trace-sink.ts'
import { abortCall, disconnectCall } from './abort.ts'
import { queueFin } from './shutdown.ts'

/**
 * close() of the last descriptor (RFC 9293 §3.10.4 with what RFC 1122 §4.2.2.13 adds): the connection goes on as an orphan
 * until the peer has everything, or ends at once by RST when somebody's data would be lost unnoticed.
 *
 * @param linger SO_LINGER: −1 off; 0: reset now; more: so many seconds the caller waits, and the machine does the same as for −1
 */
export function closeCall(tcb: Tcb, linger: number): void {
  tcb.owner = null
  switch (tcb.state) {
    case State.CLOSED:
    case State.TIME_WAIT:
      return
    case State.LISTEN:
      return closeListener(tcb)
    case State.SYN_SENT:
      // A Fast Open is as good as open (BSD): close() finishes it, and the FIN waits for the handshake.
      if (tcb.host.policy.closeForgetsOpening && tcb.fastOpen !== null && linger !== 0)
        return closeConnection(tcb, linger)
      if (linger === 0) tcb.host.counters.TCPAbortOnData++
      return deleteTcb(tcb, 0)
    case State.SYN_RECEIVED:
      if (tcb.active && tcb.host.policy.closeForgetsOpening) return deleteTcb(tcb, 0)
      return closeConnection(tcb, linger)
    default:
      return closeConnection(tcb, linger)
  }
}

function closeConnection(tcb: Tcb, linger: number): void {
  // TCP_REPAIR: the peer is to hear nothing.
  if (tcb.repairing) return abortCall(tcb, 0)
  const laws = tcb.host.policy.laws
  if (!laws.closeSendsFin) return
  const unread = tcb.receiveBuffer.length > 0
  // SHLD-3: unread
  if (unread && laws.unreadDataResets) {
    // RFC 9293 §3.10.4 by way of RFC 2525 §2.17 (SHLD-3): the peer must learn that its data was not read.
    tcb.host.counters.TCPAbortOnClose++
    tcb.host.trace?.note(tcb.host.now, tcb.id, Note.UNREAD_DATA, tcb.receiveBuffer.length)
    // Its room is the window's again by the time of the RST.
    tcb.receiveBuffer.drop(tcb.receiveBuffer.length)
    sendReset(tcb)
    tcb.receiveBuffer.clear()
    return deleteTcb(tcb, 0)
  }
  if (linger === 0 && laws.lingerZeroResets) {
    const unsent = tcb.sendBuffer.length
    if (unsent > 0) tcb.host.trace?.note(tcb.host.now, tcb.id, Note.DATA_LOST, unsent)
    tcb.host.counters.TCPAbortOnData++
    disconnectCall(tcb)
    return
  }
  // Nobody will read what came; where that is no reason for a RST, its room is the window's again.
  if (unread) tcb.receiveBuffer.drop(tcb.receiveBuffer.length)
  tcb.receiveBuffer.packets?.release(tcb.receiveBuffer.first)
  if (unread && tcb.finQueued) afterReading(tcb)
  if (linger > 0) tcb.lingersUntil = tcb.host.now + linger * SECOND
  tcb.receiveShutdown = true
  queueFin(tcb, false)
  becomeOrphan(tcb)
}

/** The connection has no descriptor any more; the system bounds how many such there are (`tcp_max_orphans`). */
function becomeOrphan(tcb: Tcb): void {
  const host = tcb.host
  if (host.orphans >= host.config.maxOrphans) {
    host.counters.TCPAbortOnMemory++
    host.trace?.note(host.now, tcb.id, Note.ORPHAN_LIMIT, host.orphans)
    sendReset(tcb)
    return deleteTcb(tcb, 0)
  }
  tcb.orphan = true
  host.orphans++
  host.trace?.note(host.now, tcb.id, Note.ORPHAN, host.orphans)
  if (tcb.state === State.FIN_WAIT_2) orphanInFinWait2(tcb)
}

/**
 * LISTEN → CLOSED: nobody will accept what waits. What is half open stays until its SYN-ACK would be sent again, or the peer's
 * ACK comes and finds nobody.
 */
function closeListener(tcb: Tcb): void {
  const queues = tcb.listen
  if (queues === null) return
  for (const child of [...queues.accept]) {
    if (!migrateAccepted(tcb, child)) abortCall(child, Errno.ECONNRESET)
  }
  deleteTcb(tcb, 0)
  tcb.listen = null
}
