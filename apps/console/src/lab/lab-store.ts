import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { LabHost, Step } from 'lastack/sim'
import { route, setParams } from '../router.ts'
import { downloadFile } from '../ui/download.ts'
import { actsOf, actsText } from './acts-text.ts'
import { choiceOf, wrongIn } from './choice.ts'
import { PLAYABLES } from './contents.build.ts'
import { Course, LadderLog } from './course.ts'
import type { NamedLadder } from './drawing-file.tsx'
import { labWorker, labWorkerFailure } from './lab-worker.ts'
import type {
  Beside,
  CoursePart,
  HostFrame,
  Judgement,
  LabFrame,
  LabReport,
  LabRequest,
  Position,
  RunChoice,
  RunSetting,
  SavedForm,
  StopKind,
  TimedAct,
} from './protocol.ts'

/** Paces of playing: steps in a second; Infinity is as fast as it goes. */
export const SPEEDS: readonly number[] = [1, 2, 4, 10, 100, Number.POSITIVE_INFINITY]
/** From more than so many steps in a second on, they are played several to a frame of the screen. */
const STEP_BY_STEP = 10
/** Of the time between two frames of the screen, so much is played. */
const SHARE_PLAYED = 0.6
/** Bounds of the time that is played between two frames, ms: a page that draws slowly is played for more at once. */
const PLAYED_MS = [2, 50] as const

/** What changes more often than so, ms, cannot be read. */
const READ_MS = 100

/** A moment of a run as the page knows it: the frame, and what led there. */
export interface Shown extends Omit<LabFrame, 'hosts'>, Omit<RunSetting, 'hosts'> {
  readonly hosts: readonly HostFrame[]
  /** The run, as far as it has been played ahead: this moment is in it. */
  readonly course: Course
  /** The whole story up to this moment. */
  readonly story: readonly Step[]
}

/** A packet that is looked into. */
export interface OpenPacket {
  readonly number: number
  /** `undefined` until the worker has told; `null`: the run has no such packet. */
  readonly octets: Uint8Array | null | undefined
}

/** The same run on another system, all of it. */
export interface OtherRun extends Omit<Beside, 'events'> {
  readonly log: LadderLog
}

/** How far a run has been played ahead. */
export interface Progress {
  readonly course: Course
  /** Moments that one can go to by now. */
  readonly stops: number
  /** True: to its end. */
  readonly isWhole: boolean
  /** Why some of what the user did could not be done. */
  readonly troubles: readonly string[]
}

/** A run and all that was done to it: what the address asks for. */
interface Session {
  readonly choice: RunChoice
  readonly acts: readonly TimedAct[]
  /** Why the address names no run; null: it does. */
  readonly wrong: string | null
}

/** The address follows the step after this long without another, ms. */
const ADDRESS_AFTER_MS = 250

/**
 * The lab as the page knows it. It asks the worker in which the stack runs, starts a run whenever the address asks for another
 * one, and keeps what it is told in signals.
 */
export class Lab {
  private readonly worker: Worker = labWorker()
  private readonly frame: Signal<LabFrame | null> = signal(null)
  private readonly set: Signal<RunSetting | null> = signal(null)
  private readonly played: Signal<Progress | null> = signal(null)
  private readonly judged: Signal<Judgement | null> = signal(null)
  private readonly other: Signal<OtherRun | string | null> = signal(null)
  private readonly trouble: Signal<string | null> = signal(null)
  private readonly session: ReadonlySignal<Session>
  /** Which start the course is of. */
  private courseOf = 0
  /** Number of the latest start: what comes from an earlier one is no longer wanted. */
  private run = 0
  /** True while the worker has not answered yet. */
  private waiting = false
  /** What was asked for while the worker was busy. */
  private wanted: (() => void) | null = null
  /** Where the next start shall stand; `null`: where the address says. */
  private position: Position | null = null
  private addressTimer: ReturnType<typeof setTimeout> | undefined
  /** A frame that waits for the screen's. */
  private arrived: LabFrame | null = null
  private told: { readonly course: Course | null; readonly lines: readonly Step[] } = { course: null, lines: [] }

