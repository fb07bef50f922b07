import type { CallSpec, Expression, ResultSpec, StructField } from './ast.ts'
import { Scanner } from './scanner.ts'

const NUMBER = /-?(?:0[xX][0-9a-fA-F]+|\d+)/y
const IPV4 = /\d{1,3}(?:\.\d{1,3}){3}(?![\w.])/y
const STRING = /"(?:\\[\s\S]|[^"\\\n])*"/y
const ERRNO = /^E[A-Z0-9]+$/
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0', '\\': '\\', '"': '"' }

/** `name(arguments) = result` */
export function parseCall(scanner: Scanner): CallSpec {
  const name = scanner.meant(scanner.word('a system call'))
  scanner.expect('(')
  const args = parseItems(scanner, ')', 'an argument')
  scanner.expect('=', '"=" and the result of the call')
  return { name, args, result: parseResult(scanner) }
}

function parseResult(scanner: Scanner): ResultSpec {
  const value: Expression = scanner.has('?') ? { kind: 'ellipsis' } : parseExpression(scanner)
  const word = scanner.meant(scanner.peekWord())
  const errno = ERRNO.test(word) ? word : null
  if (errno !== null) scanner.word('an errno')
  const note = scanner.has('(') ? scanner.until(')', 'end of the note').trim() : null
  return { value, errno, note }
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
function parseExpression(scanner: Scanner, what = 'a value'): Expression {
  const first = parseSingle(scanner, what)
  if (!scanner.has('|')) return first
  const parts = [first]
  do {
    parts.push(parseSingle(scanner, 'a value behind "|"'))
  } while (scanner.has('|'))
  return { kind: 'or', parts }
}

function parseSingle(scanner: Scanner, what: string): Expression {
  if (scanner.has('...')) return { kind: 'ellipsis' }
  const address = scanner.take(IPV4)
  if (address !== undefined) return { kind: 'string', value: address }
  const number = scanner.take(NUMBER)
  if (number !== undefined) return { kind: 'integer', value: Number(number), hex: /x/i.test(number) }
  if (scanner.sees('"')) return parseString(scanner)
  if (scanner.has('[')) return { kind: 'list', items: parseItems(scanner, ']', 'an element') }
  if (scanner.has('{')) return { kind: 'struct', fields: parseFields(scanner) }
  // Where something lies is nobody's matter: `&addr` is what it holds.
  scanner.has('&')
  const start = scanner.at
  const name = scanner.word(what)
  const defined = scanner.defines.get(name)
  if (defined !== undefined) return parseDefined(scanner, defined)
  if (scanner.has('(')) return { kind: 'call', name, args: parseItems(scanner, ')', 'an argument') }
  return { kind: 'word', name, position: scanner.position(start) }
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
