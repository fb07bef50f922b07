import type { Micros } from '../../base/index.ts'
import type { SocketRow } from '../../inspect/index.ts'
import type { PackedEvents, TraceEvent } from '../../trace/index.ts'

/**
 * The lab: what the command line and the console play. Everything here is plain data or a small interface over it, so that a
 * worker can post it to a page; nothing reaches into a world.
 */

/** A thing that can be played: a scenario, or one claim with its cases. */
export interface ScenarioInfo {
  /** What `lastack lab NAME` takes: `lost-final-ack`, `fin-timeout-is-2msl`. */
  readonly id: string
  readonly kind: 'scenario' | 'claim'
  readonly title: string
  /** One paragraph: what is played and what to look at. For a claim: why the verdict is what it is. */
  readonly summary: string
  /** The system it is played on unless the run says otherwise: `linux`. */
  readonly personality: string
  /** Claims that depend are played case by case; a scenario has one case. At least one entry. */
  readonly cases: readonly CaseInfo[]
  /** Claims only: the mutation of the mechanism that must flip the verdict. */
  readonly mutation?: MutationInfo | undefined
  /** True: it carries as much as `RunOptions.times` says. */
  readonly carriesBulk?: boolean | undefined
}

/** One way a scenario or claim is played. */
export interface CaseInfo {
  /** `idle`, `unacknowledged-data`; `run` when there is one only. */
  readonly id: string
  readonly title: string
}

/** One way to break TCP, a socket call or a system on purpose. */
export interface MutationInfo {
  readonly id: string
  /** What is broken, as a sentence. */
  readonly title: string
}

/** How to play. */
export interface RunOptions {
  /** Any safe integer; equal seeds play equally, to the octet. Default 1. */
  readonly seed?: number | undefined
  /** Another system than the scenario's own. */
  readonly personality?: string | undefined
  /** Sysctls written on every host before anything happens, under the system's own names. */
  readonly set?: Readonly<Record<string, string>> | undefined
  /** Id of a mutation that is in force on every host. */
  readonly mutation?: string | undefined
  /** Which case to play; default: the first. */
  readonly case?: string | undefined
  /** How many times as much a scenario carries that carries bulk: 1 (default) to 300. */
  readonly times?: number | undefined
  /** False: packets are not kept, for a run that need not be looked into: `packet` and `pcapng` tell nothing. Default true. */
  readonly keepPackets?: boolean | undefined
}

/** A host of the world, as the ladder and the tables name it. `index` is `TraceEvent.host`. */
export interface LabHost {
  readonly index: number
  readonly name: string
  /** Its addresses as text; empty for a box (firewall, NAT, switch) in the path. */
  readonly addresses: readonly string[]
  readonly kind: 'host' | 'box'
  /** Operating system it behaves as; empty for a box. */
  readonly personality: string
}

/** A connection that lives, or lived, on a host. */
export interface LabConnection {
  /** `TraceEvent.conn`. */
  readonly conn: number
  /** Name of a state of RFC 9293; `CLOSED` once it is over. */
  readonly state: string
  readonly localPort: number
  readonly remotePort: number
}

/** One line of the story that a run tells. */
export type Step = SayStep | CheckStep | TableStep | FactStep

interface StepBase {
  readonly time: Micros
  /** How many trace events had happened: where the line belongs in the ladder. */
  readonly eventIndex: number
}

/** Narration: what happens next and why it matters. */
export interface SayStep extends StepBase {
  readonly kind: 'say'
  readonly text: string
}

/** A stepwise assertion: a sentence that must be true now. */
export interface CheckStep extends StepBase {
  readonly kind: 'check'
  readonly sentence: string
  readonly passed: boolean
  /** What was seen instead; empty when it passed. */
  readonly detail: string
}

/** A socket table at that moment. */
export interface TableStep extends StepBase {
  readonly kind: 'table'
  readonly title: string
  readonly host: string
  readonly rows: readonly SocketRow[]
}

/** Something that was counted, beside the trace's events: a claim's predicate may rest on it. */
export interface FactStep extends StepBase {
  readonly kind: 'fact'
  /** `octets of the old connection received by the new one`. */
  readonly name: string
  readonly value: number
}

/**
 * How a run came out. Scenarios: `pass` when every check passed. A claim's case: `true` or `false`, as its predicate computed.
 * `running` until then.
 */
