/** Reading the repository's own source: files, syntax trees, imports. What the rules of the house are checked upon. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'vite'

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))

/** A syntax node as the parser makes it: ESTree with TypeScript's additions. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

/** A comment, without its marks. */
export interface Comment {
  readonly type: string
  readonly value: string
  readonly start: number
  readonly end: number
}

/** One parsed file. */
export interface Source {
  /** From the repository's root, with forward slashes: `src/tcp/index.ts`. */
  readonly path: string
  readonly text: string
  readonly program: Node
  readonly comments: readonly Comment[]
}

/** One import, re-export or `import()` of another module. */
export interface Import {
  readonly specifier: string
  readonly typeOnly: boolean
  readonly line: number
}

const LEFT_OUT = new Set(['node_modules', 'dist', '.git', 'coverage'])

/** True when the repository has such a file or folder. */
export function exists(path: string): boolean {
  return existsSync(join(ROOT, path))
}

/** The repository's files below a folder whose names match, as paths from the root; none when the folder is not there. */
export function filesBelow(folder: string, name: RegExp): string[] {
  const found: string[] = []
  const enter = (directory: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (LEFT_OUT.has(entry.name)) continue
      const path = join(directory, entry.name)
      if (entry.isDirectory()) enter(path)
      else if (name.test(entry.name)) found.push(relative(ROOT, path).split(sep).join(posix.sep))
    }
  }
  if (exists(folder)) enter(join(ROOT, folder))
  return found.sort()
}

/** A file of the repository as text. */
export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** A JSON file of the repository; comments on lines of their own are allowed, as in tsconfig files. */
export function readJson<T>(path: string): T {
  return JSON.parse(readText(path).replace(/^\s*\/\/.*$/gm, '')) as T
}

/** Parses a text as if it were the file `path`. Throws when it is not TypeScript or JavaScript. */
export function parse(path: string, text: string): Source {
  const { program, comments, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
  return { path, text, program: program as unknown as Node, comments }
}

/** The parsed files below the given folders. */
export function parseAll(folders: readonly string[], name: RegExp): Source[] {
  return folders.flatMap((folder) => filesBelow(folder, name)).map((path) => parse(path, readText(path)))
}

/** True for a test file, and for what only tests use (`*.testing.ts` beside the source). */
export function isTest(path: string): boolean {
  return /\.(test|testing)\.ts$/.test(path)
}

/** The line, from 1, of an offset. */
export function lineOf(source: Source, offset: number): number {
  return source.text.slice(0, offset).split('\n').length
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
}

/** Calls `visit` for every node, parents first, with the parent and the key that holds the node in it. */
export function walk(node: Node, visit: (node: Node, parent?: Node, key?: string) => void): void {
  const enter = (child: Node, parent?: Node, key?: string): void => {
    visit(child, parent, key)
    for (const [name, value] of Object.entries(child)) {
      for (const item of Array.isArray(value) ? value : [value]) if (isNode(item)) enter(item, child, name)
    }
  }
  enter(node)
}

/** The name of an identifier or the value of a string, '' for any other node. */
export function wordOf(node: unknown): string {
  const word = isNode(node) ? (node.name ?? node.value) : undefined
  return typeof word === 'string' ? word : ''
}

/** Everything that a file imports or re-exports, `import()` and `import('…').Type` included. */
export function importsOf(source: Source): Import[] {
  const imports: Import[] = []
  const add = (node: Node, from: unknown, typeOnly: boolean): void => {
    imports.push({ specifier: wordOf(from) || '(computed)', typeOnly, line: lineOf(source, node.start) })
  }
  walk(source.program, (node) => {
    switch (node.type) {
      case 'ImportDeclaration':
        return add(node, node.source, isTypeOnly(node.importKind, node.specifiers as Node[], 'importKind'))
      case 'ExportNamedDeclaration':
        if (!isNode(node.source)) return
        return add(node, node.source, isTypeOnly(node.exportKind, node.specifiers as Node[], 'exportKind'))
      case 'ExportAllDeclaration':
        return add(node, node.source, node.exportKind === 'type')
      case 'ImportExpression':
        return add(node, node.source, false)
      case 'TSImportType':
        return add(node, node.source, true)
      default:
    }
  })
  return imports
}

function isTypeOnly(kind: unknown, specifiers: readonly Node[], key: string): boolean {
  return kind === 'type' || (specifiers.length > 0 && specifiers.every((specifier) => specifier[key] === 'type'))
}
