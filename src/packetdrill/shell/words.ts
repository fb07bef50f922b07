import { Unsupported } from '../run/outcome.ts'
import { arithmetic } from './arithmetic.ts'
import { escaped } from './regular-expression.ts'
import type { ShellScope } from './scope.ts'
import { parenthesesEnd } from './tokens.ts'

/** A piece of a word; what was not quoted and comes from an expansion is divided at its blanks. */
interface Piece {
  readonly text: string
  readonly divides: boolean
  readonly quoted: boolean
}

/** The words that raw words stand for: none, one or several each. */
export function expandWords(raw: readonly string[], scope: ShellScope): string[] {
  return raw.flatMap((word) => fieldsOf(word, scope))
}

/** One word, undivided: that of an assignment, a redirection, a here-document. */
export function expandOne(raw: string, scope: ShellScope): string {
  return piecesOf(raw, scope)
    .map(({ text }) => text)
    .join('')
}

/** A pattern of `case` and `[[`, as a regular expression: what was quoted stands for itself. */
export function expandPattern(raw: string, scope: ShellScope): RegExp {
  const source = piecesOf(raw, scope).map(({ text, quoted }) => (quoted ? escaped(text) : globSource(text)))
  return new RegExp(`^(?:${source.join('')})$`, 's')
}

function globSource(glob: string): string {
  return glob.replace(/\[!?[^\]]+\]|[\s\S]/g, (one) => {
    if (one === '*') return '.*'
    if (one === '?') return '.'
    return one.length > 1 ? one.replace('[!', '[^') : escaped(one)
  })
}

