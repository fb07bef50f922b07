import type { Host } from '../../stack/index.ts'

type CubicSettings = Host['config']['cubic']

const FOLDER = '/sys/module/tcp_cubic/parameters/'
/** What the curve was reckoned from when the module was loaded: it can only be read. */
const READ_ONLY: Readonly<Record<string, string>> = { bic_scale: '41' }
/** As C writes integers, and no more than the end of a line behind it. */
const INTEGER = /^([+-]?)(?:0x([\da-f]+)|0([0-7]*)|([1-9]\d*))\n?$/i

/** The files by which the module of CUBIC is turned, on systems that have it. */
export class CubicFiles {
  readonly #host: Host

  constructor(host: Host) {
    this.#host = host
  }

  /** What a file says; undefined: there is none. */
  read(path: string): string | undefined {
    const name = nameOf(path)
    if (name === null || this.#host.personality.name !== 'linux') return undefined
    const key = keyOf(this.#host.config.cubic, name)
    return key === undefined ? READ_ONLY[name] : String(this.#host.config.cubic[key])
  }

  /** @returns whether the file takes that; undefined: there is none */
  write(path: string, text: string): boolean | undefined {
    if (this.read(path) === undefined) return undefined
    // Nothing is written, then.
    if (text === '') return true
    const { config } = this.#host
    const key = keyOf(config.cubic, nameOf(path) ?? '')
    const value = integer(text)
    if (key === undefined || value === null) return false
    config.cubic = { ...config.cubic, [key]: value }
    return true
  }
}

function nameOf(path: string): string | null {
  return path.startsWith(FOLDER) ? path.slice(FOLDER.length) : null
}

/** `hystart_low_window` is `hystartLowWindow` here. */
function keyOf(settings: CubicSettings, name: string): keyof CubicSettings | undefined {
  const key = name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase())
  return Object.hasOwn(settings, key) ? (key as keyof CubicSettings) : undefined
}

/** Null: it is none of 32 bits. */
function integer(text: string): number | null {
  const [, sign, hex, octal, decimal] = INTEGER.exec(text) ?? []
  if (sign === undefined) return null
  const size = hex !== undefined ? Number(`0x${hex}`) : octal !== undefined ? Number(`0o0${octal}`) : Number(decimal)
  const value = sign === '-' ? -size : size
  return value === (value | 0) ? value | 0 : null
}
