import { CliError } from './exit.ts'
import type { Io } from './io.ts'

/**
 * Ask before something on this host is changed.
 * @param yes `--yes` was given: nobody is asked
 * @returns whether it was agreed to
 * @throws {CliError} when there is nobody to ask
 */
export async function consent(command: string, question: string, yes: boolean, io: Io): Promise<boolean> {
  if (yes) return true
  if (io.ask === undefined) {
    throw new CliError(`${command}: nothing is changed without being agreed to: this is no terminal, expected --yes`)
  }
  return /^\s*y(es)?\s*$/i.test(await io.ask(`${question} [y/N] `))
}
