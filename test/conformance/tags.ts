/** Collects what source and tests say of the requirements. */
import { createHash } from 'node:crypto'
import { lineOf, type Node, parseAll, type Source, walk, wordOf } from '../house/source.ts'
import type { RequirementId } from './requirement.ts'

/** Where the requirements are fulfilled, and where the tests are that show it. */
const SOURCE_FOLDERS = ['src/tcp', 'src/stack', 'src/wire']
const TEST_FOLDER = 'test/sim/conformance'

const ID = /(?:MUST|SHLD|MAY|REC)-\d+/
const LIST = new RegExp(`^\\s*(${ID.source}(?:, ${ID.source})*): `)
const TESTS = new Set(['test', 'it'])
const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])

/** A line of the source that fulfils a requirement. */
export interface Tag {
  readonly id: RequirementId
  readonly file: string
  /** The function, method or constant that holds it. */
  readonly place: string
  /** From 1: for messages and for breaking it, never for the page. */
  readonly lineNumber: number
  /** The line's code, without indentation and comment. */
  readonly code: string
}

/** A test that shows that a requirement is fulfilled. */
export interface Showing {
  readonly id: RequirementId
  readonly file: string
  /** The test's title without the numbers before it. */
  readonly title: string
  /** Changes when the test does. */
  readonly hash: string
}

/** The numbers that a comment or a title begins with. */
function idsOf(text: string): RequirementId[] {
  const list = LIST.exec(text)?.[1]
  return list === undefined ? [] : (list.split(', ') as RequirementId[])
}

/** The first twelve hexadecimal digits of a text's SHA-256. */
export function digest(...texts: readonly string[]): string {
  return createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 12)
}

/** Every tagged line of the stack: the line of a comment that stands behind code, else the next line of code below it. */
export function collectTags(): Tag[] {
  return parseAll(SOURCE_FOLDERS, /(?<!\.test|\.testing)\.ts$/).flatMap(tagsOf)
}

/** The tagged lines of one file. */
export function tagsOf(source: Source): Tag[] {
  const lines = source.text.split('\n')
  return source.comments
    .filter(({ type }) => type === 'Line')
    .flatMap((comment) => {
      const ids = idsOf(comment.value)
      if (ids.length === 0) return []
      const lineNumber = codeLine(lines, lineOf(source, comment.start))
      const text = lines[lineNumber - 1] as string
      const code = withoutComment(text)
      const at =
        source.text
          .split('\n')
          .slice(0, lineNumber - 1)
          .join('\n').length +
        1 +
        text.indexOf(code)
      const place = placeOf(source, at)
      return ids.map((id) => ({ id, file: source.path, place, lineNumber, code }))
    })
}

function withoutComment(line: string): string {
  return line.replace(/(^|\s)\/\/ .*$/, '').trim()
}

function codeLine(lines: readonly string[], from: number): number {
  let number = from
  while (number < lines.length && withoutComment(lines[number - 1] as string) === '') number++
  return number
}

/** What holds an offset: the innermost function with a name, after the class or the constant that it belongs to. */
function placeOf(source: Source, at: number): string {
  let owner = ''
  let inner = ''
  walk(source.program, (node, parent) => {
    if (node.start > at || node.end <= at) return
    if (node.type === 'ClassDeclaration') owner = wordOf(node.id)
    else if (node.type === 'VariableDeclaration' && inner === '') owner = namesOf(node)
    else if (FUNCTIONS.has(node.type)) inner = wordOf(node.id) || keyOf(parent) || inner
  })
  return [owner, inner].filter((name) => name !== '').join('.') || 'top level'
}

function namesOf(declaration: Node): string {
  return (declaration.declarations as readonly Node[]).map(({ id }) => wordOf(id)).join(', ')
}

/** The name of a method, `#` before it if it is private. */
function keyOf(holder: Node | undefined): string {
  const key = holder?.key as Node | undefined
  return key?.type === 'PrivateIdentifier' ? `#${String(key.name)}` : wordOf(key)
}

/** Every test whose title begins with numbers of requirements. */
export function collectShowings(): Showing[] {
  return parseAll([TEST_FOLDER], /\.test\.ts$/).flatMap(showingsOf)
}

/** The tests of one file that show a requirement. */
export function showingsOf(source: Source): Showing[] {
  const found: Showing[] = []
  walk(source.program, (node) => {
    if (node.type !== 'CallExpression' || !TESTS.has(rootName(node.callee as Node))) return
    const [title] = node.arguments as readonly Node[]
    const text = wordOf(title)
    for (const id of idsOf(text)) {
      const hash = digest(source.text.slice(node.start, node.end))
      found.push({ id, file: source.path, title: text.replace(LIST, ''), hash })
    }
  })
  return found
}

/** The first name of `test.each(…)(…)`. */
function rootName(node: Node): string {
  if (node.type === 'MemberExpression') return rootName(node.object as Node)
  if (node.type === 'CallExpression') return rootName(node.callee as Node)
  return wordOf(node)
}
