import { Unsupported } from '../run/outcome.ts'
import { Float } from './float.ts'
import { characterOf, formatOne, intText, reprOf, textOf } from './format.ts'
import { countOf, doubleOf, intOf, powerModulo, roundedTo, truncated, wholeOf } from './numbers.ts'
import { arithmetic, ordered } from './operations.ts'
import {
  Callable,
  CodeError,
  Dictionary,
  isSequence,
  isTrue,
  type List,
  listOf,
  MODULES,
  membersOf,
  raised,
  setOf,
  typeOf,
  type Value,
} from './values.ts'

/** How many values a range may have: nothing in a script counts further. */
const RANGE_MOST = 100_000

type Named = ReadonlyMap<string, Value>
type Builtin = (args: readonly Value[], named: Named) => Value

const numberText =
  (kind: string): Builtin =>
  ([value = null]) =>
    intText(intOf(value), kind, true)

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

const PREFIXES: Readonly<Record<string, number>> = { '0x': 16, '0o': 8, '0b': 2 }
const REAL = /^[-+]?(?:inf(?:inity)?|nan|(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)$/

/** int(): of a number what is before the point, of a text the number that it writes. */
function toInt([value = 0, base]: readonly Value[]): Value {
  if (value instanceof Float) return truncated(value.value)
  if (typeof value !== 'string') return intOf(value)
  const [, sign = '', prefix = '', digits = ''] = /^([-+]?)(0[xob])?([\s\S]*)$/.exec(value.trim().toLowerCase()) ?? []
  const given = countOf(base ?? 10)
  const radix = given === 0 ? (PREFIXES[prefix] ?? 10) : given
  if (!(radix >= 2 && radix <= 36)) throw raised('ValueError', 'int() base must be >= 2 and <= 36, or 0')
  const plain = (PREFIXES[prefix] === radix ? digits : prefix + digits).replace(/(?<=.)_(?=.)/g, '')
  const all =
    plain === '' || (given === 0 && /^0+[1-9]/.test(plain) && prefix === '') ? [Number.NaN] : Array.from(plain, digitOf)
  if (!all.every((digit) => digit < radix))
    throw raised('ValueError', `invalid literal for int() with base ${given}: ${reprOf(value)}`)
  const size = all.reduce((sum, digit) => sum * BigInt(radix) + BigInt(digit), 0n)
  return wholeOf(sign === '-' ? -size : size)
}

function digitOf(letter: string): number {
  return /^[0-9a-z]$/.test(letter) ? Number.parseInt(letter, 36) : Number.NaN
}

/** float() */
function toFloat([value = 0]: readonly Value[]): Value {
  if (value instanceof Float) return value
  if (typeof value !== 'string') return new Float(doubleOf(intOf(value)))
  const text = value
    .trim()
    .toLowerCase()
    .replace(/(?<=\d)_(?=\d)/g, '')
  if (!REAL.test(text)) throw raised('ValueError', `could not convert string to float: ${reprOf(value)}`)
  const size = text.replace(/^[-+]/, '')
  const number = size.startsWith('inf') ? Number.POSITIVE_INFINITY : Number(size === 'nan' ? Number.NaN : size)
  return new Float(text.startsWith('-') ? -number : number)
}

function absolute([value = null]: readonly Value[]): Value {
  if (value instanceof Float) return new Float(Math.abs(value.value))
  const number = intOf(value)
  return number < 0 ? -number : number
}

function range(args: readonly Value[]): Value {
  const given = args.map((one) => BigInt(intOf(one)))
  const [start = 0n, stop = 0n, step = 1n] = given.length === 1 ? [0n, given[0]] : given
  if (step === 0n) throw raised('ValueError', 'range() arg 3 must not be zero')
  const span = step > 0n ? stop - start : start - stop
  const pace = step > 0n ? step : -step
  const count = span > 0n ? (span + pace - 1n) / pace : 0n
  if (count > RANGE_MOST) throw new Unsupported(`code: range() of more than ${RANGE_MOST} values`)
  return listOf(Array.from({ length: Number(count) }, (_, i) => wholeOf(start + BigInt(i) * step)))
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
  abs: absolute,
  min: extreme(-1),
  max: extreme(1),
  sum: ([items = null, start = 0]) => membersOf(items, 'sum()').reduce((sum, one) => arithmetic('+', sum, one), start),
  any: ([items = null]) => membersOf(items, 'any()').some(isTrue),
  all: ([items = null]) => membersOf(items, 'all()').every(isTrue),
  int: toInt,
  long: toInt,
  float: toFloat,
  round: ([value = null, digits = null]) => roundedTo(value, digits === null ? null : countOf(digits)),
  bool: ([value = false]) => isTrue(value),
  str: ([value = '']) => textOf(value),
  repr: ([value = null]) => reprOf(value),
  hex: numberText('x'),
  oct: numberText('o'),
  bin: numberText('b'),
  chr: ([value = null]) => characterOf(value),
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
    listOf(membersOf(items, 'enumerate()').map((one, i) => [arithmetic('+', i, start), one])),
  zip,
  map: (args) => applied(args, (call, items) => items.map((one) => call([one]))),
  filter: (args) => applied(args, (call, items) => items.filter((one) => isTrue(call([one])))),
  divmod: ([a = null, b = null]) => [arithmetic('//', a, b), arithmetic('%', a, b)],
  pow: ([a = null, b = null, c = null]) => (c === null ? arithmetic('**', a, b) : powerModulo(a, b, c)),
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
