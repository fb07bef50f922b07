import { Unsupported } from '../run/outcome.ts'
import type { Expr, Statement } from './ast.ts'
import { type Line, linesOf } from './lines.ts'
import { parseExpr, parseList, parseParameters, parseTargets } from './parse-expression.ts'
import { Tokens } from './tokens.ts'

const ASSIGNMENTS = new Set(['+=', '-=', '*=', '/=', '//=', '%=', '&=', '|=', '^=', '**=', '<<=', '>>='])

/** Reads a block of code. @throws {Unsupported} for what lies outside the part of Python that is known here */
export function parseCode(text: string): Statement[] {
  const lines = aligned(linesOf(text), text)
  const reader = new BlockReader(lines)
  const statements = reader.block(lines[0]?.indent ?? 0)
  if (!reader.atEnd) throw new Unsupported(`code: indentation of "${reader.line?.text ?? ''}"`)
  return statements
}

/** What stands beside the opening mark begins where the block below it does. */
function aligned(lines: readonly Line[], text: string): readonly Line[] {
  const [first, ...rest] = lines
  const beside = text.split('\n', 1)[0]?.trim() !== ''
  if (first === undefined || rest.length === 0 || !beside || first.tokens.at(-1)?.text === ':') return lines
  const indent = Math.min(...rest.map((line) => (line.continued ? Number.POSITIVE_INFINITY : line.indent)))
  if (!Number.isFinite(indent)) return lines
  const at = rest.findIndex((line) => !line.continued)
  return [first, ...rest.slice(0, at)].map((line) => ({ ...line, indent })).concat(rest.slice(at))
}

class BlockReader {
  readonly #lines: readonly Line[]
  #at = 0

  constructor(lines: readonly Line[]) {
    this.#lines = lines
  }

  get atEnd(): boolean {
    return this.#at >= this.#lines.length
  }

  get line(): Line | undefined {
    return this.#lines[this.#at]
  }

  block(indent: number): Statement[] {
    const statements: Statement[] = []
    while (this.line !== undefined && this.line.indent === indent) statements.push(this.#statement(indent))
    return statements
  }

  #statement(indent: number): Statement {
    const line = this.#lines[this.#at++] as Line
    const tokens = new Tokens(line)
    const word = tokens.peek?.kind === 'name' ? tokens.peek.text : ''
    const compound = this.#compound(word, tokens, indent)
    if (compound !== null) return compound
    const statement = simple(word, tokens)
    if (!tokens.atEnd) throw new Unsupported(`code: "${tokens.peek?.text ?? ''}" in "${line.text}"`)
    return statement
  }

  #compound(word: string, tokens: Tokens, indent: number): Statement | null {
    const line = tokens.line.number
    switch (word) {
      case 'if':
        return this.#choice(tokens, indent)
      case 'def':
        return this.#function(tokens, indent)
      case 'for': {
        tokens.next()
        const target = parseTargets(tokens)
        tokens.expect('in')
        const of = parseList(tokens)
        return { kind: 'for', line, target, of, body: this.#suite(tokens, indent), otherwise: this.#otherwise(indent) }
      }
      case 'while': {
        tokens.next()
        const test = parseExpr(tokens)
        return { kind: 'while', line, test, body: this.#suite(tokens, indent), otherwise: this.#otherwise(indent) }
      }
      case 'try':
        return this.#try(tokens, indent)
      case 'class':
      case 'with':
      case 'async':
      case 'yield':
      case 'nonlocal':
        throw new Unsupported(`code: ${word}`)
      default:
        return null
    }
  }

  /** A word that goes on with a statement: `else`, `except`, … at the same depth. */
  #goesOn(word: string, indent: number): Tokens | null {
    const next = this.line
    if (next === undefined || next.indent !== indent || next.continued || next.tokens[0]?.text !== word) return null
    this.#at++
    const tokens = new Tokens(next)
    tokens.next()
    return tokens
  }

