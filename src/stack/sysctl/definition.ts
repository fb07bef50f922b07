import type { CongestionControl } from '../../tcp/index.ts'
import type { HostConfig } from '../personalities/config.ts'
import { formatPorts, parsePorts } from './ports.ts'

/** What a value counts. */
export type SysctlUnit =
  | 's'
  | 'ms'
  | 'µs'
  | 'ns'
  | 'octets'
  | 'packets'
  | 'attempts'
  | 'entries'
  | 'switch'
  | 'port'
  | 'hops'
  | 'bits'
  | 'percent'
  | 'name'

/** One administrable value: its name there, its field here. */
export interface SysctlDefinition {
  /** The system's own name. */
  readonly name: string
  /** Other names of the same value. */
  readonly aliases: readonly string[]
  readonly unit: SysctlUnit
  /** One sentence: what it does in this stack. */
  readonly description: string
  /** What may be written, in words: `1 to 127`. */
  readonly range: string
  /** Another release's default that people remember, and which: `240000, old releases`. */
  readonly formerly: string
  /** It tells something and takes nothing. */
  readonly readOnly: boolean
  /** What the system's write() fails with for a value that is not in `range`. */
  readonly refusal: 'EINVAL' | 'ENOENT'
  read(config: Readonly<HostConfig>): string
  /** Writes a value; false, and nothing changed, when it is not in `range`. */
  write(config: HostConfig, text: string): boolean
}

type NumberField = { [K in keyof HostConfig]: HostConfig[K] extends number ? K : never }[keyof HostConfig]
type BooleanField = { [K in keyof HostConfig]: HostConfig[K] extends boolean ? K : never }[keyof HostConfig]

/** What all kinds of definition have in common. */
interface Common {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly description: string
  readonly formerly?: string
}

interface NumberSpec extends Common {
  readonly field: NumberField
  readonly unit: SysctlUnit
  /** How many of the field's units one of the sysctl's is: 1,000,000 for seconds kept in µs. Default 1. */
  readonly scale?: number
  readonly min: number
  readonly max: number
}

/** A whole number. */
export function number(spec: NumberSpec): SysctlDefinition {
  const { field, min, max } = spec
  const scale = spec.scale ?? 1
  return {
    ...common(spec, spec.unit, `a whole number from ${min} to ${max}`),
    read: (config) => String(Math.round(config[field] / scale)),
    write: (config, text) => {
      const value = parseNumbers(text)?.[0]
      if (value === undefined || value < min || value > max) return false
      config[field] = value * scale
      return true
    },
  }
}

interface SwitchSpec extends Common {
  readonly field: BooleanField
  /** Largest value the system takes; all but 0 mean on. Default 1. */
  readonly max?: number
  /** As what "on" reads. Default 1. */
  readonly on?: number
}

/** 0 or 1. */
export function onOff(spec: SwitchSpec): SysctlDefinition {
  const { field } = spec
  const max = spec.max ?? 1
  const on = String(spec.on ?? 1)
  return {
    ...common(spec, 'switch', max === 1 ? '0 or 1' : `a whole number from 0 to ${max}; all but 0 mean on`),
    read: (config) => (config[field] ? on : '0'),
    write: (config, text) => {
      const value = parseNumbers(text)?.[0]
      if (value === undefined || value < 0 || value > max) return false
      config[field] = value !== 0
      return true
    },
  }
}

interface ListSpec extends Common {
  readonly unit: SysctlUnit
  readonly range: string
  /** Reads as many numbers as are written. */
  read(config: Readonly<HostConfig>): readonly number[]
  /** Takes the numbers, of which there are as many as `read` gives; false if they are out of range. */
  write(config: HostConfig, values: readonly number[]): boolean
}

/** Several whole numbers in one: `32768 60999`. */
export function numbers(spec: ListSpec): SysctlDefinition {
  return {
    ...common(spec, spec.unit, spec.range),
    read: (config) => spec.read(config).join('\t'),
    write: (config, text) => {
      const values = parseNumbers(text)
      if (values === undefined) return false
      // As /proc does it: what is not given stays, what is too much is not looked at.
      return spec.write(
        config,
        spec.read(config).map((present, i) => values[i] ?? present),
      )
    },
  }
}

/** A list of ports and ranges: `8080,9148-9150`. */
export function ports(spec: Common): SysctlDefinition {
  return {
    ...common(spec, 'port', 'ports and ranges from 0 to 65535 like 8080,9148-9150, or nothing'),
    read: (config) => formatPorts(config.reservedPorts),
    write: (config, text) => {
      const ranges = parsePorts(text)
      if (ranges === undefined) return false
      config.reservedPorts = ranges
      return true
    },
  }
}

/** The algorithm of the congestion window, by the system's own names for it. */
export function algorithm(
  spec: Common & { readonly names: Readonly<Record<string, CongestionControl>> },
): SysctlDefinition {
  const { names } = spec
  return {
    ...common(spec, 'name', oneOf(Object.keys(names))),
    refusal: 'ENOENT',
    read: ({ congestionControl }) =>
      Object.entries(names).find(([, one]) => one === congestionControl)?.[0] ?? congestionControl.name,
    write: (config, text) => {
      // One word: what stands before it and behind it is cut off, what stands between words is part of the name.
      const found = Object.hasOwn(names, text.trim()) ? names[text.trim()] : undefined
      if (found === undefined) return false
      config.congestionControl = found
      return true
    },
  }
}

/** What the system tells and nobody sets. */
export function told(spec: Common & { readonly unit: SysctlUnit; readonly text: string }): SysctlDefinition {
  return {
    ...common(spec, spec.unit, 'nothing: it can only be read'),
    readOnly: true,
    read: () => spec.text,
    write: () => false,
  }
}

function oneOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

function common(spec: Common, unit: SysctlUnit, range: string): Omit<SysctlDefinition, 'read' | 'write'> {
  return {
    name: spec.name,
    aliases: spec.aliases ?? [],
    unit,
    description: spec.description,
    range,
    formerly: spec.formerly ?? '',
    readOnly: false,
    refusal: 'EINVAL',
  }
}

/**
 * The numbers of a text as the kernel reads them: decimal, 0x… or 0… (octal), separated by white space. Undefined when
 * there is none or one of them is none.
 */
function parseNumbers(text: string): number[] | undefined {
  const values: number[] = []
  for (const word of text.trim().split(/\s+/)) {
    if (!/^-?(0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*)$/i.test(word)) return undefined
    const digits = word.replace('-', '')
    const magnitude = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits)
    if (!Number.isSafeInteger(magnitude)) return undefined
    values.push(word.startsWith('-') && magnitude !== 0 ? -magnitude : magnitude)
  }
  return values
}
