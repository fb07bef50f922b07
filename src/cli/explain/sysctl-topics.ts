import { personalities, Sysctls } from '../../stack/index.ts'
import { details, valueHere } from '../sysctl-text.ts'
import type { Topic } from './topic.ts'

/** Every sysctl of every personality; a name that two systems share is explained for each. */
export function sysctlTopics(): Topic[] {
  return Object.values(personalities).flatMap((personality) => {
    const sysctls = new Sysctls(personality, { ...personality.config })
    return sysctls.list().map((entry) => ({
      kind: `a sysctl of ${personality.name}`,
      name: entry.name,
      aliases: [entry.name, ...entry.aliases].flatMap((name) => [
        name,
        name.slice(name.lastIndexOf('.') + 1),
        `/proc/sys/${name.replaceAll('.', '/')}`,
      ]),
      body: async (width: number) => details(personality, entry, await valueHere(personality, entry.name), width, '  '),
    }))
  })
}
