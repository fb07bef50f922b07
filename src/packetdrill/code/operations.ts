import { Unsupported } from '../run/outcome.ts'
import { formatted, reprOf } from './format.ts'
import { CodeError, isIn, isSequence, isTrue, List, listOf, SetOfValues, same, setOf, type Value } from './values.ts'

/** `-x`, `+x`, `~x`, `not x` */
export function unary(op: string, value: Value): Value {
  if (op === 'not') return !isTrue(value)
  const number = numeric(value, op)
  if (op === '-') return -number
  return op === '~' ? -number - 1 : number
}

function numeric(value: Value, op: string): number {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return Number(value)
  throw new Unsupported(`code: ${op} of ${reprOf(value)}`)
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

/** `+ - * / // % ** & | ^ << >>`, of numbers, and what Python makes of texts and lists. */
export function arithmetic(op: string, left: Value, right: Value): Value {
  if (op === '%' && typeof left === 'string') return formatted(left, right)
  const joined = sequences(op, left, right)
  if (joined !== undefined) return joined
  const [a, b] = [numeric(left, op), numeric(right, op)]
  if (b === 0 && /^[/%]/.test(op)) throw new CodeError('ZeroDivisionError', 'the code divides by zero')
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
  const [many, count] = typeof left === 'number' ? [right, left] : [left, right]
  if (typeof count !== 'number' || (typeof many !== 'string' && !isSequence(many))) return undefined
  if (many.length * count > REPEATED_MOST) throw new Unsupported('code: a text or list of such a length')
  const times = Math.max(0, Math.trunc(count))
  if (typeof many === 'string') return many.repeat(times)
  const items = Array.from({ length: times }, () => [...many]).flat()
  return many instanceof List ? listOf(items) : items
}

/** One comparison. */
export function compare(op: string, left: Value, right: Value): boolean {
  switch (op) {
    case '==':
    case 'is':
      return same(left, right)
    case '!=':
    case 'is not':
      return !same(left, right)
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

/** Below 0, 0 or above: how two values are ordered. @throws {Unsupported} for such that are not */
export function ordered(left: Value, right: Value, op = '<'): number {
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : Number(left > right)
  if (isSequence(left) && isSequence(right)) {
    for (const [i, one] of left.entries()) {
      if (i >= right.length) return 1
      const order = ordered(one, right[i] as Value, op)
      if (order !== 0) return order
    }
    return left.length - right.length
  }
  return numeric(left, op) - numeric(right, op)
}
