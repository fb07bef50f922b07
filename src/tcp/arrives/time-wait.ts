import { seqDiff, seqGt, seqLt } from '../../base/index.ts'
import { Ctl, type IpHeader, type TcpSegment } from '../../wire/index.ts'
import type { TcpHost, TimeWaitEntry } from '../host.ts'
import { emitTimeWaitAck } from '../output/emit.ts'
import { Note } from '../trace-sink.ts'

/**
 * RFC 9293 §3.10.7.4 for TIME-WAIT, on its small record: repeats the last ACK, restarts 2·MSL on a repeated FIN, keeps out
 * what is old, and makes way for a newer SYN (RFC 6191).
 *
 * @returns true when the segment is a SYN that may open a new connection: the entry is gone, look up a listener
 */
export function segmentArrivesTimeWait(
  host: TcpHost,
  entry: TimeWaitEntry,
  segment: TcpSegment,
  ip: IpHeader,
): boolean {
  const { laws, timeWaitBySequence } = host.policy
  if (timeWaitBySequence !== null && laws.timeWaitFilters) return timeWaitBySequence(host, entry, segment, ip)
  if (!laws.timeWaitFilters && isOpeningSyn(segment)) {
    entry.remove()
    return true
  }
  const old = isOldByTimestamp(entry, segment)
  // MAY-2: beyond the old numbers, or newer by its timestamp
  if (!old && isOpeningSyn(segment) && isNewer(entry, segment) && host.hasListener(segment, ip)) {
    host.trace?.note(host.now, entry.conn, Note.TIME_WAIT_REUSED, 0)
    entry.remove()
    return true
  }
  if (old) host.counters.PAWSTimewait++
  if (!old && isForeseen(segment, entry)) takeForeseen(host, entry, segment)
  else if ((segment.ctl & Ctl.RST) === 0) answer(host, entry, segment, ip, old)
  return false
}

/** Of what stands exactly at RCV.NXT only these can be meant: an ACK of ours once more, or a RST. */
function isForeseen(segment: TcpSegment, entry: TimeWaitEntry): boolean {
  return segment.seq === entry.rcvNxt && (segment.len === 0 || (segment.ctl & Ctl.RST) !== 0)
}

/** Nothing but a duplicate of our own last exchange is not worth an answer (§3.10.7.4 first leaves it at that). */
function takeForeseen(host: TcpHost, entry: TimeWaitEntry, segment: TcpSegment): void {
  if ((segment.ctl & Ctl.RST) !== 0 && assassinate(host, entry)) return
  if (!host.policy.timeWaitRestartsOnAck) return
  if ((segment.ctl & Ctl.RST) === 0) restart(host, entry)
  if (entry.timestamps && segment.timestamps) entry.tsRecent = segment.tsVal
}

function restart(host: TcpHost, entry: TimeWaitEntry): void {
  if (!host.policy.laws.timeWaitRestarts) return
  host.trace?.note(host.now, entry.conn, Note.TIME_WAIT_RESTARTED, 0)
  entry.restart()
}

/** RFC 1337: a RST at exactly RCV.NXT ends TIME-WAIT too early, unless the system refuses (`tcp_rfc1337`). */
function assassinate(host: TcpHost, entry: TimeWaitEntry): boolean {
  if (host.config.rfc1337) return false
  host.trace?.note(host.now, entry.conn, Note.TIME_WAIT_ASSASSINATED, 0)
  entry.remove()
  return true
}

function answer(host: TcpHost, entry: TimeWaitEntry, segment: TcpSegment, ip: IpHeader, old: boolean): void {
  const { laws, timeWaitRestartsOnAck } = host.policy
  if (!laws.timeWaitAnswersFin) return
  const restarts = timeWaitRestartsOnAck ? old || (segment.ctl & Ctl.ACK) !== 0 : !old && repeatsFin(segment, entry)
  if (restarts) restart(host, entry)
  // Text and FIN are always answered: no loop is made of them.
  const loops = segment.len === 0 || (segment.ctl & Ctl.SYN) !== 0
  if (loops && !entry.mayAnswer(host.config.invalidRateLimitUs)) {
    host.counters.TCPACKSkippedTimeWait++
    return
  }
  emitTimeWaitAck(host, entry, segment, ip)
}

/** The peer's FIN once more: another one is none of the connection's. */
function repeatsFin(segment: TcpSegment, entry: TimeWaitEntry): boolean {
  return (segment.ctl & Ctl.FIN) !== 0 && ((segment.seq + segment.len) | 0) === entry.rcvNxt
}

function isOldByTimestamp(entry: TimeWaitEntry, segment: TcpSegment): boolean {
  return entry.timestamps && segment.timestamps && seqLt(segment.tsVal, entry.tsRecent)
}

/** RFC 6191 §2 with RFC 1122 §4.2.2.13: beyond the old connection's numbers, or with a newer timestamp. */
function isNewer(entry: TimeWaitEntry, segment: TcpSegment): boolean {
  if (seqGt(segment.seq, entry.rcvNxt)) return true
  // SHLD-4: RFC 6191 §2
  return entry.timestamps && segment.timestamps && seqDiff(segment.tsVal, entry.tsRecent) > 0
}

/** A SYN that asks for a new connection. */
function isOpeningSyn(segment: TcpSegment): boolean {
  return (segment.ctl & (Ctl.SYN | Ctl.ACK | Ctl.RST)) === Ctl.SYN
}
