/** Floats as the exact fractions that they are. */

/** How many bits of a quotient are computed: a float has 53, and what is cut off behind only has to be seen. */
const QUOTIENT_BITS = 66

/** A finite float as a fraction; what is below is a power of two. */
export function rationalOf(value: number): [above: bigint, below: bigint] {
  let [number, bits] = [value, 0]
  for (; !Number.isInteger(number); bits++) number *= 2
  return [BigInt(number), 1n << BigInt(bits)]
}

const lengthOf = (value: bigint): number => value.toString(16).length * 4

/** The float that is nearest to a fraction, infinite where it is too large. */
export function rounded(above: bigint, below: bigint): number {
  const isNegative = above < 0n !== below < 0n
  const [a, b] = [above < 0n ? -above : above, below < 0n ? -below : below]
  const shift = QUOTIENT_BITS + lengthOf(b) - lengthOf(a)
  const [x, y] = shift > 0 ? [a << BigInt(shift), b] : [a, b << BigInt(-shift)]
  const size = scaled(Number((x / y) | (x % y === 0n ? 0n : 1n)), -shift)
  return isNegative ? -size : size
}

/** `number * 2 ** power`, in steps that are floats themselves. */
function scaled(number: number, power: number): number {
  const step = Math.max(-1000, Math.min(1000, power))
  return step === power || number === 0 ? number * 2 ** step : scaled(number * 2 ** step, power - step)
}

/** The whole number nearest to a fraction, the even one of two. */
export function halfEven(above: bigint, below: bigint): bigint {
  const size = above < 0n ? -above : above
  const [quotient, twice] = [size / below, (size % below) * 2n]
  const isUp = twice > below || (twice === below && quotient % 2n === 1n)
  const nearest = isUp ? quotient + 1n : quotient
  return above < 0n ? -nearest : nearest
}
