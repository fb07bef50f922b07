import { Mismatch, Unsupported } from '../run/outcome.ts'
import type { Expr, Statement, TextPart, Value } from './ast.ts'
import { builtin, formatOne } from './builtins.ts'
import { formatted, textOf } from './format.ts'
import { parseCode } from './parse.ts'
import { isTrue } from './truth.ts'

/** What a block sees beside its own variables: TCP_INFO's fields and the names of numbers. Undefined: there is none. */
export type Lookup = (name: string) => number | string | undefined

interface Defined {
  readonly parameters: readonly string[]
  readonly body: readonly Statement[]
}

/** What a function came back with. */
class Return {
  readonly value: Value

  constructor(value: Value) {
    this.value = value
  }
}

const DEPTH_MAX = 100

/** The one program that all code blocks of a script are: what one assigns, later ones know. */
export class Program {
  readonly #variables = new Map<string, Value>()
  readonly #functions = new Map<string, Defined>()
  readonly #print: (line: string) => void
  #lookup: Lookup = () => undefined
  #depth = 0

  /** @param print takes what the program prints, a line at a time */
  constructor(print: (line: string) => void) {
    this.#print = print
  }

  /**
   * Runs a block.
   *
   * @throws {Mismatch} when an assertion fails, {Unsupported} for what is outside of the part of Python known here
   */
  run(text: string, lookup: Lookup): void {
    this.#lookup = lookup
    this.#block(parseCode(text), this.#variables)
  }

