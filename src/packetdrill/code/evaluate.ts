import { Unsupported } from '../run/outcome.ts'
import type { Argument, Expr, Parameter, Statement, TextPart } from './ast.ts'
import { builtin, unknownName } from './builtins.ts'
import { formatOne, reprOf, textOf } from './format.ts'
import { indexed, placeIn, sliced } from './indexing.ts'
import { member, moduleOf } from './members.ts'
import { valueOfNumber } from './numbers.ts'
import { arithmetic, compare, unary } from './operations.ts'
import { parseCode } from './parse.ts'
import { Callable, CodeError, Dictionary, isTrue, List, listOf, membersOf, setOf, type Value } from './values.ts'

/** What a block sees beside its own variables: TCP_INFO's fields and the names of numbers. Undefined: there is none. */
export type Lookup = (name: string) => number | bigint | string | undefined

/** Why a block is left before its end. */
type Left = { readonly kind: 'return'; readonly value: Value } | { readonly kind: 'break' | 'continue' }

/** Variables of a function, or of the program; `global` names those that belong to the program. */
interface Scope {
  readonly variables: Map<string, Value>
  readonly outer: Scope | null
  readonly globals: Set<string>
}

const DEPTH_MAX = 100
const ROUNDS_MAX = 1_000_000

/** The one program that all code blocks of a script are: what one assigns, later ones know. */
export class Program {
  readonly #top: Scope = { variables: new Map(), outer: null, globals: new Set() }
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
    try {
      this.#block(parseCode(text), this.#top)
    } catch (error) {
      // exit(0) ends the program well.
      if (!(error instanceof CodeError && error.kind === 'SystemExit' && error.message === '')) throw error
    }
  }

  #block(statements: readonly Statement[], scope: Scope): Left | null {
    for (const statement of statements) {
      const left = this.#statement(statement, scope)
      if (left !== null) return left
    }
    return null
  }

  #statement(statement: Statement, scope: Scope): Left | null {
    switch (statement.kind) {
      case 'if':
        return this.#block(isTrue(this.#value(statement.test, scope)) ? statement.yes : statement.no, scope)
      case 'for':
        return this.#loop(statement, scope)
      case 'while':
        return this.#while(statement, scope)
      case 'try':
        return this.#try(statement, scope)
      case 'return':
        return { kind: 'return', value: statement.value === null ? null : this.#value(statement.value, scope) }
      case 'break':
      case 'continue':
        return { kind: statement.kind }
      default:
        this.#simple(statement, scope)
        return null
    }
  }

  #simple(statement: Statement, scope: Scope): void {
    switch (statement.kind) {
      case 'assert':
        return this.#assert(statement, scope)
      case 'assign':
        return this.#assign(statement, scope)
      case 'expression':
        this.#value(statement.value, scope)
        return
      case 'def':
        return this.#set(
          statement.name,
          this.#function(statement.name, statement.parameters, statement.body, scope),
          scope,
        )
      case 'raise': {
        const { value } = statement
        const message = value === null ? '' : textOf(this.#value(value, scope))
        const named = value?.kind === 'call' ? value.of : value
        throw new CodeError(
          named?.kind === 'name' ? named.name : 'Exception',
          `the code raises ${message || 'an exception'}`,
          message,
        )
      }
      case 'import':
        for (const [name, as] of statement.modules) this.#set(as, moduleOf(name), scope)
        return
      case 'from':
        for (const [name, as] of statement.names)
          if (name !== '*') this.#set(as, member(moduleOf(statement.module), name), scope)
        return
      case 'global':
        for (const name of statement.names) scope.globals.add(name)
        return
      case 'delete':
        for (const target of statement.targets) this.#delete(target, scope)
        return
      default:
    }
  }

  #assign({ targets, op, value }: Extract<Statement, { kind: 'assign' }>, scope: Scope): void {
    const given = this.#value(value, scope)
    for (const target of targets) {
      if (op === '') this.#store(target, given, scope)
      else this.#store(target, arithmetic(op, this.#value(target, scope), given), scope)
    }
  }

  /** Takes a value in: `x`, `a, b`, `d[k]`. */
  #store(target: Expr, value: Value, scope: Scope): void {
    if (target.kind === 'name') return this.#set(target.name, value, scope)
    if (target.kind === 'tuple' || target.kind === 'list') {
      return this.#storeAll(target.items, membersOf(value, 'an assignment'), scope)
    }
    if (target.kind !== 'index') throw new Unsupported('code: an assignment to what is no variable')
    const [of, at] = [this.#value(target.of, scope), this.#value(target.at, scope)]
    if (of instanceof Dictionary) return of.set(at, value)
    if (!(of instanceof List)) throw new Unsupported(`code: an assignment into ${reprOf(of)}`)
    of[placeIn(of, at)] = value
  }

  /** `a, b = …`, `a, *rest = …` */
  #storeAll(targets: readonly Expr[], items: readonly Value[], scope: Scope): void {
    const star = targets.findIndex(({ kind }) => kind === 'starred')
    const spare = items.length - targets.length
    if (star < 0 ? spare !== 0 : spare < -1)
      throw new CodeError('ValueError', `${items.length} values for ${targets.length} names`)
    for (const [i, one] of targets.entries()) {
      if (one.kind === 'starred') this.#store(one.of, listOf(items.slice(star, star + spare + 1)), scope)
      else this.#store(one, items[star >= 0 && i > star ? i + spare : i] as Value, scope)
    }
  }

  #delete(target: Expr, scope: Scope): void {
    if (target.kind === 'name') {
      scope.variables.delete(target.name)
      return
    }
    if (target.kind !== 'index') throw new Unsupported('code: del of what is no variable')
    const [of, at] = [this.#value(target.of, scope), this.#value(target.at, scope)]
    if (of instanceof Dictionary) of.delete(at)
    else if (of instanceof List) of.splice(placeIn(of, at), 1)
    else throw new Unsupported(`code: del of ${reprOf(of)}`)
  }

  #set(name: string, value: Value, scope: Scope): void {
    const own = scope.globals.has(name) ? this.#top : scope
    own.variables.set(name, value)
  }

  #loop({ target, of, body, otherwise }: Extract<Statement, { kind: 'for' }>, scope: Scope): Left | null {
    for (const item of [...membersOf(this.#value(of, scope), 'for')]) {
      this.#store(target, item, scope)
      const left = this.#block(body, scope)
      if (left?.kind === 'break') return null
      if (left?.kind === 'return') return left
    }
    return this.#block(otherwise, scope)
  }

  #while({ test, body, otherwise }: Extract<Statement, { kind: 'while' }>, scope: Scope): Left | null {
    for (let rounds = 0; isTrue(this.#value(test, scope)); rounds++) {
      if (rounds > ROUNDS_MAX) throw new Unsupported(`code: while of more than ${ROUNDS_MAX} rounds`)
      const left = this.#block(body, scope)
      if (left?.kind === 'break') return null
      if (left?.kind === 'return') return left
    }
    return this.#block(otherwise, scope)
  }

  #try(statement: Extract<Statement, { kind: 'try' }>, scope: Scope): Left | null {
    let left: Left | null
    try {
      left = this.#guarded(statement, scope)
    } catch (error) {
      // A `return` or `break` of the last block takes the place of the error.
      const over = this.#block(statement.last, scope)
      if (over !== null) return over
      throw error
    }
    return this.#block(statement.last, scope) ?? left
  }

  /** A `try` without its `finally`. */
  #guarded({ body, handlers, otherwise }: Extract<Statement, { kind: 'try' }>, scope: Scope): Left | null {
    let left: Left | null
    try {
      left = this.#block(body, scope)
    } catch (error) {
      const found = handlers.find(({ names }) => error instanceof CodeError && catches(names, error.kind))
      if (found === undefined) throw error
      if (found.as !== null) this.#set(found.as, (error as CodeError).said, scope)
      return this.#block(found.body, scope)
    }
    return left ?? this.#block(otherwise, scope)
  }

  #assert({ test, message, text }: Extract<Statement, { kind: 'assert' }>, scope: Scope): void {
    if (isTrue(this.#value(test, scope))) return
    const names = new Set<string>()
    collectNames(test, names)
    const values = [...names].flatMap((name) => {
      const value = this.#find(name, scope)
      return value === undefined || value instanceof Callable ? [] : [`${name} = ${textOf(value)}`]
    })
    const told = message === null ? '' : textOf(this.#value(message, scope))
    const said = message === null ? '' : `\n  message   ${told}`
    throw new CodeError(
      'AssertionError',
      `an assertion failed\n  expected  ${text}\n  seen      ${values.join(', ')}${said}`,
      told,
    )
  }

  #find(name: string, scope: Scope): Value | undefined {
    for (let one: Scope | null = scope; one !== null; one = one.outer) {
      const value = one.globals.has(name) ? this.#top.variables.get(name) : one.variables.get(name)
      if (value !== undefined) return value
    }
    const told = this.#lookup(name)
    return (
      (typeof told === 'string' ? told : told === undefined ? undefined : valueOfNumber(told)) ??
      this.#own(name) ??
      builtin(name)
    )
  }

  /** Functions that need the program itself. */
  #own(name: string): Value | undefined {
    if (name === 'print') {
      return new Callable('print', (args, named) => {
        this.#print(args.map(textOf).join(textOf(named.get('sep') ?? ' ')))
        return null
      })
    }
    if (name !== 'globals' && name !== 'locals' && name !== 'vars') return undefined
    return new Callable(name, () => {
      const all = new Dictionary()
      for (const [key, value] of this.#top.variables) all.set(key, value)
      return all
    })
  }

  #value(expr: Expr, scope: Scope): Value {
    switch (expr.kind) {
      case 'value':
        return expr.value
      case 'name': {
        const value = this.#find(expr.name, scope)
        if (value === undefined) throw unknownName(expr.name)
        return value
      }
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
      default:
        return this.#compound(expr, scope)
    }
  }

  #compound(expr: Expr, scope: Scope): Value {
    switch (expr.kind) {
      case 'tuple':
        return this.#items(expr.items, scope)
      case 'list':
        return listOf(this.#items(expr.items, scope))
      case 'set':
        return setOf(this.#items(expr.items, scope))
      case 'walrus': {
        const value = this.#value(expr.value, scope)
        this.#set(expr.name, value, scope)
        return value
      }
      case 'dict': {
        const made = new Dictionary()
        for (const [key, value] of expr.pairs) made.set(this.#value(key, scope), this.#value(value, scope))
        return made
      }
      case 'comprehension':
        return this.#comprehension(expr, scope)
      case 'lambda':
        return this.#function('<lambda>', expr.parameters, [{ kind: 'return', line: 0, value: expr.body }], scope)
      case 'attribute':
        return member(this.#value(expr.of, scope), expr.name)
      case 'index':
        return indexed(this.#value(expr.of, scope), this.#value(expr.at, scope))
      case 'slice':
        return sliced(
          this.#value(expr.of, scope),
          expr.bounds.map((bound) => (bound === null ? null : this.#value(bound, scope))),
        )
      case 'text':
        return expr.parts.map((part) => this.#piece(part, scope)).join('')
      case 'call':
        return this.#call(expr, scope)
      default:
        return null
    }
  }

  /** The members of a list, those of `*members` among them. */
  #items(items: readonly Expr[], scope: Scope): Value[] {
    return items.flatMap((item) =>
      item.kind === 'starred' ? [...membersOf(this.#value(item.of, scope), '*')] : [this.#value(item, scope)],
    )
  }

  /** A piece of an f-string. */
  #piece(part: TextPart, scope: Scope): string {
    return typeof part === 'string' ? part : formatOne(this.#value(part.of, scope), part.conversion, part.spec)
  }

  /** Chains as Python has them: `1 < x <= 3`. */
  #comparison({ first, rest }: Extract<Expr, { kind: 'compare' }>, scope: Scope): boolean {
    let left = this.#value(first, scope)
    for (const { op, to } of rest) {
      const right = this.#value(to, scope)
      if (!compare(op, left, right)) return false
      left = right
    }
    return true
  }

  #comprehension({ element, value, makes, clauses }: Extract<Expr, { kind: 'comprehension' }>, outer: Scope): Value {
    const scope: Scope = { variables: new Map(), outer, globals: new Set() }
    const made = new List()
    const dictionary = value === null ? null : new Dictionary()
    const go = (depth: number): void => {
      const clause = clauses[depth]
      if (clause === undefined) {
        const key = this.#value(element, scope)
        if (dictionary === null || value === null) made.push(key)
        else dictionary.set(key, this.#value(value, scope))
        return
      }
      for (const item of membersOf(this.#value(clause.of, scope), 'for')) {
        this.#store(clause.target, item, scope)
        if (clause.tests.every((test) => isTrue(this.#value(test, scope)))) go(depth + 1)
      }
    }
    go(0)
    return dictionary ?? (makes === 'set' ? setOf(made) : made)
  }

  #call({ of, args }: Extract<Expr, { kind: 'call' }>, scope: Scope): Value {
    const found = of.kind === 'name' ? this.#find(of.name, scope) : this.#value(of, scope)
    if (found === undefined && of.kind === 'name') throw unknownName(of.name)
    if (!(found instanceof Callable)) throw new Unsupported('code: a call of what is no function')
    const [values, named] = this.#given(args, scope)
    return found.call(values, named)
  }

  #given(args: readonly Argument[], scope: Scope): [Value[], Map<string, Value>] {
    const values: Value[] = []
    const named = new Map<string, Value>()
    for (const { kind, name, value } of args) {
      const given = this.#value(value, scope)
      if (kind === '*') values.push(...membersOf(given, 'a call'))
      else if (kind === '**' && given instanceof Dictionary)
        for (const [key, one] of given.pairs) named.set(textOf(key), one)
      else if (name !== null) named.set(name, given)
      else values.push(given)
    }
    return [values, named]
  }

  #function(name: string, parameters: readonly Parameter[], body: readonly Statement[], outer: Scope): Callable {
    const fallbacks = new Map(
      parameters.flatMap(({ name: one, fallback }) => (fallback === null ? [] : [[one, this.#value(fallback, outer)]])),
    )
    return new Callable(name, (args, named) => {
      const variables = bound(name, parameters, fallbacks, args, named)
      if (this.#depth === DEPTH_MAX) throw new Unsupported(`code: ${name}() calls itself more than ${DEPTH_MAX} deep`)
      this.#depth++
      try {
        const left = this.#block(body, { variables, outer, globals: new Set() })
        return left?.kind === 'return' ? left.value : null
      } finally {
        this.#depth--
      }
    })
  }
}

/** A function's variables as a call gives them. */
function bound(
  name: string,
  parameters: readonly Parameter[],
  fallbacks: ReadonlyMap<string, Value>,
  args: readonly Value[],
  named: ReadonlyMap<string, Value>,
): Map<string, Value> {
  const variables = new Map<string, Value>()
  const plain = parameters.filter(({ kind }) => kind === '')
  const [rest, others] = ['*', '**'].map((kind) => parameters.find((one) => one.kind === kind)?.name)
  for (const [i, { name: one }] of plain.entries()) {
    const value = args[i] ?? named.get(one) ?? fallbacks.get(one)
    if (value === undefined)
      throw new CodeError('TypeError', `${name}() takes ${plain.length} arguments and was given ${args.length}`)
    variables.set(one, value)
  }
  if (rest === undefined && args.length > plain.length)
    throw new CodeError('TypeError', `${name}() takes ${plain.length} arguments and was given ${args.length}`)
  if (rest !== undefined) variables.set(rest, args.slice(plain.length))
  const further = new Dictionary()
  for (const [key, value] of named) if (!plain.some((one) => one.name === key)) further.set(key, value)
  if (others !== undefined) variables.set(others, further)
  else if (further.size > 0)
    throw new CodeError('TypeError', `${name}() has no argument ${textOf(further.pairs[0]?.[0] ?? '')}`)
  return variables
}

const ANY = new Set(['Exception', 'BaseException', 'StandardError'])

function catches(names: readonly string[], kind: string): boolean {
  return names.length === 0 || names.some((name) => name === kind || (ANY.has(name) && kind !== 'SystemExit'))
}

function collectNames(expr: Expr, into: Set<string>): void {
  if (expr.kind === 'name') into.add(expr.name)
  for (const value of Object.values(expr)) {
    for (const part of Array.isArray(value) ? value : [value]) {
      if (typeof part !== 'object' || part === null) continue
      collectNames(('to' in part ? part.to : 'value' in part && !('kind' in part) ? part.value : part) as Expr, into)
    }
  }
}
