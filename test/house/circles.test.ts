import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { importsOf, isTest, parse, parseAll, type Source } from './source.ts'

/**
 * Files that import one another in a circle, by types or when a command is loaded; those of values the linter refuses (import/no-cycle).
 * There are three: `explain` explains every command, itself too; a program and its simulated host; a connection and what it asks of its host.
 */
const CIRCLES: readonly string[] = [
  'src/cli/commands/explain.ts',
  'src/cli/commands/table.ts',
  'src/cli/explain/topics.ts',
  'src/sim/host.ts',
  'src/sim/program.ts',
  'src/tcp/config.ts',
  'src/tcp/congestion/congestion.ts',
  'src/tcp/congestion/interface.ts',
  'src/tcp/ecn/rules.ts',
  'src/tcp/fast-open/memory.ts',
  'src/tcp/host.ts',
  'src/tcp/learned-paths.ts',
  'src/tcp/octets/octet-sender.ts',
  'src/tcp/personality.ts',
  'src/tcp/tcb.ts',
]

/** The files that can come back to themselves by what they import. */
function inCircles(sources: readonly Source[]): string[] {
  const imports = new Map(sources.map((source) => [source.path, neighbours(source)]))
  const comesBack = (path: string): boolean => {
    const seen = new Set<string>()
    const next = [...(imports.get(path) ?? [])]
    for (let one = next.pop(); one !== undefined; one = next.pop()) {
      if (one === path) return true
      if (seen.has(one)) continue
      seen.add(one)
      next.push(...(imports.get(one) ?? []))
    }
    return false
  }
  return [...imports.keys()].filter(comesBack).sort()
}

function neighbours(source: Source): string[] {
  return importsOf(source)
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier }) => posix.join(posix.dirname(source.path), specifier))
}

test('files import one another in three circles, and nowhere else', () => {
  const sources = parseAll(['src'], /\.tsx?$/).filter(({ path }) => !isTest(path))
  expect(inCircles(sources)).toEqual(CIRCLES)
})

test('a circle is seen, also one of types', () => {
  const circle = [
    parse('src/tcp/a.ts', `import type { B } from './b.ts'`),
    parse('src/tcp/b.ts', `export { c } from './calls/c.ts'`),
    parse('src/tcp/calls/c.ts', `import { a } from '../a.ts'\nexport const c = a`),
    parse('src/tcp/d.ts', `import { c } from './calls/c.ts'\nexport const d = c`),
  ]
  expect(inCircles(circle)).toEqual(['src/tcp/a.ts', 'src/tcp/b.ts', 'src/tcp/calls/c.ts'])
})
