import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { ScenarioInfo } from 'lastack/sim'
import type { TraceEvent } from 'lastack/trace'
import { route, setParams } from '../router.ts'
import { downloadFile } from '../ui/download.ts'
import { actsOf, actsText } from './acts-text.ts'
import { choiceOf } from './choice.ts'
import type { NamedLadder } from './drawing-file.tsx'
import type {
  Beside,
  Judgement,
  LabFrame,
  LabReport,
  LabRequest,
  Plan,
  Position,
  RunChoice,
  SavedForm,
  StopKind,
  TimedAct,
} from './protocol.ts'

/** Pace of playing: steps in a second. */
export const SPEEDS = [1, 2, 4, 10] as const
export type Speed = (typeof SPEEDS)[number]

/** A moment of a run as the page knows it: the frame, and what led there. */
export interface Shown extends LabFrame {
  /** Up to this moment. */
  readonly events: readonly TraceEvent[]
}

/** A packet that is looked into. */
export interface OpenPacket {
  readonly number: number
  /** `null` until the worker has told; a packet of before there were any has none. */
  readonly octets: Uint8Array | null
}

/** A run and all that was done to it: what the address asks for. */
interface Session {
  readonly choice: RunChoice
  readonly acts: readonly TimedAct[]
}

/** The address follows the step after this long without another, ms. */
const ADDRESS_AFTER_MS = 250

/**
 * The lab as the page knows it. It asks the worker in which the stack runs, starts a run whenever the address asks for another
 * one, and keeps what it is told in signals.
 */
export class Lab {
  private readonly worker: Worker
  private readonly list: Signal<readonly ScenarioInfo[]> = signal([])
  private readonly systems: Signal<readonly string[]> = signal([])
  private readonly frame: Signal<LabFrame | null> = signal(null)
  private readonly planned: Signal<Plan | null> = signal(null)
  private readonly judged: Signal<Judgement | null> = signal(null)
  private readonly other: Signal<Beside | string | null> = signal(null)
  private readonly trouble: Signal<string | null> = signal(null)
  private readonly session: ReadonlySignal<Session>
  /** Number of the latest start: what comes from an earlier one is no longer wanted. */
  private run = 0
  /** True while the worker has not answered yet. */
  private waiting = false
  /** What was asked for while the worker was busy. */
  private wanted: (() => void) | null = null
  /** Where the next start shall stand; `null`: where the address says. */
  private position: Position | null = null
  private addressTimer: ReturnType<typeof setTimeout> | undefined

  /** Everything that can be played; empty until the worker has spoken. */
  readonly scenarios: ReadonlySignal<readonly ScenarioInfo[]> = this.list
  readonly personalities: ReadonlySignal<readonly string[]> = this.systems
  /** The run from beginning to end; `null` until it has been played ahead. */
  readonly plan: ReadonlySignal<Plan | null> = this.planned
  /** The present moment; `null` until the first frame of a run. */
  readonly shown: ReadonlySignal<Shown | null>
  /** For a claim: what playing all of its cases says. */
  readonly judgement: ReadonlySignal<Judgement | null> = this.judged
  /** The same run on the system beside it, or why there is none; `null`: none is asked for, or it is being played. */
  readonly beside: ReadonlySignal<Beside | string | null> = this.other
  /** Why the chosen run could not start. */
  readonly error: ReadonlySignal<string | null> = this.trouble
  /** What the address asks for. */
  readonly choice: ReadonlySignal<RunChoice>
  /** What the user has done to it. */
  readonly acts: ReadonlySignal<readonly TimedAct[]>
  readonly playing: Signal<boolean> = signal(false)
  readonly speed: Signal<Speed> = signal(2)
  /** Sequence numbers as on the wire, not counted from the initial ones. */
  readonly raw: Signal<boolean> = signal(false)
  /** The ladders that are on the page: what is kept as a drawing. */
  readonly drawn: Signal<readonly NamedLadder[]> = signal([])
  /** The packet that is looked into; `null`: none. */
  readonly packet: Signal<OpenPacket | null> = signal(null)

  constructor() {
    this.worker = new Worker(new URL('./lab.worker.ts', import.meta.url), { type: 'module', name: 'lab' })
    this.worker.addEventListener('message', ({ data }: MessageEvent<LabReport>) => this.take(data))
    this.ask({ kind: 'list' })
    this.session = this.followAddress()
    this.choice = computed(() => this.session.value.choice)
    this.acts = computed(() => this.session.value.acts)
    this.shown = computed(() => {
      const [frame, plan] = [this.frame.value, this.planned.value]
      if (frame === null || plan === null) return null
      return { ...frame, events: plan.events.slice(0, plan.stops[frame.step - 1]?.events ?? 0) }
    })
    effect(() => {
      const session = this.session.value
      if (this.list.value.length > 0) this.start(session)
    })
    effect(() => {
      if (!this.playing.value) return
      const timer = setInterval(() => this.step(), 1_000 / this.speed.value)
      return () => clearInterval(timer)
    })
  }

  /** Goes to the next stop, or to the next at which there is something of that kind. */
  readonly step = (kind?: StopKind): void => {
    const [at, stops] = [this.frame.peek()?.step ?? 0, this.planned.peek()?.stops ?? []]
    const next = kind === undefined ? at : stops.findIndex((stop, i) => i >= at && stop.kinds.includes(kind))
    this.seek(next === -1 ? stops.length : next + 1)
  }

