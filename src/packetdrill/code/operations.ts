import { Unsupported } from '../run/outcome.ts'
import { Float, orderOfNumbers, worth } from './float.ts'
import { formatted, reprOf } from './format.ts'
import { computed, countOf, intOf } from './numbers.ts'
import {
  Dictionary,
  isIn,
  isSequence,
  isTrue,
  List,
  listOf,
  raised,
  SetOfValues,
  same,
  setOf,
  typeOf,
  type Value,
} from './values.ts'

/** `-x`, `+x`, `~x`, `not x` */
export function unary(op: string, value: Value): Value {
  if (op === 'not') return !isTrue(value)
  const number = numeric(value, op)
  if (op === '~') {
    if (value instanceof Float) throw raised('TypeError', "bad operand type for unary ~: 'float'")
    return computed('-', -1, intOf(value))
  }
  if (value instanceof Float) return op === '-' ? new Float(-value.value) : value
  return op === '-' ? computed('-', 0, number) : number
}

/** What a number is worth. @throws {Unsupported} for what is none */
function numeric(value: Value, op: string): number | bigint {
  const number = worth(value)
  if (number === undefined) throw new Unsupported(`code: ${op} of ${reprOf(value)}`)
  return number
}

/** `+ - * / // % ** & | ^ << >>`, of numbers, and what Python makes of texts and lists. */
export function arithmetic(op: string, left: Value, right: Value): Value {
  if (op === '%' && typeof left === 'string') return formatted(left, right)
  const joined = sequences(op, left, right)
  if (joined !== undefined) return joined
  numeric(left, op)
  numeric(right, op)
  return computed(op, left, right)
}

/** `& | - ^` of sets. */
function ofSets(op: string, left: SetOfValues, right: SetOfValues): Value | undefined {
  const [onlyLeft, onlyRight] = [left.filter((one) => !isIn(right, one)), right.filter((one) => !isIn(left, one))]
  switch (op) {
    case '&':
      return setOf(left.filter((one) => isIn(right, one)))
    case '|':
      return setOf([...left, ...right])
    case '-':
      return setOf(onlyLeft)
    case '^':
      return setOf([...onlyLeft, ...onlyRight])
    default:
      return undefined
  }
}

/** How long a text or list may become. */
const REPEATED_MOST = 100_000

function sequences(op: string, left: Value, right: Value): Value | undefined {
  if (left instanceof SetOfValues && right instanceof SetOfValues) return ofSets(op, left, right)
  if (op === '+') {
    if (typeof left === 'string' && typeof right === 'string') return left + right
    if (!isSequence(left) || !isSequence(right)) return undefined
    return left instanceof List ? listOf([...left, ...right]) : [...left, ...right]
  }
  if (op !== '*') return undefined
  const [many, count] = typeof left === 'string' || isSequence(left) ? [left, right] : [right, left]
  if ((typeof many !== 'string' && !isSequence(many)) || worth(count) === undefined) return undefined
  if (count instanceof Float) throw raised('TypeError', "can't multiply sequence by non-int of type 'float'")
  const times = Math.max(0, countOf(count))
  if (Math.abs(countOf(count)) >= 2 ** 63) throw raised('OverflowError', "cannot fit 'int' into an index-sized integer")
  if (many.length * times > REPEATED_MOST) throw new Unsupported('code: a text or list of such a length')
  if (typeof many === 'string') return many.repeat(times)
  const items = Array.from({ length: times }, () => [...many]).flat()
  return many instanceof List ? listOf(items) : items
}

/** One comparison. */
export function compare(op: string, left: Value, right: Value): boolean {
  switch (op) {
    case '==':
      return same(left, right)
    case '!=':
      return !same(left, right)
    case 'is':
    case 'is not':
      return isTheSame(left, right) === (op === 'is')
    case 'in':
      return isIn(right, left)
    case 'not in':
      return !isIn(right, left)
    default:
  }
  const order = ordered(left, right, op)
  if (op === '<') return order < 0
  if (op === '<=') return order <= 0
  return op === '>' ? order > 0 : order >= 0
}

/** What is changeable is the same only as itself; of other values this asks for the type beside what they are worth. */
function isTheSame(left: Value, right: Value): boolean {
  const isOne = [left, right].some((one) => one instanceof List || one instanceof Dictionary || one instanceof Float)
  return left === right || (!isOne && typeOf(left) === typeOf(right) && same(left, right))
}

/** Below 0, 0 or above, NaN beside such a number: how two values are ordered. @throws {Unsupported} for such that are not */
export function ordered(left: Value, right: Value, op = '<'): number {
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : Number(left > right)
  if (isSequence(left) && isSequence(right)) {
    for (const [i, one] of left.entries()) {
      if (i >= right.length) return 1
      if (!same(one, right[i] as Value)) return ordered(one, right[i] as Value, op)
    }
    return left.length - right.length
  }
  return orderOfNumbers(numeric(left, op), numeric(right, op))
}
