import type { LabRun } from 'lastack/sim'
import { kindOf } from './course.ts'
import { differencesOf } from './differences.ts'
import { type Chosen, Player, runOptions } from './player.ts'
import { Present } from './present.ts'
import type {
  Beside,
  CoursePart,
  HostNow,
  LabFrame,
  Position,
  RunSetting,
  SavedForm,
  StopKind,
  TimedAct,
} from './protocol.ts'

/** A run to be kept. */
export interface SavedFile {
  readonly name: string
  readonly content: Uint8Array<ArrayBuffer> | string
}

/** Of runs that carry more times as much than so, packets are not kept, but made again when one is looked into. */
const KEPT_UP_TO = 10
/** The clock is asked once in so many events. */
const BETWEEN_LOOKS = 16

/** Does something again and again for so long, ms, and while it says so. */
function whileThereIsTime(forMs: number, more: () => boolean): void {
  const end = performance.now() + forMs
  for (let n = 1; more(); n++) if (n % BETWEEN_LOOKS === 0 && performance.now() >= end) return
}

function advance(player: Player): true {
  player.next()
  return true
}

/** A run that is played ahead, piece by piece, and the moments of it at which there is something new to see. */
class LookAhead {
  readonly player: Player
  /** Of each stop: virtual time, trace events, what `Player.played` was, and whether it was something that the user did. */
  readonly times: number[] = []
  readonly events: number[] = []
  readonly played: number[] = []
  private readonly byAct: boolean[] = []
  private seenEvents: number
  private seenLines: number
  // What `part` has told.
  private toldStops = 0
  private toldEvents = 0
  private toldStrings = 0
  private toldLines = 0
  private toldWhole = false

  constructor(chosen: Chosen, acts: readonly TimedAct[]) {
    this.player = new Player(chosen, acts, { keepPackets: chosen.choice.times <= KEPT_UP_TO })
    this.seenEvents = this.run.eventCount
    this.seenLines = this.run.stepCount
  }

  get run(): LabRun {
    return this.player.run
  }

  get isWhole(): boolean {
    return this.player.over
  }

  get stops(): number {
    return this.times.length
  }

  /** Plays for a while, or to the end if that comes first. */
  play(forMs: number): void {
    whileThereIsTime(forMs, () => !this.isWhole && this.next())
  }

  /** Plays one event more. */
  next(): true {
    const { run, player } = this
    const byAct = player.next()
    if (run.eventCount !== this.seenEvents || run.stepCount !== this.seenLines) {
      this.seenEvents = run.eventCount
      this.seenLines = run.stepCount
      this.times.push(run.now)
      this.events.push(run.eventCount)
      this.played.push(player.played)
      this.byAct.push(byAct)
    }
    return true
  }

  /** The step that a position stands for; `null`: it is beyond what has been played. */
  stepOf(position: Position): number | null {
    if ('packet' in position) {
      if (position.packet > this.run.packetCount) return this.isWhole ? 0 : null
      const events = this.run.events()
      const leaves = events.findIndex((event) => 'packet' in event && event.packet === position.packet)
      return this.events.findIndex((count) => count > leaves) + 1
    }
    if ('next' in position) return this.nextAfter(position.after, position.next)
    const { step, acted } = position
    if (step >= this.stops) return this.isWhole ? this.stops : null
    return acted && this.byAct[step] === true ? step + 1 : step
  }

  private nextAfter(after: number, kind: StopKind): number | null {
    const from = this.events[after - 1] ?? 0
    const found = this.run.events(from).findIndex((event) => kindOf(event) === kind)
    if (found === -1) return this.isWhole ? this.stops : null
    let stop = after
    while ((this.events[stop] ?? Number.POSITIVE_INFINITY) <= from + found) stop += 1
    return stop + 1
  }

  /** What has not been told yet; `null`: nothing. */
  part(): CoursePart | null {
    if (this.toldStops === this.stops && this.toldWhole === this.isWhole && this.toldStops > 0) return null
    const { run } = this
    const events = run.pack(this.toldEvents, this.toldStrings)
    const part = {
      events,
      stopTimes: Float64Array.from(this.times.slice(this.toldStops)),
      stopEvents: Float64Array.from(this.events.slice(this.toldStops)),
      story: run.steps(this.toldLines),
      isWhole: this.isWhole,
      verdict: run.verdict,
      troubles: this.player.troubles,
    }
    this.toldStops = this.stops
    this.toldEvents = run.eventCount
    this.toldStrings += events.strings.length
    this.toldLines = run.stepCount
    this.toldWhole = this.isWhole
    return part
  }
}

