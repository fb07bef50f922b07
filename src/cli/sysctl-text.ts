import { HostError, readSysctl } from '../host/index.ts'
import type { Personality, SysctlEntry } from '../stack/index.ts'
import { hanging, wrap } from './text.ts'

/** Columns of a fact's name and the gap behind it: `formerly  `. */
const FACT_WIDTH = 10

/** Everything that is known of one sysctl, below its name. `here` is this machine's own value, where there is one. */
export function details(
  personality: Personality,
  entry: SysctlEntry,
  here: string | undefined,
  width: number,
  indent: string,
): string {
  const facts = [
    ['default', `${valueText(entry.default, entry)} (${personality.title})`],
    ...(entry.formerly === '' ? [] : [['formerly', entry.formerly]]),
    ['takes', entry.range],
    ...(entry.aliases.length === 0 ? [] : [['also', entry.aliases.join(', ')]]),
    ...(here === undefined ? [] : [['here', `${valueText(here, entry)} (this machine)`]]),
  ]
  const lines = facts.map(([name = '', fact = '']) => hanging(indent + name, fact, width, indent.length + FACT_WIDTH))
  return `${wrap(entry.description, width, indent)}\n\n${lines.join('\n')}`
}

/** What this machine itself has, where it is the system in question and tells. */
export async function valueHere(personality: Personality, name: string): Promise<string | undefined> {
  if (personality.name !== 'linux' || process.platform !== 'linux') return undefined
  try {
    return readSysctl(name)
  } catch (error) {
    if (error instanceof HostError) return undefined
    throw error
  }
}

/** The value with its unit, where the number alone would not say what it counts. */
export function valueText(value: string, { unit }: SysctlEntry): string {
  const text = value === '' ? '(nothing)' : value.replaceAll('\t', ' ')
  return unit === 's' || unit === 'ms' || unit === 'µs' || unit === 'ns' || unit === 'octets' ? `${text} ${unit}` : text
}
