import { Unsupported } from '../run/outcome.ts'
import type { Expr, Statement, TextPart } from './ast.ts'
import { type Line, linesOf, type Token } from './lines.ts'

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=', 'in', 'not in', 'is', 'is not'])
const ASSIGNMENTS = new Set(['=', '+=', '-=', '*=', '/=', '//=', '%=', '&=', '|=', '**='])
/** Binary operators from the loosest to the tightest. */
const LEVELS: readonly (readonly string[])[] = [['|'], ['^'], ['&'], ['<<', '>>'], ['+', '-'], ['*', '/', '//', '%']]
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0' }

/** Reads a block of code. @throws {Unsupported} for what lies outside the part of Python that is known here */
export function parseCode(text: string): Statement[] {
  const lines = linesOf(text)
  const reader = new BlockReader(lines)
  const statements = reader.block(lines[0]?.indent ?? 0)
  if (!reader.atEnd) throw new Unsupported(`code: indentation of "${reader.line?.text ?? ''}"`)
  return statements
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
    switch (word) {
      case 'assert': {
        tokens.next()
        const test = tokens.expression()
        const message = tokens.has(',') ? tokens.expression() : null
        return tokens.done({ kind: 'assert', line: line.number, test, message, text: line.text })
      }
      case 'if':
        return this.#choice(tokens, indent)
      case 'def':
        return this.#function(tokens, indent)
      case 'return':
        tokens.next()
        return tokens.done({ kind: 'return', line: line.number, value: tokens.atEnd ? null : tokens.list() })
      case 'pass':
        tokens.next()
        return tokens.done({ kind: 'pass', line: line.number })
      case 'for':
        return this.#loop(tokens, indent)
      case 'while':
      case 'import':
      case 'from':
      case 'class':
      case 'try':
      case 'with':
      case 'raise':
      case 'global':
      case 'del':
      case 'lambda':
        throw new Unsupported(`code: ${word}`)
      default:
        return simple(tokens, line)
    }
  }

  #choice(tokens: Tokens, indent: number): Statement {
    const { number } = tokens.line
    tokens.next()
    const test = tokens.expression()
    const yes = this.#suite(tokens, indent)
    let no: Statement[] = []
    const next = this.line
    if (next !== undefined && next.indent === indent) {
      const word = next.tokens[0]?.text
      if (word === 'elif') {
        this.#at++
        no = [this.#choice(new Tokens(next), indent)]
      } else if (word === 'else') {
        this.#at++
        const rest = new Tokens(next)
        rest.next()
        no = this.#suite(rest, indent)
      }
    }
    return { kind: 'if', line: number, test, yes, no }
  }

  #loop(tokens: Tokens, indent: number): Statement {
    const { number } = tokens.line
    tokens.next()
    const name = tokens.name()
    tokens.expect('in')
    const of = tokens.list()
    return { kind: 'for', line: number, name, of, body: this.#suite(tokens, indent) }
  }

  #function(tokens: Tokens, indent: number): Statement {
    const { number } = tokens.line
    tokens.next()
    const name = tokens.name()
    tokens.expect('(')
    const parameters: string[] = []
    while (!tokens.has(')')) {
      parameters.push(tokens.name())
      tokens.has(',')
    }
    return { kind: 'def', line: number, name, parameters, body: this.#suite(tokens, indent) }
  }

  /** What follows a colon: on the same line, or deeper on the next ones. */
  #suite(tokens: Tokens, indent: number): Statement[] {
    tokens.expect(':')
    if (!tokens.atEnd) {
      const line = { ...tokens.line, indent, tokens: tokens.rest }
      return new BlockReader([line]).block(indent)
    }
    const deeper = this.line?.indent ?? 0
    if (deeper <= indent) throw new Unsupported(`code: an empty block behind "${tokens.line.text}"`)
    return this.block(deeper)
  }
}

function simple(tokens: Tokens, line: Line): Statement {
  const [first, second] = line.tokens
  if (first?.kind === 'name' && second !== undefined && ASSIGNMENTS.has(second.text)) {
    const name = tokens.name()
    tokens.next()
    return tokens.done({ kind: 'assign', line: line.number, name, op: second.text, value: tokens.list() })
  }
  // Python 2 prints without parentheses.
  if (first?.text === 'print' && second?.text !== '(') {
    tokens.next()
    const args = tokens.atEnd ? [] : [tokens.list()]
    return tokens.done({ kind: 'expression', line: line.number, value: { kind: 'call', name: 'print', args } })
  }
  return tokens.done({ kind: 'expression', line: line.number, value: tokens.list() })
}

class Tokens {
  readonly line: Line
  #at = 0

  constructor(line: Line) {
    this.line = line
  }