  #choice(tokens: Tokens, indent: number): Statement {
    const { number } = tokens.line
    tokens.next()
    return this.#branch(tokens, indent, number)
  }

  #branch(tokens: Tokens, indent: number, line: number): Statement {
    const test = parseExpr(tokens)
    const yes = this.#suite(tokens, indent)
    const further = this.#goesOn('elif', indent)
    if (further !== null)
      return { kind: 'if', line, test, yes, no: [this.#branch(further, indent, further.line.number)] }
    return { kind: 'if', line, test, yes, no: this.#otherwise(indent) }
  }

  /** The block of an `else` that may stand here. */
  #otherwise(indent: number): Statement[] {
    const found = this.#goesOn('else', indent)
    return found === null ? [] : this.#suite(found, indent)
  }

  #try(tokens: Tokens, indent: number): Statement {
    const { number: line } = tokens.line
    tokens.next()
    const body = this.#suite(tokens, indent)
    const handlers: { names: string[]; as: string | null; body: Statement[] }[] = []
    for (let next = this.#goesOn('except', indent); next !== null; next = this.#goesOn('except', indent)) {
      const names: string[] = []
      const isTuple = next.has('(')
      while (!next.sees(':') && !next.sees('as') && !next.has(')')) {
        names.push(next.dotted())
        if (isTuple) next.has(',')
      }
      const as = next.has('as') || next.has(',') ? next.name() : null
      handlers.push({ names, as, body: this.#suite(next, indent) })
    }
    const noError = this.#otherwise(indent)
    const last = this.#goesOn('finally', indent)
    return {
      kind: 'try',
      line,
      body,
      handlers,
      otherwise: noError,
      last: last === null ? [] : this.#suite(last, indent),
    }
  }

  #function(tokens: Tokens, indent: number): Statement {
    const { number: line } = tokens.line
    tokens.next()
    const name = tokens.name()
    tokens.expect('(')
    const parameters = parseParameters(tokens, ')')
    if (tokens.has('-')) {
      tokens.expect('>')
      parseExpr(tokens)
    }
    return { kind: 'def', line, name, parameters, body: this.#suite(tokens, indent) }
  }

  /** What follows a colon: on the same line, with what stands behind semicolons there, or deeper on the next ones. */
  #suite(tokens: Tokens, indent: number): Statement[] {
    tokens.expect(':')
    if (!tokens.atEnd) {
      const lines = [{ ...tokens.line, indent, tokens: tokens.rest }]
      while (this.line?.continued === true) lines.push({ ...(this.#lines[this.#at++] as Line), indent })
      return new BlockReader(lines).block(indent)
    }
    const deeper = this.line?.indent ?? 0
    if (deeper <= indent) throw new Unsupported(`code: an empty block behind "${tokens.line.text}"`)
    return this.block(deeper)
  }
}

function simple(word: string, tokens: Tokens): Statement {
  const { number: line, text } = tokens.line
  const isWord = (one: string): boolean => word === one && tokens.next() !== undefined
  if (isWord('assert')) {
    const test = parseExpr(tokens)
    return { kind: 'assert', line, test, message: tokens.has(',') ? parseExpr(tokens) : null, text }
  }
  if (isWord('return')) return { kind: 'return', line, value: tokens.atEnd ? null : parseList(tokens) }
  if (isWord('pass')) return { kind: 'pass', line }
  if (isWord('break')) return { kind: 'break', line }
  if (isWord('continue')) return { kind: 'continue', line }
  if (isWord('raise')) return { kind: 'raise', line, value: tokens.atEnd ? null : parseExpr(tokens) }
  if (isWord('import')) return { kind: 'import', line, modules: imported(tokens, (one) => one.dotted()) }
  if (isWord('from')) {
    const module = tokens.dotted()
    tokens.expect('import')
    const isBracketed = tokens.has('(')
    const names = imported(tokens, (one) => (one.has('*') ? '*' : one.name()))
    if (isBracketed) tokens.expect(')')
    return { kind: 'from', line, module, names }
  }
  if (isWord('global'))
    return { kind: 'global', line, names: imported(tokens, (one) => one.name()).map(([name]) => name) }
  if (word === 'del') {
    tokens.next()
    const targets = parseList(tokens)
    return { kind: 'delete', line, targets: targets.kind === 'tuple' ? targets.items : [targets] }
  }
  // Python 2 prints without parentheses.
  if (word === 'print' && !(tokens.second?.text === '(' && tokens.second.kind === 'operator')) return printing(tokens)
  return assignment(tokens)
}

/** `a`, `a as b`, several with commas between. */
function imported(tokens: Tokens, name: (tokens: Tokens) => string): [name: string, as: string][] {
  const found: [string, string][] = []
  do {
    const one = name(tokens)
    found.push([one, tokens.has('as') ? tokens.name() : (one.split('.')[0] ?? one)])
  } while (tokens.has(','))
  return found
}

function printing(tokens: Tokens): Statement {
  tokens.next()
  // `print >>stream, …`: where it goes does not matter.
  if (tokens.has('>>')) {
    parseExpr(tokens)
    tokens.has(',')
  }
  const value = tokens.atEnd ? null : parseList(tokens)
  const items = value === null ? [] : value.kind === 'tuple' ? value.items : [value]
  const args = items.map((one) => ({ kind: '', name: null, value: one }) as const)
  return {
    kind: 'expression',
    line: tokens.line.number,
    value: { kind: 'call', of: { kind: 'name', name: 'print' }, args },
  }
}

function assignment(tokens: Tokens): Statement {
  const { number: line } = tokens.line
  const first = parseList(tokens)
  // `name: type = value`; of a type alone nothing comes.
  if (tokens.has(':')) {
    parseExpr(tokens)
    if (tokens.atEnd) return { kind: 'pass', line }
  }
  const op = tokens.peek?.text ?? ''
  if (ASSIGNMENTS.has(op)) {
    tokens.next()
    return { kind: 'assign', line, targets: [first], op: op.slice(0, -1), value: parseList(tokens) }
  }
  const values = [first]
  while (tokens.has('=')) values.push(parseList(tokens))
  const value = values.pop() as Expr
  return values.length === 0
    ? { kind: 'expression', line, value }
    : { kind: 'assign', line, targets: values, op: '', value }
}
