import { describe, expect, test } from 'vitest'
import { isTest, lineOf, type Node, parse, parseAll, type Source, walk, wordOf } from './source.ts'

/** The one place that may leave a test out: it gives the reason. */
const MAY_SKIP = 'test/support/requirements.ts'

const SUITES = new Set(['test', 'it', 'describe', 'suite', 'bench', 'context', 'ctx', 't', 'task'])
const FOCUS = new Set(['only', 'skip', 'skipIf', 'runIf', 'todo', 'fails'])
const OLD_NAMES = new Set(['xit', 'xtest', 'xdescribe', 'fit', 'fdescribe'])

/** The first name of `a.b.c`, `a.b(…).c` and the like. */
function rootName(node: Node): string {
  if (node.type === 'MemberExpression') return rootName(node.object as Node)
  if (node.type === 'CallExpression') return rootName(node.callee as Node)
  return typeof node.name === 'string' ? node.name : ''
}

/** Calls that would leave tests out: of this run, or for ever. */
function leftOut(source: Source): string[] {
  if (source.path === MAY_SKIP) return []
  const faults: string[] = []
  walk(source.program, (node, _parent, key) => {
    const name = node.type === 'MemberExpression' ? wordOf(node.property) : ''
    const focused = FOCUS.has(name) && SUITES.has(rootName(node))
    const old = node.type === 'Identifier' && OLD_NAMES.has(node.name as string) && key === 'callee'
    if (focused || old || hasSkipOption(node)) {
      faults.push(
        `${source.path}:${lineOf(source, node.start)}: ${source.text.slice(node.start, node.end).split('\n')[0]}`,
      )
    }
  })
  return faults
}

/** True for `test('name', { skip: true }, …)` and its kin. */
function hasSkipOption(node: Node): boolean {
  if (node.type !== 'CallExpression' || !SUITES.has(rootName(node))) return false
  const options = (node.arguments as readonly Node[]).filter(({ type }) => type === 'ObjectExpression')
  const keys = options.flatMap((option) => (option.properties as readonly Node[]).map(({ key }) => key))
  return keys.some((key) => FOCUS.has(wordOf(key)))
}

test('no test is left out or runs alone', () => {
  const sources = parseAll(['src', 'test', 'apps'], /\.tsx?$/)
  expect(sources.flatMap(leftOut)).toEqual([])
})

const WAITS = new Set(['spawnSync', 'execFileSync', 'execSync'])

/** Calls that wait for a command without saying for how long: no time limit of a test ends them. */
function unbounded(source: Source): string[] {
  const named = new Map<string, string>()
  const textOf = ({ start, end }: Node): string => source.text.slice(start, end)
  walk(source.program, (node) => {
    if (node.type === 'VariableDeclarator') named.set(wordOf(node.id), textOf(node))
  })
  const faults: string[] = []
  walk(source.program, (node) => {
    if (node.type !== 'CallExpression' || !WAITS.has(wordOf(node.callee))) return
    const options = (node.arguments as readonly Node[]).at(-1)
    const said = options === undefined ? '' : `${textOf(options)} ${named.get(wordOf(options)) ?? ''}`
    if (!/\bBOUNDED\b|\btimeout:/.test(said)) faults.push(`${source.path}:${lineOf(source, node.start)}`)
  })
  return faults
}

test('no test waits for a command for ever', () => {
  expect(
    parseAll(['src', 'test'], /\.ts$/)
      .filter(({ path }) => path.startsWith('test/') || isTest(path))
      .flatMap(unbounded),
  ).toEqual([])
})

test.each([
  [`spawnSync('a', [], { encoding: 'utf8' })`, 1],
  [`execFileSync('a', [])`, 1],
  [`spawnSync('a', [], { ...BOUNDED, encoding: 'utf8' })`, 0],
  [`const o = { timeout: 5 }; spawnSync('a', [], o)`, 0],
])('of the commands of %s nothing bounds: %i', (text, count) => {
  expect(unbounded(parse('test/sim/a.test.ts', text)).length).toBe(count)
})

test('every test file is where a project looks for it', () => {
  const files = parseAll(['src', 'test', 'apps', 'bench'], /\.(test|spec)\.[a-z]+$/).map(({ path }) => path)
  expect(files.length).toBeGreaterThan(0)
  expect(files.filter((path) => !/^(src|test\/(house|sim|kernel|browser))\/.*\.test\.ts$/.test(path))).toEqual([])
  expect(files.every(isTest)).toBe(true)
})

describe('a test left out is seen:', () => {
  test.each([
    `test.only('a', f)`,
    `it.skip('a', f)`,
    `describe.skipIf(true)('a', f)`,
    `test.concurrent.only('a', f)`,
    `test.each([1]).skip('a', f)`,
    `describe.runIf(false)('a', f)`,
    `test.todo('a')`,
    `test['only']('a', f)`,
    `xit('a', f)`,
    `test('a', { skip: true }, f)`,
    `test('a', (ctx) => { ctx.skip() })`,
  ])('%s', (text) => {
    expect(leftOut(parse('src/base/a.test.ts', text)).length).toBeGreaterThan(0)
  })

  test.each([`cursor.skip(4)`, `test('only', () => { list.only = 1 })`, `// test.only('a', f)`])(
    'but not %s',
    (text) => {
      expect(leftOut(parse('src/base/a.test.ts', text))).toEqual([])
    },
  )
})
