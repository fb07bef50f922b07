import { describe, expect, test } from 'vitest'
import { lineOf, parse, parseAll, type Source, walk } from './source.ts'

/** No operating system has a name in the machine: it asks its personality, by what a rule does. Comments say who does so. */

const SYSTEM = /linux|bsd|darwin|macos|solaris/i
/** The machine; what personalities are made of is told apart. */
const MACHINE = ['src/tcp', 'src/stack']
const PERSONALITIES = /^src\/stack\/(personalities\/|index\.ts$)/

/** What a program has to say by name. */
const SAID: Readonly<Record<string, readonly string[]>> = {
  // The personality of who names none.
  'src/stack/host.ts': ['linux'],
  // An option's own name.
  'src/stack/constants.ts': ['BSDCOMPAT'],
  'src/stack/options/kept.ts': ['BSDCOMPAT', 'SO_BSDCOMPAT'],
  // TCP_FUNCTION_BLK: what FreeBSD calls its TCP.
  'src/stack/options/tcp-rare.ts': ['freebsd'],
}

/** Names and words of a source, but for its comments and for where its imports come from, that name a system. */
function systemsNamed(source: Source): string[] {
  const faults: string[] = SYSTEM.test(source.path) ? [`${source.path}: the file's name`] : []
  walk(source.program, (node, parent) => {
    const word = node.type === 'Identifier' ? node.name : node.type === 'Literal' ? node.value : undefined
    if (typeof word !== 'string' || !SYSTEM.test(word) || parent?.type === 'ImportDeclaration') return
    if (SAID[source.path]?.includes(word) === true) return
    faults.push(`${source.path}:${lineOf(source, node.start)}: ${word}`)
  })
  return faults
}

test('the machine names no operating system', () => {
  const sources = MACHINE.flatMap((folder) => parseAll([folder], /(?<!\.test|\.testing)\.ts$/))
  const asked = sources.filter(({ path }) => !PERSONALITIES.test(path))
  expect(asked.length).toBeGreaterThan(100)
  expect(asked.flatMap(systemsNamed)).toEqual([])
})

describe('a system is seen', () => {
  test.each([
    ['in the name of a file', 'src/tcp/bsd-a.ts', 'export const a = 1', "src/tcp/bsd-a.ts: the file's name"],
    ['in a name', 'src/tcp/a.ts', 'export const linuxWindow = 1', 'src/tcp/a.ts:1: linuxWindow'],
    ['in a member', 'src/tcp/a.ts', 'f(policy.isBsd)', 'src/tcp/a.ts:1: isBsd'],
    ['in a word', 'src/tcp/a.ts', "const a = name === 'linux'", 'src/tcp/a.ts:1: linux'],
  ])('%s', (_where, path, text, fault) => {
    expect(systemsNamed(parse(path, text))).toEqual([fault])
  })
})
