/** Letters of the flags in the order in which they are printed, each with its bit; `A` is AE of the octet before. */
const LETTERS: readonly (readonly [letter: string, bit: number])[] = [
  ['F', 1],
  ['S', 2],
  ['R', 4],
  ['P', 8],
  ['.', 16],
  ['U', 32],
  ['E', 64],
  ['W', 128],
  ['A', 256],
]
const ACE = 64 | 128 | 256

/** The bits of flags as scripts write them; a digit is the ACE field. */
export function tcpFlags(text: string): number {
  let bits = 0
  for (const letter of text) {
    if (letter >= '0' && letter <= '7') bits |= Number(letter) << 6
    else bits |= LETTERS.find(([known]) => known === letter)?.[1] ?? 0
  }
  return bits
}

/** Bits as a script would write them; with `ace` the three ECN bits as a digit. */
export function flagsText(bits: number, ace: boolean): string {
  const shown = ace ? bits & ~ACE : bits
  const letters = LETTERS.filter(([, bit]) => (shown & bit) !== 0).map(([letter]) => letter)
  if (ace) letters.push(String((bits & ACE) >> 6))
  return letters.join('')
}
