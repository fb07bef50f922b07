import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { escapes, importViolations, ROOMS, roomOf } from './rooms.ts'
import { exists, filesBelow, parse, parseAll, readJson } from './source.ts'

const TYPESCRIPT = /\.tsx?$/

/** The violations of a text, as if it stood in that file. */
const judge = (path: string, text: string): string[] => importViolations(parse(path, text))

describe('the import table', () => {
  const sources = parseAll(['src'], TYPESCRIPT)

  test('is kept by every file of every room', () => {
    expect(sources.flatMap(importViolations)).toEqual([])
  })

  test('has exactly the rooms that exist', () => {
    const rooms = new Set(filesBelow('src', TYPESCRIPT).map(roomOf))
    expect([...rooms].sort()).toEqual(Object.keys(ROOMS).sort())
  })

  test.each(Object.keys(ROOMS))('is what the compiler is told: src/%s/tsconfig.json', (name) => {
    interface Project {
      readonly references: readonly { readonly path: string }[]
      readonly compilerOptions?: { readonly types?: readonly string[]; readonly lib?: readonly string[] }
    }
    const project = readJson<Project>(`src/${name}/tsconfig.json`)
    const room = ROOMS[name]
    expect(project.references.map(({ path }) => posix.basename(path)).sort()).toEqual(
      [...(room?.may ?? []), ...(room?.mayTypes ?? [])].sort(),
    )
    expect(project.compilerOptions?.types ?? []).toEqual(room?.core ? [] : ['node'])
    expect(project.compilerOptions?.lib).toBeUndefined()
  })

  test('is what the package exports: every room but the command', () => {
    const { exports } = readJson<{ exports: Record<string, string> }>('package.json')
    for (const name of Object.keys(ROOMS)) {
      expect(exports[`./${name}`]).toBe(name === 'cli' ? undefined : `./dist/${name}/index.js`)
    }
  })

  test('is what the library project builds', () => {
    const { references } = readJson<{ references: readonly { path: string }[] }>('src/tsconfig.json')
    expect(references.map(({ path }) => path).sort()).toEqual(Object.keys(ROOMS).sort())
  })
})

describe('a violation of the import table is seen:', () => {
  test.each([
    ['a room that is not in the row', 'src/tcp/a.ts', `import { World } from '../sim/index.ts'`],
    ['a value where only types may pass', 'src/inspect/a.ts', `import { Stack } from '../stack/index.ts'`],
    ['a re-export', 'src/wire/a.ts', `export { State } from '../tcp/index.ts'`],
    ['a type import by expression', 'src/wire/a.ts', `export type S = import('../tcp/index.ts').State`],
    ['a dynamic import', 'src/base/a.ts', `export const later = import('../wire/index.ts')`],
    ['a computed import', 'src/base/a.ts', 'export const later = (name: string) => import(name)'],
    ['a way in that is not the door', 'src/tcp/calls/a.ts', `import { seqLt } from '../../base/seq.ts'`],
    ['its own door', 'src/tcp/calls/a.ts', `import { State } from '../index.ts'`],
    ['Node in the core', 'src/inspect/a.ts', `import { readFileSync } from 'node:fs'`],
    ['a dependency in the core', 'src/sim/a.ts', `import koffi from 'koffi'`],
    ['a dependency that is not named', 'src/host/a.ts', `import { chromium } from 'playwright-core'`],
    ['the package by its name', 'src/base/a.ts', `import { State } from 'lastack/tcp'`],
    ['the built files', 'src/base/a.ts', `import { State } from '../../dist/tcp/index.js'`],
    ['a reference directive', 'src/base/a.ts', '/// <reference types="node" />\nexport const a = 1'],
    ['a test that enters by the window', 'src/tcp/a.test.ts', `import { seqLt } from '../base/seq.ts'`],
    ['a test of a room above', 'src/tcp/a.test.ts', `import { World } from '../sim/index.ts'`],
  ])('%s', (_what, path, text) => {
    expect(judge(path, text)).toHaveLength(1)
    expect(judge(path, text)[0]).toMatch(new RegExp(`^${path}:1: `))
  })

  test.each([
    ['a room of the row by its door', 'src/tcp/calls/a.ts', `import { seqLt } from '../../base/index.ts'`],
    ['types where only types may pass', 'src/inspect/a.ts', `import type { Stack } from '../stack/index.ts'`],
    ['types by specifier', 'src/inspect/a.ts', `import { type Stack } from '../stack/index.ts'`],
    ['values where a test tests types', 'src/trace/a.test.ts', `import { State } from '../tcp/index.ts'`],
    ['the same room', 'src/tcp/calls/a.ts', `import { setState } from '../state.ts'`],
    ['Node on the host', 'src/host/a.ts', `import { readFileSync } from 'node:fs'`],
    ['a test of its own door', 'src/tcp/a.test.ts', `import { State } from './index.ts'`],
    [
      'a test that needs a program',
      'src/host/a.test.ts',
      `import { describeNeeding } from '../../test/support/requirements.ts'`,
    ],
    [
      'words in a comment',
      'src/base/a.ts',
      `// import { readFileSync } from 'node:fs'\nexport const a = "import('lastack')"`,
    ],
  ])('but not %s', (_what, path, text) => {
    expect(judge(path, text)).toEqual([])
  })
})

describe('the console and the benchmarks', () => {
  test.each(['apps/console', 'bench'].filter(exists))('%s imports lastack by name', (folder) => {
    const sources = parseAll([folder], /\.(ts|tsx|mjs|js)$/)
    expect(sources.flatMap((source) => escapes(source, folder))).toEqual([])
  })

  test('are seen when they reach into src or dist', () => {
    const reach = (text: string): string[] => escapes(parse('apps/console/lab/a.ts', text), 'apps/console')
    expect(reach(`import { State } from '../../../src/tcp/index.ts'`)).toHaveLength(1)
    expect(reach(`import { State } from '../../../dist/tcp/index.js'`)).toHaveLength(1)
    expect(reach(`import { readSockets } from 'lastack/host'`)).toHaveLength(1)
    expect(reach(`import type { Snapshot } from 'lastack/host'`)).toEqual([])
    expect(reach(`import { State } from 'lastack/tcp'\nimport { lane } from '../lane.ts'`)).toEqual([])
  })
})
