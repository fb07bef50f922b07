import { Errno, type ErrnoName, type ErrnoSystem, errnoNumbers, errnoText } from '../../base/index.ts'
import { ERRNOS } from './errnos.ts'
import { paragraphs } from './paragraphs.ts'
import type { Topic } from './topic.ts'

const SYSTEMS = Object.keys(errnoNumbers) as ErrnoSystem[]

/** Every errno, by its name and by its number on any system. */
export function errnoTopics(): Topic[] {
  return (Object.keys(Errno) as ErrnoName[]).map((name) => ({
    kind: `an errno: ${errnoText(name)}`,
    name,
    aliases: [...new Set(SYSTEMS.map((system) => String(errnoNumbers[system][name])))],
    body: async (width) => {
      const texts = ERRNOS[name] ?? []
      return `${texts.length > 0 ? `${paragraphs(texts, width)}\n\n` : ''}  ${numbers(name)}`
    },
  }))
}

/** `98 linux; 48 freebsd, macos; 10048 windows`. */
function numbers(name: ErrnoName): string {
  const bySystem = new Map<number, ErrnoSystem[]>()
  for (const system of SYSTEMS) {
    const number = errnoNumbers[system][name]
    bySystem.set(number, [...(bySystem.get(number) ?? []), system])
  }
  return [...bySystem].map(([number, systems]) => `${number} ${systems.join(', ')}`).join('; ')
}
