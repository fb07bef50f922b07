import type { IpHeader, TcpSegment } from '../../wire/index.ts'
import type { TcpHost } from '../host.ts'
import { resetSegment } from '../output/reset.ts'
import { Note } from '../trace-sink.ts'

/** RFC 9293 §3.10.7.1: a segment for no connection is answered by RST, unless it is one. */
export function segmentArrivesClosed(host: TcpHost, segment: TcpSegment, ip: IpHeader): void {
  host.counters.InSegs++
  if (host.trace !== null) {
    host.trace.segmentIn(host.now, 0, segment)
    host.trace.note(host.now, 0, Note.NO_CONNECTION, segment.destinationPort)
  }
  resetSegment(host, segment, ip)
}
