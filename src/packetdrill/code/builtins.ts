import { Unsupported } from '../run/outcome.ts'
import { fixed, formatOne, reprOf, textOf } from './format.ts'
import { arithmetic, ordered } from './operations.ts'
import {
  Callable,
  CodeError,
  Dictionary,
  isSequence,
  isTrue,
  List,
  listOf,
  MODULES,
  membersOf,
  SetOfValues,
  setOf,
  type Value,
} from './values.ts'

/** How many values a range may have: nothing in a script counts further. */
const RANGE_MOST = 100_000

type Named = ReadonlyMap<string, Value>
type Builtin = (args: readonly Value[], named: Named) => Value

const numberText =
  (prefix: string, base: number): Builtin =>
  ([value = null]) =>
    `${prefix}${Number(value).toString(base)}`

/** What min() and max() look at: their arguments, or the members of the only one. */
function extreme(sign: 1 | -1): Builtin {
  return (args, named) => {
    const items = args.length === 1 ? membersOf(args[0] as Value, 'min() or max()') : args
    const [first = named.get('default'), ...rest] = items
    if (first === undefined) throw new CodeError('ValueError', 'min() or max() of nothing')
    return rest.reduce<Value>(
      (best, one) => (ordered(weighed(one, named), weighed(best, named)) * sign > 0 ? one : best),
      first,
    )
  }
}

/** A number that a text or another number stands for. */
function wholeNumber([value = 0, base = 10]: readonly Value[]): Value {
  if (typeof value !== 'string') return Math.trunc(Number(value))
  const text = value.trim().toLowerCase()
  const digits = Number(base) === 16 ? text.replace(/^0x/, '') : text
  const number = Number(base) === 10 || Number(base) === 0 ? Number(digits) : Number.parseInt(digits, Number(base))
  if (text === '' || Number.isNaN(number)) throw new CodeError('ValueError', `int() of ${reprOf(value)}`)
  return number
}

/** Digits before the point are counted below 0. */
function rounded(value: number, digits: number): number {
  return digits < 0 ? Number(fixed(value / 10 ** -digits, 0)) * 10 ** -digits : Number(fixed(value, digits))
}

function range(args: readonly Value[]): Value {
  const given = args.map(Number)
  const [start = 0, stop = 0, step = 1] = given.length === 1 ? [0, given[0]] : given
  const count = Math.max(0, Math.ceil((stop - start) / step))
  if (!(count <= RANGE_MOST)) throw new Unsupported(`code: range() of more than ${RANGE_MOST} values`)
  return listOf(Array.from({ length: count }, (_, i) => start + i * step))
}

/** What a value is ordered by: `key=` of the call, or the value itself. */
function weighed(value: Value, named: Named): Value {
  const key = named.get('key')
  return key instanceof Callable ? key.call([value], new Map()) : value
}

/** How `sorted(…, key=, reverse=)` and `sort()` compare. */
export function orderOf(named: Named): (a: Value, b: Value) => number {
  const sign = isTrue(named.get('reverse') ?? false) ? -1 : 1
  return (a, b) => sign * ordered(weighed(a, named), weighed(b, named))
}

function sorted([items = null]: readonly Value[], named: Named): List {
  return listOf([...membersOf(items, 'sorted()')].sort(orderOf(named)))
}

function zip(args: readonly Value[]): Value {
  const lists = args.map((one) => membersOf(one, 'zip()'))
  const count = Math.min(...lists.map(({ length }) => length))
  return listOf(Array.from({ length: lists.length === 0 ? 0 : count }, (_, i) => lists.map((one) => one[i] as Value)))
}

function applied(
  args: readonly Value[],
  use: (call: (value: readonly Value[]) => Value, items: readonly Value[]) => Value[],
): Value {
  const [by = null, items = null] = args
  if (!(by instanceof Callable)) throw new Unsupported('code: map() or filter() by what is no function')
  return listOf(use((values) => by.call(values, new Map()), membersOf(items, by.name)))
}

/** What type() tells, and isinstance() asks for. */
function typeOf(value: Value): string {
  if (value === null) return 'NoneType'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  if (typeof value === 'string') return 'str'
  if (value instanceof Dictionary) return 'dict'
  if (value instanceof SetOfValues) return 'set'
  if (isSequence(value)) return value instanceof List ? 'list' : 'tuple'
  return value instanceof Callable ? 'function' : 'module'
}

function isInstance([value = null, kinds = null]: readonly Value[]): Value {
  const type = typeOf(value)
  const asked = (isSequence(kinds) ? kinds : [kinds]).map((one) => (one instanceof Callable ? one.name : ''))
  return asked.includes(type) || (type === 'bool' && asked.includes('int')) || asked.includes('object')
}