  /** To the end; of a run that is about to begin anew, as soon as it has. */
  readonly finish = (): void => {
    if (this.waiting) this.wanted = this.finish
    else this.seek(this.planned.peek()?.stops.length ?? 0)
  }

  readonly back = (): void => {
    this.playing.value = false
    this.seek((this.frame.peek()?.step ?? 0) - 1)
  }

  /** From the beginning, and as if nothing had been done to it. */
  readonly restart = (): void => {
    this.playing.value = false
    if (this.acts.peek().length === 0) this.seek(0)
    else setParams({ do: '', at: '' })
  }

  /** Goes to any step. One request at a time: a key held down must not pile up more than the worker can play. */
  readonly seek = (step: number): void => {
    if (this.waiting) return
    this.waiting = true
    this.ask({ kind: 'seek', step })
  }

  /** Does something to the run at the present moment, in the words of the library's acts. */
  readonly act = (words: string): void => {
    const frame = this.frame.peek()
    if (frame === null) return
    this.position = { step: frame.step, acted: true }
    this.setActs([...this.acts.peek(), { tick: frame.tick, time: frame.now, words }])
  }

  /** Does something to a packet, whenever it leaves, and goes there. */
  readonly actOnPacket = (number: number, words: string): void => {
    this.position = { packet: number }
    const others = this.acts.peek().filter((act) => act.tick > 0 || act.words.split(' ')[1] !== String(number))
    this.setActs([...others, { tick: 0, time: 0, words }])
  }

  /** Takes back the latest act. */
  readonly undo = (): void => {
    this.position = { step: this.frame.peek()?.step ?? 0, acted: false }
    this.setActs(this.acts.peek().slice(0, -1))
  }

  readonly dropNext = (from: string): void => this.act(from === '' ? 'drop-next' : `drop-next ${from}`)

  /** Opens a packet to its octets. */
  readonly openPacket = (number: number): void => {
    this.packet.value = { number, octets: null }
    this.ask({ kind: 'packet', number })
  }

  /** Saves the whole run as a file that the browser keeps. */
  readonly save = (form: SavedForm): void => this.ask({ kind: 'save', form })

  private setActs(acts: readonly TimedAct[]): void {
    this.playing.value = false
    const text = actsText(acts)
    if (text === (route.peek().params.get('do') ?? '')) return
    this.waiting = true
    setParams({ do: text })
  }

  private followAddress(): ReadonlySignal<Session> {
    const sessionOf = (first: string): Session => ({
      choice: choiceOf(route.value, first),
      acts: actsOf(route.value.params.get('do') ?? ''),
    })
    let last: Session = sessionOf('')
    return computed(() => {
      const first = this.list.value[0]?.id ?? ''
      // The address also changes while one looks at the host, and as one steps: the run stays what it was.
      const next = route.value.view === 'lab' ? sessionOf(first) : last
      if (JSON.stringify(next) !== JSON.stringify(last)) last = next
      return last
    })
  }

  private ask(request: LabRequest): void {
    this.worker.postMessage(request)
  }

  private start({ choice, acts }: Session): void {
    const before = this.frame.peek()
    clearTimeout(this.addressTimer)
    this.run += 1
    this.waiting = true
    this.playing.value = false
    this.trouble.value = null
    if (before?.info.id !== choice.id) this.packet.value = null
    const at = this.position ?? { step: Number(route.peek().params.get('at') ?? 0) || 0, acted: false }
    this.position = null
    this.judged.value = null
    // While the same system is beside another run, the drawing of the one before stays until the new one is there.
    const other = this.other.peek()
    if (typeof other === 'string' || other?.personality !== choice.beside) this.other.value = null
    this.ask({ kind: 'start', run: this.run, choice, acts, at })
    const claim = this.list.peek().find(({ id }) => id === choice.id)?.kind === 'claim'
    if (claim) this.ask({ kind: 'judge', run: this.run, choice })
  }

  private take(report: LabReport): void {
    if (report.kind === 'list') {
      this.systems.value = report.personalities
      this.list.value = report.scenarios
      return
    }
    if (report.run !== this.run) return
    if (report.kind === 'frame') this.takeFrame(report.frame, report.plan)
    else if (report.kind === 'judgement') this.judged.value = report.judgement
    else if (report.kind === 'beside') this.other.value = report.beside
    else if (report.kind === 'file') downloadFile(report.name, report.content)
    else if (report.kind === 'packet') {
      if (this.packet.peek()?.number === report.number) this.packet.value = report
    } else {
      this.waiting = false
      this.trouble.value = report.error
      this.frame.value = null
    }
  }

  private takeFrame(frame: LabFrame, plan?: Plan): void {
    this.waiting = false
    batch(() => {
      if (plan !== undefined) this.planned.value = plan
      this.frame.value = frame
    })
    const wanted = this.wanted
    this.wanted = null
    wanted?.()
    if (frame.done) this.playing.value = false
    clearTimeout(this.addressTimer)
    this.addressTimer = setTimeout(() => {
      if (route.peek().view === 'lab') setParams({ at: frame.step === 0 ? '' : String(frame.step) })
    }, ADDRESS_AFTER_MS)
  }
}
