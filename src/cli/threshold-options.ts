/** The thresholds of the doctor's rules, as options of the commands that judge. */
import type { Threshold, ThresholdName, Thresholds } from '../doctor/index.ts'
import { CliError } from './exit.ts'
import type { FlagSpec } from './flags.ts'
import { hanging, quoted } from './text.ts'

/** What the help of a command says of them: each with its default and its reason. */
export function thresholdHelp(known: readonly Threshold[]): string {
  const entries = known.map(({ flag, default: value, unit, reason }) =>
    hanging(`  --${flag}`, `${value} ${unit}. ${reason}`, 80, 28),
  )
  return `Thresholds\n${entries.join('\n')}\n`
}

/** The options that set them. */
export function thresholdFlags(known: readonly Threshold[]): Readonly<Record<string, FlagSpec>> {
  return Object.fromEntries(known.map(({ flag }) => [flag, { value: 'a number' }]))
}

/**
 * A value for each: the one given, else the default.
 * @throws {CliError} for a value that is no number of the threshold's unit
 */
export function thresholdsOf(
  command: string,
  known: readonly Threshold[],
  flags: Readonly<Record<string, unknown>>,
): Thresholds {
  return Object.fromEntries(
    known.map((threshold) => {
      const word = flags[threshold.flag]
      return [threshold.name, typeof word === 'string' ? thresholdValue(command, threshold, word) : threshold.default]
    }),
  ) as Record<ThresholdName, number>
}

/** Units that are written short where numbers stand before them. */
const UNITS: Readonly<Record<string, string>> = { s: 'seconds', min: 'minutes' }

function thresholdValue(command: string, { flag, unit }: Threshold, word: string): number {
  const value = /^\d{1,9}(\.\d{1,9})?$/.test(word) ? Number(word) : Number.NaN
  const isShare = unit === 'share'
  if (value >= 0 && (!isShare || value <= 1)) return value
  const expected = isShare ? 'a share from 0 to 1' : `a number of ${UNITS[unit] ?? unit}`
  throw new CliError(`${command}: --${flag} ${quoted(word)}: expected ${expected}`)
}
