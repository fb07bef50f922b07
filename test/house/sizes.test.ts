import { describe, expect, test } from 'vitest'
import { isTest, lineOf, type Node, parse, parseAll, type Source, walk } from './source.ts'

const FILE_LINES_MAX = 500
const FUNCTION_LINES_MAX = 70

/** Files that may be longer, each with its reason: generated tables only. */
const LONG_FILES: Readonly<Record<string, string>> = {}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])

/** What a reader calls the function: its own name, or that of what it is assigned to. */
function nameOf(node: Node, parent: Node | undefined): string {
  for (const holder of [node.id, parent?.key, parent?.id]) {
    const name = (holder as Node | null | undefined)?.name
    if (typeof name === 'string') return name
  }
  return 'a function without a name'
}

/** The file and the functions of a source that do not fit: a file in a sitting, a function on a screen. */
function tooLong(source: Source): string[] {
  const faults: string[] = []
  const lines = source.text.trimEnd().split('\n').length
  if (lines > FILE_LINES_MAX && !(source.path in LONG_FILES)) {
    faults.push(`${source.path}: ${lines} lines, at most ${FILE_LINES_MAX}`)
  }
  if (isTest(source.path)) return faults
  walk(source.program, (node, parent) => {
    if (!FUNCTIONS.has(node.type)) return
    const first = lineOf(source, node.start)
    const length = lineOf(source, node.end) - first + 1
    if (length <= FUNCTION_LINES_MAX) return
    faults.push(`${source.path}:${first}: ${nameOf(node, parent)}: ${length} lines, at most ${FUNCTION_LINES_MAX}`)
  })
  return faults
}

test('every file fits in a sitting, and every function on a screen', () => {
  const sources = parseAll(['src', 'apps', 'bench', 'bin', 'scripts', 'test'], /\.(ts|tsx|mjs|js)$/)
  expect(sources.flatMap(tooLong)).toEqual([])
})

test('a list of longer files names only files that are longer', () => {
  const sources = parseAll(['src'], /\.ts$/).filter(({ path }) => path in LONG_FILES)
  expect(sources.map(({ path }) => path)).toEqual(Object.keys(LONG_FILES))
  for (const { text } of sources) expect(text.split('\n').length).toBeGreaterThan(FILE_LINES_MAX)
})

describe('what is too long is seen:', () => {
  const statements = (count: number): string => '  f()\n'.repeat(count)

  test.each([
    ['a function', `function long() {\n${statements(69)}}\n`, 'long'],
    ['an arrow function', `const long = () => {\n${statements(69)}}\n`, 'long'],
    ['a method', `class A {\nlong() {\n${statements(69)}}\n}\n`, 'long'],
    ['a callback', `f(() => {\n${statements(69)}})\n`, 'a function without a name'],
  ])('%s of 71 lines', (_what, text, name) => {
    expect(tooLong(parse('src/base/a.ts', text))).toEqual([
      expect.stringMatching(new RegExp(`^src/base/a.ts:[12]: ${name}: 71 lines, at most 70$`)),
    ])
  })

  test('a file of 501 lines, a test file too', () => {
    for (const path of ['src/base/a.ts', 'src/base/a.test.ts']) {
      expect(tooLong(parse(path, 'f()\n'.repeat(501)))).toEqual([`${path}: 501 lines, at most 500`])
    }
  })

  test('but not what just fits, nor a long story in a test', () => {
    expect(tooLong(parse('src/base/a.ts', `function fits() {\n${statements(68)}}\n`))).toEqual([])
    expect(tooLong(parse('src/base/a.ts', 'f()\n'.repeat(500)))).toEqual([])
    expect(tooLong(parse('src/base/a.test.ts', `test('story', () => {\n${statements(99)}})\n`))).toEqual([])
  })
})
