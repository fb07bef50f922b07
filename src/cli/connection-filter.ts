/** The filter of ss for commands whose rows are not a socket table: its words stand behind their options. */
import { parseSs, type Services, type SsQuery } from '../inspect/index.ts'
import { CliError } from './exit.ts'
import { understand } from './host-room.ts'

/**
 * What the words of a filter select of TCP connections, in whatever state.
 * @param args the whole command line, to name the place of a mistake
 * @throws {CliError} for a word that is no filter
 */
export function connectionFilter(
  command: string,
  words: readonly string[],
  args: readonly string[],
  services: Services,
): SsQuery {
  const positions = [0, ...words.map((word) => args.indexOf(word) + 1)]
  const options = { source: 'auto', stack: undefined, quiet: true, rest: ['-tan', ...words], positions } as const
  try {
    return understand(options, (rest) => parseSs(rest, { services }))
  } catch (error) {
    if (error instanceof CliError) throw new CliError(error.message.replace(/^ss:/, `${command}:`))
    throw error
  }
}
