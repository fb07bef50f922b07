/** How every command ends. `lastack --help` prints this table, so it is written once. */
export const EXIT = {
  OK: 0,
  FINDINGS: 1,
  USAGE: 2,
  BUG: 70,
} as const
/** One of them. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** What each code means, in the order of the table. */
export const EXIT_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.OK, 'done; nothing to complain of'],
  [EXIT.FINDINGS, 'done, and the answer is bad: an expectation failed, a verdict disagrees'],
  [EXIT.USAGE, 'not done: bad arguments, or it could not look, read or write'],
  [EXIT.BUG, 'a bug in lastack; what it printed belongs in a report'],
]

/**
 * What the user asked for cannot be done. `message` is one line that names the thing and what was expected; it is printed to
 * stderr behind `lastack`, and the command ends with `EXIT.USAGE`.
 */
export class CliError extends Error {
  override readonly name: string = 'CliError'
}
