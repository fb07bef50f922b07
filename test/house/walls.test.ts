import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BOUNDED } from '../support/bounded.ts'
import { ROOMS } from './rooms.ts'
import { ROOT } from './source.ts'

const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')

/** A house of our own walls with other tenants: one file a room, and node_modules as it is. */
let house = ''

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(house, path)), { recursive: true })
  writeFileSync(join(house, path), text)
}

/** What the compiler says of the house, '' when it is content. */
const compile = (): string =>
  spawnSync(process.execPath, [TSC, '-b', 'src'], { ...BOUNDED, cwd: house, encoding: 'utf8' }).stdout

beforeEach(() => {
  house = mkdtempSync(join(tmpdir(), 'lastack-walls-'))
  symlinkSync(join(ROOT, 'node_modules'), join(house, 'node_modules'), 'junction')
  cpSync(join(ROOT, 'package.json'), join(house, 'package.json'))
  cpSync(join(ROOT, 'tsconfig.base.json'), join(house, 'tsconfig.base.json'))
  for (const name of [
    'tsconfig.json',
    'tsconfig.room.json',
    ...Object.keys(ROOMS).map((room) => `${room}/tsconfig.json`),
  ]) {
    mkdirSync(dirname(join(house, 'src', name)), { recursive: true })
    cpSync(join(ROOT, 'src', name), join(house, 'src', name))
  }
  for (const room of Object.keys(ROOMS)) {
    write(`src/${room}/index.ts`, `export const ${room} = 1\nexport interface Of${room} { readonly a: number }\n`)
  }
})

afterEach(() => {
  rmSync(house, { recursive: true, force: true })
})

test('a house that keeps the table compiles to modules that Node runs', () => {
  write('src/tcp/a.ts', `import { base } from '../base/index.ts'\nexport const sum: number = base + 1\n`)
  write('src/host/a.ts', `import { sep } from 'node:path'\nexport const separator: string = sep\n`)
  write('src/tcp/a.test.ts', `import { readFileSync } from 'node:fs'\nexport const tests: unknown = readFileSync\n`)
  expect(compile()).toBe('')
  const run = `import(${JSON.stringify(join(house, 'dist', 'tcp', 'a.js'))}).then(({ sum }) => console.log(sum))`
  expect(execFileSync(process.execPath, ['-e', run], { ...BOUNDED, encoding: 'utf8' })).toBe('2\n')
  expect(readdirSync(join(house, 'dist', 'tcp')).filter((name) => name.includes('test'))).toEqual([])
})

describe('the compiler refuses', () => {
  test.each([
    [
      'Node in the core',
      'inspect',
      `import { readFileSync } from 'node:fs'\nexport const a: unknown = readFileSync`,
      'node:fs',
    ],
    ["Node's globals in the core", 'sim', 'export const a: unknown = process.pid', 'process'],
    ['timers in the core', 'tcp', 'export const a: unknown = setTimeout', 'setTimeout'],
    ['the DOM in the core', 'inspect', 'export const a: unknown = document', 'document'],
    ['the DOM on the host', 'host', 'export const a: unknown = window', 'window'],
    ['a room above', 'wire', `export { tcp } from '../tcp/index.ts'`, 'src/tcp/index.ts'],
    ['a type of a room above', 'tcp', `export type { Oftrace } from '../trace/index.ts'`, 'src/trace/index.ts'],
    ['the host in the world', 'sim', `export { host } from '../host/index.ts'`, 'src/host/index.ts'],
    ['an enum', 'base', 'export enum E { a }', 'erasableSyntaxOnly'],
    ['an export without its type', 'base', 'const f = () => 1\nexport const a = f()', 'isolatedDeclarations'],
    ['an element that may be absent', 'base', 'export const f = (a: string[]): string => a[0]', 'undefined'],
  ])('%s', (_what, room, text, named) => {
    write(`src/${room}/a.ts`, text)
    expect(compile()).toMatch(new RegExp(`src/${room}/a\\.ts.*${named.replaceAll('.', '\\.')}`))
    // The other room's files would be written beside the importing room's if errors did not stop the output.
    expect(readdirSync(join(house, 'src', room)).sort()).toEqual(['a.ts', 'index.ts', 'tsconfig.json'])
  })
})