  get peek(): Token | undefined {
    return this.line.tokens[this.#at]
  }

  get atEnd(): boolean {
    return this.peek === undefined
  }

  get rest(): readonly Token[] {
    return this.line.tokens.slice(this.#at)
  }

  next(): Token {
    const token = this.peek
    if (token === undefined) throw new Unsupported(`code: "${this.line.text}" ends too early`)
    this.#at++
    return token
  }

  has(text: string): boolean {
    const token = this.peek
    if (token === undefined || token.kind === 'string' || token.text !== text) return false
    this.#at++
    return true
  }

  expect(text: string): void {
    if (!this.has(text))
      throw new Unsupported(`code: "${this.peek?.text ?? 'end of line'}" where "${text}" is due in "${this.line.text}"`)
  }

  name(): string {
    const token = this.next()
    if (token.kind !== 'name') throw new Unsupported(`code: "${token.text}" where a name is due in "${this.line.text}"`)
    return token.text
  }

  done(statement: Statement): Statement {
    if (!this.atEnd) throw new Unsupported(`code: "${this.peek?.text ?? ''}" in "${this.line.text}"`)
    return statement
  }

  /** Expressions with commas between are one tuple. */
  list(): Expr {
    const first = this.expression()
    if (this.peek?.text !== ',') return first
    const items = [first]
    while (this.has(',')) if (!this.atEnd) items.push(this.expression())
    return { kind: 'tuple', items }
  }

  expression(): Expr {
    const yes = this.#or()
    if (!this.has('if')) return yes
    const test = this.#or()
    this.expect('else')
    return { kind: 'choice', test, yes, no: this.expression() }
  }

  #or(): Expr {
    let left = this.#and()
    while (this.has('or')) left = { kind: 'logic', op: 'or', left, right: this.#and() }
    return left
  }

  #and(): Expr {
    let left = this.#not()
    while (this.has('and')) left = { kind: 'logic', op: 'and', left, right: this.#not() }
    return left
  }

  #not(): Expr {
    return this.has('not') ? { kind: 'unary', op: 'not', of: this.#not() } : this.#comparison()
  }

  #comparison(): Expr {
    const first = this.#binary(0)
    const rest: { op: string; to: Expr }[] = []
    for (let op = this.#comparator(); op !== ''; op = this.#comparator()) rest.push({ op, to: this.#binary(0) })
    return rest.length === 0 ? first : { kind: 'compare', first, rest }
  }

  #comparator(): string {
    const [token, second] = [this.peek, this.line.tokens[this.#at + 1]]
    if (token === undefined || token.kind === 'string') return ''
    const two = `${token.text} ${second?.text ?? ''}`
    if (COMPARISONS.has(two)) {
      this.#at += 2
      return two
    }
    if (!COMPARISONS.has(token.text)) return ''
    this.#at++
    return token.text
  }

  #binary(level: number): Expr {
    const operators = LEVELS[level]
    if (operators === undefined) return this.#unary()
    let left = this.#binary(level + 1)
    for (;;) {
      const token = this.peek
      if (token?.kind !== 'operator' || !operators.includes(token.text)) return left
      this.#at++
      left = { kind: 'binary', op: token.text, left, right: this.#binary(level + 1) }
    }
  }

  #unary(): Expr {
    for (const op of ['-', '+', '~']) if (this.has(op)) return { kind: 'unary', op, of: this.#unary() }
    const base = this.#postfix()
    return this.has('**') ? { kind: 'binary', op: '**', left: base, right: this.#unary() } : base
  }

  #postfix(): Expr {
    let value = this.#atom()
    for (;;) {
      if (this.has('[')) {
        value = { kind: 'index', of: value, at: this.expression() }
        this.expect(']')
      } else if (this.peek?.text === '.' && this.line.tokens[this.#at + 1]?.text === 'format') {
        this.#at += 2
        this.expect('(')
        value = { kind: 'call', name: 'format', args: [value, ...this.#arguments()] }
      } else return value
    }
  }

  #atom(): Expr {
    const token = this.next()
    if (token.kind === 'number') return { kind: 'value', value: Number(token.text) }
    if (token.kind === 'string') return { kind: 'value', value: this.#strings(token.text) }
    if (token.kind === 'name') return this.#named(token.text)
    if (token.text === '(' || token.text === '[') {
      const close = token.text === '(' ? ')' : ']'
      if (this.has(close)) return { kind: 'tuple', items: [] }
      const inner = this.list()
      this.expect(close)
      return close === ']' && inner.kind !== 'tuple' ? { kind: 'tuple', items: [inner] } : inner
    }
    throw new Unsupported(`code: "${token.text}" in "${this.line.text}"`)
  }

  #named(name: string): Expr {
    if (name === 'True' || name === 'False') return { kind: 'value', value: name === 'True' }
    if (name === 'None') return { kind: 'value', value: null }
    if (/^[fF]$/.test(name) && this.peek?.kind === 'string') return textExpression(unquote(this.next().text))
    if (this.peek?.text === '.') throw new Unsupported(`code: ${name}.${this.line.tokens[this.#at + 1]?.text ?? ''}`)
    if (!this.has('(')) return { kind: 'name', name }
    return { kind: 'call', name, args: this.#arguments() }
  }

  /** What stands behind "(", up to and with ")". */
  #arguments(): Expr[] {
    const args: Expr[] = []
    while (!this.has(')')) {
      args.push(this.expression())
      if (this.peek?.text !== ')') this.expect(',')
    }
    return args
  }

  /** Neighbouring strings are one. */
  #strings(first: string): string {
    let text = unquote(first)
    while (this.peek?.kind === 'string') text += unquote(this.next().text)
    return text
  }
}

/** The pieces of an f-string: `{expression}` and `{expression:format}`. */
function textExpression(text: string): Expr {
  const parts: TextPart[] = []
  for (const [piece, inner, spec = ''] of text.matchAll(/\{\{|\}\}|\{([^{}:!]+)(?::([^{}]*))?\}|[^{}]+/g)) {
    if (inner === undefined) {
      parts.push(/^[{}]{2}$/.test(piece) ? (piece[0] as string) : piece)
      continue
    }
    const [line] = linesOf(inner)
    if (line === undefined) throw new Unsupported(`code: "${piece}" in a text`)
    parts.push({ of: new Tokens(line).expression(), spec })
  }
  return { kind: 'text', parts }
}

function unquote(literal: string): string {
  const marks = /^("""|'''|["'])/.exec(literal)?.[0].length ?? 1
  return literal
    .slice(marks, -marks)
    .replace(/\\(x[0-9a-fA-F]{2}|[\s\S])/g, (_all, code: string) =>
      code.length > 1 ? String.fromCharCode(Number(`0${code}`)) : (ESCAPES[code] ?? code),
    )
}
