import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { ScenarioInfo } from 'lastack/sim'
import type { TraceEvent } from 'lastack/trace'
import { route } from '../router.ts'
import { choiceOf } from './choice.ts'
import type { Judgement, LabFrame, LabReport, LabRequest, RunChoice } from './protocol.ts'

/** Pace of playing: steps in a second. */
export const SPEEDS = [1, 2, 4, 10] as const
export type Speed = (typeof SPEEDS)[number]

/** A run as the page knows it: the latest frame, with the events of all frames. */
export type Shown = LabFrame

function countDrops(events: readonly TraceEvent[]): number {
  return events.reduce((n, event) => n + (event.kind === 'fault' && event.verdict === 'drop' ? 1 : 0), 0)
}

/**
 * The lab as the page knows it. It asks the worker in which the stack runs, starts a run whenever the address asks for another
 * one, and keeps what it is told in signals.
 */
export class Lab {
  private readonly worker: Worker
  private readonly list: Signal<readonly ScenarioInfo[]> = signal([])
  private readonly systems: Signal<readonly string[]> = signal([])
  private readonly frame: Signal<Shown | null> = signal(null)
  private readonly judged: Signal<Judgement | null> = signal(null)
  private readonly trouble: Signal<string | null> = signal(null)
  private readonly armed: Signal<readonly string[]> = signal([])
  /** Number of the latest start: what comes from an earlier one is no longer wanted. */
  private run = 0
  /** True while the worker has not answered yet. */
  private waiting = false

  /** Everything that can be played; empty until the worker has spoken. */
  readonly scenarios: ReadonlySignal<readonly ScenarioInfo[]> = this.list
  readonly personalities: ReadonlySignal<readonly string[]> = this.systems
  /** `null` until the first frame of a run. */
  readonly shown: ReadonlySignal<Shown | null> = this.frame
  /** For a claim: what playing all of its cases says. */
  readonly judgement: ReadonlySignal<Judgement | null> = this.judged
  /** Why the chosen run could not start. */
  readonly error: ReadonlySignal<string | null> = this.trouble
  /** Hosts whose next packet will be lost; '' stands for any host. */
  readonly dropsArmed: ReadonlySignal<readonly string[]> = this.armed
  /** What the address asks for. */
  readonly choice: ReadonlySignal<RunChoice>
  readonly playing: Signal<boolean> = signal(false)
  readonly speed: Signal<Speed> = signal(2)

  constructor() {
    this.worker = new Worker(new URL('./lab.worker.ts', import.meta.url), { type: 'module', name: 'lab' })
    this.worker.addEventListener('message', ({ data }: MessageEvent<LabReport>) => this.take(data))
    this.ask({ kind: 'list' })
    this.choice = this.followAddress()
    effect(() => {
      if (this.list.value.length > 0) this.start(this.choice.value)
    })
    effect(() => {
      if (!this.playing.value) return
      const timer = setInterval(this.step, 1_000 / this.speed.value)
      return () => clearInterval(timer)
    })
  }

  readonly step = (): void => this.act({ kind: 'step' })

  readonly finish = (): void => this.act({ kind: 'finish' })

  readonly restart = (): void => this.start(this.choice.peek())

  readonly back = (): void => {
    this.playing.value = false
    this.armed.value = []
    this.act({ kind: 'back' })
  }

  readonly dropNext = (from: string): void => {
    this.armed.value = [...this.armed.peek(), from]
    this.ask({ kind: 'drop', from })
  }

  private followAddress(): ReadonlySignal<RunChoice> {
    let last: RunChoice = choiceOf(route.peek(), '')
    return computed(() => {
      const first = this.list.value[0]?.id ?? ''
      // The address also changes while one looks at the host: the run stays what it was.
      const next = route.value.view === 'lab' ? choiceOf(route.value, first) : last
      if (JSON.stringify(next) !== JSON.stringify(last)) last = next
      return last
    })
  }

  private ask(request: LabRequest): void {
    this.worker.postMessage(request)
  }

  /** One request at a time: a key held down must not pile up more than the worker can play. */
  private act(request: LabRequest): void {
    if (this.waiting) return
    this.waiting = true
    this.ask(request)
  }

  private start(choice: RunChoice): void {
    this.run += 1
    this.waiting = true
    this.playing.value = false
    this.trouble.value = null
    this.armed.value = []
    this.judged.value = null
    this.ask({ kind: 'start', run: this.run, choice })
    const claim = this.list.peek().find(({ id }) => id === choice.id)?.kind === 'claim'
    if (claim) this.ask({ kind: 'judge', run: this.run, choice })
  }

  private take(report: LabReport): void {
    if (report.kind === 'list') {
      this.systems.value = report.personalities
      this.list.value = report.scenarios
    } else if (report.run !== this.run) return
    else if (report.kind === 'frame') this.takeFrame(report.frame)
    else if (report.kind === 'judgement') this.judged.value = report.judgement
    else {
      this.waiting = false
      this.trouble.value = report.error
      this.frame.value = null
    }
  }

  private takeFrame(frame: LabFrame): void {
    this.waiting = false
    const before = frame.eventsFrom === 0 ? [] : (this.frame.peek()?.events ?? [])
    this.frame.value = { ...frame, events: [...before, ...frame.events] }
    // Each loss uses up the intervention that was asked for first.
    const lost = frame.eventsFrom === 0 ? 0 : countDrops(frame.events)
    if (lost > 0) this.armed.value = this.armed.peek().slice(lost)
    if (frame.done) this.playing.value = false
  }
}
