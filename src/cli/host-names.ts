import { Resolver } from 'node:dns/promises'
import { readFileSync } from 'node:fs'

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    return ''
  }
}

/** What came of asking for names. */
export interface HostNames {
  readonly name: (address: string) => string | undefined
  /** Addresses for which no answer came in time. */
  readonly unanswered: number
}

/**
 * Finds the names of addresses: in /etc/hosts, then of name servers, all at once where netstat asks one after another. What is
 * not answered within `budgetMs` stays a number: a table of sockets must not hang on a name server that is down. (c-ares, not
 * the C library's resolver: its questions can be taken back.)
 */
export async function hostNames(
  addresses: Iterable<string>,
  budgetMs: number,
  hostsPath: string = '/etc/hosts',
): Promise<HostNames> {
  const names = readHosts(hostsPath)
  const resolver = new Resolver()
  let unanswered = 0
  const impatience = setTimeout(() => resolver.cancel(), budgetMs)
  const ask = async (address: string): Promise<void> => {
    try {
      const [name] = await resolver.reverse(address)
      if (name !== undefined) names.set(address, name)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === undefined) throw error
      // Whatever else goes wrong (no such name, no server), the number says it all.
      if (code === 'ECANCELLED' || code === 'ETIMEOUT') unanswered++
    }
  }
  await Promise.all([...new Set(addresses)].filter((address) => !names.has(address)).map(ask))
  clearTimeout(impatience)
  return { name: (address) => names.get(address), unanswered }
}

/** hosts(5): an address, its name, other names. The first line of an address counts, as it does for the C library. */
function readHosts(path: string): Map<string, string> {
  const names = new Map<string, string>()
  for (const line of textOf(path).split('\n')) {
    const [address, name] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (address !== undefined && name !== undefined && !names.has(address)) names.set(address, name)
  }
  return names
}
