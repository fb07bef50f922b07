import { formatDuration, type Micros } from '../../base/index.ts'
import type { Begun, Caller } from '../calls/caller.ts'
import { usualErrno } from '../calls/scene.ts'
import { numberOf } from '../calls/values.ts'
import type { CallSpec, EventTime, PacketSpec, ScriptEvent } from '../language/ast.ts'
import { printEvent, printExpression, printPacket, printSeconds } from '../language/print.ts'
import { buildPacket } from './build-packet.ts'
import type { RunConfig } from './config.ts'
import { continues, joined, packetText, verifyPacket } from './expect.ts'
import type { Flow } from './flow.ts'
import type { LivePacket } from './live-packet.ts'
import { Mismatch, Unsupported } from './outcome.ts'
import type { Stage } from './stage.ts'

/** How long behind its time an expected packet is awaited. */
const PATIENCE_US = 2_000_000
/** How long a call waits for the one before it. */
const IDLE_PATIENCE_US = 1_000_000
/** A call that was not said to block and does so is given up after this. */
const CALL_PATIENCE_US = 600_000_000

/** What carries out the events that are neither packets nor calls. */
export interface Interpreters {
  /** Is told what came out otherwise where that is not fatal. */
  warn(line: string): unknown
  /** @throws {Unsupported} for a command that it does not understand, {Mismatch} when it fails */
  shell(text: string): void
  /** @throws {Unsupported} for what it does not understand, {Mismatch} when an assertion fails */
  code(text: string): void
}

/** Plays a script's events on a stage, one after another, and compares. */
export class Player {
  /** The event being played. */
  at: ScriptEvent | null = null
  readonly #stage: Stage
  readonly #caller: Caller
  readonly #config: RunConfig
  readonly #told: ((line: string) => void) | null
  readonly #interpreters: Interpreters
  /** Live time of the script's time 0. */
  #zero: Micros = 0
  /** Script time of the event before: the tolerance is a share of the time since then. */
  #last: Micros = 0
  #started = false

  /** @param told is given each event once it has happened, with its time; null: nobody wants to know */
  constructor(
    stage: Stage,
    caller: Caller,
    config: RunConfig,
    told: ((line: string) => void) | null,
    interpreters: Interpreters,
  ) {
    this.#stage = stage
    this.#caller = caller
    this.#config = config
    this.#zero = stage.now
    this.#told = told
    this.#interpreters = interpreters
  }

  /** Live time of the script's time 0. */
  get zero(): Micros {
    return this.#zero
  }

  /** @throws {Mismatch} when something comes out otherwise, {Unsupported} for what this runner does not have */
  play(events: readonly ScriptEvent[]): void {
    for (const event of events) {
      this.at = event
      this.#begin(event)
      this.#attempt(event)
      this.#caller.observe?.()
      this.#told?.(`${printSeconds(this.#stage.now - this.#zero)}  ${printEvent(event)}`)
    }
    this.#awaitCall()
  }

