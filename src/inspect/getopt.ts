import { nearest, orList } from '../base/index.ts'
import { UsageError } from './usage-error.ts'

/** One option of a command, under its short letter, its long names, or both. */
export interface OptionSpec<Id extends string> {
  readonly id: Id
  readonly short?: string
  readonly long?: readonly string[]
  /** What the option's argument is called in a message, for an option that takes one. */
  readonly argument?: string
}

/** An option that was given. */
export interface GivenOption<Id extends string> {
  readonly id: Id
  /** As typed, without a cluster's other letters: `-t`, `--tcp`. */
  readonly spelled: string
  /** The option's argument; empty for an option without one. */
  readonly value: string
  /** Which argument of the command line it stands in, from 1. */
  readonly position: number
}

/** A word that is no option. */
export interface Operand {
  readonly text: string
  readonly position: number
}

/** A command line, taken apart. */
export interface ParsedOptions<Id extends string> {
  readonly options: readonly GivenOption<Id>[]
  readonly operands: readonly Operand[]
}

/**
 * Splits a command line as GNU getopt_long does, which both ss and netstat call: clustered letters, `-fVALUE`, `--long=VALUE`,
 * unambiguous beginnings of long names, options after operands, and `--` to end them.
 *
 * @throws {UsageError} for an unknown or ambiguous option, a missing or an unwanted argument.
 */
export function getopt<Id extends string>(
  tool: string,
  argv: readonly string[],
  specs: readonly OptionSpec<Id>[],
): ParsedOptions<Id> {
  const options: GivenOption<Id>[] = []
  const operands: Operand[] = []
  const reader = new Reader(tool, argv, specs)
  while (!reader.done) {
    const position = reader.position
    const word = reader.take()
    if (word === '--') {
      for (; !reader.done; ) operands.push({ position: reader.position, text: reader.take() })
    } else if (word.startsWith('--')) options.push(reader.long(word, position))
    else if (word.startsWith('-') && word.length > 1) options.push(...reader.cluster(word, position))
    else operands.push({ text: word, position })
  }
  return { options, operands }
}

class Reader<Id extends string> {
  readonly #tool: string
  readonly #argv: readonly string[]
  readonly #specs: readonly OptionSpec<Id>[]
  #next = 0

  constructor(tool: string, argv: readonly string[], specs: readonly OptionSpec<Id>[]) {
    this.#tool = tool
    this.#argv = argv
    this.#specs = specs
  }

  get done(): boolean {
    return this.#next >= this.#argv.length
  }

  /** Of the word that `take` gives next, from 1. */
  get position(): number {
    return this.#next + 1
  }

  take(): string {
    return this.#argv[this.#next++] as string
  }

  long(word: string, position: number): GivenOption<Id> {
    const equals = word.indexOf('=')
    const name = word.slice(2, equals < 0 ? undefined : equals)
    const spelled = `--${name}`
    const spec = this.#findLong(name, spelled, position)
    if (spec.argument === undefined) {
      if (equals >= 0) throw this.#error('unwanted argument in', word, position, `${spelled} alone`)
      return { id: spec.id, spelled, value: '', position }
    }
    const value = equals >= 0 ? word.slice(equals + 1) : this.#argument(spelled, spec.argument)
    return { id: spec.id, spelled, value, position }
  }

  cluster(word: string, position: number): GivenOption<Id>[] {
    const given: GivenOption<Id>[] = []
    for (let i = 1; i < word.length; i++) {
      const letter = word[i] as string
      const spelled = `-${letter}`
      const spec = this.#specs.find((candidate) => candidate.short === letter)
      if (spec === undefined) throw this.#error('unknown option', spelled, position, this.#letters())
      if (spec.argument === undefined) given.push({ id: spec.id, spelled, value: '', position })
      else {
        const rest = word.slice(i + 1)
        const value = rest === '' ? this.#argument(spelled, spec.argument) : rest
        return [...given, { id: spec.id, spelled, value, position }]
      }
    }
    return given
  }

  #findLong(name: string, spelled: string, position: number): OptionSpec<Id> {
    const exact = this.#specs.find((spec) => spec.long?.includes(name))
    if (exact !== undefined) return exact
    const near = this.#specs.filter((spec) => spec.long?.some((candidate) => candidate.startsWith(name)))
    const [only] = near
    if (only !== undefined && near.length === 1) return only
    const begun = near.flatMap((spec) => spec.long ?? []).filter((candidate) => candidate.startsWith(name))
    if (begun.length > 0) throw this.#error('ambiguous option', spelled, position, optionList(begun))
    const meant = nearest(
      name,
      this.#specs.flatMap((spec) => spec.long ?? []),
    )
    const expected = meant.length > 0 ? optionList(meant) : `one that ${this.#tool} --help lists`
    throw this.#error('unknown option', spelled, position, expected)
  }

  #argument(spelled: string, expected: string): string {
    if (this.done) throw this.#error(`${spelled} needs an argument`, '', this.position, expected)
    return this.take()
  }

  #letters(): string {
    return `one of -${this.#specs.flatMap((spec) => spec.short ?? []).join('')}`
  }

  #error(problem: string, token: string, position: number, expected: string): UsageError {
    return new UsageError({ tool: this.#tool, problem, token, position, unit: 'argument', expected })
  }
}

function optionList(names: readonly string[]): string {
  return orList(names.map((name) => `--${name}`))
}
