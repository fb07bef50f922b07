import { CliError } from './exit.ts'
import { quoted } from './text.ts'

/** The highest port there is. */
export const PORT_MAX = 65_535

/**
 * The whole number that a word is.
 * @param what the number is of: an option, or a word such as `port`
 * @throws {CliError} for anything else, and for one out of range
 */
export function wholeNumber(command: string, what: string, word: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(word) ? Number(word) : Number.NaN
  if (value >= least && value <= most) return value
  throw new CliError(`${command}: ${what} ${quoted(word)}: expected a number from ${least} to ${most}`)
}
