import { Errno, entryOf, type Micros } from '../../base/index.ts'
import { Address } from '../../wire/index.ts'
import type { Expression, StructField } from '../language/ast.ts'
import { printExpression } from '../language/print.ts'
import { Mismatch, meant, Unsupported } from '../run/outcome.ts'
import { SYMBOLS } from './symbols/index.ts'

/** A number that an expression stands for. @throws {Unsupported} for an unknown name */
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
  const value = SYMBOLS.get(name) ?? entryOf<number>(Errno, name)
  if (value === undefined) throw new Unsupported(`symbol ${name}${meant(name, SYMBOLS.keys())}`)
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

/** Whether an argument is NULL. */
export function isNull(expression: Expression | undefined): boolean {
  return expression?.kind === 'word' && expression.name === 'NULL'
}

/** Whether an argument is an address where nothing can be: NULL, or one that a script writes down as a number. */
export function isNowhere(argument: Expression | undefined): boolean {
  return isNull(argument) || argument?.kind === 'integer'
}

/** What is inside `[…]`, or the expression itself. */
export function inner(expression: Expression | undefined): Expression | undefined {
  return expression?.kind === 'list' && expression.items.length === 1 ? expression.items[0] : expression
}

/**
 * A structure's fields by name.
 * @param order the names of fields that are written without one
 * @throws {Mismatch} for what is no structure
 */
export function fieldsOf(
  expression: Expression | undefined,
  what: string,
  order: readonly string[] = [],
): ReadonlyMap<string, StructField> {
  const found = inner(expression)
  if (found?.kind !== 'struct') throw new Mismatch(`${what} is no structure {…}`)
  return new Map(
    found.fields.flatMap((field, i) => {
      const name = field.name ?? order[i]
      return name === undefined ? [] : [[name, field] as const]
    }),
  )
}

/** µs of a `timespec` or `timeval`: `{tv_sec=1, tv_nsec=0}`, `{tv_sec=1, tv_usec=0}`. @throws {Mismatch} for what is neither */
export function timeOf(
  expression: Expression | undefined,
  what: string,
  part: 'tv_nsec' | 'tv_usec' = 'tv_nsec',
): Micros {
  const fields = fieldsOf(expression, what, ['tv_sec', part])
  const number = (name: string): number => numberOf(fields.get(name)?.value, name)
  return number('tv_sec') * 1e6 + number(part) / (part === 'tv_nsec' ? 1000 : 1)
}

/** What a `sockaddr` says: undefined is what it leaves out. */
export interface AddressParts {
  readonly family: Expression | undefined
  readonly port: Expression | undefined
  readonly address: Expression | undefined
}

const ORDER4 = ['sin_family', 'sin_port', 'sin_addr']
const ORDER6 = ['sin6_family', 'sin6_port', 'sin6_flowinfo', 'sin6_addr', 'sin6_scope_id']

/**
 * The parts of `{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("…")}`, of the same for IPv6, and of strace's
 * `inet_pton(AF_INET6, "…", &sin6_addr)` in place of a field. @throws {Mismatch} for what is no structure
 */
export function addressParts(expression: Expression | undefined, what: string): AddressParts {
  const found = inner(expression)
  const fields = fieldsOf(
    found,
    what,
    found?.kind === 'struct' && found.fields.length > ORDER4.length ? ORDER6 : ORDER4,
  )
  const one = (part: string): Expression | undefined =>
    ['sin', 'sin6', 'sa', 'ss']
      .map((prefix) => fields.get(`${prefix}_${part}`)?.value)
      .find((value) => value !== undefined)
  const converted = found?.kind === 'struct' ? found.fields.map(({ value }) => value).find(isConversion) : undefined
  return { family: one('family'), port: opened(one('port')), address: converted ?? one('addr') }
}

function isConversion(value: Expression): boolean {
  return value.kind === 'call' && value.name === 'inet_pton'
}

/** `htons(...)` leaves the port open. */
function opened(value: Expression | undefined): Expression | undefined {
  return value?.kind === 'call' && value.args[0]?.kind === 'ellipsis' ? value.args[0] : value
}

const ADDRESSES6: Readonly<Record<string, string>> = {
  in6addr_any: '::',
  IN6ADDR_ANY_INIT: '::',
  in6addr_loopback: '::1',
  IN6ADDR_LOOPBACK_INIT: '::1',
}

/** An address in a `sockaddr`: text, in any of the forms that scripts write. */
export function addressText(expression: Expression, what: string): string {
  if (expression.kind === 'string') return expression.value
  if (expression.kind === 'call' && /^(inet_addr|inet_pton|inet6_addr|in6_addr)$/.test(expression.name)) {
    const text = expression.args.find(({ kind }) => kind === 'string')
    if (text?.kind === 'string') return text.value
  }
  if (expression.kind === 'word') {
    const known = entryOf(ADDRESSES6, expression.name)
    if (known !== undefined) return known
  }
  const word = numberOf(expression, what)
  return Address.v4(word).toString()
}
