/** The words of a filter as they were written. */
import type { CharacterSpan } from '../usage-error.ts'

/** A word, without the backslashes that kept its blanks. */
export interface FilterWord {
  readonly text: string
  /** Its place in the text that it was written in. */
  readonly span: CharacterSpan
  /** It stood in quotes: it is text whatever it says. */
  readonly isQuoted?: boolean
}

/** Words are set apart by blanks; a backslash keeps the character behind it. */
export function filterWords(text: string): FilterWord[] {
  return [...text.matchAll(/(?:\\[\s\S]?|[^ \t\\])+/g)].map((match) => wordAt(match[0], match.index))
}

const COMPARED = /^(src|dst|sport|dport|dev)(==|!=|<=|>=|=|<|>)(.*)$/

/**
 * The words of a search, where people type `(sport=:80)` and expect it to be read: a parenthesis and what a condition compares with
 * need no blanks around them, `!` none behind it, and quotes keep a text together.
 */
export function searchWords(text: string): FilterWord[] {
  const words: FilterWord[] = []
  let depth = 0
  for (const match of text.matchAll(/[!(]*"[^"]*"?|(?:\\[\s\S]?|[^ \t\\])+/g)) {
    let [rest, start] = [match[0], match.index]
    const take = (length: number): void => {
      if (length > 0) words.push(wordAt(rest.slice(0, length), start))
      rest = rest.slice(length)
      start += length
    }
    // `!=` compares, and is no negation.
    while (rest.startsWith('(') || /^!(?!=|$)/.test(rest)) {
      if (rest.startsWith('(')) depth++
      take(1)
    }
    if (rest.startsWith('"')) {
      words.push({ text: rest.replaceAll('"', ''), span: { start, length: rest.length }, isQuoted: true })
      continue
    }
    const closing = Math.min(depth, /\)*$/.exec(rest)?.[0].length ?? 0)
    depth -= closing
    const body = rest.slice(0, rest.length - closing)
    const compared = COMPARED.exec(body)
    if (compared === null) take(body.length)
    else for (const part of compared.slice(1)) take(part.length)
    while (rest !== '') take(1)
  }
  return words
}

function wordAt(written: string, start: number): FilterWord {
  return { text: written.replace(/\\([\s\S]?)/g, '$1'), span: { start, length: written.length } }
}
