/** Who may import whom. This table is the law; the rooms' tsconfig.json files and ARCHITECTURE.md repeat it. */
import { posix } from 'node:path'
import { type Import, importsOf, isTest, lineOf, type Source } from './source.ts'

/** One row of the import table. */
export interface Room {
  /** Rooms whose values and types may be imported. */
  readonly may: readonly string[]
  /** Rooms of which only types may be imported. */
  readonly mayTypes?: readonly string[]
  /** Packages that may be imported; `node:*` stands for all of Node's own. */
  readonly packages?: readonly string[]
  /** True for the core: no Node, no DOM, no clock and no chance; it runs unchanged in browsers and workers. */
  readonly core: boolean
}

export const ROOMS: Readonly<Record<string, Room>> = {
  base: { core: true, may: [] },
  wire: { core: true, may: ['base'] },
  tcp: { core: true, may: ['base', 'wire'] },
  trace: { core: true, may: ['base', 'wire'], mayTypes: ['tcp'] },
  stack: { core: true, may: ['base', 'wire', 'tcp', 'trace'] },
  inspect: { core: true, may: ['base', 'wire', 'trace', 'tcp'], mayTypes: ['stack'] },
  capture: { core: true, may: ['base', 'wire', 'tcp', 'trace', 'inspect'] },
  doctor: { core: true, may: ['base', 'inspect'] },
  sim: { core: true, may: ['base', 'wire', 'stack', 'trace', 'inspect'] },
  packetdrill: { core: true, may: ['base', 'wire', 'stack', 'sim', 'trace', 'inspect'] },
  host: {
    core: false,
    may: ['base', 'wire', 'tcp', 'stack', 'trace', 'inspect', 'capture', 'doctor', 'sim'],
    packages: ['node:*', 'koffi'],
  },
  cli: {
    core: false,
    may: ['base', 'wire', 'tcp', 'stack', 'trace', 'inspect', 'capture', 'doctor', 'sim', 'packetdrill', 'host'],
    packages: ['node:*'],
  },
}

/** The names of the core's rooms. */
export const CORE: readonly string[] = Object.keys(ROOMS).filter((name) => ROOMS[name]?.core)

/** The file through which a room is entered. */
export function doorOf(room: string): string {
  return room === 'cli' ? 'src/cli/main.ts' : `src/${room}/index.ts`
}

/** The room of a file, '' when it is in none. */
export function roomOf(path: string): string {
  return /^src\/([^/]+)\//.exec(path)?.[1] ?? ''
}

const TEST_PACKAGES = ['vitest', 'fast-check', 'ajv/dist/2020.js', 'node:*']

function allowsPackage(allowed: readonly string[], specifier: string): boolean {
  return allowed.includes(specifier) || (specifier.startsWith('node:') && allowed.includes('node:*'))
}

/** What is wrong with one import of a file in a room, or ''. */
function wrongWith(path: string, room: Room, { specifier, typeOnly }: Import): string {
  const name = roomOf(path)
  if (!specifier.startsWith('.')) {
    const allowed = [...(room.packages ?? []), ...(isTest(path) ? TEST_PACKAGES : [])]
    if (allowsPackage(allowed, specifier)) return ''
    if (specifier === 'lastack' || specifier.startsWith('lastack/')) return 'goes round the walls by the package name'
    return `${name} may not import this package`
  }
  const target = posix.join(posix.dirname(path), specifier)
  if (isTest(path) && target.startsWith('test/support/')) return ''
  const other = roomOf(target)
  if (other === '') return 'leaves src/'
  if (other === name) return target === doorOf(name) && !isTest(path) ? 'a room does not enter by its own door' : ''
  if (room.mayTypes?.includes(other)) {
    // A test is not shipped: it may hold the values that its subject only knows by type.
    if (!typeOnly && !isTest(path)) return `${name} may import only types of ${other}`
  } else if (!room.may.includes(other)) return `${name} may not import ${other}`
  return target === doorOf(other) ? '' : `${other} is entered by its door, ${doorOf(other)}`
}

/** The lines of a room's file that break the import table, each with its reason. */
export function importViolations(source: Source): string[] {
  const room = ROOMS[roomOf(source.path)]
  if (room === undefined) return [`${source.path}: not in a room of the import table`]
  const wrong = importsOf(source).flatMap((one) => {
    const reason = wrongWith(source.path, room, one)
    return reason === '' ? [] : [`${source.path}:${one.line}: '${one.specifier}': ${reason}`]
  })
  const directives = source.comments
    .filter(({ type, value }) => type === 'Line' && /^\/\s*<reference\b/.test(value))
    .map(({ start }) => `${source.path}:${lineOf(source, start)}: a reference directive goes round the walls`)
  return [...wrong, ...directives]
}

/** The lines of a file outside src (the console, the benchmarks) that reach out of their folder instead of importing `lastack`. */
export function escapes(source: Source, folder: string): string[] {
  return importsOf(source).flatMap(({ specifier, typeOnly, line }) => {
    if (specifier === 'lastack/host' && !typeOnly && folder === 'apps/console') {
      return [`${source.path}:${line}: '${specifier}': a page has no host: import its types only`]
    }
    if (!specifier.startsWith('.')) return []
    const target = posix.join(posix.dirname(source.path), specifier)
    return target.startsWith(`${folder}/`) ? [] : [`${source.path}:${line}: '${specifier}': import it as lastack/…`]
  })
}