function fieldsOf(raw: string, scope: ShellScope): string[] {
  if (/^\{[^{}'"$\s]+,[^{}'"$\s]*\}$/.test(raw)) return raw.slice(1, -1).split(',')
  if (raw === '"$@"') return listOf(scope)
  const pieces = piecesOf(raw, scope)
  const fields: string[] = []
  let open: string | null = null
  for (const { text, divides } of pieces) {
    if (!divides) {
      open = (open ?? '') + text
      continue
    }
    const [first = '', ...rest] = text.split(/[ \t\n]+/)
    if (rest.length === 0) {
      if (first !== '') open = (open ?? '') + first
      continue
    }
    if (first !== '' || open !== null) fields.push((open ?? '') + first)
    fields.push(...rest.slice(0, -1))
    const last = rest.at(-1) as string
    open = last === '' ? null : last
  }
  if (open !== null) fields.push(open)
  return fields
}

function listOf(scope: ShellScope): string[] {
  const count = Number(scope.variable('#') ?? 0)
  return Array.from({ length: count }, (_, i) => scope.variable(String(i + 1)) ?? '')
}

const PIECE =
  /'([^']*)'|(")|\\([\s\S])|(\$\()|`((?:\\.|[^`])*)`|\$\{([^}]*)\}|\$(\w+|[?$#@*!-])|(?:[^'"\\$`]|\$(?![\w({?$#@*!-]))+/y
/** The same between double quotes, where a backslash stands for itself but before a few. */
const QUOTED =
  /\\([$`"\\\n])|(\$\()|`((?:\\.|[^`])*)`|\$\{([^}]*)\}|\$(\w+|[?$#@*!-])|(?:[^"\\$`]|\\(?![$`"\\\n])|\$(?![\w({?$#@*!-]))+/y

function piecesOf(raw: string, scope: ShellScope): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  while (at < raw.length) {
    PIECE.lastIndex = at
    const match = PIECE.exec(raw)
    if (match === null) throw new Unsupported(`command word ${raw}`)
    const [all, single, double, escaping, opened, back, braced, plain] = match
    at += all.length
    if (single !== undefined) pieces.push({ text: single, divides: false, quoted: true })
    else if (double !== undefined) {
      const { text, end } = quotedText(raw, at, scope)
      at = end
      pieces.push({ text, divides: false, quoted: true })
    } else if (escaping !== undefined)
      pieces.push({ text: escaping === '\n' ? '' : escaping, divides: false, quoted: true })
    else if (opened !== undefined) {
      const { text, end } = substituted(raw, at - 1, scope)
      at = end
      pieces.push({ text, divides: true, quoted: false })
    } else {
      const value = expansion(back, braced, plain, scope)
      pieces.push({ text: value ?? all, divides: value !== undefined, quoted: false })
    }
  }
  return pieces
}

/** What stands between double quotes, from `start` on. */
function quotedText(raw: string, start: number, scope: ShellScope): { text: string; end: number } {
  let text = ''
  let at = start
  while (at < raw.length && raw[at] !== '"') {
    QUOTED.lastIndex = at
    const match = QUOTED.exec(raw)
    if (match === null) throw new Unsupported(`command word ${raw}`)
    const [all, escaping, opened, back, braced, plain] = match
    at += all.length
    if (escaping !== undefined) text += escaping === '\n' ? '' : escaping
    else if (opened !== undefined) {
      const found = substituted(raw, at - 1, scope)
      at = found.end
      text += found.text
    } else text += expansion(back, braced, plain, scope) ?? all
  }
  return { text, end: at + 1 }
}

/** `$(command)` and `$((sum))`; `start` is where the first parenthesis stands. */
function substituted(raw: string, start: number, scope: ShellScope): { text: string; end: number } {
  const end = parenthesesEnd(raw, start)
  const inner = raw.slice(start + 1, end - 1)
  const isSum = inner.startsWith('(') && inner.endsWith(')') && parenthesesEnd(raw, start + 1) === end - 1
  if (isSum) return { text: String(arithmetic(expandOne(`"${inner.slice(1, -1)}"`, scope), scope)), end }
  return { text: scope.substitute(inner).replace(/\n+$/, ''), end }
}

function expansion(
  back: string | undefined,
  braced: string | undefined,
  plain: string | undefined,
  scope: ShellScope,
): string | undefined {
  if (back !== undefined) return scope.substitute(back.replace(/\\([$`\\])/g, '$1')).replace(/\n+$/, '')
  if (braced !== undefined) return parameter(braced, scope)
  if (plain === undefined) return undefined
  return scope.variable(plain) ?? ''
}

/** `${NAME}`, `${#NAME}`, `${NAME:-text}` and its kin, `${NAME%pattern}`, `${NAME#pattern}`. */
function parameter(text: string, scope: ShellScope): string {
  const length = /^#(\w+)$/.exec(text)
  if (length !== null) return String((scope.variable(length[1] as string) ?? '').length)
  const match = /^(\w+|[?$#@*!-])(?:(:?[-=+?]|%%?|##?)([\s\S]*))?$/.exec(text)
  if (match === null) throw new Unsupported(`command word \${${text}}`)
  const [, name = '', operator = '', rest = ''] = match
  const value = scope.variable(name)
  if (operator === '') return value ?? ''
  if (/^[%#]/.test(operator)) return trimmed(value ?? '', operator, expandPattern(rest, scope))
  const missing = value === undefined || (operator.startsWith(':') && value === '')
  switch (operator.at(-1)) {
    case '+':
      return missing ? '' : expandOne(rest, scope)
    case '-':
      return missing ? expandOne(rest, scope) : value
    case '=':
      if (!missing) return value
      scope.assign(name, expandOne(rest, scope))
      return scope.variable(name) ?? ''
    default:
      if (missing) throw new Unsupported(`command with \${${name}}: it is not set`)
      return value
  }
}

/** Takes what a pattern matches off the end (%) or the beginning (#), the longest where the sign is doubled. */
function trimmed(value: string, operator: string, pattern: RegExp): string {
  const fromEnd = operator.startsWith('%')
  const cuts = Array.from({ length: value.length + 1 }, (_, i) => i)
  const shortFirst = operator.length === 1
  const ordered = shortFirst === fromEnd ? cuts.reverse() : cuts
  for (const cut of ordered) {
    const part = fromEnd ? value.slice(cut) : value.slice(0, cut)
    if (pattern.test(part)) return fromEnd ? value.slice(0, cut) : value.slice(cut)
  }
  return value
}
