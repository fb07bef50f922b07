import type { Micros } from '../../base/index.ts'
import { SECOND } from '../../base/index.ts'
import type { SocketRow } from '../../inspect/index.ts'
import { type Personality, type PersonalityName, stateName } from '../../stack/index.ts'
import { BareWorld, type LinkOptions } from '../bare-world.ts'
import type { SimHost } from '../host.ts'
import { WORLD_LAWS, type WorldLaws } from '../laws.ts'
import type { Firewall, FirewallOptions } from '../network/firewall.ts'
import type { WorldLink } from '../network/link.ts'
import { ROOT, type Viewer } from '../rows.ts'
import type { HostOptions } from '../world.ts'
import { ConnectionBook, type ConnectionChoice } from './connections.ts'
import { LabError } from './lab-error.ts'
import type { Mutation } from './mutations.ts'
import type { Step } from './types.ts'
import type { Wait } from './wait.ts'

/** Personalities by name: all, or those that were fetched. */
export type Systems = Readonly<Partial<Record<PersonalityName, Personality>>>

/** @throws {LabError} for a system that is not at hand. */
export function systemOf(name: PersonalityName, systems: Systems): Personality {
  const system = systems[name]
  if (system === undefined) throw new LabError(`${name} is not among the systems that were fetched for this run`)
  return system
}

/** What a lab is set up with. */
export interface LabSetting {
  readonly seed: number
  readonly personality: Personality
  /** The systems that are at hand, by name: hosts may have others than the run's. */
  readonly systems: Systems
  readonly set: Readonly<Record<string, string>>
  readonly mutation: Mutation | null
  /** How many times as much is carried, where a story carries bulk. */
  readonly times: number
  /** Whether every packet can be looked into. */
  readonly keepPackets: boolean
}

/** Events of a run that are kept: those of some hundred thousand packets. */
const TRACE_LIMIT = 1 << 23

/** A scenario's usual two hosts. */
export interface Pair {
  readonly client: SimHost
  readonly server: SimHost
  readonly link: WorldLink
}

/** How long `until` and `expect` wait unless they are told otherwise. */
const PATIENCE: Micros = 600 * SECOND

/**
 * Where a story plays: a world whose hosts have the run's personality, sysctls and mutation, and the means to tell, to wait and to
 * check.
 */
export class Lab {
  readonly world: BareWorld
  readonly setting: LabSetting
  readonly steps: Step[] = []
  readonly connections: ConnectionBook
  private readonly laws: WorldLaws

  constructor(setting: LabSetting) {
    this.setting = setting
    const { seed, keepPackets } = setting
    this.world = new BareWorld({ seed, keepPackets, capture: keepPackets, traceLimit: TRACE_LIMIT })
    this.laws = { ...WORLD_LAWS, ...setting.mutation?.world }
    this.connections = new ConnectionBook(this.world.recorder)
  }

  get now(): Micros {
    return this.world.now
  }

  /** A host of the run's personality unless `options` names another, with the run's sysctls written and its mutation in force. */
  host(name: string, options: HostOptions = {}): SimHost {
    const system = options.personality ?? this.setting.personality
    const sound = typeof system === 'string' ? systemOf(system, this.setting.systems) : system
    const personality = sound.with(this.setting.mutation?.personality ?? {})
    const host = this.world.bareHost(name, { ...options, personality, laws: this.laws })
    for (const [sysctl, value] of Object.entries(this.setting.set)) host.setSysctl(sysctl, value)
    return host
  }

  /** `client` (10.0.0.1) and `server` (10.0.0.2), 10 ms apart. */
  pair(link: LinkOptions = {}): Pair {
    const client = this.host('client')
    const server = this.host('server')
    return { client, server, link: this.world.link(client, server, { delayUs: 10_000, ...link }) }
  }

  /** The same pair with a firewall between them, 5 ms from each. */
  pairBehindFirewall(options: FirewallOptions = {}): Pair & { readonly firewall: Firewall } {
    const client = this.host('client')
    const server = this.host('server')
    const farewell = this.laws.networkFailsInSilence ? 'silence' : 'fin'
    const firewall = this.world.firewall('firewall', { farewell, ...options })
    const link = this.world.link(client, firewall, { delayUs: 5000 })
    this.world.link(firewall, server, { delayUs: 5000 })
    return { client, server, link, firewall }
  }

