import type { SocketRow } from 'lastack/inspect'
import type { CaseInfo, ClaimVerdict, LabConnection, LabHost, RunVerdict, ScenarioInfo, Step } from 'lastack/sim'
import type { TraceEvent } from 'lastack/trace'

/** Which run the page wants: what the address says. */
export interface RunChoice {
  /** Scenario or claim. */
  readonly id: string
  readonly seed: number
  /** Empty: the scenario's own. */
  readonly personality: string
  /** Empty: the first. */
  readonly case: string
  /** Sysctls to be written on every host, as typed: `name=value`, several with blanks between. */
  readonly set: string
  /** True: the claim's mechanism is broken on purpose. */
  readonly broken: boolean
}

/** What the page asks of the worker in which the stack runs. Each request but `list` and `judge` is answered by a frame. */
export type LabRequest =
  | { readonly kind: 'list' }
  /** `run` is the page's number of this start; frames carry it, so that a late one is known as such. */
  | { readonly kind: 'start'; readonly run: number; readonly choice: RunChoice }
  /** Plays on until something is to be seen. */
  | { readonly kind: 'step' }
  /** Takes back the last step: the run is played again up to the one before. */
  | { readonly kind: 'back' }
  | { readonly kind: 'finish' }
  /** Loses the next packet that leaves a host; empty: any host. */
  | { readonly kind: 'drop'; readonly from: string }
  | { readonly kind: 'judge'; readonly run: number; readonly choice: RunChoice }

/** What one host has now. */
export interface HostFrame {
  readonly host: LabHost
  readonly connections: readonly LabConnection[]
  readonly rows: readonly SocketRow[]
}

/** A run as it stands. */
export interface LabFrame {
  readonly info: ScenarioInfo
  readonly case: CaseInfo
  readonly seed: number
  readonly personality: string
  readonly broken: boolean
  /** Virtual time, µs. */
  readonly now: number
  readonly done: boolean
  readonly verdict: RunVerdict
  readonly because: string
  /** Steps that have been played, for going back. */
  readonly played: number
  readonly hosts: readonly HostFrame[]
  /** Number of the first of `events`; those before it the page has already. */
  readonly eventsFrom: number
  readonly events: readonly TraceEvent[]
  /** The whole story so far. */
  readonly story: readonly Step[]
}

/** A claim, judged by playing all of its cases. */
export interface Judgement {
  readonly claim: string
  readonly expected: ClaimVerdict
  readonly verdict: ClaimVerdict
  readonly explanation: string
  readonly cases: readonly { readonly case: CaseInfo; readonly holds: boolean; readonly because: string }[]
  /** How long judging took, ms. */
  readonly tookMs: number
}

/** What the worker tells the page. */
export type LabReport =
  | { readonly kind: 'list'; readonly scenarios: readonly ScenarioInfo[]; readonly personalities: readonly string[] }
  | { readonly kind: 'frame'; readonly run: number; readonly frame: LabFrame }
  | { readonly kind: 'judgement'; readonly run: number; readonly judgement: Judgement }
  | { readonly kind: 'error'; readonly run: number; readonly error: string }
