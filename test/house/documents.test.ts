import { describe, expect, test } from 'vitest'
import { ROOMS } from './rooms.ts'
import { exists, filesBelow, readJson, readText } from './source.ts'

/** What people read first: it must not speak of what is not there. */
const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/embedding.md']

/** Paths of this repository that a document names: in code or as a link, with a slash in it or an ending that we have. */
function paths(path: string): string[] {
  const text = readText(path)
  const code = [...text.matchAll(/`([^`\n]+)`/g)].map(([, word]) => word as string)
  const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target]) => target as string)
  const looksLikePath = /^(?:src|test|bench|apps|docs|scripts|bin|\.ci)(?:\/[\w.{},*-]+)*\/?$|^[A-Z]+\.md$/
  return [...new Set([...code, ...links])].filter((word) => looksLikePath.test(word))
}

/** Whether the path is there; `*` stands for any part of a name. */
function isThere(path: string): boolean {
  if (!path.includes('*')) return exists(path)
  const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`)
  const folder = path.slice(0, path.indexOf('*')).replace(/[^/]*$/, '')
  return filesBelow(folder, /./).some((file) => pattern.test(file))
}

describe.each(DOCUMENTS)('%s', (document) => {
  test('names only files and folders that are there', () => {
    expect(paths(document).filter((path) => !isThere(path))).toEqual([])
  })

  test('names only npm scripts that are there', () => {
    const { scripts } = readJson<{ scripts: Record<string, string> }>('package.json')
    const named = [...readText(document).matchAll(/\bnpm (?:run ([a-z]+)|(start|test)\b)/g)].map(
      ([, script, short]) => script ?? short,
    )
    expect(named.filter((name) => name === undefined || !(name in scripts))).toEqual([])
  })
})

test('the import table of ARCHITECTURE.md is the one that is enforced', () => {
  const rows = [...readText('ARCHITECTURE.md').matchAll(/^\| `(\w+)` \| ([^|]*) \|$/gm)].map(
    ([, room, may]) => [room, (may as string).trim()] as const,
  )
  const expected = Object.entries(ROOMS).map(([name, { may, mayTypes = [], packages = [] }]) => [
    name,
    [...may, ...mayTypes.map((room) => `${room} (types)`), ...packages].join(', ') || 'nothing',
  ])
  expect(rows).toEqual(expected)
})

test('README.md names every entry of the package', () => {
  const { exports } = readJson<{ exports: Record<string, string> }>('package.json')
  const entries = Object.keys(exports).filter((name) => !name.endsWith('.json'))
  const named = readText('README.md').match(/^The package has one entry.*?^$/ms)?.[0] ?? ''
  expect(entries.filter((name) => !named.includes(`\`${name.replace('.', 'lastack')}\``))).toEqual([])
})