  /** Tells what happens next and why it matters. */
  say(text: string): void {
    this.steps.push({ kind: 'say', ...this.here(), text })
  }

  /** Asserts: the sentence is true now. `detail` says what was seen instead. */
  check(sentence: string, passed: boolean, detail: string | (() => string) = ''): boolean {
    const seen = passed ? '' : typeof detail === 'string' ? detail : detail()
    this.steps.push({ kind: 'check', ...this.here(), sentence, passed, detail: seen })
    return passed
  }

  /** Asserts that two things are the same, and shows both if they are not. */
  checkEqual<T extends string | number | boolean>(sentence: string, seen: T, expected: T): boolean {
    return this.check(sentence, seen === expected, `expected ${expected}, saw ${seen}`)
  }

  /** Writes down something counted. */
  fact(name: string, value: number): void {
    this.steps.push({ kind: 'fact', ...this.here(), name, value })
  }

  /** What was counted last under that name. */
  factOf(name: string): number {
    const step = this.steps.findLast((candidate) => candidate.kind === 'fact' && candidate.name === name)
    return step?.kind === 'fact' ? step.value : Number.NaN
  }

  /** Whether any connection of the host was ever in that state. */
  everIn(host: SimHost, state: string): boolean {
    return this.world.recorder
      .toArray()
      .some((event) => event.kind === 'state' && event.host === host.index && stateName(event.to) === state)
  }

  /** Keeps the host's socket table as it is now: all of it as root sees it, or what a viewer sees, or some rows. */
  table(title: string, host: SimHost, viewer: Viewer = ROOT, which: (row: SocketRow) => boolean = () => true): void {
    const rows = host.rows(viewer).filter(which)
    this.steps.push({ kind: 'table', ...this.here(), title, host: host.name, rows })
  }

  /** Lets virtual time pass. */
  *sleep(us: Micros): Generator<Wait, void, void> {
    yield { time: this.now + us, until: null }
  }

  /** Waits for a condition, asked after every event. False: it did not come true in time. */
  *until(condition: () => boolean, withinUs: Micros = PATIENCE): Generator<Wait, boolean, void> {
    if (!condition()) yield { time: this.now + withinUs, until: condition }
    return condition()
  }

  /** Waits for a condition and asserts it. */
  *expect(
    sentence: string,
    condition: () => boolean,
    detail: string | (() => string) = '',
    withinUs: Micros = PATIENCE,
  ): Generator<Wait, boolean, void> {
    const came = yield* this.until(condition, withinUs)
    return this.check(sentence, came, detail === '' ? 'it did not happen in time' : detail)
  }

  /** State of the host's newest connection of that peer port or any: `CLOSED` once it is over or if there is none. */
  state(host: SimHost, which: ConnectionChoice = {}): string {
    return this.connections.pick(host, which)?.state ?? 'CLOSED'
  }

  /** Waits until the host's connection is in that state, and asserts it. */
  *reaches(
    host: SimHost,
    state: string,
    sentence: string,
    withinUs: Micros = PATIENCE,
    which: ConnectionChoice = {},
  ): Generator<Wait, boolean, void> {
    return yield* this.expect(
      sentence,
      () => this.state(host, which) === state,
      () => `${host.name} is in ${this.state(host, which)}`,
      withinUs,
    )
  }

  /** Waits until two hosts' connections are in those states at once, and asserts it. */
  *both(
    [a, stateA]: readonly [SimHost, string],
    [b, stateB]: readonly [SimHost, string],
    sentence: string,
    withinUs: Micros = PATIENCE,
  ): Generator<Wait, boolean, void> {
    return yield* this.expect(
      sentence,
      () => this.state(a) === stateA && this.state(b) === stateB,
      () => `${a.name} is in ${this.state(a)}, ${b.name} in ${this.state(b)}`,
      withinUs,
    )
  }

  private here(): { time: Micros; eventIndex: number } {
    return { time: this.now, eventIndex: this.world.recorder.total }
  }
}
