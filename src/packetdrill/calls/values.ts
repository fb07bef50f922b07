import { Errno, type ErrnoName } from '../../base/index.ts'
import { Address } from '../../wire/index.ts'
import type { Expression, StructField } from '../language/ast.ts'
import { printExpression } from '../language/print.ts'
import { Mismatch, Unsupported } from '../run/outcome.ts'
import { SYMBOLS } from './symbols.ts'

/** A number that an expression stands for. @throws {Unsupported} for a name that nobody knows here */
export function numberOf(expression: Expression | undefined, what: string): number {
  if (expression === undefined) throw new Mismatch(`${what} is missing`)
  switch (expression.kind) {
    case 'integer':
      return expression.value
    case 'word':
      return symbol(expression.name)
    case 'or':
      return expression.parts.reduce((bits, part) => (bits | numberOf(part, what)) >>> 0, 0)
    case 'call':
      return callOf(expression.name, expression.args, what)
    case 'list':
      if (expression.items.length === 1) return numberOf(expression.items[0], what)
      break
    default:
  }
  throw new Mismatch(`${what} is ${printExpression(expression)}, expected a number`)
}

/** A name's number. @throws {Unsupported} for one that is not known */
function symbol(name: string): number {
  const value = SYMBOLS.get(name) ?? Errno[name as ErrnoName]
  if (value === undefined) throw new Unsupported(`symbol ${name}`)
  return value
}

/** htons and its kin: numbers stay what they are, since nothing here has an order of octets. */
function callOf(name: string, args: readonly Expression[], what: string): number {
  if (/^(htons|htonl|ntohs|ntohl)$/.test(name)) return numberOf(args[0], what)
  throw new Unsupported(`function ${name}()`)
}

/** Whether an expression leaves its value open. */
export function isOpen(expression: Expression | undefined): boolean {
  return expression === undefined || expression.kind === 'ellipsis'
}

/** What is inside `[…]`, or the expression itself. */
export function inner(expression: Expression | undefined): Expression | undefined {
  return expression?.kind === 'list' && expression.items.length === 1 ? expression.items[0] : expression
}

/** A structure's fields by name. @throws {Mismatch} for what is no structure */
export function fieldsOf(expression: Expression | undefined, what: string): ReadonlyMap<string, StructField> {
  const found = inner(expression)
  if (found?.kind !== 'struct') throw new Mismatch(`${what} is no structure {…}`)
  return new Map(found.fields.flatMap((field) => (field.name === null ? [] : [[field.name, field] as const])))
}

/** An address in a `sockaddr`: text, in any of the forms that scripts write. */
export function addressText(expression: Expression, what: string): string {
  if (expression.kind === 'string') return expression.value
  if (expression.kind === 'call' && /^(inet_addr|inet_pton|inet6_addr|in6_addr)$/.test(expression.name)) {
    const text = expression.args.at(-1)
    if (text?.kind === 'string') return text.value
  }
  const word = numberOf(expression, what)
  return Address.v4(word).toString()
}
