import type { PersonalityName } from '../../stack/index.ts'
import { Program } from '../code/evaluate.ts'
import type { Script } from '../language/ast.ts'
import { define, parseScript } from '../language/parse.ts'
import { type Position, ScriptSyntaxError } from '../language/position.ts'
import type { NewSubject } from '../subject/subject.ts'
import { type Cast, castHost, castSubject, type ReadFile } from './cast.ts'
import { configOf, givenConfig, type RunConfig, type RunnerOption } from './config.ts'
import { Mismatch, type ScriptResult, Unsupported } from './outcome.ts'
import { Player } from './player.ts'
import { familyWords } from './words.ts'

/** How scripts are run. */
export interface RunOptions {
  /** The system under test; default linux. Means nothing where `subject` is given. */
  readonly personality?: PersonalityName
  /** Another stack than this project's, to be tested in its place: made anew for each script. */
  readonly subject?: NewSubject
  /** Options of the command line: they win over the script's own. */
  readonly options?: readonly RunnerOption[]
  /** True: the result has a ladder even if the script did not fail. */
  readonly ladder?: boolean
  /** Columns of the ladder; default 80. */
  readonly width?: number
  /** The text of a file named relative to the script: shell scripts that set sysctls. Undefined: there is none. */
  readonly readFile?: ReadFile
}

/**
 * Runs one script in virtual time, on a host of its own. Whatever comes of it is in the result; nothing is thrown for a script.
 *
 * @param file the name that messages show
 * @throws {OptionError} for an unknown option of the command line
 */
export function runScript(file: string, text: string, options: RunOptions = {}): ScriptResult {
  const given = options.options ?? []
  try {
    const script = parseScript(text, {
      file,
      defines: definesOf(given),
      system: options.personality ?? 'linux',
      played: true,
    })
    const config = configOf(file, script, given)
    if (config.dryRun) return { ...BLANK, file, status: 'passed' }
    return new Run(file, script, config, options).result()
  } catch (error) {
    if (!(error instanceof ScriptSyntaxError)) throw error
    return { ...BLANK, file, status: 'failed', reason: error.message, position: error.position, readable: false }
  }
}

const BLANK = {
  reason: '',
  position: null,
  readable: true,
  ladder: '',
  output: [],
  counters: new Map<string, number>(),
} as const

function definesOf(given: readonly RunnerOption[]): Map<string, string> {
  const defines = familyWords(givenConfig(given))
  for (const { name, value } of given) if (name === 'define' && value !== null) define(defines, value)
  return defines
}

class Run {
  readonly #file: string
  readonly #script: Script
  readonly #options: RunOptions
  readonly #cast: Cast
  readonly #player: Player
  readonly #initScripts: readonly string[]
  readonly #output: string[] = []

  constructor(file: string, script: Script, config: RunConfig, options: RunOptions) {
    this.#file = file
    this.#script = script
    this.#options = options
    this.#initScripts = config.initScripts
    const tell = (line: string): unknown => this.#output.push(line)
    this.#cast =
      options.subject === undefined
        ? castHost(config, options.personality ?? 'linux', options.readFile, tell)
        : castSubject(config, options.subject)
    const cast = this.#cast
    const program = new Program(tell)
    this.#player = new Player(cast.stage, cast.caller, config, config.verbose ? tell : null, {
      warn: tell,
      shell: (text) => cast.shell(text),
      code: (text) => program.run(text, cast.lookup()),
    })
  }

  result(): ScriptResult {
    const { init, events, cleanup } = this.#script
    let position: Position | null = init?.position ?? null
    try {
      for (const path of this.#initScripts) this.#cast.shell(/[/]/.test(path) ? path : `./${path}`)
      if (init !== null) this.#cast.shell(init.text)
      this.#player.play(events)
      position = cleanup?.position ?? null
      if (cleanup !== null && init !== null) this.#cleanUp(cleanup.text)
      return this.#ended('passed', '', null)
    } catch (error) {
      if (error instanceof Unsupported)
        return this.#ended('skipped', error.message, this.#player.at?.position ?? position)
      if (error instanceof Mismatch) return this.#ended('failed', error.message, this.#player.at?.position ?? position)
      throw error
    }
  }

  /**
   * Runs the command at the script's end, as packetdrill does only where there is one at its beginning. What it would restore goes with
   * the host, so a command that is not understood is only reported; one that fails makes the script fail.
   */
  #cleanUp(text: string): void {
    try {
      this.#cast.shell(text)
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error
      this.#output.push(`not cleared away: ${error.message}`)
    }
  }

  #ended(status: ScriptResult['status'], reason: string, position: Position | null): ScriptResult {
    const { ladder: always = false, width = 80 } = this.#options
    const ladder = always || status === 'failed' ? this.#cast.stage.ladder(width, this.#player.zero) : ''
    const unasked = status === 'failed' ? this.#player.unasked.map((packet) => `\n  sent too  ${packet}`).join('') : ''
    return {
      file: this.#file,
      status,
      reason: reason + unasked,
      position,
      readable: true,
      ladder,
      output: this.#output,
      counters: this.#cast.counters(),
    }
  }
}
