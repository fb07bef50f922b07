import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { ScenarioInfo } from 'lastack/sim'
import type { TraceEvent } from 'lastack/trace'
import { route } from '../router.ts'
import { choiceOf } from './choice.ts'
import type { Judgement, LabFrame, LabReport, LabRequest, RunChoice } from './protocol.ts'

/** Pace of playing: steps in a second. */
export const SPEEDS = [1, 2, 4, 10] as const
export type Speed = (typeof SPEEDS)[number]

/** A run as the page knows it: the latest frame, and every event so far. */
export interface Shown extends LabFrame {
  /** Events of all frames. */
  readonly events: readonly TraceEvent[]
}

/** The lab as the page knows it. */
export interface Lab {
  /** Empty until the worker has spoken. */
  readonly scenarios: ReadonlySignal<readonly ScenarioInfo[]>
  readonly personalities: ReadonlySignal<readonly string[]>
  readonly choice: ReadonlySignal<RunChoice>
  /** `null` until the first frame of a run. */
  readonly shown: ReadonlySignal<Shown | null>
  /** For a claim: what playing all of its cases says. */
  readonly judgement: ReadonlySignal<Judgement | null>
  /** Why the chosen run could not start. */
  readonly error: ReadonlySignal<string | null>
  readonly playing: Signal<boolean>
  readonly speed: Signal<Speed>
  /** Hosts whose next packet will be lost; '' stands for any host. */
  readonly dropsArmed: ReadonlySignal<readonly string[]>
  step(): void
  back(): void
  finish(): void
  restart(): void
  dropNext(from: string): void
}

function countDrops(events: readonly TraceEvent[]): number {
  return events.reduce((n, event) => n + (event.kind === 'fault' && event.verdict === 'drop' ? 1 : 0), 0)
}

/** Starts the worker, and a run whenever the address asks for another one. */
export function openLab(): Lab {
  const worker = new Worker(new URL('./lab.worker.ts', import.meta.url), { type: 'module', name: 'lab' })
  const ask = (request: LabRequest): void => worker.postMessage(request)

  const scenarios = signal<readonly ScenarioInfo[]>([])
  const personalities = signal<readonly string[]>([])
  const shown = signal<Shown | null>(null)
  const judgement = signal<Judgement | null>(null)
  const error = signal<string | null>(null)
  const playing = signal(false)
  const speed = signal<Speed>(2)
  const dropsArmed = signal<readonly string[]>([])
  let run = 0
  let waiting = false

  const first = computed(() => scenarios.value[0]?.id ?? '')
  // The address changes for reasons of its own while one looks at the host: the run stays what it was.
  let lastChoice: RunChoice = choiceOf(route.peek(), '')
  const choice = computed(() => {
    const next = route.value.view === 'lab' ? choiceOf(route.value, first.value) : lastChoice
    if (JSON.stringify(next) !== JSON.stringify(lastChoice)) lastChoice = next
    return lastChoice
  })

  const start = (chosen: RunChoice): void => {
    run += 1
    playing.value = false
    error.value = null
    dropsArmed.value = []
    judgement.value = null
    waiting = true
    ask({ kind: 'start', run, choice: chosen })
    if (scenarios.peek().find(({ id }) => id === chosen.id)?.kind === 'claim')
      ask({ kind: 'judge', run, choice: chosen })
  }

  const takeFrame = (frame: LabFrame): void => {
    waiting = false
    const before = frame.eventsFrom === 0 ? [] : (shown.peek()?.events ?? [])
    shown.value = { ...frame, events: [...before, ...frame.events] }
    // Each loss uses up the intervention that was asked for first.
    const lost = countDrops(frame.events)
    if (frame.eventsFrom > 0 && lost > 0) dropsArmed.value = dropsArmed.peek().slice(lost)
    if (frame.done) playing.value = false
  }

  worker.addEventListener('message', ({ data: report }: MessageEvent<LabReport>) => {
    if (report.kind === 'list') {
      scenarios.value = report.scenarios
      personalities.value = report.personalities
    } else if (report.run !== run) return
    else if (report.kind === 'frame') takeFrame(report.frame)
    else if (report.kind === 'judgement') judgement.value = report.judgement
    else {
      waiting = false
      error.value = report.error
      if (shown.peek() === null || run !== 0) shown.value = null
    }
  })
  ask({ kind: 'list' })

  effect(() => {
    const chosen = choice.value
    if (scenarios.value.length > 0 && chosen.id !== '') start(chosen)
  })

  const act = (request: LabRequest): void => {
    // One step at a time: a key held down must not pile up more than the worker can play.
    if (waiting) return
    waiting = true
    ask(request)
  }
  effect(() => {
    if (!playing.value) return
    const timer = setInterval(() => act({ kind: 'step' }), 1_000 / speed.value)
    return () => clearInterval(timer)
  })

  return {
    scenarios,
    personalities,
    choice,
    shown,
    judgement,
    error,
    playing,
    speed,
    dropsArmed,
    step: () => act({ kind: 'step' }),
    back: () => {
      playing.value = false
      dropsArmed.value = []
      act({ kind: 'back' })
    },
    finish: () => act({ kind: 'finish' }),
    restart: () => start(choice.peek()),
    dropNext: (from) => {
      dropsArmed.value = [...dropsArmed.peek(), from]
      ask({ kind: 'drop', from })
    },
  }
}
