import { State } from '../../tcp/index.ts'
import type { FaultEvent, NoteName, SegmentEvent, TimerName, TraceEvent } from '../../trace/index.ts'

const BITS: Readonly<Record<string, number>> = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32 }

/** What a segment of a made-up trace carries; numbers are as on the wire. */
export interface Sent {
  readonly seq: number
  readonly ack?: number
  readonly length?: number
  readonly window?: number
  readonly again?: boolean
}

const ISS = [1000, 5_000_000] as const
const PORTS = [40_001, 80] as const

/**
 * Writes down a made-up trace of two hosts. Times are ms; sequence numbers are counted from each side's first, as in the figures of
 * the RFC, and become absolute ones here.
 */
export class TraceScript {
  readonly events: TraceEvent[] = []
  #packets = 0
  #conn: readonly [number, number] = [1, 7]
  #ports: readonly [number, number] = PORTS

  /** From here on another connection. */
  connection(conn: readonly [number, number], ports: readonly [number, number]): this {
    this.#conn = conn
    this.#ports = ports
    return this
  }

  /** A segment leaves; the number of its packet. */
  out(ms: number, host: 0 | 1, flags: string, sent: Sent): number {
    this.#packets++
    this.#segment(ms, host, 'out', this.#packets, flags, sent)
    return this.#packets
  }

  /** It arrives at the other host. */
  in(ms: number, packet: number): this {
    const left = this.events.find(
      (event): event is SegmentEvent =>
        event.kind === 'segment' && event.packet === packet && event.direction === 'out',
    ) as SegmentEvent
    const host = left.host === 0 ? 1 : 0
    const ends = { localPort: left.remotePort, remotePort: left.localPort }
    this.events.push({ ...left, ...ends, time: ms * 1000, host, conn: this.#conn[host], direction: 'in' })
    return this
  }

  /** Leaves and arrives, 10 ms later. */
  send(ms: number, host: 0 | 1, flags: string, sent: Sent): this {
    return this.in(ms + 10, this.out(ms, host, flags, sent))
  }

  state(ms: number, host: 0 | 1, from: keyof typeof State, to: keyof typeof State): this {
    this.events.push({ kind: 'state', time: ms * 1000, host, conn: this.#conn[host], from: State[from], to: State[to] })
    return this
  }

  call(ms: number, host: 0 | 1, process: string, text: string, result = 0, errno = ''): this {
    this.events.push({ kind: 'call', time: ms * 1000, host, conn: this.#conn[host], process, text, result, errno })
    return this
  }

  timer(ms: number, host: 0 | 1, timer: TimerName, action: 'armed' | 'stopped' | 'fired', delayMs = 0): this {
    this.events.push({
      kind: 'timer',
      time: ms * 1000,
      host,
      conn: this.#conn[host],
      timer,
      action,
      delay: delayMs * 1000,
    })
    return this
  }

  note(ms: number, host: 0 | 1, note: NoteName, value = 0): this {
    this.events.push({ kind: 'note', time: ms * 1000, host, conn: this.#conn[host], note, value })
    return this
  }

  fault(ms: number, host: number, packet: number, verdict: FaultEvent['verdict'], reason: string): this {
    this.events.push({ kind: 'fault', time: ms * 1000, host, conn: 0, packet, verdict, reason })
    return this
  }

  /** SYN, SYN,ACK, ACK from 0 to 1, 10 ms each. */
  handshake(ms: number): this {
    return this.state(ms, 0, 'CLOSED', 'SYN_SENT')
      .send(ms, 0, 'SYN', { seq: 0 })
      .state(ms + 10, 1, 'LISTEN', 'SYN_RECEIVED')
      .send(ms + 10, 1, 'SYN,ACK', { seq: 0, ack: 1 })
      .state(ms + 20, 0, 'SYN_SENT', 'ESTABLISHED')
      .send(ms + 20, 0, 'ACK', { seq: 1, ack: 1 })
      .state(ms + 30, 1, 'SYN_RECEIVED', 'ESTABLISHED')
  }

  #segment(ms: number, host: 0 | 1, direction: 'in' | 'out', packet: number, flags: string, sent: Sent): void {
    const other = host === 0 ? 1 : 0
    const bits = flags.split(',').reduce((sum, name) => sum | (BITS[name] as number), 0)
    this.events.push({
      kind: 'segment',
      time: ms * 1000,
      host,
      conn: this.#conn[host],
      direction,
      packet,
      localPort: this.#ports[host],
      remotePort: this.#ports[other],
      seq: (ISS[host] + sent.seq) | 0,
      ack: sent.ack === undefined ? 0 : (ISS[other] + sent.ack) | 0,
      flags: bits,
      length: sent.length ?? 0,
      window: sent.window ?? 64_240,
      retransmission: sent.again ?? false,
    })
  }
}
