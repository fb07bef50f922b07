import type { SocketRow } from 'lastack/inspect'
import type { CaseInfo, ClaimVerdict, LabHost, RunVerdict, ScenarioInfo, Step } from 'lastack/sim'
import type { PackedEvents } from 'lastack/trace'
import type { Difference } from './differences.ts'
import type { HostMoves, RunningTimer } from './present.ts'

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
  /** How many times as much is carried, where the scenario carries bulk. */
  readonly times: number
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
  | { readonly kind: 'claims' }
  /** `run` is the page's number of this start; answers carry it, so that a late one is known as such. Answered by a frame. */
  | {
      readonly kind: 'start'
      readonly run: number
      readonly choice: RunChoice
      readonly acts: readonly TimedAct[]
      readonly at: Position
    }
  /** Goes to that step, forth or back; Infinity is the end. Answered by a frame when it is there. */
  | { readonly kind: 'seek'; readonly step: number }
  /** Goes to where something of that kind happens next after a step. Answered by a frame when it is there. */
  | { readonly kind: 'next'; readonly next: StopKind; readonly after: number }
  /** Goes on by so many steps, or for so many ms if that is less. Answered by a frame. */
  | { readonly kind: 'play'; readonly steps: number; readonly forMs: number }
  /** No more is to be played for now. */
  | { readonly kind: 'rest' }
  /** Answered by a packet. */
  | { readonly kind: 'packet'; readonly number: number }
  /** Answered by a file. */
  | { readonly kind: 'save'; readonly form: SavedForm }
  | { readonly kind: 'judge'; readonly run: number; readonly choice: RunChoice }

/** What a run can be saved as: everything that crossed the wires, a test, or a script of one host's connection. */
export type SavedForm = 'pcapng' | 'vitest' | { readonly packetdrill: string }

/**
 * Where to stand in a run: at a step, at a step and what was done there, where a packet leaves, or where something of a kind happens
 * next after a step.
 */
export type Position =
  | { readonly step: number; readonly acted: boolean }
  | { readonly packet: number }
  | { readonly next: StopKind; readonly after: number }

/** What can be stepped by. */
export type StopKind = 'packet' | 'timer' | 'call'

/** More of a run that is being played ahead: what comes after all that was told before. */
export interface CoursePart {
  readonly events: PackedEvents
  /** The moments at which there is something new to see: virtual time of each, µs, and trace events up to and with it. */
  readonly stopTimes: Float64Array<ArrayBuffer>
  readonly stopEvents: Float64Array<ArrayBuffer>
  readonly story: readonly Step[]
  /** True: it has been played to its end. */
  readonly isWhole: boolean
  /** How it comes out in the end. */
  readonly verdict: RunVerdict
  /** Why some of what the user did could not be done. */
  readonly troubles: readonly string[]
}

/** The same run on another system, from its beginning to its end. */
export interface Beside {
  readonly personality: string
  readonly events: PackedEvents
  readonly hosts: readonly LabHost[]
  readonly story: readonly Step[]
  readonly differences: readonly Difference[]
}

/** What a run is, and stays. */
export interface RunSetting {
  readonly info: ScenarioInfo
  readonly case: CaseInfo
  readonly seed: number
  readonly personality: string
  readonly broken: boolean
  readonly hosts: readonly LabHost[]
}

/** What one host has now. */
export interface HostNow {
  readonly rows: readonly SocketRow[]
  readonly moves: HostMoves
  readonly timers: readonly RunningTimer[]
}

/** A host with what it has now. */
export interface HostFrame extends HostNow {
  readonly host: LabHost
}

/** A run as it stands. */
export interface LabFrame {
  /** Virtual time, µs. */
  readonly now: number
  readonly done: boolean
  readonly verdict: RunVerdict
  readonly because: string
  /** Stops of the course that have been played. */
  readonly step: number
  /** Trace events up to now, and lines of the story. */
  readonly events: number
  readonly told: number
  /** Packets that have left. */
  readonly packets: number
  /** Of the losses that the user asked for in advance those that were met with. */
  readonly dropsMet: number
  /** Events of the run that have been played: the moment of what is done now. */
  readonly tick: number
  /** In the order of the setting's. */
  readonly hosts: readonly HostNow[]
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
  | { readonly kind: 'claims'; readonly claims: readonly ScenarioInfo[] }
  | { readonly kind: 'packet'; readonly run: number; readonly number: number; readonly octets: Uint8Array | null }
  | {
      readonly kind: 'file'
      readonly run: number
      readonly name: string
      readonly content: Uint8Array<ArrayBuffer> | string
    }
  /** The first of a run brings its setting and the beginning of its course; a frame never comes before what led to it. */
  | {
      readonly kind: 'frame'
      readonly run: number
      readonly setting: RunSetting | null
      readonly part: CoursePart | null
      readonly frame: LabFrame
    }
  | { readonly kind: 'course'; readonly run: number; readonly part: CoursePart }
  /** After the first frame of a start that asks for one. */
  | { readonly kind: 'beside'; readonly run: number; readonly beside: Beside | string }
  | { readonly kind: 'judgement'; readonly run: number; readonly judgement: Judgement }
  | { readonly kind: 'error'; readonly run: number; readonly error: string }
