import { wrongArguments } from '../calls/arguments.ts'
import type { CallSpec, Expression, ResultSpec, StructField } from './ast.ts'
import { notErrno } from './errno-names.ts'
import { Scanner } from './scanner.ts'

const NUMBER = /(?:-[ \t]*)?(?:0[xX][0-9a-fA-F]+|\d{1,31})(?!\w)/y
/** Octets may begin with a digit, or be digits alone: `psk=00aa…`. */
const DIGITS_WORD = /\d\w*/y
const IPV4 = /\d{1,3}(?:\.\d{1,3}){3}(?![\w.])/y
const STRING = /"(?:\\[\s\S]|[^"\\\n])*"/y
/** What tunnels take: `{flags [none], sum 0x0, …}` of GRE, `{(label 1, tc 0, [S], ttl 64)}` of MPLS. */
const TUNNEL = /\{\s*(?:\(\s*label\s|[Ff]lags\s*(?:\[|\d))[^}]*\}/y
/** Functions that make numbers of other things. */
const CONVERSIONS: ReadonlySet<string> = new Set(['htons', 'htonl', 'ntohs', 'ntohl', 'inet_addr', 'inet6_addr'])
/** A note with brackets of its own, and the one that ends it. */
const NESTED_NOTE = /[^()\n]*(?:\([^()\n]*\)[^()\n]*)+\)/y
const ERRNO = /^E[A-Z0-9]+$/
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0', '\\': '\\', '"': '"' }

/** `name(arguments) = result` */
export function parseCall(scanner: Scanner): CallSpec {
  scanner.skipBlanks()
  const start = scanner.at
  const name = scanner.meant(scanner.word('a system call'))
  scanner.expect('(')
  const args = parseItems(scanner, ')', 'an argument')
  scanner.refuse(start, wrongArguments(name, args.length))
  scanner.expect('=', '"=" and the result of the call')
  return { name, args, result: parseResult(scanner) }
}

function parseResult(scanner: Scanner): ResultSpec {
  const value: Expression = scanner.has('?') ? { kind: 'ellipsis' } : parseExpression(scanner, 'a value', true)
  const word = scanner.meant(scanner.peekWord())
  const errno = ERRNO.test(word) ? word : null
  if (errno !== null) {
    scanner.refuse(scanner.at, notErrno(errno))
    scanner.word('an errno')
  }
  const notes: string[] = []
  while (scanner.has('(')) notes.push(parseNote(scanner))
  return { value, errno, note: notes.length === 0 ? null : notes.join(') (') }
}

function parseNote(scanner: Scanner): string {
  const nested = scanner.pattern(NESTED_NOTE)
  return (nested === undefined ? scanner.until(')', 'end of the note') : nested.slice(0, -1)).trim()
}

function parseItems(scanner: Scanner, close: string, what: string): Expression[] {
  const items: Expression[] = []
  if (scanner.has(close)) return items
  do {
    items.push(parseExpression(scanner, what))
  } while (scanner.has(','))
  scanner.expect(close, `"," or "${close}"`)
  return items
}

/** One argument, a `|` of several included. */
function parseExpression(scanner: Scanner, what = 'a value', isResult = false): Expression {
  const first = parseSingle(scanner, what, isResult)
  if (!scanner.has('|')) return first
  const parts = [first]
  do {
    parts.push(parseSingle(scanner, 'a value behind "|"', isResult))
  } while (scanner.has('|'))
  return { kind: 'or', parts }
}

/** @param isResult what stands in brackets behind a word is then a note about it, and no list of arguments */
function parseSingle(scanner: Scanner, what: string, isResult: boolean): Expression {
  if (scanner.has('...')) return { kind: 'ellipsis' }
  const address = scanner.take(IPV4)
  if (address !== undefined) return { kind: 'string', value: address }
  const number = scanner.take(NUMBER)
  if (number !== undefined) return integer(number)
  const tunnelAt = scanner.at
  const tunnel = scanner.pattern(TUNNEL)
  if (tunnel !== undefined)
    return { kind: 'word', name: tunnel.replace(/\s+/g, ' '), position: scanner.position(tunnelAt) }
  if (scanner.sees('"')) return parseString(scanner)
  if (scanner.has('[')) return { kind: 'list', items: parseItems(scanner, ']', 'an element') }
  if (scanner.has('{')) return { kind: 'struct', fields: parseFields(scanner) }
  // Nothing has an address here: `&addr` is what it holds.
  scanner.has('&')
  const start = scanner.at
  const name = scanner.pattern(DIGITS_WORD) ?? scanner.word(what)
  const defined = scanner.defines.get(name)
  if (defined !== undefined) return parseDefined(scanner, defined)
  if ((!isResult || CONVERSIONS.has(name)) && scanner.has('('))
    return { kind: 'call', name, args: parseItems(scanner, ')', 'an argument') }
  return { kind: 'word', name, position: scanner.position(start) }
}

function integer(text: string): Expression {
  const size = Number(text.replace(/^-\s*/, ''))
  return { kind: 'integer', value: text.startsWith('-') ? -size : size, hex: /x/i.test(text) }
}

/** What a defined word stands for; it is no word of further definitions. */
function parseDefined(scanner: Scanner, text: string): Expression {
  const inner = new Scanner(scanner.file, text, new Map())
  const value = parseExpression(inner)
  if (!inner.atEnd) inner.fail('the end of the definition')
  return value
}

function parseString(scanner: Scanner): Expression {
  let value = ''
  while (scanner.sees('"')) {
    const literal = scanner.pattern(STRING) ?? scanner.failAt(scanner.at, 'found no end of the string', 'expected "')
    value += unescaped(literal.slice(1, -1))
  }
  // A text that goes on, as strace shows it.
  scanner.has('...')
  return { kind: 'string', value }
}

function unescaped(text: string): string {
  return text.replace(/\\(x[0-9a-fA-F]{2}|[\s\S])/g, (_all, code: string) =>
    code.startsWith('x') && code.length > 1 ? String.fromCharCode(Number(`0${code}`)) : (ESCAPES[code] ?? code),
  )
}

function parseFields(scanner: Scanner): StructField[] {
  const fields: StructField[] = []
  if (scanner.has('}')) return fields
  do {
    fields.push(parseField(scanner))
  } while (scanner.has(','))
  scanner.expect('}', '"," or "}"')
  return fields
}

function parseField(scanner: Scanner): StructField {
  const start = scanner.at
  const name = scanner.peekWord()
  if (name !== '') {
    scanner.word('a field')
    const counted = scanner.has('(')
    // `f()` is no field with a count but a value.
    if (!counted || !scanner.sees(')')) {
      const count = counted ? parseExpression(scanner, 'a count') : null
      if (!counted || scanner.has(')')) {
        if (scanner.has('=')) return { name, count, value: parseExpression(scanner) }
      }
    }
    scanner.at = start
  }
  return { name: null, count: null, value: parseExpression(scanner, 'a field') }
}
