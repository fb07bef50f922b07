import { Mismatch, Unsupported } from '../run/outcome.ts'
import { Float, orderOfNumbers, worth } from './float.ts'

/** What a program computes with. A number is an int, and a bigint one that is no safe number. */
export type Value =
  | number
  | bigint
  | Float
  | string
  | boolean
  | null
  | readonly Value[]
  | Dictionary
  | Callable
  | Module

/** A dictionary; keys are compared as Python does for numbers, texts and tuples of them. */
export class Dictionary {
  readonly #entries = new Map<string, readonly [key: Value, value: Value]>()

  get size(): number {
    return this.#entries.size
  }

  get pairs(): (readonly [key: Value, value: Value])[] {
    return [...this.#entries.values()]
  }

  get(key: Value): Value | undefined {
    return this.#entries.get(keyOf(key))?.[1]
  }

  set(key: Value, value: Value): void {
    this.#entries.set(keyOf(key), [this.#entries.get(keyOf(key))?.[0] ?? key, value])
  }

  delete(key: Value): boolean {
    return this.#entries.delete(keyOf(key))
  }
}

function keyOf(key: Value): string {
  if (typeof key === 'string') return `s${key}`
  const number = worth(key)
  if (number !== undefined) return `n${Number.isInteger(number) ? BigInt(number) : number}`
  if (key === null) return 'None'
  if (isSequence(key) && !(key instanceof List)) return `(${key.map(keyOf).join(',')})`
  throw new Unsupported('code: such a key of a dictionary')
}

/** A list; a tuple is a plain array. */
export class List extends Array<Value> {}

/** A set: a list of members that differ, whose order says nothing. */
export class SetOfValues extends List {}

/** A set of given members. */
export function setOf(items: Iterable<Value>): SetOfValues {
  const made = new SetOfValues()
  for (const item of items) if (!made.some((one) => same(one, item))) made.push(item)
  return made
}

/** A list of given members. */
export function listOf(items: Iterable<Value>): List {
  const made = new List()
  for (const item of items) made.push(item)
  return made
}

/** A function, of the program's own or of Python's. */
export class Callable {
  readonly name: string
  readonly call: (args: readonly Value[], named: ReadonlyMap<string, Value>) => Value

  constructor(name: string, call: (args: readonly Value[], named: ReadonlyMap<string, Value>) => Value) {
    this.name = name
    this.call = call
  }
}

/** What `import` brings. */
export class Module {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/** Modules that may be imported. Of most of them nothing is known, and what a program uses of them is refused by name. */
export const MODULES: readonly string[] = [
  ...['__future__', 'math', 'sys', 'os', 're', 'time', 'socket', 'struct', 'errno', 'string', 'random', 'itertools'],
  ...['functools', 'collections', 'subprocess', 'json', 'logging', 'datetime', 'traceback'],
]

/** An exception of Python: `except` may catch it, else the script fails. */
export class CodeError extends Mismatch {
  readonly kind: string
  /** What Python itself says of it: `str(error)`. */
  readonly said: string

  constructor(kind: string, message: string, said: string = message) {
    super(message)
    this.kind = kind
    this.said = said
  }
}

/** An exception that Python itself raises. @param tells what the script's reader is told; default: kind and message */
export function raised(kind: string, said: string, tells = `the code raises ${kind}: ${said}`): CodeError {
  return new CodeError(kind, tells, said)
}

/** What type() tells, and isinstance() asks for. */
export function typeOf(value: Value): string {
  if (value === null) return 'NoneType'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number' || typeof value === 'bigint') return 'int'
  if (value instanceof Float) return 'float'
  if (typeof value === 'string') return 'str'
  if (value instanceof Dictionary) return 'dict'
  if (value instanceof SetOfValues) return 'set'
  if (isSequence(value)) return value instanceof List ? 'list' : 'tuple'
  return value instanceof Callable ? 'function' : 'module'
}

/** Whether a value is a list or a tuple. */
export function isSequence(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

/** What Python takes for true. */
export function isTrue(value: Value): boolean {
  if (isSequence(value)) return value.length > 0
  if (value instanceof Dictionary) return value.size > 0
  return value instanceof Float ? value.value !== 0 : Boolean(value)
}

/** What a loop goes through. @throws {Unsupported} for what has no members */
export function membersOf(value: Value, what: string): readonly Value[] {
  if (isSequence(value)) return value
  if (typeof value === 'string') return Array.from(value)
  if (value instanceof Dictionary) return value.pairs.map(([key]) => key)
  throw new Unsupported(`code: ${what} over ${worth(value) ?? 'what has no members'}`)
}

/** Python's ==. */
export function same(left: Value, right: Value): boolean {
  if (left instanceof SetOfValues && right instanceof SetOfValues)
    return left.length === right.length && left.every((item) => right.some((one) => alike(item, one)))
  if (isSequence(left) && isSequence(right)) {
    return left.length === right.length && left.every((item, i) => alike(item, right[i] as Value))
  }
  if (left instanceof Dictionary && right instanceof Dictionary) {
    return (
      left.size === right.size &&
      left.pairs.every(([key, value]) => isIn(right, key) && alike(value, right.get(key) ?? null))
    )
  }
  const [a, b] = [worth(left), worth(right)]
  return a === undefined || b === undefined ? left === right : orderOfNumbers(a, b) === 0
}

/** How members of lists are compared: what is the very same one needs not equal itself, as NaN does not. */
function alike(left: Value, right: Value): boolean {
  return left === right || same(left, right)
}

/** Python's `in`. */
export function isIn(within: Value, value: Value): boolean {
  if (typeof within === 'string') return typeof value === 'string' && within.includes(value)
  if (within instanceof Dictionary) return within.get(value) !== undefined
  return membersOf(within, 'in').some((item) => alike(item, value))
}