function length([value = null]: readonly Value[]): Value {
  if (typeof value === 'string' || isSequence(value)) return value.length
  if (value instanceof Dictionary) return value.size
  throw new Unsupported(`code: len() of ${reprOf(value)}`)
}

const FUNCTIONS: Readonly<Record<string, Builtin>> = {
  abs: ([value = null]) => Math.abs(Number(value)),
  min: extreme(-1),
  max: extreme(1),
  sum: ([items = null, start = 0]) => membersOf(items, 'sum()').reduce((sum, one) => arithmetic('+', sum, one), start),
  any: ([items = null]) => membersOf(items, 'any()').some(isTrue),
  all: ([items = null]) => membersOf(items, 'all()').every(isTrue),
  int: wholeNumber,
  long: wholeNumber,
  float: ([value = 0]) => Number(value),
  round: ([value = null, digits = 0]) => rounded(Number(value), Number(digits ?? 0)),
  bool: ([value = false]) => isTrue(value),
  str: ([value = '']) => textOf(value),
  repr: ([value = null]) => reprOf(value),
  hex: numberText('0x', 16),
  oct: numberText('0o', 8),
  bin: numberText('0b', 2),
  chr: ([value = null]) => String.fromCharCode(Number(value)),
  ord: ([value = '']) => textOf(value).charCodeAt(0),
  range,
  xrange: range,
  list: ([items = []]) => listOf(membersOf(items, 'list()')),
  set: ([items = []]) => setOf(membersOf(items, 'set()')),
  frozenset: ([items = []]) => setOf(membersOf(items, 'frozenset()')),
  tuple: ([items = []]) => [...membersOf(items, 'tuple()')],
  dict: ([pairs = []], named) => {
    const made = new Dictionary()
    const given = pairs instanceof Dictionary ? pairs.pairs : membersOf(pairs, 'dict()')
    for (const pair of given)
      if (isSequence(pair as Value)) made.set((pair as Value[])[0] ?? null, (pair as Value[])[1] ?? null)
    for (const [name, value] of named) made.set(name, value)
    return made
  },
  len: length,
  sorted,
  reversed: ([items = null]) => listOf([...membersOf(items, 'reversed()')].reverse()),
  enumerate: ([items = null, start = 0]) =>
    listOf(membersOf(items, 'enumerate()').map((one, i) => [i + Number(start), one])),
  zip,
  map: (args) => applied(args, (call, items) => items.map((one) => call([one]))),
  filter: (args) => applied(args, (call, items) => items.filter((one) => isTrue(call([one])))),
  divmod: ([a = null, b = null]) => [arithmetic('//', a, b), arithmetic('%', a, b)],
  pow: ([a = null, b = null]) => arithmetic('**', a, b),
  format: ([value = null, spec = '']) => formatOne(value, '', textOf(spec)),
  isinstance: isInstance,
  type: ([value = null]) => FOUND.get(typeOf(value)) ?? typeOf(value),
  object: () => null,
  exit: ([status = 0]) => exited(status),
  quit: ([status = 0]) => exited(status),
}

/** What the program is left by; only a status that is not 0 is a failure. */
function exited(status: Value): never {
  throw new CodeError('SystemExit', status === 0 || status === null ? '' : `the code exits with ${reprOf(status)}`)
}

const FOUND: ReadonlyMap<string, Callable> = new Map(
  Object.entries(FUNCTIONS).map(([name, run]) => [name, new Callable(name, run)]),
)

/** Python's own functions by name; exceptions among them. */
export function builtin(name: string): Callable | undefined {
  if (/^[A-Z]\w*(?:Error|Exception|Exit|Interrupt)$|^Exception$/.test(name))
    return new Callable(name, ([message = '']) => textOf(message))
  return FOUND.get(name)
}

/** What may have a meaning that is not known here: functions of Python's, modules, fields of what a socket tells, constants. */
const ELSEWHERE = new RegExp(
  `^(?:${[
    'aiter|anext|apply|ascii|basestring|breakpoint|buffer|bytearray|bytes|callable|classmethod|cmp|coerce|compile|complex|copyright',
    'credits|delattr|dir|eval|exec|execfile|file|getattr|hasattr|hash|help|id|input|intern|issubclass|iter|license|memoryview|next',
    'open|property|raw_input|reduce|reload|setattr|slice|staticmethod|super|unichr|unicode',
    ...MODULES,
    '(?:tcp|bbr|dctcp|vegas|sk)\\w*|__\\w+__|[A-Z]\\w*',
  ].join('|')})$`,
)

/** A name that stands for nothing: the code's own mistake, which it may catch, unless it could be something that is not known here. */
export function unknownName(name: string): Error {
  if (ELSEWHERE.test(name)) return new Unsupported(`code: name ${name}`)
  return new CodeError(
    'NameError',
    `the code raises NameError: name '${name}' is not defined`,
    `name '${name}' is not defined`,
  )
}
