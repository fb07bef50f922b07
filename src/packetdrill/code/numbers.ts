import { Unsupported } from '../run/outcome.ts'
import { Float, worth } from './float.ts'
import { halfEven, rationalOf, rounded } from './rational.ts'
import { raised, typeOf, type Value } from './values.ts'

/** Python's int: a number while it is safe, a bigint beyond. */
export type Int = number | bigint

/** Python's own have no end; it writes them up to 4,300 digits, and so long are these at most. */
const BITS_MOST = 14_000
const LIMIT = 1n << BigInt(BITS_MOST)
/** Powers that are taken exactly: whole ones, up to so many times. */
const EXACT_POWER = 256

/** An int in its one form. @throws {Unsupported} for one that is too large to compute with */
export function wholeOf(value: bigint): Int {
  if (value < -LIMIT || value > LIMIT) throw new Unsupported(`code: a number of more than ${BITS_MOST} bits`)
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** A number that JavaScript computed: whole ones become an int. */
export function valueOfNumber(value: number | bigint): Value {
  if (typeof value === 'bigint') return wholeOf(value)
  if (Number.isSafeInteger(value)) return value + 0
  return Number.isInteger(value) ? wholeOf(BigInt(value)) : new Float(value)
}

/** A float's whole part. @throws {CodeError} for what has none */
export function truncated(value: number): Int {
  if (Number.isNaN(value)) throw raised('ValueError', 'cannot convert float NaN to integer')
  if (!Number.isFinite(value)) throw raised('OverflowError', 'cannot convert float infinity to integer')
  return wholeOf(BigInt(Math.trunc(value)))
}

/** An int, or a bool, where nothing else will do. @throws {CodeError} TypeError */
export function intOf(value: Value): Int {
  const number = worth(value)
  if (number === undefined || value instanceof Float)
    throw raised('TypeError', `'${typeOf(value)}' object cannot be interpreted as an integer`)
  return number
}

/** An int that counts or places something: beyond what is exact it only has to stay as far off. */
export function countOf(value: Value): number {
  return Number(intOf(value))
}

/** A number as a float holds it. @throws {CodeError} OverflowError */
export function doubleOf(value: Int): number {
  const number = Number(value)
  if (!Number.isFinite(number) && typeof value === 'bigint')
    throw raised('OverflowError', 'int too large to convert to float')
  return number
}

/** Any number as a float holds it. @throws {CodeError} TypeError for what is none */
export function realOf(value: Value): number {
  if (value instanceof Float) return value.value
  const number = worth(value)
  if (number === undefined) throw raised('TypeError', `must be real number, not ${typeOf(value)}`)
  return doubleOf(number)
}

/** `+ - * / // % ** & | ^ << >>` of two numbers, by Python's rules. */
export function computed(op: string, left: Value, right: Value): Value {
  if (/^(?:[&|^]|<<|>>)$/.test(op)) return bits(op, left, right)
  if (left instanceof Float || right instanceof Float) return new Float(ofFloats(op, realOf(left), realOf(right)))
  return ofInts(op, intOf(left), intOf(right))
}

function bits(op: string, left: Value, right: Value): Value {
  if (left instanceof Float || right instanceof Float)
    throw raised('TypeError', `unsupported operand type(s) for ${op}: '${typeOf(left)}' and '${typeOf(right)}'`)
  const value = wholeOf(ofBits(op, BigInt(intOf(left)), BigInt(intOf(right))))
  return typeof left === 'boolean' && typeof right === 'boolean' && op.length === 1 ? value !== 0 : value
}

function ofBits(op: string, a: bigint, b: bigint): bigint {
  if (op === '&') return a & b
  if (op === '|') return a | b
  if (op === '^') return a ^ b
  if (b < 0n) throw raised('ValueError', 'negative shift count')
  if (op === '>>') return b > BITS_MOST ? (a < 0n ? -1n : 0n) : a >> b
  if (a === 0n) return 0n
  if (b > BITS_MOST) throw new Unsupported(`code: a number of more than ${BITS_MOST} bits`)
  return a << b
}

const INT_ZERO: Readonly<Record<string, string>> = {
  '/': 'division by zero',
  '//': 'integer division or modulo by zero',
  '%': 'integer modulo by zero',
}
const FLOAT_ZERO: Readonly<Record<string, string>> = {
  '/': 'float division by zero',
  '//': 'float floor division by zero',
  '%': 'float modulo',
}

function ofInts(op: string, a: Int, b: Int): Value {
  if (Number(b) === 0 && INT_ZERO[op] !== undefined)
    throw raised('ZeroDivisionError', INT_ZERO[op], 'the code divides by zero')
  if (typeof a === 'number' && typeof b === 'number') {
    if (op === '/') return new Float(a / b)
    const quick = ofSafe(op, a, b)
    if (Number.isSafeInteger(quick)) return quick + 0
  }
  const [x, y] = [BigInt(a), BigInt(b)]
  if (op === '**') return power(x, y)
  if (op !== '/') return wholeOf(ofBig(op, x, y))
  const quotient = rounded(x, y)
  if (!Number.isFinite(quotient)) throw raised('OverflowError', 'integer division result too large for a float')
  return new Float(quotient)
}

/** What is no safe integer is computed once more, with bigints. */
function ofSafe(op: string, a: number, b: number): number {
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '%':
      return floorRest(a, b)
    case '//': {
      const multiple = a - floorRest(a, b)
      return Number.isSafeInteger(multiple) ? multiple / b : Number.NaN
    }
    default:
      return Number.NaN
  }
}

