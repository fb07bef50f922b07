/** Something that can be explained: one state, one option, one errno. */
export interface Topic {
  /** `a state`, `a socket option`: what kind of thing it is, for the heading. */
  readonly kind: string
  readonly name: string
  /** Other spellings; letter case and `_` for `-` never matter. */
  readonly aliases: readonly string[]
  /** The explanation below the heading, for a terminal of that width. */
  body(width: number): Promise<string>
}

/** A word as it is compared: `Close_Wait`, `close wait` and `CLOSE-WAIT` are one. */
export function canonical(word: string): string {
  return word.toLowerCase().replaceAll(/[_\s]+/g, '-')
}