  #block(statements: readonly Statement[], scope: Map<string, Value>): Return | null {
    for (const statement of statements) {
      const returned = this.#statement(statement, scope)
      if (returned !== null) return returned
    }
    return null
  }

  #statement(statement: Statement, scope: Map<string, Value>): Return | null {
    switch (statement.kind) {
      case 'assert':
        this.#assert(statement, scope)
        return null
      case 'assign': {
        const value = this.#value(statement.value, scope)
        const { name, op } = statement
        scope.set(name, op === '=' ? value : arithmetic(op.slice(0, -1), this.#named(name, scope), value))
        return null
      }
      case 'expression':
        this.#value(statement.value, scope)
        return null
      case 'if':
        return this.#block(isTrue(this.#value(statement.test, scope)) ? statement.yes : statement.no, scope)
      case 'for':
        return this.#loop(statement, scope)
      case 'def':
        this.#functions.set(statement.name, statement)
        return null
      case 'return':
        return new Return(statement.value === null ? null : this.#value(statement.value, scope))
      case 'pass':
        return null
    }
  }

  #loop({ name, of, body }: Extract<Statement, { kind: 'for' }>, scope: Map<string, Value>): Return | null {
    const items = this.#value(of, scope)
    if (typeof items !== 'object' || items === null) throw new Unsupported(`code: for over ${textOf(items)}`)
    for (const item of items) {
      scope.set(name, item)
      const returned = this.#block(body, scope)
      if (returned !== null) return returned
    }
    return null
  }

  #assert({ test, message, text }: Extract<Statement, { kind: 'assert' }>, scope: Map<string, Value>): void {
    if (isTrue(this.#value(test, scope))) return
    const names = new Set<string>()
    collectNames(test, names)
    const values = [...names].map((name) => `${name} = ${textOf(this.#named(name, scope))}`)
    const said = message === null ? '' : `\n  message   ${textOf(this.#value(message, scope))}`
    throw new Mismatch(`an assertion failed\n  expected  ${text}\n  seen      ${values.join(', ')}${said}`)
  }

  #named(name: string, scope: Map<string, Value>): Value {
    const value = scope.get(name) ?? this.#variables.get(name) ?? this.#lookup(name)
    if (value === undefined) throw new Unsupported(`code: name ${name}`)
    return value
  }

  #value(expr: Expr, scope: Map<string, Value>): Value {
    switch (expr.kind) {
      case 'value':
        return expr.value
      case 'name':
        return this.#named(expr.name, scope)
      case 'unary':
        return unary(expr.op, this.#value(expr.of, scope))
      case 'binary':
        return arithmetic(expr.op, this.#value(expr.left, scope), this.#value(expr.right, scope))
      case 'logic': {
        const left = this.#value(expr.left, scope)
        return isTrue(left) === (expr.op === 'and') ? this.#value(expr.right, scope) : left
      }
      case 'compare':
        return this.#comparison(expr, scope)
      case 'choice':
        return this.#value(isTrue(this.#value(expr.test, scope)) ? expr.yes : expr.no, scope)
      case 'tuple':
        return expr.items.map((item) => this.#value(item, scope))
      case 'index': {
        const [of, at] = [this.#value(expr.of, scope), this.#value(expr.at, scope)]
        const found = typeof of === 'object' && of !== null ? of.at(Number(at)) : undefined
        if (found === undefined) throw new Unsupported('code: an index beyond its end')
        return found
      }
      case 'text':
        return expr.parts.map((part) => this.#piece(part, scope)).join('')
      case 'call':
        return this.#call(
          expr.name,
          expr.args.map((arg) => this.#value(arg, scope)),
        )
    }
  }

  /** A piece of an f-string. */
  #piece(part: TextPart, scope: Map<string, Value>): string {
    return typeof part === 'string' ? part : formatOne(this.#value(part.of, scope), part.spec)
  }

  /** Chains as Python has them: `1 < x <= 3`. */
  #comparison({ first, rest }: Extract<Expr, { kind: 'compare' }>, scope: Map<string, Value>): boolean {
    let left = this.#value(first, scope)
    for (const { op, to } of rest) {
      const right = this.#value(to, scope)
      if (!compare(op, left, right)) return false
      left = right
    }
    return true
  }

  #call(name: string, args: readonly Value[]): Value {
    const own = this.#functions.get(name)
    if (own !== undefined) return this.#callOwn(name, own, args)
    if (name === 'print') {
      this.#print(args.map(textOf).join(' '))
      return null
    }
    const value = builtin(name, args)
    if (value !== undefined) return value
    throw new Unsupported(`code: function ${name}()`)
  }

  #callOwn(name: string, { parameters, body }: Defined, args: readonly Value[]): Value {
    if (args.length !== parameters.length) {
      throw new Mismatch(`${name}() takes ${parameters.length} arguments and was given ${args.length}`)
    }
    if (++this.#depth > DEPTH_MAX) throw new Unsupported(`code: ${name}() calls itself more than ${DEPTH_MAX} deep`)
    const scope = new Map(parameters.map((parameter, i) => [parameter, args[i] as Value]))
    const returned = this.#block(body, scope)
    this.#depth--
    return returned?.value ?? null
  }
}

function unary(op: string, value: Value): Value {
  if (op === 'not') return !isTrue(value)
  const number = numeric(value, op)
  if (op === '-') return -number
  return op === '~' ? -number - 1 : number
}

function numeric(value: Value, op: string): number {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return Number(value)
  throw new Unsupported(`code: ${op} of ${textOf(value)}`)
}

/** Whole numbers of Python have no end, those here 53 bits; bits are taken by BigInt. */
function bits(op: string, left: number, right: number): number {
  const [a, b] = [BigInt(Math.trunc(left)), BigInt(Math.trunc(right))]
  switch (op) {
    case '&':
      return Number(a & b)
    case '|':
      return Number(a | b)
    case '^':
      return Number(a ^ b)
    case '<<':
      return Number(a << b)
    default:
      return Number(a >> b)
  }
}

function arithmetic(op: string, left: Value, right: Value): Value {
  if (op === '%' && typeof left === 'string') return formatted(left, right)
  if (op === '+' && typeof left === 'string' && typeof right === 'string') return left + right
  const [a, b] = [numeric(left, op), numeric(right, op)]
  if (b === 0 && /^[/%]/.test(op)) throw new Mismatch('the code divides by zero')
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '//':
      return Math.floor(a / b)
    case '%':
      return a - b * Math.floor(a / b)
    case '**':
      return a ** b
    default:
      return bits(op, a, b)
  }
}

function compare(op: string, left: Value, right: Value): boolean {
  switch (op) {
    case '==':
    case 'is':
      return same(left, right)
    case '!=':
    case 'is not':
      return !same(left, right)
    case 'in':
    case 'not in': {
      const within =
        typeof right === 'string'
          ? right.includes(textOf(left))
          : Array.isArray(right) && right.some((item: Value) => same(item, left))
      return within === (op === 'in')
    }
    default:
      break
  }
  const [a, b] =
    typeof left === 'string' && typeof right === 'string' ? [left, right] : [numeric(left, op), numeric(right, op)]
  if (op === '<') return a < b
  if (op === '<=') return a <= b
  return op === '>' ? a > b : a >= b
}

function same(left: Value, right: Value): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item: Value, i) => same(item, right[i] as Value))
  }
  if (typeof left === 'boolean' || typeof right === 'boolean') {
    if (left === null || right === null || typeof left === 'string' || typeof right === 'string') return false
    return Number(left) === Number(right)
  }
  return left === right
}

function collectNames(expr: Expr, into: Set<string>): void {
  if (expr.kind === 'name') into.add(expr.name)
  for (const value of Object.values(expr)) {
    for (const part of Array.isArray(value) ? value : [value]) {
      if (typeof part !== 'object' || part === null) continue
      collectNames(('to' in part ? part.to : part) as Expr, into)
    }
  }
}