/** A rest with the sign of what it is divided by. */
function floorRest(a: number, b: number): number {
  const rest = a % b
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest
}

function ofBig(op: string, a: bigint, b: bigint): bigint {
  if (op === '+') return a + b
  if (op === '-') return a - b
  if (op === '*') return a * b
  const rest = a % b
  const isBelow = rest !== 0n && rest < 0n !== b < 0n
  if (op === '%') return isBelow ? rest + b : rest
  return isBelow ? a / b - 1n : a / b
}

function power(base: bigint, exponent: bigint): Value {
  if (exponent < 0n) return new Float(powerOfFloats(doubleOf(base), doubleOf(exponent)))
  const size = base < 0n ? -base : base
  if (size <= 1n) return wholeOf(exponent % 2n === 0n && exponent > 0n ? size : exponent === 0n ? 1n : base)
  if (BigInt(size.toString(2).length - 1) * exponent > BITS_MOST)
    throw new Unsupported(`code: a number of more than ${BITS_MOST} bits`)
  return wholeOf(base ** exponent)
}

/** `pow(a, b, c)` @throws {Unsupported} for an inverse */
export function powerModulo(base: Value, exponent: Value, modulus: Value): Value {
  const [a, b, c] = [base, exponent, modulus].map((one) => BigInt(intOf(one))) as [bigint, bigint, bigint]
  if (c === 0n) throw raised('ValueError', 'pow() 3rd argument cannot be 0')
  if (b < 0n) throw new Unsupported('code: pow() of a negative power and a modulus')
  let made = 1n
  for (const bit of b.toString(2)) made = (made * made * (bit === '1' ? a : 1n)) % c
  return wholeOf(ofBig('%', made, c))
}

function ofFloats(op: string, a: number, b: number): number {
  if (b === 0 && FLOAT_ZERO[op] !== undefined)
    throw raised('ZeroDivisionError', FLOAT_ZERO[op], 'the code divides by zero')
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      return a / b
    case '%':
      // A rest of 0 has the sign of what it is divided by.
      return floorRest(a, b) || (Number.isNaN(a % b) ? Number.NaN : b < 0 ? -0 : 0)
    case '//':
      return floorQuotient(a, b)
    default:
      return powerOfFloats(a, b)
  }
}

/** What is divided is a multiple already but for a rounding, which is mended. */
function floorQuotient(a: number, b: number): number {
  const rest = a % b
  const quotient = (a - rest) / b - (rest !== 0 && rest < 0 !== b < 0 ? 1 : 0)
  if (quotient === 0) return a / b < 0 || Object.is(a / b, -0) ? -0 : 0
  const floor = Math.floor(quotient)
  return quotient - floor > 0.5 ? floor + 1 : floor
}

function powerOfFloats(a: number, b: number): number {
  if (a === 0 && b < 0) throw raised('ZeroDivisionError', '0.0 cannot be raised to a negative power')
  if (a < 0 && Number.isFinite(a) && Number.isFinite(b) && !Number.isInteger(b))
    throw new Unsupported('code: a complex number')
  const value = realPower(a, b)
  if (!Number.isFinite(value) && Number.isFinite(a) && Number.isFinite(b))
    throw raised('OverflowError', "(34, 'Numerical result out of range')")
  return value
}

/**
 * The C library's pow(); NaN for what is no real number.
 * DIFFERS: the last digit of a power that is not whole may be another, because V8's own does not round as the C library's.
 */
export function realPower(a: number, b: number): number {
  if (b === 0 || a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY)) return 1
  return exactPower(a, b) ?? (b === 0.5 ? Math.sqrt(Math.abs(a)) : a ** b)
}

/** Whole powers rounded only once, as the C library's are; V8's own lose a digit now and then. */
function exactPower(a: number, b: number): number | undefined {
  if (a === 0 || !Number.isFinite(a) || !Number.isInteger(b) || Math.abs(b) > EXACT_POWER) return undefined
  const [above, below] = rationalOf(a)
  const times = BigInt(Math.abs(b))
  return b < 0 ? rounded(below ** times, above ** times) : rounded(above ** times, below ** times)
}

/** Python's round(): to the even one of two that are as near; without digits an int. */
export function roundedTo(value: Value, digits: number | null): Value {
  if (value instanceof Float) {
    if (digits === null) {
      if (!Number.isFinite(value.value)) return truncated(value.value)
      return wholeOf(halfEven(...rationalOf(value.value)))
    }
    return new Float(roundedFloat(value.value, digits))
  }
  const number = intOf(value)
  if (digits === null || digits >= 0) return number
  const unit = 10n ** BigInt(Math.min(-digits, BITS_MOST))
  return wholeOf(halfEven(BigInt(number), unit) * unit)
}

function roundedFloat(value: number, digits: number): number {
  // Beyond these no digit of a float is left, or all are.
  if (!Number.isFinite(value) || digits > 330) return value
  if (digits < -310) return value * 0
  const [above, below] = rationalOf(value)
  const unit = 10n ** BigInt(Math.abs(digits))
  const made = digits < 0 ? Number(halfEven(above, below * unit) * unit) : rounded(halfEven(above * unit, below), unit)
  if (!Number.isFinite(made)) throw raised('OverflowError', 'rounded value too large to represent')
  return made === 0 ? value * 0 : made
}
