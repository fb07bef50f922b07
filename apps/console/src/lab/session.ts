import type { TraceEvent } from 'lastack/trace'
import { packetdrillScript } from './packetdrill-text.ts'
import { Player, runOptions } from './player.ts'
import type {
  Beside,
  HostFrame,
  LabFrame,
  Plan,
  Position,
  RunChoice,
  SavedForm,
  Stop,
  StopKind,
  TimedAct,
} from './protocol.ts'
import { vitestText } from './vitest-text.ts'

/** A run to be kept. */
export interface SavedFile {
  readonly name: string
  readonly content: Uint8Array<ArrayBuffer> | string
}

/** A stop, and how it is found again. */
interface Mark extends Stop {
  /** What `Player.played` was. */
  readonly played: number
  /** Something that the user did, not the run. */
  readonly byAct: boolean
}

const KINDS: Readonly<Partial<Record<TraceEvent['kind'], StopKind>>> = {
  segment: 'packet',
  timer: 'timer',
  call: 'call',
}

function kindsOf(events: readonly TraceEvent[]): StopKind[] {
  const kinds = events.flatMap((event) => {
    // Timers are set and stopped all the time: what one steps to is that one goes off.
    if (event.kind === 'timer' && event.action !== 'fired') return []
    return KINDS[event.kind] ?? []
  })
  return [...new Set(kinds)]
}

function packetsOf(events: readonly TraceEvent[]): number {
  return events.filter((event) => event.kind === 'segment' && event.direction === 'out').length
}

/**
 * One run, played ahead to its end, and where in it the user stands. A run cannot go back, but it can be played again to any moment:
 * equal choices and acts give equal events.
 */
export class LabSession {
  private readonly choice: RunChoice
  private readonly acts: readonly TimedAct[]
  private readonly marks: Mark[] = []
  private readonly ahead: Player
  private player: Player
  private step = 0

  constructor(choice: RunChoice, acts: readonly TimedAct[]) {
    this.choice = choice
    this.acts = acts
    const start = performance.now()
    this.ahead = new Player(choice, acts)
    this.lookAhead()
    // For whoever looks at the worker's own timeline, and for the benchmark.
    performance.measure('simulate', { start, detail: { packets: packetsOf(this.ahead.run.events()) } })
    this.player = new Player(choice, acts)
  }

  private lookAhead(): void {
    const { run } = this.ahead
    let [events, lines] = [run.eventCount, run.steps().length]
    while (!this.ahead.over) {
      const byAct = this.ahead.next()
      const told = run.steps(lines).length
      if (run.eventCount === events && told === 0) continue
      const kinds = kindsOf(run.events(events))
      events = run.eventCount
      lines += told
      this.marks.push({ time: run.now, events, kinds, played: this.ahead.played, byAct })
    }
  }

  /** All that will happen. */
  plan(): Plan {
    const stops = this.marks.map(({ time, events, kinds }): Stop => ({ time, events, kinds }))
    return { events: this.ahead.run.events(), stops, verdict: this.ahead.run.verdict, troubles: this.ahead.troubles }
  }

  /** All of it, for another run to stand beside. */
  whole(): Beside {
    const { run } = this.ahead
    const { personality, verdict, because } = run
    return { personality, events: run.events(), hosts: run.hosts, story: run.steps(), verdict, because }
  }

  /** The step that a position stands for. */
  stepOf(position: Position): number {
    if ('packet' in position) {
      const leaves = this.ahead.run
        .events()
        .findIndex((event) => 'packet' in event && event.packet === position.packet && event.packet !== 0)
      return this.marks.findIndex(({ events }) => events > leaves) + 1
    }
    const next = this.marks[position.step]
    return position.acted && next?.byAct === true ? position.step + 1 : position.step
  }

  /** Goes to a step; one beyond the end is the end. */
  seek(step: number): void {
    this.step = Math.max(0, Math.min(step, this.marks.length))
    const target = this.marks[this.step - 1]?.played ?? 0
    if (this.player.played > target) this.player = new Player(this.choice, this.acts)
    const end = this.step === this.marks.length
    while (!this.player.over && (end || this.player.played < target)) this.player.next()
  }

  /** The octets of a packet, wherever in the run it is. */
  packet(number: number): Uint8Array | null {
    return this.ahead.run.packet(number) ?? null
  }

  /**
   * The whole run as a file: its name and what is in it.
   *
   * @throws Error when there is nothing to save in that form.
   */
  save(form: SavedForm): SavedFile {
    const { run, done } = this.ahead
    const { id } = run.info
    if (form === 'pcapng') return { name: `${id}.pcapng`, content: new Uint8Array(run.pcapng()) }
    const options = runOptions(this.choice)
    if (form === 'vitest') {
      return { name: `${id}.test.mjs`, content: vitestText({ options, acts: done, result: run.finish() }) }
    }
    const host = run.hosts.find(({ name }) => name === form.packetdrill)?.index ?? 0
    const title = [`${id}, seed ${run.seed}: ${form.packetdrill}`, ...done.map(({ words }) => words)].join('; ')
    const packet = (number: number): Uint8Array | undefined => run.packet(number)
    const source = { title, events: run.events(), host, sysctls: options.set ?? {}, packet }
    return { name: `${id}-${form.packetdrill}.pkt`, content: packetdrillScript(source) }
  }

  /** Everything that the page shows of this moment. */
  frame(): LabFrame {
    const { run, tick } = this.player
    const hosts = run.hosts.map((host): HostFrame => {
      if (host.kind === 'box') return { host, connections: [], rows: [] }
      return { host, connections: run.connections(host.name), rows: run.rows(host.name) }
    })
    return {
      info: run.info,
      case: run.case,
      seed: run.seed,
      personality: run.personality,
      broken: this.choice.broken,
      now: run.now,
      done: run.done,
      verdict: run.verdict,
      because: run.because,
      step: this.step,
      tick,
      hosts,
      story: run.steps(),
    }
  }
}
