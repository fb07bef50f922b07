import { nearest, orList } from '../../base/index.ts'
import type { HostConfig } from '../personalities/config.ts'
import type { Personality } from '../personalities/personality.ts'
import type { SysctlDefinition, SysctlUnit } from './definition.ts'

/** One line of `sysctl -a`. */
export interface SysctlEntry {
  readonly name: string
  readonly value: string
  readonly default: string
  readonly unit: SysctlUnit
  readonly description: string
  readonly range: string
  readonly aliases: readonly string[]
  /** Another release's default that people remember, or empty. */
  readonly formerly: string
  /** It tells something and takes nothing. */
  readonly readOnly: boolean
}

/** Why a sysctl could not be read or written. `message` is one line for a person. */
export interface SysctlError {
  readonly reason: 'unknown' | 'invalid' | 'read-only'
  /** What the system itself would have said: ENOENT where there is no such file, or nothing of the name that was written. */
  readonly errno: 'ENOENT' | 'EINVAL' | 'EACCES'
  readonly message: string
}

/**
 * A host's sysctls under its system's own names, read and written while it runs. A write is felt where the real system
 * would feel it: most values at the next use, buffer sizes by sockets made afterwards.
 *
 * A name may also be written as Linux's path (`/proc/sys/net/ipv4/tcp_fin_timeout`, `net/ipv4/tcp_fin_timeout`) or by its
 * last part alone (`tcp_fin_timeout`).
 */
export class Sysctls {
  readonly #config: HostConfig
  readonly #personality: Personality

  constructor(personality: Personality, config: HostConfig) {
    this.#personality = personality
    this.#config = config
  }

  /** The value as the system prints it; undefined for an unknown name, see `unknown`. */
  get(name: string): string | undefined {
    return this.#find(name)?.read(this.#config)
  }

  /** Writes a value; null on success, otherwise what is wrong, and nothing has changed. */
  set(name: string, value: string | number): SysctlError | null {
    const definition = this.#find(name)
    if (definition === undefined) return { reason: 'unknown', errno: 'ENOENT', message: this.unknown(name) }
    if (definition.readOnly) {
      return { reason: 'read-only', errno: 'EACCES', message: `sysctl ${definition.name} can only be read` }
    }
    if (definition.write(this.#config, String(value))) return null
    const unit = WORDS[definition.unit]
    const message = `sysctl ${definition.name}: '${value}' is not ${definition.range}${unit === '' ? '' : ` (${unit})`}`
    return { reason: 'invalid', errno: definition.refusal, message }
  }

  /** Writes several. @throws {TypeError} with one line for a person when one is unknown or out of range. */
  setAll(values: Readonly<Record<string, string | number>>): void {
    for (const [name, value] of Object.entries(values)) {
      const error = this.set(name, value)
      if (error !== null) throw new TypeError(error.message)
    }
  }

  /** All of them, in the system's order. */
  list(): SysctlEntry[] {
    return this.#personality.sysctls.map((definition) => this.#entry(definition))
  }

  /** One of them; undefined for an unknown name. */
  entry(name: string): SysctlEntry | undefined {
    const definition = this.#find(name)
    return definition === undefined ? undefined : this.#entry(definition)
  }

  /** One line for a name that is not there: what it was, and the names that come nearest. */
  unknown(name: string): string {
    const near = this.nearest(name)
    const hint = near.length === 0 ? '' : `; did you mean ${orList(near)}?`
    return `unknown sysctl '${name}' for ${this.#personality.name}${hint}`
  }

  #entry(definition: SysctlDefinition): SysctlEntry {
    const { name, unit, description, range, aliases, formerly, readOnly } = definition
    return {
      name,
      value: definition.read(this.#config),
      default: definition.read(this.#personality.config),
      unit,
      description,
      range,
      aliases,
      formerly,
      readOnly,
    }
  }

  #find(name: string): SysctlDefinition | undefined {
    const wanted = canonical(name)
    const all = this.#personality.sysctls
    const exact = all.find((one) => names(one).some((known) => known.toLowerCase() === wanted))
    if (exact !== undefined) return exact
    const byLastPart = all.filter((one) => names(one).some((known) => lastPart(known) === wanted))
    return byLastPart.length === 1 ? byLastPart[0] : undefined
  }

  /** The names that come nearest to one that is not there. People remember a sysctl by its last part. */
  nearest(name: string): readonly string[] {
    const byLastPart = new Map(this.#personality.sysctls.flatMap(names).map((name) => [lastPart(name), name]))
    return nearest(lastPart(canonical(name)), byLastPart.keys()).map((part) => byLastPart.get(part) as string)
  }
}

const WORDS: Readonly<Record<SysctlUnit, string>> = {
  s: 'seconds',
  ms: 'milliseconds',
  µs: 'microseconds',
  ns: 'nanoseconds',
  octets: 'octets',
  packets: 'packets',
  attempts: '',
  entries: '',
  switch: '',
  port: '',
  bits: 'bits',
  percent: 'percent',
  hops: '',
  name: '',
}

function names(definition: SysctlDefinition): string[] {
  return [definition.name, ...definition.aliases]
}

/** `/proc/sys/net/ipv4/tcp_fin_timeout` → `net.ipv4.tcp_fin_timeout`. */
function canonical(name: string): string {
  const path = name.trim().replace(/^\/proc\/sys\//, '')
  return (path.includes('/') ? path.replaceAll('/', '.') : path).toLowerCase()
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1).toLowerCase()
}
