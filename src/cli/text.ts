/** Text for a terminal: paragraphs, hanging indents and plain tables. Widths are in characters: what we print has no wide ones. */
import { printable } from '../inspect/index.ts'

/** Breaks a paragraph into lines of at most `width` characters, each behind `indent`. A longer word stands alone; control characters are made visible. */
export function wrap(text: string, width: number, indent: string = ''): string {
  const lines: string[] = []
  let line = ''
  for (const part of text.split(/\s+/).filter((one) => one !== '')) {
    const word = printable(part)
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  if (line !== '') lines.push(indent + line)
  return lines.join('\n')
}

/** A word and a paragraph beside it: `first` padded to `indent` columns, further lines under the paragraph's beginning. */
export function hanging(first: string, text: string, width: number, indent: number): string {
  const body = wrap(text, width, ' '.repeat(indent))
  const head = first.length <= indent ? first.padEnd(indent) : `${first}\n${' '.repeat(indent)}`
  return body === '' ? first : head + body.slice(indent)
}

/** Rows of words in columns, two spaces apart, the last column as it is. */
export function columns(rows: readonly (readonly string[])[], indent: string = ''): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  }
  return rows
    .map((row) => {
      const cells = row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] as number)))
      return (indent + cells.join('  ')).trimEnd()
    })
    .join('\n')
}

/** The text if it fits, else as many whole words as fit, and an ellipsis. */
export function clip(text: string, width: number): string {
  if (text.length <= width) return text
  const cut = text.slice(0, Math.max(0, width - 1))
  const word = text[cut.length] === ' ' ? cut : cut.replace(/\s+\S*$/, '')
  return `${word.replace(/[\s,;:]+$/, '')}…`
}

/** What the user typed, on one line and not longer than a line bears. */
export function quoted(word: string): string {
  return `"${clip(printable(word), 60)}"`
}

/** A thing with bigints in it (cookies, octet counts), as JSON with decimal text in their place. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, (_key, one) => (typeof one === 'bigint' ? String(one) : one), 2)}\n`
}
