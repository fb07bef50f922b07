/** Somewhat more than 64·∛n, for n from 8 to 63: where Newton's step sets out. */
// biome-ignore format: sixteen to a row.
const STARTS: readonly number[] = [
  133, 139, 144, 148, 153, 157, 161, 166, 167, 171, 174, 178, 180, 183, 186, 189,
  191, 195, 197, 200, 202, 204, 207, 209, 210, 212, 214, 216, 219, 221, 223, 225,
  227, 229, 231, 232, 234, 235, 237, 239, 241, 242, 244, 246, 247, 249, 250, 252,
  254, 255, 256, 258, 260, 261, 262, 264,
]

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
  const start = ((STARTS[lead - 8] as number) << places) >> 6
  const better = 2 * start + Math.floor(a / (start * (start - 1)))
  return (better * 341) >> 10
}