  /** How far the run has been played ahead; `null` until it has begun. */
  readonly progress: ReadonlySignal<Progress | null> = this.played
  /** The present moment; `null` until the first frame of a run. */
  readonly shown: ReadonlySignal<Shown | null>
  /** The same for all that is read as numbers and words: while it plays faster than one can read, one moment of some. */
  readonly readable: ReadonlySignal<Shown | null>
  /** The run that is shown: what it is, and stays. */
  readonly setting: ReadonlySignal<RunSetting | null>
  /** There is nothing more to play. */
  readonly isOver: ReadonlySignal<boolean>
  /** There is nothing to go back from. */
  readonly isAtStart: ReadonlySignal<boolean>
  /** For a claim: what playing all of its cases says. */
  readonly judgement: ReadonlySignal<Judgement | null> = this.judged
  /** The same run on the system beside it, or why there is none; `null`: none is asked for, or it is being played. */
  readonly beside: ReadonlySignal<OtherRun | string | null> = this.other
  /** Why the chosen run could not start, or none can; or why it could not be saved. */
  readonly error: ReadonlySignal<string | null> = computed(() => labWorkerFailure.value ?? this.trouble.value)
  /** What the address asks for. */
  readonly choice: ReadonlySignal<RunChoice>
  /** What the user has done to it. */
  readonly acts: ReadonlySignal<readonly TimedAct[]>
  readonly playing: Signal<boolean> = signal(false)
  /** Steps in a second. */
  readonly speed: Signal<number> = signal(2)
  /** It plays faster than one can read. */
  readonly isFast: ReadonlySignal<boolean> = computed(() => this.playing.value && this.speed.value > STEP_BY_STEP)
  /** Sequence numbers as on the wire, not counted from the initial ones. */
  readonly raw: Signal<boolean> = signal(false)
  /** Makes the ladders that are on the page, from their beginnings: what is kept as a drawing. */
  drawn: () => readonly NamedLadder[] = () => []
  /** The packet that is looked into; `null`: none. */
  readonly packet: Signal<OpenPacket | null> = signal(null)

  constructor() {
    this.worker.addEventListener('message', ({ data }: MessageEvent<LabReport>) => this.take(data))
    this.session = this.followAddress()
    this.choice = computed(() => this.session.value.choice)
    this.acts = computed(() => this.session.value.acts)
    this.shown = computed(() => {
      const [frame, progress, setting] = [this.frame.value, this.played.peek(), this.set.value]
      if (frame === null || progress === null || setting === null) return null
      const { course } = progress
      const hosts = frame.hosts.map((now, i): HostFrame => ({ ...now, host: setting.hosts[i] as LabHost }))
      return { ...setting, ...frame, hosts, course, story: this.storyUpTo(course, frame.told) }
    })
    this.readable = this.followReadably()
    this.setting = computed(() => (this.frame.value === null ? null : this.set.value))
    this.isOver = computed(() => this.frame.value?.done ?? true)
    this.isAtStart = computed(() => {
      return this.frame.value === null || (this.frame.value.step === 0 && this.acts.value.length === 0)
    })
    effect(() => this.start(this.session.value))
    effect(() => {
      if (!this.playing.value) return
      const speed = this.speed.value
      if (speed > STEP_BY_STEP) return this.playByFrames(speed)
      const timer = setInterval(() => this.step(), 1_000 / speed)
      return () => clearInterval(timer)
    })
  }

  /** Goes to the next stop, or to the next at which there is something of that kind. */
  readonly step = (kind?: StopKind): void => {
    const at = this.frame.peek()?.step ?? 0
    const course = this.played.peek()?.course
    const next = kind === undefined || course === undefined ? at : course.nextStop(at, kind)
    if (next !== -1) this.seek(next + 1)
    else if (kind !== undefined) this.ask({ kind: 'next', next: kind, after: course?.stops ?? at })
  }

  /** To the end; of a run that is about to begin anew, as soon as it has. */
  readonly finish = (): void => {
    if (this.waiting) this.wanted = this.finish
    else this.seek(Number.POSITIVE_INFINITY)
  }

