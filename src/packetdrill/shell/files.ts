import { Unsupported } from '../run/outcome.ts'
import { CubicFiles } from './cubic-files.ts'
import { ipCommand } from './network.ts'
import { procFile } from './proc-files.ts'
import type { ScriptSysctls } from './sysctls.ts'
import type { ShellWorld } from './world.ts'

const NOWHERE = /^\/dev\/(?:null|stdout|stderr|tty|kmsg|fd\/\d)$/
/** Of a kernel and its devices; nothing that this stack does hangs on them. */
const IDLE =
  /^\/sys\/(?:kernel\/(?:debug\/)?tracing|class\/net\/[^/]+\/(?:queues|gro_flush_timeout|napi_defer_hard_irqs|tx_queue_len))\b/
const SYSCTLS = '/proc/sys/'
/** Programs that every system has. */
const PROGRAM = /^(?:\/usr)?(?:\/local)?\/s?bin\/\w+$/
/** A file does not take what is written. */
export const REFUSED = ''

/** The files that commands read and write: sysctls by their paths, tables of /proc/net, and what a script keeps for itself. */
export class ShellFiles {
  readonly #world: ShellWorld
  readonly #sysctls: ScriptSysctls
  readonly #cubic: CubicFiles
  /** What commands have written; it goes with the run. */
  readonly #own = new Map<string, string>()
  #folder = ''
  /** Where `cd` has led, from the packetdrill script's folder. */
  #place = ''

  constructor(world: ShellWorld, sysctls: ScriptSysctls) {
    this.#world = world
    this.#sysctls = sysctls
    this.#cubic = new CubicFiles(world.host)
  }

  /** A file's text; undefined: there is none. @throws {Unsupported} for files of a machine, which does not take part */
  read(path: string): string | undefined {
    if (NOWHERE.test(path)) return ''
    const own = this.#own.get(path)
    if (own !== undefined) return own
    if (path.startsWith(SYSCTLS)) return this.#sysctls.has(path) ? `${this.#sysctls.get(path)}\n` : undefined
    const told = procFile(this.#world.host, path) ?? this.#cubic.read(path)
    if (told !== undefined) return told.endsWith('\n') ? told : `${told}\n`
    if (path.startsWith('/tmp/')) return undefined
    if (path.startsWith('/')) throw new Unsupported(`command reading ${path}`)
    return this.script(path)
  }

  /** The text of a script, named relative to the packetdrill script or to the shell script that names it. */
  script(path: string): string | undefined {
    // What a system brings along is no script of a suite's, and often no text.
    if (PROGRAM.test(path)) return undefined
    const own = this.#own.get(path) ?? this.#world.readFile(path)
    const below = (folder: string): string | undefined =>
      folder === '' || path.startsWith('/') ? undefined : this.#world.readFile(`${folder}/${path}`)
    const found = own ?? below(this.#place) ?? below(this.#folder)
    return found?.includes('\0') === true ? undefined : found
  }

  /** `cd`: files without a folder lie there too from now on. Without a path: where the packetdrill script lies. */
  enter(path = ''): void {
    this.#place = path === '' || path.startsWith('/') || this.#place === '' ? path : `${this.#place}/${path}`
  }

  /** Runs what a script holds: what it names may lie beside it. */
  below<T>(path: string, run: () => T): T {
    const before = this.#folder
    this.#folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
    try {
      return run()
    } finally {
      this.#folder = before
    }
  }

  /** Writes; a sysctl that the system does not have is named, `REFUSED` where a file takes no such value, null where all is well. */
  write(path: string, text: string, appends: boolean): string | null {
    if (NOWHERE.test(path) || IDLE.test(path)) return null
    if (path.startsWith(SYSCTLS)) {
      if (this.#sysctls.isAbsent(path)) return path.slice(SYSCTLS.length).replaceAll('/', '.')
      this.#sysctls.set(path, text.trim())
      return null
    }
    const mtu = /^\/sys\/class\/net\/([^/]+)\/mtu$/.exec(path)
    if (mtu !== null) {
      ipCommand(
        this.#world.host,
        ['link', 'set', 'dev', mtu[1] as string, 'mtu', text.trim()],
        `echo ${text.trim()} > ${path}`,
      )
      return null
    }
    const taken = this.#cubic.write(path, text)
    if (taken !== undefined) return taken ? null : REFUSED
    const isOwn = path.startsWith('/tmp/') || path.startsWith('/var/tmp/') || !path.startsWith('/')
    if (!isOwn) throw new Unsupported(`command writing ${text.trim()} into ${path}`)
    this.#own.set(path, (appends ? (this.#own.get(path) ?? '') : '') + text)
    return null
  }

  /** How long a file is that commands have made; undefined: they have made none of that name. */
  lengthOf(path: string): number | undefined {
    return this.#own.get(path)?.length
  }

  remove(path: string): void {
    this.#own.delete(path)
  }

  /** Whether there is such a file; `kind` is the letter of `test`. */
  exists(path: string, kind: string): boolean {
    if (/^\/dev\/(?:null|net\/tun)$/.test(path)) return kind !== 'f' && kind !== 'd'
    if (path === '/proc/sys' || path === '/proc' || path === '/tmp') return kind === 'd' || kind === 'e'
    if (PROGRAM.test(path)) return kind !== 'd'
    if (path.startsWith(SYSCTLS) && kind === 'd') return /^\/proc\/sys\/net(?:\/(?:ipv4|ipv6|core))?\/?$/.test(path)
    if (path.startsWith(SYSCTLS)) return this.#sysctls.has(path) || this.#sysctls.isIdle(path)
    const text = this.read(path)
    return text !== undefined && kind !== 'd' && (kind !== 's' || text !== '')
  }
}

/** A command that nobody knows; where it names a file of the suite, that is not there. */
export function absentScript(command: string, path: string): Unsupported {
  const isOfSuite = path.includes('/') && !path.startsWith('/')
  return new Unsupported(`command ${command}${isOfSuite ? ': there is no such file' : ''}`)
}
