import { describe, expect, test } from 'vitest'
import { CORE } from './rooms.ts'
import { isTest, lineOf, type Node, parse, parseAll, type Source, walk, wordOf } from './source.ts'

/**
 * What would make two runs with one seed differ, or tie the core to one platform. The compiler refuses Node's and the
 * DOM's globals already; it does not refuse the language's own clock, chance and locale, nor a hand-written `declare`.
 */
const GLOBALS = new Set([
  ...['Date', 'performance', 'Intl', 'WeakRef', 'FinalizationRegistry', 'Atomics'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'requestAnimationFrame'],
  ...[
    'console',
    'process',
    'Buffer',
    'require',
    'global',
    'window',
    'document',
    'navigator',
    'crypto',
    'fetch',
    'eval',
  ],
])

/** Members that answer differently from run to run or from locale to locale, whatever they are asked of. */
const MEMBERS = /^(localeCompare|toLocale\w+)$/

const BINDING_PARENTS = new Set(['ImportSpecifier', 'ImportDefaultSpecifier', 'ImportNamespaceSpecifier'])
const TYPES_ONLY = new Set(['typeAnnotation', 'returnType', 'typeParameters', 'typeArguments', 'implements'])

/** Names that the file itself binds to something: a variable, a parameter, a function, an import; `declare` binds nothing. */
function boundNames(program: Node): Set<string> {
  const names = new Set<string>()
  const bind = (pattern: unknown): void => {
    if (typeof pattern !== 'object' || pattern === null) return
    walk(pattern as Node, (node, parent, key) => {
      const isDefault = parent?.type === 'AssignmentPattern' && key === 'right'
      if (node.type === 'Identifier' && !isDefault) names.add(node.name as string)
    })
  }
  walk(program, (node, parent) => {
    if (parent?.declare === true || node.declare === true) return
    if (node.type === 'VariableDeclarator' || node.type === 'ClassDeclaration') bind(node.id)
    if (node.type === 'CatchClause') bind(node.param)
    if (BINDING_PARENTS.has(node.type)) bind(node.local)
    if (/Function/.test(node.type)) {
      bind(node.id)
      for (const parameter of (node.params as readonly Node[] | undefined) ?? []) bind(parameter)
    }
  })
  return names
}

/** True when an identifier is a value that is read, and no property's name, key, label or type. */
function isReference(parent: Node | undefined, key: string | undefined): boolean {
  if (parent === undefined || key === undefined || TYPES_ONLY.has(key)) return false
  if (parent.type === 'MemberExpression' && key === 'property') return parent.computed === true
  if (key === 'key') return parent.computed === true || parent.shorthand === true
  return !/^TS(?!As|NonNull|Satisfies|Instantiation)|Specifier$|Label|Break|Continue/.test(parent.type)
}

/** What a member expression is asked for, when it can be told: `a.b`, `a['b']`. */
function memberName(node: Node): string {
  const property = node.property as Node
  const isComputed = node.computed === true && property.type !== 'Literal'
  return isComputed ? '' : wordOf(property)
}

/** Uses of the outer world in a file of the core. */
function impurities(source: Source): string[] {
  const bound = boundNames(source.program)
  const faults: string[] = []
  const fault = (node: Node, what: string): void => {
    faults.push(`${source.path}:${lineOf(source, node.start)}: ${what}`)
  }
  walk(source.program, (node, parent, key) => {
    if (node.type === 'MemberExpression' && MEMBERS.test(memberName(node))) fault(node, memberName(node))
    if (node.type !== 'Identifier' || !isReference(parent, key)) return
    const name = node.name as string
    if (GLOBALS.has(name) && !bound.has(name)) fault(node, name)
    if (name !== 'Math') return
    if (parent?.type !== 'MemberExpression') fault(node, 'Math as a value')
    else if (memberName(parent) === 'random') fault(node, 'Math.random')
    else if (parent.computed === true) fault(node, 'Math by a computed name')
  })
  return [...new Set(faults)]
}

test('the core asks neither a clock, nor chance, nor the platform for anything', () => {
  const sources = parseAll(
    CORE.map((room) => `src/${room}`),
    /\.ts$/,
  )
  expect(sources.filter(({ path }) => !isTest(path)).flatMap(impurities)).toEqual([])
})

describe('a use of the outer world is seen:', () => {
  test.each([
    ['Date.now()', 'Date'],
    ['new Date()', 'Date'],
    ['const now = Date.now', 'Date'],
    ['const clock = { Date }', 'Date'],
    ['Math.random()', 'Math.random'],
    [`Math['random']()`, 'Math.random'],
    ['const { random } = Math', 'Math as a value'],
    ['Math[name]()', 'Math by a computed name'],
    ['performance.now()', 'performance'],
    ['setTimeout(() => {}, 1)', 'setTimeout'],
    ['queueMicrotask(f)', 'queueMicrotask'],
    ['console.log(1)', 'console'],
    ['process.exit(1)', 'process'],
    ['declare const process: { exit(): void }; process.exit()', 'process'],
    ['const bytes = Buffer.alloc(1)', 'Buffer'],
    ['names.sort((a, b) => a.localeCompare(b))', 'localeCompare'],
    ['count.toLocaleString()', 'toLocaleString'],
    ['const n = (Date as { now(): number }).now()', 'Date'],
  ])('%s', (text, name) => {
    expect(impurities(parse('src/tcp/a.ts', text))).toEqual([`src/tcp/a.ts:1: ${name}`])
  })

  test.each([
    ['a comment', '// Date.now() would not do\nexport const a = 1'],
    ['a string', `export const word = 'Math.random()'`],
    ['a member of that name', 'export const code = child.process.Date'],
    ['a key of that name', 'export const names = { process: 1, Date: 2 }'],
    ['a type', 'export interface Row { readonly process: string; readonly date: Date }'],
    ['a word in a tuple', 'export type Fields = readonly [state: string, process: string]'],
    ['a parameter of a type', 'export type Kill = (process: number) => void'],
    ['a name of its own', 'export function kill(process: Process): void { process.exit() }'],
    ['an import of its own', `import { process } from './process.ts'\nprocess.exit()`],
    ['arithmetic', 'export const most = Math.max(1, 2)'],
  ])('but not %s', (_what, text) => {
    expect(impurities(parse('src/tcp/a.ts', text))).toEqual([])
  })
})
