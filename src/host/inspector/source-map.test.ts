import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SourceMaps } from './source-map.ts'

/** The first column of the second line comes from line 7, column 5 of the only source. */
const map = (source: string): string => JSON.stringify({ version: 3, sources: [source], names: [], mappings: ';AAMI' })
const inline = (source: string): string =>
  `data:application/json;charset=utf-8;base64,${Buffer.from(map(source)).toString('base64')}`
const COMPILED = { file: '/app/dist/server.js', line: 2, column: 1 }

let root: string

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'lastack-maps-'))
  mkdirSync(join(root, 'app/dist'), { recursive: true })
  writeFileSync(join(root, 'app/dist/server.js.map'), map('../src/server.ts'))
  writeFileSync(join(root, 'app/dist/no.map'), 'none')
  mkdirSync(join(root, 'app/dist/folder.map'))
})

afterAll(() => rmSync(root, { recursive: true }))

describe('the source of a place in compiled code', () => {
  test.each([
    ['by a map beside it', 'server.js.map', '/app/src/server.ts'],
    ['by a map at an address', 'file:///app/dist/server.js.map', '/app/src/server.ts'],
    ['by a map within it', inline('../src/server.ts'), '/app/src/server.ts'],
    [
      'by one that names the same file, as tools do that compile as they load',
      inline('server.js'),
      '/app/dist/server.js',
    ],
    ['by a bundler’s, which is relative to where that was started', inline('webpack://app/./src/a.ts'), 'src/a.ts'],
    ['by one whose source has an address', inline('file:///home/me/server.ts'), '/home/me/server.ts'],
  ])('%s', (_how, url, file) => {
    expect(new SourceMaps(root).originalOf(COMPILED, url)).toEqual({ file, line: 7, column: 5 })
  })

  test.each([
    ['no map', ''],
    ['one that is not there', 'gone.map'],
    ['one that is none', 'no.map'],
    ['a folder', 'folder.map'],
    ['one elsewhere', 'https://example.com/server.js.map'],
    ['an address that is none', '%zz.map'],
    [
      'one without a source there',
      `data:application/json,${JSON.stringify({ version: 3, sources: [], mappings: '' })}`,
    ],
    ['one that is no map', 'data:application/json,7'],
    ['a source that is no file', inline('https://example.com/server.ts')],
  ])('is not known: %s', (_why, url) => {
    expect(new SourceMaps(root).originalOf(COMPILED, url)).toBeUndefined()
  })

  test('nor of a script that is no file', () => {
    expect(
      new SourceMaps(root).originalOf({ ...COMPILED, file: 'evalmachine.<anonymous>' }, inline('a.ts')),
    ).toBeUndefined()
  })
})
