import { Unsupported } from '../run/outcome.ts'

/** A raw word, an operator (`&&`, `;;`, `>>`, a line's end as `\n`), or what a here-document holds. */
export interface ShellToken {
  readonly kind: 'word' | 'operator' | 'number'
  readonly text: string
  readonly start: number
  readonly end: number
}

const OPERATOR = /&&|\|\||;;|;|&>>|&>|&|\|&|\||<<<|<<-|<<|<&|>>|>&|>\||<>|<|>|\(|\)|\n/y
const BLANK = /(?:[ \t\r]|\\\r?\n)+/y
/** What ends a word: blanks and line ends as a shell knows them, no others that look so. */
const META = /[ \t\r\n;&|<>()]/

/** Divides a shell script into words and operators; bodies of here-documents take the place of their mark. */
export function shellTokens(text: string): ShellToken[] {
  const tokens: ShellToken[] = []
  const pending: { readonly at: number; readonly strip: boolean }[] = []
  let at = 0
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found !== undefined) at += found.length
    return found
  }
  while (at < text.length) {
    if (match(BLANK) !== undefined) continue
    const start = at
    if (text[at] === '#') {
      at = lineEnd(text, at)
      continue
    }
    const operator = match(OPERATOR)
    if (operator === undefined) {
      at = wordEnd(text, at)
      const word = text.slice(start, at)
      const isStream = /^\d$/.test(word) && /[<>]/.test(text[at] ?? '')
      tokens.push({ kind: isStream ? 'number' : 'word', text: word, start, end: at })
      continue
    }
    tokens.push({ kind: 'operator', text: operator, start, end: at })
    if (operator === '<<' || operator === '<<-') pending.push({ at: tokens.length, strip: operator === '<<-' })
    if (operator === '\n') at = takeDocuments(text, at, tokens, pending.splice(0))
  }
  if (pending.length > 0) takeDocuments(text, at, tokens, pending)
  return tokens
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

/** Reads the bodies behind a line; each becomes the word that its mark was, quoted where the mark was. */
function takeDocuments(
  text: string,
  start: number,
  tokens: ShellToken[],
  pending: readonly { readonly at: number; readonly strip: boolean }[],
): number {
  let at = start
  for (const { at: place, strip } of pending) {
    const mark = tokens[place]
    if (mark === undefined) throw new Unsupported('command with << and nothing behind it')
    const plain = mark.text.replace(/['"\\]/g, '')
    let body = ''
    for (;;) {
      if (at >= text.length) break
      const end = lineEnd(text, at)
      const line = strip ? text.slice(at, end).replace(/^\t+/, '') : text.slice(at, end)
      at = end + 1
      if (line === plain) break
      body += `${line}\n`
    }
    const quoted = mark.text === plain ? `"${body.replace(/"/g, '\\"')}"` : `'${body.replaceAll("'", `'\\''`)}'`
    tokens[place] = { ...mark, text: quoted }
  }
  return Math.min(at, text.length)
}

/** Where a word ends that begins at `at`: quotes, `$(…)`, `${…}` and backquotes belong to it. */
function wordEnd(text: string, start: number): number {
  let at = start
  while (at < text.length && !META.test(text[at] as string)) at = pieceEnd(text, at)
  return at
}

/** Where one character of a word ends, or what it opens. */
function pieceEnd(text: string, at: number): number {
  switch (text[at]) {
    case '\\':
      return at + 2
    case "'":
      return closing(text, text.indexOf("'", at + 1), "'")
    case '"':
      return doubleQuoteEnd(text, at)
    case '`':
      return closing(text, text.indexOf('`', at + 1), '`')
    case '$':
      if (text[at + 1] === '(') return parenthesesEnd(text, at + 1)
      if (text[at + 1] === '{') return closing(text, text.indexOf('}', at + 2), '}')
      return at + 1
    default:
      return at + 1
  }
}

function closing(text: string, found: number, what: string): number {
  if (found < 0) throw new Unsupported(`command without a closing ${what}: ${text.trim().slice(0, 60)}`)
  return found + 1
}

function doubleQuoteEnd(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at = text[at] === "'" ? at + 1 : pieceEnd(text, at)
  return closing(text, at < text.length ? at : -1, '"')
}

/** Where `(…)` ends, with what it holds; `at` is that of the first parenthesis. */
export function parenthesesEnd(text: string, start: number): number {
  let depth = 0
  let at = start
  while (at < text.length) {
    if (text[at] === '(') depth++
    if (text[at] === ')') depth--
    at = /[()]/.test(text[at] as string) ? at + 1 : pieceEnd(text, at)
    if (depth === 0) return at
  }
  return closing(text, -1, ')')
}
