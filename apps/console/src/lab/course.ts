import type { LadderPart } from 'lastack/inspect'
import type { RunVerdict, Step } from 'lastack/sim'
import { State } from 'lastack/tcp'
import { EventLog, type TraceEvent } from 'lastack/trace'
import type { CoursePart, StopKind } from './protocol.ts'

/** What a ladder is built from. */
export interface LadderEvents {
  readonly events: readonly TraceEvent[]
  readonly part: LadderPart
}

const CONNECTIONS = 2 ** 32

function keyOf({ host, conn }: TraceEvent): number {
  return host * CONNECTIONS + conn
}

/** Events among which a ladder looks for those that opened its connections. */
class Openings {
  private readonly log: EventLog
  private readonly byConnection = new Map<number, number[]>()
  private readonly listens: number[] = []
  private read = 0

  constructor(log: EventLog) {
    this.log = log
  }

  /** The events before `start` that say who is who in the events from there on. */
  of(events: readonly TraceEvent[], start: number): TraceEvent[] {
    this.catchUp()
    const connections = new Set(events.map(keyOf))
    const numbers = [...connections].flatMap((key) => this.byConnection.get(key) ?? [])
    const before = [...new Set([...this.listens, ...numbers])].filter((number) => number < start)
    return before.sort((a, b) => a - b).map((number) => this.log.at(number))
  }

  private catchUp(): void {
    for (; this.read < this.log.length; this.read++) {
      if (!this.log.isOpeningAt(this.read)) continue
      const event = this.log.at(this.read)
      if (event.kind === 'state' && event.to === State.LISTEN) this.listens.push(this.read)
      const known = this.byConnection.get(keyOf(event))
      if (known === undefined) this.byConnection.set(keyOf(event), [this.read])
      else known.push(this.read)
    }
  }
}

/** Events that grow, of which a ladder shows the last. */
export class LadderLog {
  readonly log: EventLog = new EventLog()
  protected readonly openings: Openings = new Openings(this.log)

  /**
   * Events up to `to` for a ladder of at most so many, from which on it begins. Its beginning moves in leaps: as one goes on, a
   * ladder grows at its end.
   */
  upTo(to: number, most: number): LadderEvents {
    const leap = most / 2
    return this.between(to <= most ? 0 : Math.floor((to - leap) / leap) * leap, to)
  }

  /** Events from one to another, and what they need. */
  between(start: number, to: number): LadderEvents {
    const own = this.log.slice(start, to)
    const learnt = start === 0 ? [] : this.openings.of(own, start)
    return { events: [...learnt, ...own], part: { learnt: learnt.length, start } }
  }

  /** How many events there are up to a time, µs. */
  countAt(time: number): number {
    let [low, high] = [0, this.log.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.log.at(middle).time <= time) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Events that are looked through for packets under way. */
const LOOK = 20_000

/** A run as far as the page has been told of it: it grows while the worker plays ahead. */
export class Course extends LadderLog {
  private readonly times: number[] = []
  private readonly ends: number[] = []
  readonly story: Step[] = []
  isWhole = false
  verdict: RunVerdict = 'running'
  troubles: readonly string[] = []

  add(part: CoursePart): void {
    this.log.append(part.events)
    for (const time of part.stopTimes) this.times.push(time)
    for (const end of part.stopEvents) this.ends.push(end)
    for (const line of part.story) this.story.push(line)
    this.isWhole = part.isWhole
    this.verdict = part.verdict
    this.troubles = part.troubles
  }

  /** Moments at which there is something new to see. */
  get stops(): number {
    return this.times.length
  }

  /** Virtual time of a stop; `undefined`: there is none. */
  timeOf(stop: number): number | undefined {
    return this.times[stop]
  }

  /** Virtual time of the last stop. */
  get end(): number {
    return this.times.at(-1) ?? 0
  }

  /** The first stop from that one on at which something of that kind happens; -1: none. */
  nextStop(from: number, kind: StopKind): number {
    for (let stop = from; stop < this.ends.length; stop++) {
      const events = this.log.slice(this.ends[stop - 1] ?? 0, this.ends[stop])
      if (events.some((event) => kindOf(event) === kind)) return stop
    }
    return -1
  }

  /** How long the last packet that has arrived was on its way, µs. */
  transitAt(now: number): number | undefined {
    const { log } = this
    let arrival = -1
    for (let n = now - 1; n >= Math.max(0, now - LOOK); n--) {
      const packet = log.segmentAt(n)
      if (arrival === -1 && packet < 0) arrival = n
      else if (arrival !== -1 && packet === -log.segmentAt(arrival)) return log.at(arrival).time - log.at(n).time
    }
    return undefined
  }

  /** The latest packets, at most so many, that are on their way after so many events: as they leave, and what becomes of them. */
  underWay(now: number, most: number): LadderEvents {
    const { log } = this
    const [gone, found, numbers] = [new Set<number>(), new Set<number>(), [] as number[]]
    for (let n = now - 1; n >= Math.max(0, now - LOOK) && found.size < most; n--) {
      const packet = log.segmentAt(n)
      if (packet < 0) gone.add(-packet)
      else if (packet > 0 && !gone.has(packet)) {
        found.add(packet)
        numbers.unshift(n)
      }
    }
    const first = numbers[0] ?? now
    const missing = new Set(found)
    for (let n = first; n < Math.min(log.length, now + LOOK) && missing.size > 0; n++) {
      const isEnd = missing.has(-log.segmentAt(n))
      if (isEnd) missing.delete(-log.segmentAt(n))
      if (isEnd || found.has(log.faultAt(n))) numbers.push(n)
    }
    const events = numbers.sort((a, b) => a - b).map((number) => log.at(number))
    const learnt = this.openings.of(events, first)
    return { events: [...learnt, ...events], part: { learnt: learnt.length, start: first } }
  }
}

/** What one steps to with an event; `null`: nothing. */
export function kindOf(event: TraceEvent): StopKind | null {
  if (event.kind === 'segment') return 'packet'
  // Timers are set and stopped all the time: what one steps to is that one goes off.
  if (event.kind === 'timer') return event.action === 'fired' ? 'timer' : null
  return event.kind === 'call' ? 'call' : null
}
