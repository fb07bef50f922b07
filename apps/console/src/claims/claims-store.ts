import { type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { ScenarioInfo } from 'lastack/sim'
import type { Judgement, LabReport, LabRequest } from '../lab/protocol.ts'
import { onWorkerFailure } from '../ui/worker-failure.ts'

/** A claim, and how it came out: `waiting` until its turn, `running` while its cases are played, why it could not be played, or the verdict. */
export interface JudgedClaim {
  readonly info: ScenarioInfo
  readonly outcome: 'waiting' | 'running' | { readonly error: string } | Judgement
}

/** The verdict of a claim, once there is one. */
export function judgementOf({ outcome }: JudgedClaim): Judgement | null {
  return typeof outcome === 'object' && 'verdict' in outcome ? outcome : null
}

/** Every claim, each judged by playing all of its cases on the stack in a worker, one after the other. */
export class Claims {
  /** The lab's own, a second of it: that one goes on with its run meanwhile. */
  private readonly worker = new Worker(new URL('../lab/lab.worker.ts', import.meta.url), {
    type: 'module',
    name: 'claims',
  })
  private readonly known: Signal<readonly JudgedClaim[]> = signal<readonly JudgedClaim[]>([])
  private readonly wrong: Signal<string | null> = signal(null)

  /** In the order of docs/facts.md; empty until the worker has told them. */
  readonly list: ReadonlySignal<readonly JudgedClaim[]> = this.known
  /** Why nothing can be played here. */
  readonly failure: ReadonlySignal<string | null> = this.wrong

  constructor() {
    this.worker.addEventListener('message', ({ data }: MessageEvent<LabReport>) => this.take(data))
    onWorkerFailure(this.worker, 'The stack that plays the claims', (sentence) => {
      this.wrong.value = sentence
    })
    this.ask({ kind: 'claims' })
  }

  private ask(request: LabRequest): void {
    this.worker.postMessage(request)
  }

  private take(report: LabReport): void {
    if (report.kind === 'claims') {
      this.known.value = report.claims.map((info) => ({ info, outcome: 'waiting' }))
      this.judge(0)
    } else if (report.kind === 'judgement') this.settle(report.run, report.judgement)
    else if (report.kind === 'error') this.settle(report.run, { error: report.error })
  }

  /** Has the claim of that place in the list played. */
  private judge(index: number): void {
    const claim = this.known.peek()[index]
    if (claim === undefined) return
    this.set(index, 'running')
    const choice = {
      id: claim.info.id,
      seed: 1,
      personality: '',
      case: '',
      set: '',
      broken: false,
      beside: '',
      times: 1,
    }
    this.ask({ kind: 'judge', run: index, choice })
  }

  private settle(index: number, outcome: JudgedClaim['outcome']): void {
    this.set(index, outcome)
    this.judge(index + 1)
  }

  private set(index: number, outcome: JudgedClaim['outcome']): void {
    this.known.value = this.known.peek().map((claim, i) => (i === index ? { ...claim, outcome } : claim))
  }
}
