import { isAbsolute, join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { build, type Plugin } from 'vite'
import { describe, expect, test } from 'vitest'
import { EMBEDDING, machine } from './examples.ts'
import { CORE, doorOf } from './rooms.ts'
import { ROOT, readText } from './source.ts'

const ENTRY = join(ROOT, 'core-entry.ts')

/** Serves `text` as the entry, and refuses every import that is not a file of ours. */
function entry(text: string): Plugin {
  return {
    name: 'core-entry',
    enforce: 'pre',
    resolveId(specifier) {
      if (specifier === ENTRY) return ENTRY
      if (!specifier.startsWith('.') && !isAbsolute(specifier)) throw new Error(`the core imports '${specifier}'`)
      return undefined
    },
    load: (id) => (id === ENTRY ? text : undefined),
  }
}

/** Bundles an entry for browsers into one classic script that sets `core`. Throws when anything foreign is imported. */
async function bundle(text: string, minify = false): Promise<string> {
  const result = await build({
    root: ROOT,
    configFile: false,
    logLevel: 'silent',
    plugins: [entry(text)],
    build: {
      write: false,
      minify,
      target: 'es2023',
      copyPublicDir: false,
      lib: { entry: ENTRY, formats: ['iife'], name: 'core', fileName: 'core' },
    },
  })
  const [first] = Array.isArray(result) ? result : [result]
  if (first === undefined || !('output' in first)) throw new Error('vite built nothing')
  expect(first.output).toHaveLength(1)
  expect(first.output[0].imports).toEqual([])
  return first.output[0].code
}

/** The bundle's exports, run where only the language itself exists: no Node, no DOM, no timers, no console. */
function runBare(script: string): Record<string, unknown> {
  return runInContext(`${script}\ncore`, createContext({})) as Record<string, unknown>
}

describe('the core', () => {
  const reExport = (room: string): string => `export * as ${room} from './${doorOf(room)}'`

  test('bundles into one script without Node, without a dependency, and loads where there is only the language', async () => {
    const core = runBare(await bundle(CORE.map(reExport).join('\n')))
    expect(Object.keys(core).sort()).toEqual([...CORE].sort())
    expect(core).toMatchObject({ tcp: { State: { ESTABLISHED: 1, CLOSE_WAIT: 8 } } })
  })
})

describe('a core that is not pure is seen:', () => {
  test.each(['node:fs', 'koffi', 'lastack'])('an import of %s', async (specifier) => {
    await expect(bundle(`export * as a from '${specifier}'`)).rejects.toThrow(`the core imports '${specifier}'`)
  })

  test('a global of the platform, touched while loading', async () => {
    const script = await bundle('export const now = performance.now()')
    expect(() => runBare(script)).toThrow('performance is not defined')
  })
})

describe('the first example of docs/embedding.md has the size that is told there:', () => {
  // Some, with gzip some: of `Host` first, then of `BareHost`.
  const told = [...readText(EMBEDDING).matchAll(/some (\d+) KB,\s(\d+) KB with gzip/g)].map(([, ...sizes]) =>
    sizes.map(Number),
  )
  const example = `${machine()}\nexport { Machine }`
    .replace("'lastack'", `'./${doorOf('stack')}'`)
    .replace("'lastack/base'", `'./${doorOf('base')}'`)

  test.each([
    ['Host', example, told[0]],
    ['BareHost', example.replace(' Host,', ' BareHost as Host,'), told[1]],
  ] as const)('%s', async (name, text, sizes) => {
    expect(text).toContain(` ${name}`)
    const script = await bundle(text, true)
    const measured = [Buffer.byteLength(script), gzipSync(script).length].map((octets) => Math.round(octets / 1000))
    const apart = measured.map((size, i) => Math.abs(size - (sizes?.[i] ?? 0)) / size)
    // The stack grows: a tenth is still the same size.
    expect(Math.max(...apart), `measured: ${measured.join(' KB, ')} KB with gzip`).toBeLessThan(0.1)
  })
})
