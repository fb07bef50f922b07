/** The programs that documents show: taken out of them, compiled as strictly as anybody's, and run as their readers run them. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BOUNDED } from '../support/bounded.ts'
import { ROOT, readText } from './source.ts'

/** The fenced blocks of a document that are in that language. */
export function blocks(document: string, language: 'ts' | 'text'): string[] {
  return [...readText(document).matchAll(/^```(\w*)\n(.*?)^```$/gms)]
    .filter(([, name]) => name === language)
    .map(([, , text]) => text as string)
}

/** How to have the stack in a program of one's own. */
export const EMBEDDING = 'docs/embedding.md'

/** The class of its first example, without the play of its two machines. */
export function machine(): string {
  const [text = ''] = blocks(EMBEDDING, 'ts')
  const end = text.indexOf('\nconst server')
  if (end < 0) throw new Error(`the first example of ${EMBEDDING} makes no server`)
  return text.slice(0, end)
}

/** All that TypeScript can ask, of one who has this package and the platform's own types, and checks the types of the package too. */
const STRICTEST = {
  target: 'es2023',
  lib: ['es2023', 'dom', 'dom.iterable'],
  types: ['node'],
  module: 'nodenext',
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noPropertyAccessFromIndexSignature: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
}

/**
 * Compiles programs, in a new folder from which `lastack` is a dependency like any other.
 * @param programs their texts by name
 * @returns the folder: each program is `NAME.mjs` there
 * @throws {Error} with the compiler's words when one does not compile
 */
export function compile(programs: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(ROOT, 'node_modules/.examples-'))
  for (const [name, text] of Object.entries(programs)) writeFileSync(join(folder, `${name}.mts`), text)
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: STRICTEST }))
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
  try {
    execFileSync(process.execPath, [compiler, '-p', folder], { ...BOUNDED, encoding: 'utf8' })
  } catch (error) {
    rmSync(folder, { recursive: true })
    throw new Error((error as { stdout?: string }).stdout || String(error))
  }
  return folder
}

/** What a program prints. @throws {Error} when it fails, or ends while it still waits for something */
export function run(folder: string, name: string): string {
  return execFileSync(process.execPath, [join(folder, `${name}.mjs`)], { ...BOUNDED, encoding: 'utf8' })
}