  readonly back = (): void => {
    this.playing.value = false
    this.seek((this.frame.peek()?.step ?? 0) - 1)
  }

  /** From the beginning, and as if nothing had been done to it. */
  readonly restart = (): void => {
    this.playing.value = false
    if (this.acts.peek().length === 0) this.seek(0)
    else setParams({ do: '', at: '' })
  }

  /** Goes to any step. Asked again before it is there, it goes to the newest: a key held down piles nothing up. */
  readonly seek = (step: number): void => {
    this.ask({ kind: 'seek', step: Math.max(0, step) })
  }

  /** Does something to the run at the present moment, in the words of the library's acts. A run that is over takes no more. */
  readonly act = (words: string): void => {
    const frame = this.frame.peek()
    if (frame === null || frame.done) return
    const at = { step: frame.step, acted: true }
    this.setActs([...this.acts.peek(), { tick: frame.tick, time: frame.now, words }], at)
  }

  /** Does something to a packet, whenever it leaves, and goes there. */
  readonly actOnPacket = (number: number, words: string): void => {
    const others = this.acts.peek().filter((act) => act.tick > 0 || act.words.split(' ')[1] !== String(number))
    this.setActs([...others, { tick: 0, time: 0, words }], { packet: number })
  }

  /** Takes back the latest act. */
  readonly undo = (): void => {
    this.setActs(this.acts.peek().slice(0, -1), { step: this.frame.peek()?.step ?? 0, acted: false })
  }

  readonly dropNext = (from: string): void => this.act(from === '' ? 'drop-next' : `drop-next ${from}`)

  /** Opens a packet to its octets. */
  readonly openPacket = (number: number): void => {
    this.packet.value = { number, octets: undefined }
    this.ask({ kind: 'packet', number })
  }

  readonly closePacket = (): void => {
    this.packet.value = null
  }

  /** Saves the whole run as a file that the browser keeps. */
  readonly save = (form: SavedForm): void => this.ask({ kind: 'save', form })

  /** With each frame of the screen it draws what came last, and asks for as much as is due by the next. */
  private playByFrames(speed: number): () => void {
    let [last, due] = [performance.now(), 0]
    let frame = requestAnimationFrame(
      function draw(this: Lab, now: number): void {
        frame = requestAnimationFrame(draw.bind(this))
        const passed = now - last
        last = now
        due += (speed * passed) / 1_000
        if (this.arrived !== null) this.show(this.arrived)
        this.arrived = null
        if (this.waiting || due < 1 || !this.playing.peek()) return
        this.waiting = true
        const forMs = Math.min(PLAYED_MS[1], Math.max(PLAYED_MS[0], passed * SHARE_PLAYED))
        this.ask({ kind: 'play', steps: Math.floor(due), forMs })
        due = Number.isFinite(due) ? due - Math.floor(due) : 0
      }.bind(this),
    )
    return () => {
      cancelAnimationFrame(frame)
      this.ask({ kind: 'rest' })
      if (this.arrived !== null) this.show(this.arrived)
      this.arrived = null
    }
  }

  private storyUpTo(course: Course, told: number): readonly Step[] {
    // The same lines are the same list: what shows them need not be drawn again.
    if (this.told.course !== course || this.told.lines.length !== told) {
      this.told = { course, lines: course.story.slice(0, told) }
    }
    return this.told.lines
  }

  /** Has the run begin anew with other acts, and stand there. */
  private setActs(acts: readonly TimedAct[], at: Position): void {
    this.playing.value = false
    const text = actsText(acts)
    // Equal acts begin no run: the place would be kept for the next one, whichever that is.
    if (text === (route.peek().params.get('do') ?? '')) return
    this.position = at
    this.waiting = true
    setParams({ do: text })
  }

