/** Two outcomes of one scenario, side by side. */

import { buildLadder, printLadder } from '../../../src/inspect/index.ts'
import type { TraceEvent } from '../../../src/trace/index.ts'
import { formatCtl } from '../../../src/wire/index.ts'
import type { Outcome } from './play.ts'
import type { Role, WireSegment } from './wire.ts'

const PSH = 8

/** What is compared: each call with its answer and the states after it; then each direction's segments. */
export function linesOf({ steps, segments }: Outcome): string[] {
  const calls = steps.map(
    ({ role, call, result, client, server }) => `${role}: ${call} = ${result}; client ${client}, server ${server}`,
  )
  return [...calls, ...wireLines(segments, 'client'), ...wireLines(segments, 'server')]
}

/** Flags but PSH, sequence numbers from the SYNs on, octets. */
function wireLines(segments: readonly WireSegment[], from: Role): string[] {
  const start = new Map<Role, number>()
  const lines: string[] = []
  for (const segment of segments) {
    if ((segment.ctl & 2) !== 0) start.set(segment.from, segment.seq)
    if (segment.from !== from) continue
    const other: Role = from === 'client' ? 'server' : 'client'
    const seq = (segment.seq - (start.get(from) ?? segment.seq)) | 0
    const ack = (segment.ctl & 16) !== 0 ? ` ack ${(segment.ack - (start.get(other) ?? segment.ack)) | 0}` : ''
    const lost = segment.lost ? ' (lost)' : ''
    lines.push(`${from} sends ${formatCtl(segment.ctl & ~PSH)} seq ${seq}${ack}, ${segment.length} octets${lost}`)
  }
  return lines
}

/** The ladder of one outcome: calls, segments, and the states that were seen after each step. */
export function ladderOf({ steps, segments }: Outcome, names: Readonly<Record<Role, string>>): string {
  const hostOf = (role: Role): number => (role === 'client' ? 0 : 1)
  const events: TraceEvent[] = []
  for (const [i, segment] of segments.entries()) {
    const { at, from, seq, ack, ctl: flags, length, clientPort, serverPort, lost } = segment
    const host = hostOf(from)
    const ports = { localPort: host === 0 ? clientPort : serverPort, remotePort: host === 0 ? serverPort : clientPort }
    const common = {
      kind: 'segment',
      conn: 1,
      packet: i + 1,
      seq,
      ack,
      flags,
      length,
      window: 0,
      retransmission: false,
    } as const
    events.push({ ...common, ...ports, time: at, host, direction: 'out' })
    if (lost) {
      events.push({ kind: 'fault', time: at, host, conn: 0, packet: i + 1, verdict: 'drop', reason: 'lost on purpose' })
    } else {
      const turned = { localPort: ports.remotePort, remotePort: ports.localPort }
      events.push({ ...common, ...turned, time: at + 10_000, host: 1 - host, direction: 'in' })
    }
  }
  for (const { at, role, call, result, client, server } of steps) {
    const failed = result.startsWith('-')
    const text = `${call} → ${client} / ${server}`
    const errno = failed ? result.slice(1) : ''
    events.push({
      kind: 'call',
      time: at,
      host: hostOf(role),
      conn: 1,
      process: '',
      text,
      result: failed ? -1 : Number(result),
      errno,
    })
  }
  events.sort((a, b) => a.time - b.time)
  const begin = events[0]?.time ?? 0
  const shifted = events.map((event) => ({ ...event, time: event.time - begin }))
  const ladder = buildLadder(shifted, { hosts: [names.client, names.server] })
  return printLadder(ladder, { width: 110, limit: 200, raw: false })
}
