import { Unsupported } from '../run/outcome.ts'

/** A word of a program. */
export interface Token {
  readonly kind: 'number' | 'string' | 'name' | 'operator'
  readonly text: string
}

/** One logical line: continued ones are one. */
export interface Line {
  readonly indent: number
  readonly number: number
  readonly text: string
  /** It stands behind a semicolon. */
  readonly continued: boolean
  readonly tokens: readonly Token[]
}

const BLANK = /(?:[ \t\f\r]+|#[^\n]*|\\\r?\n)+/y
const NUMBER =
  /0[xX][0-9a-fA-F_]+[lL]?|0[bB][01_]+|0[oO][0-7_]+|\d+[lL](?!\w)|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y
const STRING = /"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'/y
const NAME = /[A-Za-z_]\w*/y
const OPERATOR = /:=|\*\*=?|<<=|>>=|\/\/=?|<<|>>|[<>=!+\-*/%&|^]=|[-+*/%&|^~<>=(),:.[\]{};]/y

/** Divides a program into logical lines of tokens. @throws {Unsupported} for a character that is none of Python's */
export function linesOf(text: string): Line[] {
  const lines: Line[] = []
  let at = 0
  let isContinued = false
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found !== undefined) at += found.length
    return found
  }
  while (at < text.length) {
    const start = at
    // What follows a semicolon stands as deep as what precedes it.
    const blank = columnsOf(match(/[ \t]*/y) ?? '')
    const indent: number = isContinued ? (lines.at(-1)?.indent ?? blank) : blank
    const continued = isContinued
    isContinued = false
    const tokens: Token[] = []
    let depth = 0
    while (at < text.length) {
      match(BLANK)
      if (text[at] === '\n') {
        at++
        if (depth === 0) break
        continue
      }
      if (at >= text.length) break
      const token = nextToken(match)
      if (token === null) throw new Unsupported(`code: character ${JSON.stringify(text[at])}`)
      if (token.kind === 'operator' && depth === 0 && token.text === ';') {
        isContinued = true
        break
      }
      if (/^[([{]$/.test(token.text)) depth++
      if (/^[)\]}]$/.test(token.text)) depth--
      tokens.push(token)
    }
    const number = text.slice(0, start).split('\n').length
    if (tokens.length > 0)
      lines.push({ indent, number, text: text.slice(start, at).trim().replace(/;$/, ''), continued, tokens })
  }
  return lines
}

function nextToken(match: (pattern: RegExp) => string | undefined): Token | null {
  for (const [kind, pattern] of [
    ['number', NUMBER],
    ['string', STRING],
    ['name', NAME],
    ['operator', OPERATOR],
  ] as const) {
    const text = match(pattern)
    if (text !== undefined) return { kind, text }
  }
  return null
}

function columnsOf(blank: string): number {
  return Array.from(blank).reduce((column, one) => (one === '\t' ? (Math.floor(column / 8) + 1) * 8 : column + 1), 0)
}
