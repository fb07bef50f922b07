import { Unsupported } from '../run/outcome.ts'
import type { Argument, ComprehensionClause, Expr, Parameter, TextPart } from './ast.ts'
import { Float } from './float.ts'
import { linesOf } from './lines.ts'
import { wholeOf } from './numbers.ts'
import { Tokens } from './tokens.ts'
import type { Value } from './values.ts'

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=', 'in', 'not in', 'is', 'is not'])
/** Binary operators from the loosest to the tightest. */
const LEVELS: readonly (readonly string[])[] = [['|'], ['^'], ['&'], ['<<', '>>'], ['+', '-'], ['*', '/', '//', '%']]
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0' }
const WORDS = new Set(['and', 'or', 'not', 'in', 'is', 'if', 'else', 'for', 'lambda', 'assert', 'def', 'return'])

/** Expressions with commas between are one tuple. */
export function parseList(tokens: Tokens): Expr {
  const first = parseItem(tokens)
  if (!tokens.sees(',')) return first
  const items = [first]
  while (tokens.has(',')) if (startsExpression(tokens)) items.push(parseItem(tokens))
  return { kind: 'tuple', items }
}

/** A member of a list, or `*members`. */
function parseItem(tokens: Tokens): Expr {
  return tokens.has('*') ? { kind: 'starred', of: parseExpr(tokens) } : parseExpr(tokens)
}

function startsExpression(tokens: Tokens): boolean {
  return !tokens.atEnd && ![')', ']', '}', '=', ':'].some((mark) => tokens.sees(mark))
}

/** What is assigned to, or what a loop names: `x`, `a, b`, `(a, b)`, `d["x"]`. */
export function parseTargets(tokens: Tokens): Expr {
  const target = (): Expr => (tokens.has('*') ? { kind: 'starred', of: postfix(tokens) } : postfix(tokens))
  const items = [target()]
  let isTuple = false
  while (tokens.has(',')) {
    isTuple = true
    if (!tokens.sees('in') && !tokens.sees('=')) items.push(target())
  }
  return isTuple ? { kind: 'tuple', items } : (items[0] as Expr)
}

/** One expression, up to a comma. */
export function parseExpr(tokens: Tokens): Expr {
  if (tokens.has('lambda')) {
    const parameters = parseParameters(tokens, ':')
    return { kind: 'lambda', parameters, body: parseExpr(tokens) }
  }
  const yes = or(tokens)
  if (yes.kind === 'name' && tokens.has(':=')) return { kind: 'walrus', name: yes.name, value: parseExpr(tokens) }
  if (!tokens.has('if')) return yes
  const test = or(tokens)
  tokens.expect('else')
  return { kind: 'choice', test, yes, no: parseExpr(tokens) }
}

/** Parameters up to and with what closes them. */
export function parseParameters(tokens: Tokens, close: string): Parameter[] {
  const parameters: Parameter[] = []
  while (!tokens.has(close)) {
    const kind = tokens.has('**') ? '**' : tokens.has('*') ? '*' : ''
    const name = tokens.name()
    if (close === ')' && tokens.has(':')) parseExpr(tokens)
    parameters.push({ kind, name, fallback: tokens.has('=') ? parseExpr(tokens) : null })
    if (!tokens.sees(close)) tokens.expect(',')
  }
  return parameters
}

function or(tokens: Tokens): Expr {
  let left = and(tokens)
  while (tokens.has('or')) left = { kind: 'logic', op: 'or', left, right: and(tokens) }
  return left
}

function and(tokens: Tokens): Expr {
  let left = not(tokens)
  while (tokens.has('and')) left = { kind: 'logic', op: 'and', left, right: not(tokens) }
  return left
}

function not(tokens: Tokens): Expr {
  return tokens.has('not') ? { kind: 'unary', op: 'not', of: not(tokens) } : comparison(tokens)
}

function comparison(tokens: Tokens): Expr {
  const first = binary(tokens, 0)
  const rest: { op: string; to: Expr }[] = []
  for (let op = comparator(tokens); op !== ''; op = comparator(tokens)) rest.push({ op, to: binary(tokens, 0) })
  return rest.length === 0 ? first : { kind: 'compare', first, rest }
}

