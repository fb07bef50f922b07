/** Python's module math. */
import { Float } from './float.ts'
import { type Int, intOf, realOf, realPower, truncated, wholeOf } from './numbers.ts'
import { Callable, raised, type Value } from './values.ts'

type Named = ReadonlyMap<string, Value>

const CONSTANTS: Readonly<Record<string, number>> = {
  pi: Math.PI,
  e: Math.E,
  tau: 2 * Math.PI,
  inf: Number.POSITIVE_INFINITY,
  nan: Number.NaN,
}

/** What makes floats of floats. */
const REALS: Readonly<Record<string, (...numbers: number[]) => number>> = {
  sqrt: Math.sqrt,
  cbrt: Math.cbrt,
  log: (value = 0, base) => (base === undefined ? Math.log(value) : Math.log(value) / Math.log(base)),
  log2: Math.log2,
  log10: Math.log10,
  exp: Math.exp,
  pow: (base = 0, power = 0) =>
    (base === 0 && power < 0) || (base < 0 && power === 0.5) ? Number.NaN : realPower(base, power),
  fabs: Math.abs,
  fmod: (a = 0, b = 0) => a % b,
  hypot: Math.hypot,
  copysign: (size = 0, sign = 0) => (sign < 0 || Object.is(sign, -0) ? -Math.abs(size) : Math.abs(size)),
}

/** What makes ints, or tells whether something is so. */
const OTHERS: Readonly<Record<string, (values: readonly Value[], named: Named) => Value>> = {
  floor: ([value = null]) => wholePart(value, Math.floor),
  ceil: ([value = null]) => wholePart(value, Math.ceil),
  trunc: ([value = null]) => wholePart(value, Math.trunc),
  gcd: (values) => wholeOf(values.reduce((all: bigint, one) => commonDivisor(all, BigInt(intOf(one))), 0n)),
  isnan: ([value = null]) => Number.isNaN(realOf(value)),
  isinf: ([value = null]) => Math.abs(realOf(value)) === Number.POSITIVE_INFINITY,
  isfinite: ([value = null]) => Number.isFinite(realOf(value)),
  isclose: ([a = null, b = null], named) => isClose(realOf(a), realOf(b), named),
}

function wholePart(value: Value, part: (number: number) => number): Int {
  return value instanceof Float ? truncated(part(value.value)) : intOf(value)
}

function commonDivisor(a: bigint, b: bigint): bigint {
  if (b !== 0n) return commonDivisor(b, a % b)
  return a < 0n ? -a : a
}

function isClose(a: number, b: number, named: Named): boolean {
  const relative = realOf(named.get('rel_tol') ?? new Float(1e-9))
  const absolute = realOf(named.get('abs_tol') ?? 0)
  if (a === b || !Number.isFinite(a) || !Number.isFinite(b)) return a === b
  return Math.abs(a - b) <= Math.max(relative * Math.max(Math.abs(a), Math.abs(b)), absolute)
}

/** `math.name`; undefined for what is not known here. */
export function ofMath(name: string): Value | undefined {
  if (Object.hasOwn(CONSTANTS, name)) return new Float(CONSTANTS[name] as number)
  if (Object.hasOwn(OTHERS, name)) return new Callable(name, OTHERS[name] as never)
  const real = Object.hasOwn(REALS, name) ? REALS[name] : undefined
  return real && new Callable(name, (values) => new Float(checked(real, values.map(realOf))))
}

/** @throws {CodeError} for what is outside of the function's domain, or of a float's range */
function checked(real: (...numbers: number[]) => number, given: readonly number[]): number {
  const value = real(...given)
  if (Number.isNaN(value) && !given.some(Number.isNaN)) throw raised('ValueError', 'math domain error')
  if (!Number.isFinite(value) && !Number.isNaN(value) && given.every(Number.isFinite)) {
    // A pole, such as the logarithm of nothing, is no overflow.
    throw value < 0 ? raised('ValueError', 'math domain error') : raised('OverflowError', 'math range error')
  }
  return value
}