  private followAddress(): ReadonlySignal<Session> {
    const first = PLAYABLES[0]?.id ?? ''
    const sessionOf = (): Session => ({
      // An address that names no run is for the first of the list.
      choice: choiceOf(route.value, first),
      acts: actsOf(route.value.params.get('do') ?? ''),
      wrong: wrongIn(route.value),
    })
    let last = sessionOf()
    return computed(() => {
      // The address also changes while one looks at the host, and as one steps: the run stays what it was.
      const next = route.value.view === 'lab' ? sessionOf() : last
      if (JSON.stringify(next) !== JSON.stringify(last)) last = next
      return last
    })
  }

  private followReadably(): ReadonlySignal<Shown | null> {
    const readable: Signal<Shown | null> = signal(null)
    let at = 0
    effect(() => {
      const [shown, isFast, now] = [this.shown.value, this.isFast.value, performance.now()]
      if (isFast && now - at < READ_MS) return
      at = now
      readable.value = shown
    })
    return readable
  }

  private ask(request: LabRequest): void {
    this.worker.postMessage(request)
  }

  private start({ choice, acts, wrong }: Session): void {
    this.trouble.value = wrong
    if (wrong !== null) return
    clearTimeout(this.addressTimer)
    this.run += 1
    this.waiting = true
    this.playing.value = false
    this.arrived = null
    if (this.set.peek()?.info.id !== choice.id) this.packet.value = null
    const at = this.position ?? { step: Number(route.peek().params.get('at') ?? 0) || 0, acted: false }
    this.position = null
    this.judged.value = null
    // While the same system is beside another run, the drawing of the one before stays until the new one is there.
    const other = this.other.peek()
    if (typeof other === 'string' || other?.personality !== choice.beside) this.other.value = null
    this.ask({ kind: 'start', run: this.run, choice, acts, at })
  }

  private take(report: LabReport): void {
    if (report.kind === 'claims' || report.run !== this.run) return
    if (report.kind === 'frame') this.takeFrame(report)
    else if (report.kind === 'course') this.takePart(report.part)
    else if (report.kind === 'judgement') this.judged.value = report.judgement
    else if (report.kind === 'beside') this.takeBeside(report.beside)
    else if (report.kind === 'file') downloadFile(report.name, report.content)
    else if (report.kind === 'packet') {
      if (this.packet.peek()?.number === report.number) this.packet.value = report
    } else {
      this.waiting = false
      this.trouble.value = report.error
      // The run before goes on under the new number.
      this.courseOf = this.run
    }
  }

  private takeSetting(setting: RunSetting): void {
    this.set.value = setting
    // The packet that is looked into is another one in this run.
    const open = this.packet.peek()
    if (open !== null) this.ask({ kind: 'packet', number: open.number })
    if (setting.info.kind === 'claim') this.ask({ kind: 'judge', run: this.run, choice: this.choice.peek() })
  }

  private takeBeside(beside: Beside | string): void {
    if (typeof beside === 'string') {
      this.other.value = beside
      return
    }
    const log = new LadderLog()
    log.log.append(beside.events)
    this.other.value = { ...beside, log }
  }

  private takePart(part: CoursePart): void {
    // A new run is a new course; until its first frame the one before stands.
    const course = this.courseOf === this.run ? this.played.peek()?.course : undefined
    this.courseOf = this.run
    const grown = course ?? new Course()
    grown.add(part)
    this.played.value = { course: grown, isWhole: part.isWhole, stops: grown.stops, troubles: part.troubles }
  }

  private takeFrame({ frame, part, setting }: Extract<LabReport, { kind: 'frame' }>): void {
    this.waiting = false
    batch(() => {
      if (setting !== null) this.takeSetting(setting)
      if (part !== null) this.takePart(part)
      if (this.isFast.peek()) this.arrived = frame
      else this.show(frame)
    })
    const wanted = this.wanted
    this.wanted = null
    wanted?.()
  }

  private show(frame: LabFrame): void {
    this.frame.value = frame
    if (frame.done) this.playing.value = false
    clearTimeout(this.addressTimer)
    this.addressTimer = setTimeout(() => {
      if (route.peek().view === 'lab') setParams({ at: frame.step === 0 ? '' : String(frame.step) })
    }, ADDRESS_AFTER_MS)
  }
}
