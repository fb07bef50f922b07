/** C's number formats, which ss prints with and JavaScript has no function for. */

/** `printf("%.*g", digits, value)`: at most `digits` significant digits, no trailing zeros, an exponent when it is shorter. */
export function formatG(value: number, digits = 6): string {
  if (value === 0) return '0'
  const scientific = halfToEven(value, digits)
  const exponent = Number(scientific.slice(scientific.indexOf('e') + 1))
  if (exponent >= -4 && exponent < digits) return stripZeros(Number(scientific).toFixed(digits - 1 - exponent))
  const mantissa = stripZeros(scientific.slice(0, scientific.indexOf('e')))
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

/** `printf("%.*f", digits, value)` for what is not negative: every digit, ties to even, never an exponent. */
export function formatFixed(value: number, digits: number): string {
  if (value >= EXPONENT_FROM) return `${BigInt(value)}${digits > 0 ? `.${'0'.repeat(digits)}` : ''}`
  const rounded = value.toFixed(digits)
  // Of larger numbers the double nearest to the rounded text may be the unrounded one.
  if (value < EXACT_BELOW && Number(rounded) === value) return rounded
  const exact = value.toFixed(100)
  const point = exact.indexOf('.')
  const isTie = /^50*$/.test(exact.slice(point + 1 + digits))
  const kept = exact.slice(0, digits === 0 ? point : point + 1 + digits)
  return isTie && Number(kept.at(-1)) % 2 === 0 ? kept : rounded
}

/** From here on `toFixed` writes an exponent. Numbers so large are whole. */
const EXPONENT_FROM = 1e21
/** Below this a double has digits to spare beyond the few that are ever asked for. */
const EXACT_BELOW = 2 ** 36

/** `toExponential` takes the larger of two equally near results; C takes the one whose last digit is even. */
function halfToEven(value: number, digits: number): string {
  const rounded = value.toExponential(digits - 1)
  if (Number(rounded) === value) return rounded
  // A hundred digits more than these are wanted are all that a double of this kind has.
  const exact = value.toExponential(100)
  const rest = exact.slice(digits + 1, exact.indexOf('e'))
  const isTie = /^50*$/.test(rest)
  const last = exact[digits] as string
  return isTie && Number(last) % 2 === 0 ? exact.slice(0, digits + 1) + exact.slice(exact.indexOf('e')) : rounded
}

function stripZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}
