import type { Micros } from '../../base/index.ts'
import { buildLadder, printLadder } from '../../inspect/index.ts'
import { Recorder } from '../../trace/index.ts'
import type { RunConfig } from './config.ts'
import { Flows } from './flows.ts'

/** The host has been up for a while: a script shall not see what is special about the moments after a start. */
export const UPTIME_US: Micros = 1_000_000_000
/** About what an event takes on a real machine, so that an answer at `+0` comes after what it answers. */
const EVENT_US = 10
/** After so many timers in one wait the host is taken never to come to rest. */
const TIMERS_MAX = 200_000
const LADDER_EVENTS = 2000

/** A call that waits beside the script. */
export interface Waiting {
  /** When it is to be asked again though nothing has happened. */
  readonly deadline: Micros
  /** When the script says that it returns, in its own time; 0: the script does not say that it waits. */
  readonly end: Micros
  /** Tries again; false while it still waits. */
  resume(): boolean
}

/** What is under test, the wire to the script, and the clock. */
export abstract class Stage {
  readonly flows: Flows
  waiting: Waiting | null = null
  protected readonly recorder: Recorder = new Recorder({ limit: 1 << 16, wrap: true })
  readonly #name: string
  #now: Micros = UPTIME_US
  #resuming = false

  /** @param name of what is under test, in ladders */
  constructor(config: RunConfig, name: string) {
    this.flows = new Flows(config)
    this.#name = name
  }

  /** When something happens by itself; Infinity: nothing will. */
  protected abstract nextDeadline(): Micros
  /** Tells the host what time it is. */
  protected abstract advanceTo(now: Micros): void
  /** Takes a packet. */
  protected abstract input(now: Micros, packet: Uint8Array): void

  get now(): Micros {
    return this.#now
  }

  /** A packet arrives. */
  inject(packet: Uint8Array): void {
    this.input(this.#now, packet)
    this.progress()
  }

  /**
   * Lets the time pass that an event takes. A fast machine plays thousands of events at one absolute time within the tolerance: while
   * the clock is far behind the script, events take less and in the end nothing.
   *
   * @param behindUs how far the clock is behind the script
   * @param toleranceUs how far it may be
   */
  tick(behindUs: Micros, toleranceUs: Micros): void {
    const hurried = behindUs < toleranceUs * 0.9 ? 1 : 0
    this.advance(this.#now + (behindUs < toleranceUs / 2 ? EVENT_US : hurried))
  }

  /** Runs the host until that time, or until `done`. True when `done` came true. */
  advance(to: Micros, done: () => boolean = () => false): boolean {
    this.progress()
    for (let timers = 0; !done(); timers++) {
      const next = Math.min(this.nextDeadline(), this.waiting?.deadline ?? Number.POSITIVE_INFINITY)
      if (next > to || next === Number.POSITIVE_INFINITY || timers > TIMERS_MAX) {
        if (to !== Number.POSITIVE_INFINITY) this.#setTime(to)
        return done()
      }
      this.#setTime(next)
    }
    return true
  }

  #setTime(time: Micros): void {
    this.#now = Math.max(this.#now, time)
    this.advanceTo(this.#now)
    this.progress()
  }

  /** Lets the call that waits see whether it can go on; it may send, and so come here again. */
  protected progress(): void {
    const { waiting } = this
    if (waiting === null || this.#resuming) return
    this.#resuming = true
    try {
      if (waiting.resume()) this.waiting = null
    } finally {
      this.#resuming = false
    }
  }

  /** The sequence diagram of what has happened, in times from `zero` on. */
  ladder(width: number, zero: Micros): string {
    const from = Math.max(this.recorder.first, this.recorder.total - LADDER_EVENTS)
    const events = this.recorder.toArray(from).map((event) => ({
      ...event,
      time: event.time - zero,
      // All calls are the script's.
      ...(event.kind === 'call' && { process: '' }),
    }))
    return printLadder(buildLadder(events, { hosts: [this.#name, 'script'], lanes: [0, 1] }), { width })
  }
}