export type RunVerdict = 'running' | 'pass' | 'fail' | 'true' | 'false'

/** Everything about a run that is over. */
export interface LabResult {
  readonly info: ScenarioInfo
  readonly case: CaseInfo
  readonly seed: number
  readonly personality: string
  readonly hosts: readonly LabHost[]
  readonly endedAt: Micros
  readonly events: readonly TraceEvent[]
  readonly steps: readonly Step[]
  readonly verdict: RunVerdict
  /** The verdict in a sentence with the numbers it rests on. */
  readonly because: string
  /** Socket tables at the end, one per host, by name. */
  readonly tables: Readonly<Record<string, readonly SocketRow[]>>
}

/**
 * A run in progress: one world that is stepped. A caller who wants to go back plays again from the start with the same options,
 * which gives the same events.
 */
export interface LabRun {
  readonly info: ScenarioInfo
  readonly case: CaseInfo
  readonly seed: number
  readonly personality: string
  readonly hosts: readonly LabHost[]
  /** Virtual time, µs since the world began. */
  readonly now: Micros
  readonly done: boolean
  readonly verdict: RunVerdict
  /** See `LabResult.because`; empty while running. */
  readonly because: string
  /** How many events the trace has. */
  readonly eventCount: number
  /** How many lines the story has. */
  readonly stepCount: number
  /** How many packets have left. */
  readonly packetCount: number

  /** Plays one event: a packet arrives, a timer is due, a process takes a step. False: the run is over. */
  next(): boolean
  /** Plays every event due up to that time. False: the run is over. */
  playUntil(time: Micros): boolean
  /** Plays to the end. */
  finish(): LabResult

  /** The trace's events from that number on. */
  events(from?: number): readonly TraceEvent[]
  /** Events from that number on, and texts from that number on, for an `EventLog` that has all before them. */
  pack(from: number, stringsFrom: number): PackedEvents
  /** The story's lines from that number on. */
  steps(from?: number): readonly Step[]
  /** Every connection the host has had, in the order they began, with its state now. */
  connections(host: string): readonly LabConnection[]
  /** The host's socket table now. */
  rows(host: string): readonly SocketRow[]
  /** When the next thing happens, µs; Infinity: the run is over. */
  readonly nextTime: Micros
  /**
   * Does something to the run, in the words of `parseAct`: `drop 12`, `close server 1001 4`.
   *
   * @throws {LabError} for words that make no act, and for a host or process that is not there.
   */
  act(words: string): void
  /** The octets of a packet as it left its maker, by the number that the trace has for it. */
  packet(number: number): Uint8Array | undefined
  /** Every packet so far, as a pcapng file. */
  pcapng(): Uint8Array
}

/** One case of a claim, played and judged. */
export interface ClaimCaseResult {
  readonly case: CaseInfo
  readonly personality: string
  /** What the predicate computed from the run. */
  readonly holds: boolean
  /** The numbers it rests on, in a sentence. */
  readonly because: string
  readonly run: LabResult
  readonly pcapng: Uint8Array
}

/** What is true of a claim. */
export type ClaimVerdict = 'true' | 'false' | 'depends'

/** A claim, judged: `true` if it holds in every case, `false` if in none, else `depends`. */
export interface ClaimResult {
  readonly id: string
  /** The claim as it goes round. */
  readonly claim: string
  readonly personality: string
  /** What docs/facts.md says. */
  readonly expected: ClaimVerdict
  /** What the runs say. */
  readonly verdict: ClaimVerdict
  readonly agrees: boolean
  readonly explanation: string
  readonly seed: number
  readonly cases: readonly ClaimCaseResult[]
}

/** A scenario or claim that is at hand: what `fetchScenario` answers. */
export interface Playable {
  readonly info: ScenarioInfo
  /**
   * Begins to play it, as `startScenario` does with its name.
   *
   * @throws {LabError} as that does.
   */
  start(options?: RunOptions): LabRun
}

/** A claim that is at hand. */
export interface PlayableClaim extends Playable {
  /**
   * Plays every case and judges it, as `runClaim` does with its name.
   *
   * @throws {LabError} as that does.
   */
  judge(options?: Omit<RunOptions, 'case'>): ClaimResult
}
