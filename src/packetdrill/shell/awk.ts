import { type AwkExpression, AwkReader, type AwkScope, fieldValue, numberValue, passes } from './awk-expression.ts'
import type { CommandResult } from './result.ts'

/** How a statement ends: on it goes, or to the next line, or out. */
type Outcome = 'next' | { readonly status: number } | undefined

/** What a program has while it runs: the scope of its expressions, and what it printed. */
interface Run {
  readonly scope: AwkScope
  output: string
}

type Statement = (run: Run) => Outcome

interface Rule {
  readonly when: 'BEGIN' | 'END' | 'line'
  readonly pattern: AwkExpression | undefined
  readonly action: Statement
}

/**
 * `awk [-F X] [-v NAME=VALUE] PROGRAM`: patterns, BEGIN and END, print, printf, if, exit, next, variables and sums over the fields of
 * lines. No arrays, loops, functions of its own or files.
 *
 * @param formatted what `printf` makes of a format and its words
 * @throws {Unsupported} for programs beyond that
 */
export function awk(
  args: readonly string[],
  lines: readonly string[],
  command: string,
  formatted: (words: readonly string[]) => string,
): CommandResult {
  let mark: string | undefined
  const scope: AwkScope = { fields: [''], variables: new Map() }
  let at = 0
  for (; (args[at] ?? '').startsWith('-'); at++) {
    const arg = args[at] as string
    const value = arg.slice(2) || (args[++at] ?? '')
    if (arg.startsWith('-F')) mark = value
    else if (arg.startsWith('-v'))
      scope.variables.set(value.replace(/=.*/s, ''), fieldValue(value.replace(/^.*?=/s, '')))
    else new AwkReader('', command).refuse()
  }
  const reader = new AwkReader(args[at] ?? '', command)
  const rules = rulesOf(reader, formatted)
  if (args.length > at + 1 || rules.length === 0) reader.refuse()
  const run: Run = { scope, output: '' }
  return { status: played(rules, lines, run, mark), output: run.output }
}

function played(rules: readonly Rule[], lines: readonly string[], run: Run, mark: string | undefined): number {
  const all = (when: Rule['when']): Outcome => {
    for (const rule of rules) {
      if (rule.when !== when || (rule.pattern !== undefined && !passes(rule.pattern, run.scope))) continue
      const outcome = rule.action(run)
      if (outcome !== undefined) return outcome
    }
    return undefined
  }
  let over = all('BEGIN')
  for (const [i, line] of lines.entries()) {
    if (typeof over === 'object' || !rules.some(({ when }) => when !== 'BEGIN')) break
    const fields = mark === undefined || mark === ' ' ? line.split(/\s+/).filter((one) => one !== '') : line.split(mark)
    run.scope.fields = [line, ...fields]
    run.scope.variables.set('NR', numberValue(i + 1))
    over = all('line')
  }
  const end = all('END')
  if (typeof end === 'object') return end.status
  return typeof over === 'object' ? over.status : 0
}

function rulesOf(reader: AwkReader, formatted: (words: readonly string[]) => string): Rule[] {
  const rules: Rule[] = []
  for (reader.skipEnds(); reader.peek() !== ''; reader.skipEnds()) {
    const when = reader.has('BEGIN') ? 'BEGIN' : reader.has('END') ? 'END' : 'line'
    const pattern = when !== 'line' || reader.peek() === '{' ? undefined : reader.expression()
    const action = reader.peek() === '{' ? block(reader, formatted) : printing([])
    rules.push({ when, pattern, action })
  }
  return rules
}

function block(reader: AwkReader, formatted: (words: readonly string[]) => string): Statement {
  const statements: Statement[] = []
  reader.expect('{')
  for (reader.skipEnds(); !reader.has('}'); reader.skipEnds()) statements.push(statement(reader, formatted))
  return (run) => {
    for (const one of statements) {
      const outcome = one(run)
      if (outcome !== undefined) return outcome
    }
    return undefined
  }
}

function statement(reader: AwkReader, formatted: (words: readonly string[]) => string): Statement {
  if (reader.peek() === '{') return block(reader, formatted)
  if (reader.has('print')) return printing(listOf(reader))
  if (reader.has('printf')) {
    const words = listOf(reader)
    return (run) => {
      run.output += formatted(words.map((word) => word(run.scope).text))
      return undefined
    }
  }
  if (reader.has('next')) return () => 'next'
  if (reader.has('exit')) {
    const status = ends(reader) ? undefined : reader.expression()
    return ({ scope }) => ({ status: (status?.(scope).number ?? 0) & 255 })
  }
  if (reader.has('if')) return choice(reader, formatted)
  const expression = reader.expression()
  return ({ scope }) => {
    expression(scope)
    return undefined
  }
}

function choice(reader: AwkReader, formatted: (words: readonly string[]) => string): Statement {
  reader.expect('(')
  const test = reader.expression()
  reader.expect(')')
  const yes = statement(reader, formatted)
  reader.skipEnds()
  const no = reader.has('else') ? statement(reader, formatted) : undefined
  return (run) => (passes(test, run.scope) ? yes(run) : no?.(run))
}

function ends(reader: AwkReader): boolean {
  return ['', ';', '}', '\n'].includes(reader.peek())
}

function listOf(reader: AwkReader): AwkExpression[] {
  const list: AwkExpression[] = []
  while (!ends(reader)) {
    list.push(reader.expression(true))
    if (!ends(reader)) reader.expect(',')
  }
  return list
}

function printing(list: readonly AwkExpression[]): Statement {
  return (run) => {
    const words = list.length === 0 ? [run.scope.fields[0] ?? ''] : list.map((one) => one(run.scope).text)
    run.output += `${words.join(' ')}\n`
    return undefined
  }
}