function comparator(tokens: Tokens): string {
  const { peek: token, second } = tokens
  if (token === undefined || token.kind === 'string') return ''
  const two = `${token.text} ${second?.text ?? ''}`
  const found = COMPARISONS.has(two) ? two : COMPARISONS.has(token.text) ? token.text : ''
  for (let i = found === '' ? 0 : found.split(' ').length; i > 0; i--) tokens.next()
  return found
}

function binary(tokens: Tokens, level: number): Expr {
  const operators = LEVELS[level]
  if (operators === undefined) return unary(tokens)
  let left = binary(tokens, level + 1)
  for (;;) {
    const token = tokens.peek
    if (token?.kind !== 'operator' || !operators.includes(token.text)) return left
    tokens.next()
    left = { kind: 'binary', op: token.text, left, right: binary(tokens, level + 1) }
  }
}

function unary(tokens: Tokens): Expr {
  for (const op of ['-', '+', '~']) if (tokens.has(op)) return { kind: 'unary', op, of: unary(tokens) }
  const base = postfix(tokens)
  return tokens.has('**') ? { kind: 'binary', op: '**', left: base, right: unary(tokens) } : base
}

function postfix(tokens: Tokens): Expr {
  let value = atom(tokens)
  for (;;) {
    if (tokens.has('[')) value = subscript(tokens, value)
    else if (tokens.has('.')) value = { kind: 'attribute', of: value, name: tokens.name() }
    else if (tokens.has('(')) value = { kind: 'call', of: value, args: callArguments(tokens) }
    else return value
  }
}

/** `x[i]`, `x[a:b:c]` */
function subscript(tokens: Tokens, of: Expr): Expr {
  const bounds: (Expr | null)[] = []
  const bound = (): Expr | null => (tokens.sees(':') || tokens.sees(']') ? null : parseList(tokens))
  bounds.push(bound())
  while (tokens.has(':')) bounds.push(bound())
  tokens.expect(']')
  const [first] = bounds
  if (bounds.length > 1) return { kind: 'slice', of, bounds }
  return first === null || first === undefined ? tokens.fail('an index is due') : { kind: 'index', of, at: first }
}

/** What stands behind "(", up to and with ")". */
function callArguments(tokens: Tokens): Argument[] {
  const args: Argument[] = []
  while (!tokens.has(')')) {
    const kind = tokens.has('**') ? '**' : tokens.has('*') ? '*' : ''
    const named = tokens.peek?.kind === 'name' && tokens.second?.text === '=' && tokens.second.kind === 'operator'
    const name = named ? tokens.name() : null
    if (named) tokens.expect('=')
    const value = parseExpr(tokens)
    args.push({ kind, name, value: tokens.sees('for') ? comprehension(tokens, value, null) : value })
    if (!tokens.sees(')')) tokens.expect(',')
  }
  return args
}

function comprehension(tokens: Tokens, element: Expr, value: Expr | null, makes: 'list' | 'set' = 'list'): Expr {
  const clauses: ComprehensionClause[] = []
  while (tokens.has('for')) {
    const target = parseTargets(tokens)
    tokens.expect('in')
    const of = or(tokens)
    const tests: Expr[] = []
    while (tokens.has('if')) tests.push(or(tokens))
    clauses.push({ target, of, tests })
  }
  return { kind: 'comprehension', element, value, makes, clauses }
}

function atom(tokens: Tokens): Expr {
  const token = tokens.next()
  if (token.kind === 'number') return { kind: 'value', value: numberOf(tokens, token.text) }
  if (token.kind === 'string') return strings(tokens, token.text, '')
  if (token.kind === 'name') return named(tokens, token.text)
  if (token.text === '(') return bracketed(tokens, ')')
  if (token.text === '[') return bracketed(tokens, ']')
  if (token.text === '{') return braced(tokens)
  throw new Unsupported(`code: "${token.text}" in "${tokens.line.text}"`)
}

function numberOf(tokens: Tokens, text: string): Value {
  const digits = text.replace(/_|[lL]$/g, '')
  if (!/^(?:0[xXbBoO].*|\d+)$/.test(digits)) return new Float(Number(digits))
  if (/^0\d*[89]/.test(digits)) throw new Unsupported(`code: "${text}" in "${tokens.line.text}"`)
  return wholeOf(BigInt(/^0\d+$/.test(digits) ? `0o${digits.slice(1)}` : digits))
}

