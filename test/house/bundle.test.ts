import { isAbsolute, join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { build, type Plugin } from 'vite'
import { describe, expect, test } from 'vitest'
import { CORE, doorOf } from './rooms.ts'
import { ROOT } from './source.ts'

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
async function bundle(text: string): Promise<string> {
  const result = await build({
    root: ROOT,
    configFile: false,
    logLevel: 'silent',
    plugins: [entry(text)],
    build: {
      write: false,
      minify: false,
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
