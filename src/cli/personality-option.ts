import { didYouMean, orList } from '../base/index.ts'
import type { Personality } from '../stack/index.ts'
import { CliError } from './exit.ts'
import { quoted } from './text.ts'

/**
 * The personality that `--personality` names; linux when it is left out.
 * @throws {CliError} for one that does not exist
 */
export async function personalityOption(command: string, name: string = 'linux'): Promise<Personality> {
  const { isPersonalityName, personalities } = await import('../stack/index.ts')
  if (isPersonalityName(name)) return personalities[name]
  const names = Object.keys(personalities)
  throw new CliError(
    `${command}: unknown personality ${quoted(name)}: ${didYouMean(name, names, `expected ${orList(names)}`)}`,
  )
}