  /** With `--non_fatal` the script goes on behind a packet or call that came out otherwise. */
  #attempt(event: ScriptEvent): void {
    try {
      this.#playOne(event)
    } catch (error) {
      const { kind } = event.action
      const goesOn =
        error instanceof Mismatch && (kind === 'packet' || kind === 'call') && this.#config.nonFatal.has(kind)
      if (!goesOn) throw error
      this.#interpreters.warn(`warning: line ${event.position.line}: ${error.message.split('\n')[0]}`)
    }
  }

  /** The first event sets the clock and so is never late; what `jiffies_usecs` says holds at the script's time 0. */
  #begin({ time }: ScriptEvent): void {
    if (this.#started) return
    this.#started = true
    this.#zero = this.#stage.now
    // A relative time counts from here by itself.
    if (time.kind !== 'absolute' && time.kind !== 'absolute-range') return
    const first = time.us
    this.#stage.advance(this.#zero + first)
    this.#last = first
  }

  #playOne(event: ScriptEvent): void {
    const { action } = event
    const last = this.#last
    const began = this.#stage.now - this.#zero
    const time = this.#resolve(event.time, began)
    if (action.kind === 'packet' && action.packet.direction === 'out') {
      this.#expect(action.packet, time, last)
      return
    }
    if (action.kind === 'call') this.#awaitIdle(event, startOf(time, began))
    if (time.kind !== 'any') {
      this.#stage.advance(this.#zero + time.us)
      this.#checkTime(this.#stage.now, time.us, time.us, last, 'the event')
      this.#last = time.us
    }
    if (action.kind === 'packet') this.#inject(action.packet)
    else if (action.kind === 'call') this.#call(event, action.call, began)
    else if (action.kind === 'shell') this.#interpreters.shell(action.command.text)
    else this.#interpreters.code(action.text)
    this.#stage.tick(this.#stage.now - this.#zero - this.#last, this.#config.toleranceUs)
    if (time.kind === 'any') this.#last = this.#stage.now - this.#zero
  }

  /**
   * Times counted from the script's beginning. `+t` counts from when the event before was over, however late that was: what commands
   * and long scripts take does not add up.
   */
  #resolve(time: EventTime, began: Micros): EventTime {
    switch (time.kind) {
      case 'relative':
        return { kind: 'absolute', us: began + time.us }
      case 'relative-range':
        return { kind: 'absolute-range', us: began + time.us, untilUs: began + time.untilUs }
      default:
        return time
    }
  }

  #toleranceUs(step: Micros): Micros {
    return Math.max(this.#config.toleranceUs, (this.#config.tolerancePercent / 100) * step)
  }

  /** Compares a live time with a script's, which may be a range. */
  #checkTime(live: Micros, from: Micros, to: Micros, last: Micros, what: string): void {
    const seen = live - this.#zero
    const tolerance = this.#toleranceUs(from - last)
    if (seen >= from - tolerance && seen <= to + tolerance) return
    const expected = from === to ? printSeconds(from) : `${printSeconds(from)} to ${printSeconds(to)}`
    const off = formatDuration(seen < from ? from - seen : seen - to)
    const way = seen < from ? 'early' : 'late'
    const back = to < last ? ': its time is before that of the event above it' : ''
    throw new Mismatch(
      `${what} is ${off} ${way}: expected at ${expected} s, seen at ${printSeconds(Math.round(seen))} s (tolerance ${formatDuration(tolerance)})${back}`,
    )
  }

  // ---- packets

  #inject(packet: PacketSpec): void {
    if (packet.encapsulations.length > 0) throw new Unsupported(`encapsulation ${packet.encapsulations[0]?.kind ?? ''}`)
    const flow = this.#stage.flows.inbound(packet)
    this.#stage.inject(buildPacket(packet, flow, this.#stage.flows.signatureKey))
  }

  #expect(packet: PacketSpec, time: EventTime, last: Micros): void {
    if (packet.encapsulations.length > 0) throw new Unsupported(`encapsulation ${packet.encapsulations[0]?.kind ?? ''}`)
    const until = time.kind === 'any' ? Number.POSITIVE_INFINITY : time.kind === 'absolute' ? time.us : endOf(time)
    const began = this.#stage.now - this.#zero
    const flow = this.#stage.flows.outbound(packet)
    const seen = this.#await(packet, flow, this.#zero + until + PATIENCE_US)
    verifyPacket(packet, seen, flow, this.#config, this.#stage.flows.signatureKey)
    const start = startOf(time, began)
    if (time.kind !== 'any')
      this.#checkTime(seen.at, start, endOf(time), last, `the packet ${printPacket(packet).trimStart()}`)
    this.#last = start
  }

  /** The next packet of the connection, joined of several until it is as long as expected. */
  #await(expected: PacketSpec, flow: Flow, deadline: Micros): LivePacket {
    const { queue } = flow
    const length = expected.body.kind === 'tcp' ? expected.body.length : 0
    const mayJoin = !this.#config.strictSegments
    let found: LivePacket | null = null
    for (;;) {
      const next = queue[0]
      if (next === undefined) {
        const before = queue.length
        const came = this.#stage.advance(deadline, () => queue.length > before)
        if (came) continue
        if (found !== null) return found
        throw new Mismatch(this.#absent(expected, deadline))
      }
      if (found !== null && !continues(found, next)) return found
      queue.shift()
      found = found === null ? next : joined(found, next)
      if (!mayJoin || found.tcp === null || found.tcp.length === 0 || found.tcp.length >= length) return found
    }
  }

  #absent(expected: PacketSpec, deadline: Micros): string {
    const how = deadline === Number.POSITIVE_INFINITY ? 'and nothing more would happen' : 'within 2 s after its time'
    return `the packet did not come, ${how}\n  expected  ${printPacket(expected)}\n  seen      nothing`
  }

  // ---- calls

  #call(event: ScriptEvent, spec: CallSpec, began: Micros): void {
    const { value } = spec.result
    const wanted = value.kind === 'ellipsis' ? -1 : numberOf(value, 'the result')
    const started = this.#caller.begin(spec, wanted, this.#zero)
    // Relative times of the end count from where those of the start do.
    const end = event.endUs === null ? null : event.endUs + (event.time.kind === 'relative' ? began : 0)
    const from = this.#stage.now - this.#zero
    const finish = (result: number): void => {
      this.#verifyResult(event, spec, started, result)
      if (end !== null) this.#checkTime(this.#stage.now, end, end, from, `the return of ${spec.name}()`)
    }
    const result = started.attempt()
    if (result !== null) return finish(result)
    if (this.#stage.waiting !== null) throw new Mismatch('the call blocks while another one does')
    this.#stage.waiting = {
      get deadline() {
        return started.deadline ?? Number.POSITIVE_INFINITY
      },
      end: end ?? 0,
      resume: () => {
        // What wakes the call wakes whoever watches, too, before the call takes it.
        this.#caller.observe?.()
        const now = started.attempt()
        if (now === null) return false
        const playing = this.at
        this.at = event
        finish(now)
        this.at = playing
        return true
      },
    }
    if (end === null) this.#awaitCall()
  }

  /**
   * Before a call is made, the one that blocks is waited for: until it returns, where the script says that it has returned by now, else for
   * a second. If it still blocks then, the new call is made beside it, unless it is to block too.
   */
  #awaitIdle(event: ScriptEvent, at: Micros): void {
    const { waiting } = this.#stage
    if (waiting === null) return
    if (waiting.end <= at + this.#config.toleranceUs) return this.#awaitCall()
    if (event.endUs === null && this.#caller.callsBesideAtOnce) return
    const idle = this.#stage.advance(this.#stage.now + IDLE_PATIENCE_US, () => this.#stage.waiting === null)
    if (!idle && event.endUs !== null) throw new Mismatch('the call is to block while another one does')
  }

  /** Waits for the call that blocks: at the end of the script, and where the script did not say that it blocks. */
  #awaitCall(): void {
    const { waiting } = this.#stage
    if (waiting === null) return
    const returned = this.#stage.advance(this.#stage.now + CALL_PATIENCE_US, () => this.#stage.waiting === null)
    if (!returned) throw new Mismatch('the call blocks, and nothing lets it return')
  }

  #verifyResult(event: ScriptEvent, spec: CallSpec, started: Begun, result: number): void {
    const { value } = spec.result
    const errno = spec.result.errno === null ? null : usualErrno(spec.result.errno)
    const seenErrno = this.#caller.errnoOf(result)
    if (value.kind !== 'ellipsis') {
      const expected = numberOf(value, 'the result')
      const opens = started.opens && result >= 0 && expected >= 0
      const seen = result < 0 ? -1 : result
      const wrong = errno === null ? !opens && seen !== expected : errno !== seenErrno || expected !== -1
      if (wrong) {
        const seenText = result < 0 ? `-1 ${seenErrno}` : String(result)
        const expectedText = errno === null ? printExpression(value) : `${printExpression(value)} ${errno}`
        throw new Mismatch(
          `${spec.name}() returned ${seenText}, expected ${expectedText}\n  expected  ${printEvent(event)}\n  seen      ${seenText}`,
        )
      }
    }
    started.finish(result)
  }

  /** What the stack sent and the script did not ask for, of the connection under test. */
  get unasked(): string[] {
    const flow = this.#stage.flows.current
    if (flow === null) return []
    return flow.queue.map((packet) => `${printSeconds(Math.round(packet.at - this.#zero))} ${packetText(packet, flow)}`)
  }
}

function startOf(time: EventTime, began: Micros): Micros {
  return time.kind === 'any' ? began : time.us
}

function endOf(time: EventTime): Micros {
  if (time.kind === 'any') return Number.POSITIVE_INFINITY
  return time.kind === 'absolute-range' || time.kind === 'relative-range' ? time.untilUs : time.us
}
