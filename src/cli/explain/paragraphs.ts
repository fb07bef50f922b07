import { wrap } from '../text.ts'

/** Paragraphs under a heading: two columns in, an empty line between. */
export function paragraphs(texts: readonly string[], width: number): string {
  return texts.map((text) => wrap(text, width, '  ')).join('\n\n')
}