/** A player, and what its run's trace tells of where it stands. */
class Standing {
  readonly player: Player
  readonly present: Present

  constructor(player: Player) {
    this.player = player
    this.present = new Present(player.run)
  }
}

/**
 * One run, and where in it the user stands. It is played ahead to its end, piece by piece. A run cannot go back, but it can be played
 * again to any moment: equal choices and acts give equal events. So another player stands where the user does, behind the one that
 * leads; but whoever plays on as fast as it goes catches up with that, and is then shown the lead itself: nothing is played twice.
 */
export class LabSession {
  private readonly chosen: Chosen
  private readonly acts: readonly TimedAct[]
  private readonly ahead: LookAhead
  private here: Standing
  /** On its way to where the user stands, that the lead may leave it. */
  private relief: Standing | null = null
  private step = 0
  /** Where it is to stand; `null`: where it stands. */
  private goal: Position | null = null

  constructor(chosen: Chosen, acts: readonly TimedAct[]) {
    this.chosen = chosen
    this.acts = acts
    this.ahead = new LookAhead(chosen, acts)
    this.here = this.atBeginning()
  }

  private atBeginning(): Standing {
    // What was kept of packets by the one that leads need not be kept again.
    return new Standing(new Player(this.chosen, this.acts, { keepPackets: false }))
  }

  /** Whether the run has been played ahead to its end. */
  get isWhole(): boolean {
    return this.ahead.isWhole
  }

  /** Whether it stands where it is to. */
  get isThere(): boolean {
    return this.goal === null
  }

  /** Plays ahead for so many ms; if the lead is what is shown, it is relieved first. */
  lookAhead(forMs: number): void {
    if (this.here.player !== this.ahead.player) return this.ahead.play(forMs)
    this.relief ??= this.atBeginning()
    const { player } = this.relief
    const target = this.playedAt(this.step)
    whileThereIsTime(forMs, () => player.played < target && advance(player))
    if (player.played < target) return
    this.here = this.relief
    this.relief = null
  }

  /** What has been played ahead since it was asked last; `null`: nothing. */
  part(): CoursePart | null {
    return this.ahead.part()
  }

  /** Says where it is to stand: `approach` goes there. */
  aim(goal: Position): void {
    this.goal = goal
  }

  /** Comes nearer to where it is to stand, for so many ms. */
  approach(forMs: number): void {
    if (this.goal === null) return
    const step = this.ahead.stepOf(this.goal)
    if (step === null) return this.approachUnknown(this.goal, forMs)
    const target = this.playedAt(step)
    if (this.here.player.played > target && step < this.step) {
      this.here = this.atBeginning()
      this.relief = null
    }
    const { player } = this.here
    const isEnd = this.isWhole && step === this.ahead.stops
    const isLess = (): boolean => !player.over && (isEnd || player.played < target)
    whileThereIsTime(forMs, () => isLess() && advance(player))
    if (isLess()) return
    this.step = step
    this.goal = null
  }

  /** Comes nearer to what has not been played ahead yet. */
  private approachUnknown(goal: Position, forMs: number): void {
    if (this.here.player !== this.ahead.player || 'packet' in goal) return this.lookAhead(forMs)
    // The lead itself goes there: it need not be relieved.
    if ('next' in goal) return this.leadToNext(goal.next, forMs)
    this.play(goal.step - this.step, forMs)
    if (this.step === goal.step || this.here.player.over) this.goal = null
  }

  private leadToNext(kind: StopKind, forMs: number): void {
    const { run } = this.ahead
    whileThereIsTime(forMs, () => {
      const before = run.eventCount
      this.play(1, Number.POSITIVE_INFINITY)
      const isThere = run.done || run.events(before).some((event) => kindOf(event) === kind)
      if (isThere) this.goal = null
      return !isThere
    })
  }

