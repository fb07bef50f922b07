/** Above 64·∛n, rounded down, for n from 8 to 63, a hexadecimal digit each: where Newton's step sets out. */
const START_ABOVE = '567677796778777778888898777788889998988998999999a999aa9a'

/**
 * The cube root as Linux computes it for CUBIC's K: one step of Newton's from a start that six bits decide, with 341/1024 for a third. It is up
 * to 0.3 % wrong, to either side, and windows tell.
 * @param a an integer of 512 at least
 */
export function cubeRoot(a: number): number {
  const bits = a < 2 ** 32 ? 32 - Math.clz32(a) : 64 - Math.clz32(Math.floor(a / 2 ** 32))
  // About a third of them are the root's; what the argument has in front of thrice as many is 8 to 63.
  const places = ((bits * 84) >> 8) - 1
  const lead = Math.floor(a / 8 ** places)
  const start = (nearRoot(lead) << places) >> 6
  const better = 2 * start + Math.floor(a / (start * (start - 1)))
  return (better * 341) >> 10
}

/** 64·∛n, and somewhat more. */
function nearRoot(n: number): number {
  // Cubes have a root that is whole, whatever the platform's cube root says of the last bit.
  const root = Math.round(Math.cbrt(n)) ** 3 === n ? Math.round(Math.cbrt(n)) : Math.cbrt(n)
  return Math.floor(64 * root) + Number.parseInt(START_ABOVE.charAt(n - 8), 16)
}
