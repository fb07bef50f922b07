import type { Micros, Prng } from '../../base/index.ts'
import type { FaultEvent, Recorder } from '../../trace/index.ts'
import type { Verdict } from '../faults/rules.ts'
import type { Packet, Station } from './packet.ts'

/** What links and boxes ask of the world they are in. */
export interface Medium {
  readonly now: Micros
  readonly recorder: Recorder
  /** Forked by name, never drawn from: what one part of a world draws is no other part's business. */
  readonly random: Prng
  /** Plans something; equal times happen in the order they were planned. */
  plan(time: Micros, run: () => void): void
  /** What the fault rules say about a packet that its maker is about to send. What they do is traced. */
  judge(packet: Packet, sender: Station, link: string): Verdict
  /** Writes the packet to the capture of that interface. */
  capture(wire: number, packet: Packet, verdict: Verdict): void
  /** Traces what was done to a packet. */
  fault(where: Station, packet: Packet, verdict: FaultEvent['verdict'], reason: string): void
}
