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
  /** The system of the same run that is shown beside it; empty: none. */
  readonly beside: string
}

/** What the user did to a run, in the words of the library's acts, and when. */
export interface TimedAct {
  /** Events of the run that had been played. */
  readonly tick: number
  /** Virtual time, µs. Where the run before it is no longer what it was, this counts. */
  readonly time: number
  readonly words: string
}

/** What the page asks of the worker in which the stack runs. */
export type LabRequest =
  | { readonly kind: 'list' }
  /** `run` is the page's number of this start; answers carry it, so that a late one is known as such. Answered by a frame with a plan. */
  | {
      readonly kind: 'start'
      readonly run: number
      readonly choice: RunChoice
      readonly acts: readonly TimedAct[]
      readonly at: Position
    }
  /** Goes to that step, forth or back. Answered by a frame. */
  | { readonly kind: 'seek'; readonly step: number }
  /** Answered by a packet. */
  | { readonly kind: 'packet'; readonly number: number }
  /** Answered by a file. */
  | { readonly kind: 'save'; readonly form: SavedForm }
  | { readonly kind: 'judge'; readonly run: number; readonly choice: RunChoice }

/** What a run can be saved as: everything that crossed the wires, a test, or a script of one host's connection. */
export type SavedForm = 'pcapng' | 'vitest' | { readonly packetdrill: string }

/** Where to stand in a run: at a step, at a step and what was done there, or where a packet leaves. */
export type Position = { readonly step: number; readonly acted: boolean } | { readonly packet: number }

/** What can be stepped by. */
export type StopKind = 'packet' | 'timer' | 'call'

/** A moment of a run at which there is something new to see. */
export interface Stop {
  readonly time: number
  /** Trace events up to and with it. */
  readonly events: number
  readonly kinds: readonly StopKind[]
}

/** A run from its beginning to its end: it has been played ahead. */
export interface Plan {
  readonly events: readonly TraceEvent[]
  readonly stops: readonly Stop[]
  /** How it comes out in the end. */
  readonly verdict: RunVerdict
  /** Why some of what the user did could not be done. */
  readonly troubles: readonly string[]
}

/** The same run on another system, from its beginning to its end. */
export interface Beside {
  readonly personality: string
  readonly events: readonly TraceEvent[]
  readonly hosts: readonly LabHost[]
  readonly story: readonly Step[]
  readonly verdict: RunVerdict
  readonly because: string
}

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
  /** Stops of the plan that have been played. */
  readonly step: number
  /** Events of the run that have been played: the moment of what is done now. */
  readonly tick: number
  readonly hosts: readonly HostFrame[]
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
  | { readonly kind: 'packet'; readonly run: number; readonly number: number; readonly octets: Uint8Array | null }
  | {
      readonly kind: 'file'
      readonly run: number
      readonly name: string
      readonly content: Uint8Array<ArrayBuffer> | string
    }
  /** The first frame of a start brings its plan. */
  | { readonly kind: 'frame'; readonly run: number; readonly frame: LabFrame; readonly plan?: Plan }
  /** After the first frame of a start that asks for one. */
  | { readonly kind: 'beside'; readonly run: number; readonly beside: Beside | string }
  | { readonly kind: 'judgement'; readonly run: number; readonly judgement: Judgement }
  | { readonly kind: 'error'; readonly run: number; readonly error: string }
