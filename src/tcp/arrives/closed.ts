import { Ctl, type IpHeader, type TcpSegment } from '../../wire/index.ts'
import type { TcpHost } from '../host.ts'
import { resetSegment } from '../output/reset.ts'
import { Note } from '../trace-sink.ts'

/** Only SYNs go unanswered. */
const BLACKHOLE_SYNS = 1

/** RFC 9293 §3.10.7.1: a segment for no connection is answered by RST, unless it is one. */
export function segmentArrivesClosed(host: TcpHost, segment: TcpSegment, ip: IpHeader): void {
  host.trace?.note(host.now, 0, Note.NO_CONNECTION, segment.destinationPort)
  const { blackhole } = host.config
  const syn = (segment.ctl & Ctl.SYN) !== 0
  if (blackhole === 0 || (blackhole === BLACKHOLE_SYNS && !syn)) resetSegment(host, segment, ip)
}
