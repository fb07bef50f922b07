import { didYouMean } from '../base/index.ts'
import type { ScenarioInfo } from '../sim/index.ts'
import { CliError } from './exit.ts'
import { quoted } from './text.ts'

/**
 * The scenario or claim of that name.
 * @throws {CliError} when there is none
 */
export async function findScenario(command: string, name: string): Promise<ScenarioInfo> {
  const { listScenarios } = await import('../sim/index.ts')
  const all = listScenarios()
  const info = all.find(({ id }) => id === name)
  if (info !== undefined) return info
  const near = didYouMean(
    name,
    all.map(({ id }) => id),
    'lastack lab lists them',
  )
  throw new CliError(`${command}: unknown scenario ${quoted(name)}: ${near}`)
}

/** Plays, and turns what the lab says of its options into a line for the user. */
export async function playing<T>(command: string, work: () => T): Promise<T> {
  const { LabError } = await import('../sim/index.ts')
  try {
    return work()
  } catch (error) {
    if (error instanceof LabError) throw new CliError(`${command}: ${error.message}`)
    throw error
  }
}

/** `--seed`. */
export function seedOption(command: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const seed = /^-?\d+$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(seed)) return seed
  throw new CliError(`${command}: --seed ${quoted(text)}: expected a whole number, at most 2^53`)
}

/** `--set NAME=VALUE`, any number of them. */
export function setOption(command: string, texts: readonly string[] = []): Record<string, string> {
  const pairs = texts.map((text) => {
    const equals = text.indexOf('=')
    if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)]
    throw new CliError(`${command}: --set ${quoted(text)}: expected NAME=VALUE, such as net.ipv4.tcp_fin_timeout=5`)
  })
  return Object.fromEntries(pairs)
}
