import type { Micros } from '../../base/index.ts'
import type { HostTrace } from '../../trace/index.ts'
import { DropReason, IpHeader, Protocol, parseIp, parseTcp, TcpSegment } from '../../wire/index.ts'
import type { RunConfig } from '../run/config.ts'
import { type LivePacket, readLivePacket } from '../run/live-packet.ts'
import { Mismatch } from '../run/outcome.ts'
import { Stage, UPTIME_US } from '../run/stage.ts'
import type { NewSubject, Subject } from './subject.ts'

const NAME = 'stack'

/** Somebody else's stack is under test. What it puts on the wire is all that is known of it. */
export class SubjectStage extends Stage {
  readonly subject: Subject
  readonly #trace: HostTrace

  constructor(config: RunConfig, newSubject: NewSubject) {
    super(config, NAME)
    this.#trace = this.recorder.forHost(0)
    this.subject = newSubject({
      transmit: (packet) => this.#take(packet.slice()),
      address: config.localIp.toString(),
      mtu: config.mtu,
    })
    this.subject.advance(UPTIME_US)
  }

  protected nextDeadline(): Micros {
    const deadline = this.subject.nextDeadline()
    if (deadline >= 0) return deadline
    throw new Mismatch(`nextDeadline() of the stack under test is ${deadline}, expected µs, or Infinity`)
  }

  protected advanceTo(now: Micros): void {
    this.subject.advance(now)
  }

  protected input(now: Micros, packet: Uint8Array): void {
    const segment = segmentOf(packet)
    if (segment !== null) this.#trace.segmentIn(now, 0, segment)
    this.subject.input(now, packet)
  }

  #take(packet: Uint8Array): void {
    const live = read(packet, this.now)
    const { ports, tcp } = live
    if (ports !== null && tcp !== null) {
      const { seq, ack, flags, length, window } = tcp
      this.#trace.segmentOut(this.now, 0, ports.source, ports.destination, seq, ack, flags, length, window, false)
    }
    this.flows.take(live)
  }
}

/** @throws {Mismatch} for what is no packet: here that is the stack's fault, not ours */
function read(packet: Uint8Array, now: Micros): LivePacket {
  try {
    return readLivePacket(packet, now)
  } catch (error) {
    throw new Mismatch((error as Error).message)
  }
}

function segmentOf(packet: Uint8Array): TcpSegment | null {
  const ip = new IpHeader()
  if (parseIp(packet, 0, packet.length, ip) !== DropReason.NONE || ip.protocol !== Protocol.TCP) return null
  const segment = new TcpSegment()
  const reason = parseTcp(packet, ip.payloadStart, ip.payloadLength, ip.pseudoSum(), segment)
  return reason === DropReason.NONE ? segment : null
}
