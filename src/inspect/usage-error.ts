/** What is wrong with a command line, for one line on stderr. */
export interface UsageProblem {
  /** The program whose arguments these are: `ss`, `netstat`. */
  readonly tool: string
  /** What is wrong, without the offending word: `unknown option`. */
  readonly problem: string
  /** The offending word as the user typed it; empty when something is missing at the end. */
  readonly token: string
  /** Where it stands, counted from 1; for a filter the words of the filter are counted, for options the arguments. */
  readonly position: number
  readonly unit: 'argument' | 'filter word'
  /** What could have stood there. */
  readonly expected: string
  /** Which characters of the text are meant, where the words were written as one text. */
  readonly span?: CharacterSpan | undefined
}

/** Some characters of a text; none: a place between two, or its end. */
export interface CharacterSpan {
  readonly start: number
  readonly length: number
}

/**
 * The user's arguments cannot be understood. The message is one line that names the word, its position and what was
 * expected; a command prints it to stderr and ends with `exitCode`.
 */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
  /** 2, as for every command of the package that is called wrongly. */
  readonly exitCode: number = 2
  readonly tool: string
  readonly token: string
  readonly position: number
  readonly expected: string
  readonly span: CharacterSpan | undefined

  constructor(problem: UsageProblem) {
    const where = `${problem.unit} ${problem.position}`
    const what =
      problem.token === ''
        ? `${problem.problem} (${where})`
        : `${problem.problem} "${visible(problem.token)}" (${where})`
    super(`${problem.tool}: ${what}: expected ${problem.expected}`)
    this.tool = problem.tool
    this.token = problem.token
    this.position = problem.position
    this.expected = problem.expected
    this.span = problem.span
  }
}

/** The token on one line, whatever it holds, and not longer than a line bears. */
function visible(token: string): string {
  const shown = token.replace(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
  return shown.length > 60 ? `${shown.slice(0, 57)}...` : shown
}