  /** Goes on by so many steps, or for so many ms if that is less. */
  play(steps: number, forMs: number): void {
    const { ahead } = this
    const last = this.step + steps
    whileThereIsTime(forMs, () => {
      if (this.step >= last || this.here.player.over) return false
      if (this.here.player.played === ahead.player.played) this.followLead()
      if (this.here.player === ahead.player) ahead.next()
      else advance(this.here.player)
      if (this.here.player.played === ahead.played[this.step]) this.step += 1
      return true
    })
  }

  /** Stands where the lead is. */
  private followLead(): void {
    if (this.here.player !== this.ahead.player) this.here = new Standing(this.ahead.player)
  }

  /** What `Player.played` is at a step. */
  private playedAt(step: number): number {
    return this.ahead.played[step - 1] ?? 0
  }

  /** All of it, beside a run to which it is compared. */
  whole(first: LabSession): Beside {
    const { run } = this.ahead
    const compared = (one: LabRun): Parameters<typeof differencesOf>[0] => {
      return { events: one.events(), hosts: one.hosts.map(({ name }) => name), verdict: one.verdict }
    }
    return {
      personality: run.personality,
      events: run.pack(0, 0),
      hosts: run.hosts,
      story: run.steps(),
      differences: differencesOf(compared(first.ahead.run), compared(run)),
    }
  }

  private get keepsPackets(): boolean {
    return this.chosen.choice.times <= KEPT_UP_TO
  }

  private playedUntil(isEnough: (run: LabRun) => boolean): Player {
    const player = new Player(this.chosen, this.acts)
    while (!isEnough(player.run) && !player.over) player.next()
    return player
  }

  /** The octets of a packet, wherever in the run it is. */
  packet(number: number): Uint8Array | null {
    const isKept = this.keepsPackets && (this.isWhole || this.ahead.run.packetCount >= number)
    const run = isKept ? this.ahead.run : this.playedUntil((run) => run.packetCount >= number).run
    return run.packet(number) ?? null
  }

  /**
   * The whole run as a file: its name and what is in it.
   *
   * @throws Error (a rejection) when there is nothing to save in that form, or what writes it cannot be fetched.
   */
  async save(form: SavedForm): Promise<SavedFile> {
    // Few runs are kept: what writes them is fetched when the first one is.
    const [{ packetdrillScript }, { vitestText }] = await Promise.all([
      import('./packetdrill-text.ts'),
      import('./vitest-text.ts'),
    ])
    const isKept = this.isWhole && this.keepsPackets
    const { run, done } = isKept ? this.ahead.player : this.playedUntil((run) => run.done)
    const { id } = run.info
    if (form === 'pcapng') return { name: `${id}.pcapng`, content: new Uint8Array(run.pcapng()) }
    const options = runOptions(this.chosen.choice, run.info)
    if (form === 'vitest') {
      return { name: `${id}.test.mjs`, content: vitestText({ options, acts: done, result: run.finish() }) }
    }
    const host = run.hosts.find(({ name }) => name === form.packetdrill)?.index ?? 0
    const title = [`${id}, seed ${run.seed}: ${form.packetdrill}`, ...done.map(({ words }) => words)].join('; ')
    const packet = (number: number): Uint8Array | undefined => run.packet(number)
    const source = { title, events: run.events(), host, sysctls: options.set ?? {}, packet }
    return { name: `${id}-${form.packetdrill}.pkt`, content: packetdrillScript(source) }
  }

  /** What the run is, and stays. */
  setting(): RunSetting {
    const { info, case: which, seed, personality, hosts } = this.ahead.run
    return { info, case: which, seed, personality, broken: this.chosen.choice.broken, hosts }
  }

  /** Everything that the page shows of this moment. */
  frame(): LabFrame {
    const { present, player } = this.here
    const { run, tick } = player
    const hosts = run.hosts.map(({ index, kind, name }): HostNow => {
      const rows = kind === 'box' ? [] : run.rows(name)
      return { rows, moves: present.moves(index), timers: present.timers(index) }
    })
    return {
      now: run.now,
      done: run.done,
      verdict: run.verdict,
      because: run.because,
      step: this.step,
      // What was there before the first step is set-up.
      events: this.step === 0 ? 0 : run.eventCount,
      told: run.stepCount,
      packets: run.packetCount,
      dropsMet: present.dropsMet,
      tick,
      hosts,
    }
  }
}
