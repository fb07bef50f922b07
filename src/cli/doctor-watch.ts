/** `lastack doctor --watch`: looks until it is ended, on a screen of its own at a terminal, else a line a change. */
import type { Finding, History, Thresholds } from '../doctor/index.ts'
import { HostError, type HostObservation } from '../host/index.ts'
import { CliError, EXIT, type ExitCode } from './exit.ts'
import { type Change, changeJson, changeLine, changeText, FindingLog, localTime } from './finding-log.ts'
import { sourceLine } from './host-options.ts'
import { type Io, textColumns } from './io.ts'
import { Screen } from './screen.ts'
import { clip } from './text.ts'
import { untilStopped } from './until-stopped.ts'

/** What to watch, and how. */
export interface WatchOptions {
  readonly everyMs: number
  /** Ends by itself after so long; undefined: by Ctrl-C. */
  readonly forMs: number | undefined
  readonly json: boolean
  readonly thresholds: Thresholds
  /** One look, narrowed to what was asked for. */
  readonly look: () => Promise<HostObservation>
  /** Whether a finding is of what was asked for. */
  readonly concerns: (finding: Finding) => boolean
}

/** Changes that the screen keeps. */
const LATELY = 20

/** Looks again and again; it ends with the whole findings of the last look, and as the command without `--watch` would. */
export async function watchFindings(io: Io, options: WatchOptions): Promise<ExitCode> {
  const watch = new FindingWatch(io, options, await import('../doctor/index.ts'))
  try {
    await untilStopped(io, options.everyMs, () => watch.look(), options.forMs)
  } finally {
    watch.leave()
  }
  return watch.conclude()
}

class FindingWatch {
  readonly #io: Io
  readonly #options: WatchOptions
  readonly #doctor: typeof import('../doctor/index.ts')
  readonly #log: FindingLog
  #screen: Screen | undefined
  #history: History
  #looks = 0
  #last: HostObservation | undefined
  #lately: readonly Change[] = []
  /** What was last said of the source or of its failure: it is said again when it changes. */
  #said = ''

  constructor(io: Io, options: WatchOptions, doctor: typeof import('../doctor/index.ts')) {
    this.#io = io
    this.#options = options
    this.#doctor = doctor
    this.#log = new FindingLog(doctor)
    this.#history = doctor.NO_HISTORY
  }

  /**
   * Looks once. A look that fails is said, and changes nothing else.
   * @throws CliError (a rejection) when the first look fails: then there is nothing to wait for
   */
  async look(): Promise<void> {
    try {
      const observation = await this.#options.look()
      this.#looks++
      this.#last = observation
      this.#judge(observation)
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      if (this.#last === undefined) throw new CliError(`doctor: ${error.message}`)
      this.#say(`lastack: could not look: ${error.message}`)
    }
    if (!this.#options.json && this.#io.rows !== undefined) this.#draw()
  }

  #judge(observation: HostObservation): void {
    this.#say(sourceLine(observation.source, observation.lacks))
    const { thresholds, concerns, json } = this.#options
    this.#history = this.#doctor.observe(this.#history, observation)
    const found = this.#doctor.diagnose(observation, this.#history, thresholds).filter(concerns)
    const changes = this.#log.take(found, observation, Date.now())
    this.#lately = [...changes.toReversed(), ...this.#lately].slice(0, LATELY)
    if (!json && this.#io.rows !== undefined) return
    for (const change of changes) this.#io.out(json ? changeJson(change) : changeLine(change, textColumns(this.#io)))
  }

  /** On the screen it stands in the first lines. */
  #say(line: string): void {
    if (line !== this.#said && (this.#options.json || this.#io.rows === undefined)) this.#io.err(line)
    this.#said = line
  }

  #draw(): void {
    this.#screen ??= new Screen(this.#io)
    const width = textColumns(this.#io)
    const { everyMs } = this.#options
    const every = everyMs === 1000 ? 'every second' : `every ${everyMs / 1000} s`
    const head = `${localTime(Date.now()).slice(11)}  ${every}, look ${this.#looks}; Ctrl-C ends it`
    const found = this.#log.current
    const now = this.#last?.at ?? 0
    const lately = this.#lately.map((change) =>
      clip(`${localTime(change.now).slice(11)}  ${changeText(change)}`, width),
    )
    this.#screen.draw([
      head,
      clip(this.#said, width),
      '',
      this.#doctor.summary(found),
      ...(found.length === 0
        ? []
        : ['', ...this.#doctor.briefFindings(found, { now, width, colour: this.#io.colour })]),
      ...(lately.length === 0 ? [] : ['', 'Lately', ...lately]),
    ])
  }

  leave(): void {
    this.#screen?.leave()
  }

  /** What is left on the terminal: the findings in full, with what ends them. */
  conclude(): ExitCode {
    const found = this.#log.current
    if (this.#screen !== undefined && this.#last !== undefined) {
      const options = { now: this.#last.at, width: textColumns(this.#io), colour: this.#io.colour }
      this.#io.err(this.#said)
      this.#io.out(this.#doctor.printFindings(found, options))
    }
    return found.some(this.#doctor.isFault) ? EXIT.FINDINGS : EXIT.OK
  }
}
