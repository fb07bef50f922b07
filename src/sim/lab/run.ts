import type { Micros } from '../../base/index.ts'
import type { SocketRow } from '../../inspect/index.ts'
import type { PackedEvents, TraceEvent } from '../../trace/index.ts'
import { SimHost, SysctlError } from '../host.ts'
import { parseAct } from './acts.ts'
import { Evidence } from './evidence.ts'
import { Lab, type LabSetting } from './lab.ts'
import { LabError } from './lab-error.ts'
import type { Story } from './story.ts'
import type { CaseInfo, LabConnection, LabHost, LabResult, LabRun, RunVerdict, ScenarioInfo, Step } from './types.ts'
import type { Wait } from './wait.ts'

/** What a run's end is judged by; null: by its checks. */
export type Judge = (evidence: Evidence) => { readonly holds: boolean; readonly because: string }

/** A story being played: implements `LabRun`. */
export class StoryRun implements LabRun {
  readonly info: ScenarioInfo
  readonly case: CaseInfo
  private readonly lab: Lab
  private readonly playing: Generator<Wait, void, void>
  private readonly judge: Judge | null
  private wait: Wait | null = null
  private over = false
  private judged: { verdict: RunVerdict; because: string } = { verdict: 'running', because: '' }

  /** Begins: the story has set up its world and waits for the first time. */
  constructor(info: ScenarioInfo, which: CaseInfo, setting: LabSetting, story: Story, judge: Judge | null) {
    this.info = info
    this.case = which
    this.lab = new Lab(setting)
    this.judge = judge
    this.playing = story(this.lab)
    this.tell()
  }

  get seed(): number {
    return this.lab.setting.seed
  }

  get personality(): string {
    return this.lab.setting.personality.name
  }

  get hosts(): readonly LabHost[] {
    return this.lab.world.stations.map((station) => ({
      index: station.index,
      name: station.name,
      addresses: station.addresses,
      kind: station.kind,
      personality: station instanceof SimHost ? station.personality.name : '',
    }))
  }

  get now(): Micros {
    return this.lab.now
  }

  get done(): boolean {
    return this.over
  }

  get verdict(): RunVerdict {
    return this.judged.verdict
  }

  get because(): string {
    return this.judged.because
  }

  get eventCount(): number {
    return this.lab.world.recorder.total
  }

  get stepCount(): number {
    return this.lab.steps.length
  }

  get packetCount(): number {
    return this.lab.world.recorder.packetCount
  }

  next(): boolean {
    const { wait } = this
    if (wait === null) return false
    const { world } = this.lab
    const came = wait.until?.() ?? false
    if (came || world.nextTime > wait.time || !world.step()) {
      if (!came && wait.time !== Number.POSITIVE_INFINITY) world.run({ untilUs: wait.time })
      this.tell()
    } else if (wait.until?.() ?? false) {
      this.tell()
    }
    return !this.over
  }

  playUntil(time: Micros): boolean {
    while (this.nextTime <= time) this.next()
    return !this.over
  }

  finish(): LabResult {
    while (this.next());
    return {
      info: this.info,
      case: this.case,
      seed: this.seed,
      personality: this.personality,
      hosts: this.hosts,
      endedAt: this.now,
      events: this.events(),
      steps: this.steps(),
      verdict: this.verdict,
      because: this.because,
      tables: Object.fromEntries(this.lab.world.hosts.map((host) => [host.name, host.rows()])),
    }
  }

  events(from = 0): readonly TraceEvent[] {
    return this.lab.world.recorder.toArray(from)
  }

  pack(from: number, stringsFrom: number): PackedEvents {
    return this.lab.world.recorder.pack(from, stringsFrom)
  }

  steps(from = 0): readonly Step[] {
    return this.lab.steps.slice(from)
  }

  connections(host: string): readonly LabConnection[] {
    return this.lab.connections.of(this.find(host).index)
  }

  rows(host: string): readonly SocketRow[] {
    return this.find(host).rows()
  }

  get nextTime(): Micros {
    return this.wait === null ? Number.POSITIVE_INFINITY : Math.min(this.lab.world.nextTime, this.wait.time)
  }

  act(words: string): void {
    const deed = parseAct(words)
    try {
      deed(this.lab.world)
    } catch (error) {
      if (!(error instanceof SysctlError)) throw error
      throw new LabError(`'${words}': ${error.message}`)
    }
  }

  packet(number: number): Uint8Array | undefined {
    return this.lab.world.packet(number)
  }

  pcapng(): Uint8Array {
    return this.lab.world.pcapng()
  }

  /** Lets the story go on until it waits again, or is over. */
  private tell(): void {
    const { done, value } = this.playOn()
    this.wait = done === true ? null : value
    if (this.wait === null) this.end()
  }

  /** A story that turns one system's sysctls cannot play on another: that is the user's to put right. */
  private playOn(): IteratorResult<Wait, void> {
    try {
      return this.playing.next()
    } catch (error) {
      if (!(error instanceof SysctlError)) throw error
      throw new LabError(`'${this.info.id}' cannot be played on ${this.personality}: ${error.message}`)
    }
  }

  private end(): void {
    this.over = true
    if (this.judge !== null) {
      const { holds, because } = this.judge(new Evidence(this.events(), this.steps(), this.hosts))
      this.judged = { verdict: holds ? 'true' : 'false', because }
      return
    }
    const checks = this.steps().filter((step) => step.kind === 'check')
    const failed = checks.filter((check) => !check.passed)
    const because =
      failed.length === 0
        ? `all ${checks.length} checks passed`
        : `${failed.length} of ${checks.length} checks failed: ${failed.map((check) => check.sentence).join('; ')}`
    this.judged = { verdict: failed.length === 0 ? 'pass' : 'fail', because }
  }

  private find(name: string): SimHost {
    const host = this.lab.world.hosts.find((candidate) => candidate.name === name)
    const names = this.lab.world.hosts.map((candidate) => candidate.name).join(', ')
    if (host === undefined) throw new RangeError(`no host "${name}" in this run; expected ${names}`)
    return host
  }
}
