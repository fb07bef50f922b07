import { describe, expect, test } from 'vitest'
import { isTest, lineOf, type Node, parse, parseAll, type Source, wordOf } from './source.ts'

/** The names that a declaration declares. */
function namesOf(declaration: Node): string[] {
  const declarators = declaration.declarations as readonly Node[] | undefined
  const holders = declarators ?? [declaration]
  return holders.map(({ id }) => wordOf(id) || 'default')
}

/**
 * Exported declarations without TSDoc. One is enough for a type and a value of one name, for overloads, and for a block of
 * one-line declarations that belong together (the numbers of a header file): it stands above the first.
 */
function undocumented(source: Source): string[] {
  const body = source.program.body as readonly Node[]
  const exported = body.filter((node) => node.type === 'ExportNamedDeclaration' && node.declaration !== null)
  const hasDoc = (node: Node): boolean =>
    source.comments.some(({ type, value, end }) => {
      const between = source.text.slice(end, node.start)
      return type === 'Block' && value.startsWith('*') && end <= node.start && between.trim() === ''
    })
  const isNextLine = (node: Node, index: number): boolean => {
    const above = exported[index - 1]
    if (above === undefined || lineOf(source, above.start) !== lineOf(source, node.start) - 1) return false
    return hasDoc(above) || isNextLine(above, index - 1)
  }
  const documented = new Set(
    exported
      .filter((node, index) => hasDoc(node) || isNextLine(node, index))
      .flatMap((node) => namesOf(node.declaration as Node)),
  )
  return exported.flatMap((node) =>
    namesOf(node.declaration as Node)
      .filter((name) => !documented.has(name))
      .map((name) => `${source.path}:${lineOf(source, node.start)}: ${name} has no TSDoc`),
  )
}

test('every exported name says what it is', () => {
  const sources = parseAll(['src'], /\.ts$/).filter(({ path }) => !isTest(path))
  expect(sources.flatMap(undocumented)).toEqual([])
})

describe('a name without TSDoc is seen:', () => {
  test.each([
    ['a function', 'export function f() {}', 'f'],
    ['a constant', 'export const a = 1', 'a'],
    ['a type', 'export type T = number', 'T'],
    ['a line comment is none', '// what\nexport class C {}', 'C'],
    ['a block cut by an empty line', '/** Of a header. */\nexport const A = 1\n\nexport const b = 2', 'b'],
    ['the comment of another', '/** b */\nconst b = 1\nexport const a = b', 'a'],
  ])('%s', (_what, text, name) => {
    expect(undocumented(parse('src/base/a.ts', text))).toEqual([
      expect.stringMatching(new RegExp(`^src/base/a.ts:\\d: ${name} has no TSDoc$`)),
    ])
  })

  test.each([
    '/** a */\nexport const a = 1',
    '/** S */\nexport const S = {} as const\nexport type S = keyof typeof S',
    '/** f */\nexport function f(a: string): void\nexport function f(a: number): void\nexport function f(): void {}',
    `export { a } from './a.ts'`,
    '/** Of a header. */\nexport const A = 1\nexport const B = 2\nexport const C = 3',
    'const inner = 1',
  ])('but not %s', (text) => {
    expect(undocumented(parse('src/base/a.ts', text))).toEqual([])
  })
})
