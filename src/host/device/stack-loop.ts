/** The loop that joins a stack, which does nothing by itself, to the machine's clock and to a device. */
import { type Micros, scratch } from '../../base/index.ts'
import type { EthernetLayer, Host } from '../../stack/index.ts'
import { ETHERNET_HEADER_LENGTH } from '../../wire/index.ts'
import type { Crossing, PacketTap } from './crossing.ts'
import type { TunDevice } from './tun-device.ts'
import type { TunLink } from './tun-link.ts'

/** Packets taken in one turn: the stack acknowledges them together, and others of this program get their turn after it. */
const BATCH = 64
/** Octets taken in one turn, before programs read them: so much still lies in the processor's cache then. */
const BATCH_OCTETS = 1 << 19
/** Batches that are taken before a timer that is due: together more packets than the kernel keeps for a device (`txqueuelen`). */
const BATCHES_BEFORE_TIMERS = 8
/** Turns without a packet before the loop waits for the device: a busy peer's next burst is nearer than a thread's wake-up. */
const IDLE_TURNS = 8
/** The same behind so many octets in one turn: who sends that fast sends on. */
const IDLE_TURNS_BEHIND_BURST = 128
const BURST_OCTETS = 1 << 15
/** What a timer of Node can wait for. */
const TIMER_MAX_MS = 2 ** 31 - 1
/** A wait on the device ends by itself after this, in case that a wake-up was lost. */
const WAIT_MAX_MS = 10_000

/** Microseconds of a clock that is never set. */
function monotonicUs(): Micros {
  return Math.floor(performance.now() * 1000)
}

/**
 * Runs a stack on a device until `close`. What programs do with its sockets goes through `run`: the stack then knows what time it
 * is, and its packets leave.
 */
export class StackLoop {
  readonly host: Host
  readonly #device: TunDevice
  readonly #link: TunLink
  readonly #iface: number
  readonly #tap: PacketTap | null
  readonly #loses: (() => boolean) | null
  readonly #ethernet: EthernetLayer | null
  readonly #failed: (error: unknown) => void
  #timer: NodeJS.Timeout | undefined
  #timerAt: Micros = Number.POSITIVE_INFINITY
  #depth = 0
  /** Turns without a packet, and how many there may be. */
  #idle = 0
  #patience = IDLE_TURNS
  #running = true
  #turns: Promise<void> = Promise.resolve()

  /**
   * @param iface the number of the host's interface that sends through `link`
   * @param failed told when the device is gone, or a program of ours has thrown; the loop has ended then
   */
  constructor(
    host: Host,
    device: TunDevice,
    link: TunLink,
    iface: number,
    options: Crossing & { readonly failed: (error: unknown) => void },
  ) {
    this.host = host
    this.#device = device
    this.#link = link
    this.#iface = iface
    this.#tap = options.tap ?? null
    this.#loses = options.loses ?? null
    this.#ethernet = options.ethernet ?? null
    this.#failed = options.failed
  }

  /** Begins. */
  start(): void {
    this.#turns = this.#poll()
  }

  /** Does what a program wants of the stack, at the present time. Calls nest. */
  run<T>(work: () => T): T {
    if (this.#depth === 0) this.#advance(monotonicUs())
    this.#depth++
    this.host.enter()
    try {
      return work()
    } finally {
      this.host.leave()
      if (--this.#depth === 0) this.#settle()
    }
  }

  /** What waits came before now: the ACK of a program that was held up is heard before the timer that it should have stopped. */
  #advance(now: Micros): void {
    if (this.#nextDeadline() <= now) for (let batch = 0; batch < BATCHES_BEFORE_TIMERS && this.#take(now) > 0; batch++);
    this.#ethernet?.advance(now)
    this.host.advance(now)
  }

  /** Ends the loop; the device stays open. */
  async close(): Promise<void> {
    this.#running = false
    clearTimeout(this.#timer)
    this.#device.wake()
    await this.#turns
  }

  async #poll(): Promise<void> {
    try {
      while (this.#running) {
        const octets = this.run(() => this.#take(this.host.now))
        this.#idle = octets > 0 ? 0 : this.#idle + 1
        if (octets > 0) this.#patience = octets < BURST_OCTETS ? IDLE_TURNS : IDLE_TURNS_BEHIND_BURST
        if (this.#idle > this.#patience) await this.#device.wait(WAIT_MAX_MS, this.#link.full)
        else await new Promise<void>((resolve) => setImmediate(resolve))
      }
    } catch (error) {
      this.#running = false
      clearTimeout(this.#timer)
      this.#failed(error)
    }
  }

  /** Takes what the device has, at most a batch of it, as come together. Returns the octets of its packets. */
  #take(now: Micros): number {
    let count = 0
    let octets = 0
    this.host.enter()
    try {
      for (; count < BATCH && octets < BATCH_OCTETS; count++) {
        const length = this.#receive()
        if (length < 0) break
        octets += length
        if (length === 0) continue
        this.#tap?.(scratch.bytes, scratch.IN, length, 'in')
        if (this.#loses?.() === true) continue
        this.host.input(now, this.#iface, scratch.bytes, scratch.IN, length, this.#device.cut)
      }
    } finally {
      this.host.leave()
    }
    return octets
  }

  /** Puts the next packet at `scratch.IN`. Returns its octets, 0 for a frame that held none, −1 when nothing waits. */
  #receive(): number {
    const ethernet = this.#ethernet
    const start = ethernet === null ? scratch.IN : scratch.IN - ETHERNET_HEADER_LENGTH
    const length = this.#device.receive(start, scratch.AREA_LENGTH)
    if (length === 0) return -1
    if (this.#tap !== null) this.#device.completeChecksum(start, length)
    return ethernet === null ? length : ethernet.receive(scratch.bytes, start, length)
  }

  /** Sends what waits, and sets the clock for the next deadline. */
  #settle(): void {
    this.#link.flush()
    const deadline = this.#nextDeadline()
    // A deadline that moved away, as that of a retransmission does with every ACK, is found out when the old one has come.
    if (deadline >= this.#timerAt || !this.#running) return
    clearTimeout(this.#timer)
    this.#timerAt = deadline
    const ms = Math.ceil((deadline - monotonicUs()) / 1000)
    this.#timer = setTimeout(() => this.#due(), Math.min(Math.max(ms, 0), TIMER_MAX_MS))
  }

  #nextDeadline(): Micros {
    return Math.min(this.host.nextDeadline(), this.#ethernet?.nextDeadline() ?? Number.POSITIVE_INFINITY)
  }

  #due(): void {
    this.#timerAt = Number.POSITIVE_INFINITY
    try {
      this.run(() => undefined)
    } catch (error) {
      this.#failed(error)
    }
  }
}
