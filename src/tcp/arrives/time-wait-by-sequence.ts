import { seqGt } from '../../base/index.ts'
import { Ctl, type IpHeader, type TcpSegment } from '../../wire/index.ts'
import type { TcpHost, TimeWaitEntry } from '../host.ts'
import { emitTimeWaitAck } from '../output/emit.ts'
import { Note } from '../trace-sink.ts'

/**
 * RFC 9293 §3.10.7.4 for TIME-WAIT as the BSDs have it (`policy.timeWaitBySequence`): a RST is ignored (RFC 1337), a SYN opens anew if its
 * number is beyond the old connection's, and every segment that is not exactly the last ACK once more is answered.
 *
 * @returns true when the segment may open a new connection: the entry is gone, look up a listener
 */
export function arrivesByItsSequence(host: TcpHost, entry: TimeWaitEntry, segment: TcpSegment, ip: IpHeader): boolean {
  const { ctl } = segment
  if ((ctl & Ctl.RST) !== 0) return false
  if ((ctl & (Ctl.SYN | Ctl.FIN)) === (Ctl.SYN | Ctl.FIN) && host.config.dropSynFin) return false
  if ((ctl & (Ctl.SYN | Ctl.ACK)) === Ctl.SYN && seqGt(segment.seq, entry.rcvNxt)) {
    host.trace?.note(host.now, entry.conn, Note.TIME_WAIT_REUSED, 0)
    entry.remove()
    return true
  }
  if ((ctl & Ctl.ACK) === 0) return false
  if (entry.timestamps && !segment.timestamps && !host.config.toleratesMissingTimestamps) return false
  const { laws } = host.policy
  if ((ctl & Ctl.FIN) !== 0 && laws.timeWaitRestarts && ((segment.seq + segment.len) | 0) === entry.rcvNxt) {
    host.trace?.note(host.now, entry.conn, Note.TIME_WAIT_RESTARTED, 0)
    entry.restart()
  }
  const repeats = ctl === Ctl.ACK && segment.dataLength === 0 && segment.seq === entry.rcvNxt
  if (!repeats || segment.ack !== entry.sndNxt) {
    if (laws.timeWaitAnswersFin) emitTimeWaitAck(host, entry, segment, ip)
  }
  return false
}
