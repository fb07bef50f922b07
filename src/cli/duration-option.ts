import { CliError } from './exit.ts'
import { quoted } from './text.ts'

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 }

/**
 * The milliseconds of `30s`, `5m` or `1h`; a bare number is of seconds.
 * @throws {CliError} for anything else, and for no time at all
 */
export function durationMs(command: string, flag: string, word: string): number {
  const [, count = '', unit = 's'] = /^(\d{1,6})([smh])?$/.exec(word) ?? []
  const ms = Number(count) * (UNIT_MS[unit] as number)
  if (count !== '' && ms > 0) return ms
  throw new CliError(`${command}: ${flag} ${quoted(word)}: expected a duration such as 30s, 5m or 1h`)
}
