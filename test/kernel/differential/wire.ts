/**
 * The wire between two ends, made here, so that it is the same wire whoever is at its ends: a fixed delay, packets lost where a
 * scenario says so, and a record of every segment.
 */
import { scratch } from '../../../src/base/index.ts'
import type { TunDevice } from '../../../src/host/device/tun-device.ts'
import type { Host, Link } from '../../../src/stack/index.ts'
import { describePacket } from '../../../src/wire/index.ts'

/** One way, ms. */
const DELAY_MS = 10

/** Who opened the connection, and who was called. */
export type Role = 'client' | 'server'

/** A segment as it was put on the wire. */
export interface WireSegment {
  /** µs. */
  readonly at: number
  readonly serverPort: number
  readonly clientPort: number
  readonly from: Role
  readonly ctl: number
  readonly seq: number
  readonly ack: number
  readonly length: number
  readonly lost: boolean
}

/** A segment that is to be lost, once. */
export interface LossRule {
  readonly serverPort: number
  readonly from: Role
  /** Control bits that it has, and none but these of SYN, FIN, RST and ACK. */
  readonly ctl: number
}

/** An end of the wire. */
export interface WireEnd {
  /** The next packet that it has sent. */
  take(): Uint8Array | undefined
  give(packet: Uint8Array): void
  /** Time passes. */
  tick(): void
}

/** µs on the clock of every stack here. */
export function nowUs(): number {
  return Math.floor(performance.now() * 1000)
}

/** SYN, FIN, RST, ACK: PSH says nothing about a close. */
const CONTROLS = 0x17

/** Runs from its making to `close`. */
export class Wire {
  readonly segments: WireSegment[] = []
  readonly rules: LossRule[] = []
  readonly #ends: readonly [WireEnd, WireEnd]
  readonly #travelling: { readonly due: number; readonly to: WireEnd; readonly packet: Uint8Array }[] = []
  readonly #timer: NodeJS.Timeout

  constructor(a: WireEnd, b: WireEnd) {
    this.#ends = [a, b]
    this.#timer = setInterval(() => this.#turn(), 1)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #turn(): void {
    const [a, b] = this.#ends
    const due = performance.now()
    while ((this.#travelling[0]?.due ?? Number.POSITIVE_INFINITY) <= due) {
      const next = this.#travelling.shift()
      next?.to.give(next.packet)
    }
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      from.tick()
      for (let packet = from.take(); packet !== undefined; packet = from.take()) {
        if (!this.#isLost(packet)) this.#travelling.push({ due: performance.now() + DELAY_MS, to, packet })
      }
    }
  }

  /** Writes the packet down if it is TCP, and says whether a rule takes it. */
  #isLost(packet: Uint8Array): boolean {
    const { tcp } = describePacket(packet, 0, packet.length)
    if (tcp === undefined) return false
    const { sourcePort, destinationPort, seq, ack, ctl, dataLength } = tcp
    const from: Role = sourcePort > destinationPort ? 'client' : 'server'
    const [serverPort, clientPort] = from === 'client' ? [destinationPort, sourcePort] : [sourcePort, destinationPort]
    const rule = this.rules.findIndex(
      (one) => one.serverPort === serverPort && one.from === from && one.ctl === (ctl & CONTROLS),
    )
    if (rule >= 0) this.rules.splice(rule, 1)
    const segment = { at: nowUs(), serverPort, clientPort, from, ctl, seq, ack, length: dataLength, lost: rule >= 0 }
    this.segments.push(segment)
    return rule >= 0
  }
}

/** A kernel's end: a TUN device without offloads. */
export function tunEnd(device: TunDevice): WireEnd {
  return {
    take() {
      const length = device.receive(scratch.IN, scratch.AREA_LENGTH)
      return length === 0 ? undefined : scratch.bytes.slice(scratch.IN, scratch.IN + length)
    },
    give(packet) {
      device.send(device.addressOf(packet), packet.length)
    },
    tick: () => undefined,
  }
}

/** A stack's end, which is its link too. */
export class StackWireEnd implements WireEnd, Link {
  readonly mtu = 1500
  readonly #sent: Uint8Array[] = []
  #host: Host | null = null
  #iface = 0

  /** Whose link this is, and as which interface. */
  attach(host: Host, iface: number): void {
    this.#host = host
    this.#iface = iface
  }

  transmit(buf: Uint8Array, start: number, length: number): boolean {
    this.#sent.push(buf.slice(start, start + length))
    return true
  }

  take(): Uint8Array | undefined {
    return this.#sent.shift()
  }

  give(packet: Uint8Array): void {
    this.#host?.advance(nowUs())
    this.#host?.input(nowUs(), this.#iface, packet, 0, packet.length)
  }

  tick(): void {
    this.#host?.advance(nowUs())
  }
}