function bracketed(tokens: Tokens, close: ')' | ']'): Expr {
  const kind = close === ')' ? 'tuple' : 'list'
  if (tokens.has(close)) return { kind, items: [] }
  const first = parseItem(tokens)
  if (tokens.sees('for')) {
    const found = comprehension(tokens, first, null)
    tokens.expect(close)
    return found
  }
  if (close === ')' && tokens.has(close)) return first
  const items = [first]
  while (!tokens.has(close)) {
    tokens.expect(',')
    if (!tokens.sees(close)) items.push(parseItem(tokens))
  }
  return { kind, items }
}

/** `{a: b}`, `{a, b}`, and what is computed of them. */
function braced(tokens: Tokens): Expr {
  const pairs: [Expr, Expr][] = []
  const items: Expr[] = []
  while (!tokens.has('}')) {
    const key = parseExpr(tokens)
    const value = tokens.has(':') ? parseExpr(tokens) : null
    if (tokens.sees('for')) {
      const found = comprehension(tokens, key, value, 'set')
      tokens.expect('}')
      return found
    }
    if (value === null) items.push(key)
    else pairs.push([key, value])
    if (!tokens.sees('}')) tokens.expect(',')
  }
  return items.length > 0 ? { kind: 'set', items } : { kind: 'dict', pairs }
}

function named(tokens: Tokens, name: string): Expr {
  if (name === 'True' || name === 'False') return { kind: 'value', value: name === 'True' }
  if (name === 'None') return { kind: 'value', value: null }
  if (/^(?:[rbuf]|[rf][rbf])$/i.test(name) && tokens.peek?.kind === 'string')
    return strings(tokens, tokens.next().text, name.toLowerCase())
  if (WORDS.has(name)) throw new Unsupported(`code: "${name}" in "${tokens.line.text}"`)
  return { kind: 'name', name }
}

/** Neighbouring strings are one. */
function strings(tokens: Tokens, first: string, prefix: string): Expr {
  const parts: TextPart[] = stringParts(first, prefix)
  for (;;) {
    const { peek, second } = tokens
    if (peek?.kind === 'string') parts.push(...stringParts(tokens.next().text, ''))
    else if (peek?.kind === 'name' && second?.kind === 'string' && /^(?:[rbuf]|[rf][rbf])$/i.test(peek.text)) {
      tokens.next()
      parts.push(...stringParts(tokens.next().text, peek.text.toLowerCase()))
    } else break
  }
  const plain = parts.every((part) => typeof part === 'string')
  return plain ? { kind: 'value', value: parts.join('') } : { kind: 'text', parts }
}

/** The pieces of a string; of an f-string `{expression}`, `{expression!r}`, `{expression:format}` too. */
function stringParts(literal: string, prefix: string): TextPart[] {
  const marks = /^("""|'''|["'])/.exec(literal)?.[0].length ?? 1
  const raw = literal.slice(marks, -marks)
  const text = prefix.includes('r') ? raw : unescaped(raw)
  if (!prefix.includes('f')) return [text]
  const parts: TextPart[] = []
  for (const [piece, inner, shows, conversion = '', spec = ''] of text.matchAll(
    /\{\{|\}\}|\{((?:[^{}:!=]|[!=<>]=)+)(=\s*|)(?:!([rsa]))?(?::([^{}]*))?\}|[^{}]+/g,
  )) {
    if (inner === undefined) {
      parts.push(/^[{}]{2}$/.test(piece) ? (piece[0] as string) : piece)
      continue
    }
    const [line] = linesOf(inner)
    if (line === undefined) throw new Unsupported(`code: "${piece}" in a text`)
    if (shows !== '') parts.push(`${inner}${shows}`)
    parts.push({
      of: parseList(new Tokens(line)),
      conversion: conversion || (shows !== '' && spec === '' ? 'r' : ''),
      spec,
    })
  }
  return parts
}

function unescaped(text: string): string {
  return text.replace(/\\(x[0-9a-fA-F]{2}|[\s\S])/g, (_all, code: string) =>
    code.length > 1 ? String.fromCharCode(Number(`0${code}`)) : code === '\n' ? '' : (ESCAPES[code] ?? code),
  )
}
