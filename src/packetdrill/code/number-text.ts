/** How Python writes its floats. */
import { Unsupported } from '../run/outcome.ts'
import { halfEven, rationalOf } from './rational.ts'

/** Digits that may be asked for. */
const DIGITS_MOST = 1_000

const isBelow = (value: number): boolean => value < 0 || Object.is(value, -0)

/** What has no digits, or undefined. */
function named(value: number): string | undefined {
  if (Number.isNaN(value)) return 'nan'
  return Number.isFinite(value) ? undefined : value < 0 ? '-inf' : 'inf'
}

function checked(digits: number): number {
  if (digits > DIGITS_MOST) throw new Unsupported(`code: ${digits} digits of a number`)
  return digits
}

/** repr(): as few digits as tell it from every other float. */
export function floatText(value: number): string {
  const name = named(value)
  if (name !== undefined) return name
  const [digits = '', exponent = ''] = Math.abs(value).toExponential().split('e')
  return (isBelow(value) ? '-' : '') + placed(digits.replace('.', ''), Number(exponent), 16, true)
}

/** Digits behind an exponent from -5 or at `most` on with it, else with their point among them. */
function placed(digits: string, exponent: number, most: number, hasPoint: boolean): string {
  if (exponent < -4 || exponent >= most) return withExponent(digits, exponent)
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`
  const [whole, rest] = [digits.slice(0, exponent + 1).padEnd(exponent + 1, '0'), digits.slice(exponent + 1)]
  return rest !== '' ? `${whole}.${rest}` : hasPoint ? `${whole}.0` : whole
}

function withExponent(digits: string, exponent: number): string {
  const point = digits.length > 1 ? '.' : ''
  const size = String(Math.abs(exponent)).padStart(2, '0')
  return `${digits[0]}${point}${digits.slice(1)}e${exponent < 0 ? '-' : '+'}${size}`
}

/** `%f`: so many digits behind the point; what lies in the very middle goes to the even one. */
export function fixedText(value: number, digits: number): string {
  const name = named(value)
  if (name !== undefined) return name
  const [above, below] = rationalOf(Math.abs(value))
  const text = String(halfEven(above * 10n ** BigInt(checked(digits)), below)).padStart(digits + 1, '0')
  const point = text.length - digits
  return `${isBelow(value) ? '-' : ''}${text.slice(0, point)}${digits > 0 ? `.${text.slice(point)}` : ''}`
}

/** So many significant digits, and the power of ten of the first of them. */
function significant(
  value: number,
  count: number,
  exponent = Number(value.toExponential().split('e')[1]),
): [digits: string, exponent: number] {
  if (value === 0) return ['0'.repeat(checked(count)), 0]
  const [above, below] = rationalOf(value)
  const shift = checked(count) - 1 - exponent
  const unit = 10n ** BigInt(Math.abs(shift))
  const digits = String(shift > 0 ? halfEven(above * unit, below) : halfEven(above, below * unit))
  // The fewest digits that tell a float may be those of the next power of ten, which it does not reach.
  if (digits.length < count) return significant(value, count, exponent - 1)
  return digits.length > count ? [digits.slice(0, count), exponent + 1] : [digits, exponent]
}

/** `%e` */
export function exponentText(value: number, digits: number): string {
  return named(value) ?? (isBelow(value) ? '-' : '') + withExponent(...significant(Math.abs(value), digits + 1))
}

/**
 * `%g`: as many digits as count, with an exponent where the point would be far off.
 *
 * @param hasPoint as `format(x, '.3')` writes it: a float is told from an int
 */
export function generalText(value: number, digits: number, hasPoint = false): string {
  const name = named(value)
  if (name !== undefined) return name
  const most = Math.max(1, digits)
  const [all, exponent] = significant(Math.abs(value), most)
  const shown = all.replace(/(?!^)0+$/, '')
  return (isBelow(value) ? '-' : '') + placed(shown, exponent, hasPoint ? most - 1 : most, hasPoint)
}
