/** Widths and tables. Lengths here are what the terminal or the original tool counts, not UTF-16 units. */

/** Octets of the text in UTF-8: what C's `strlen` counts, hence the width that ss and netstat give to a field. */
export function octetLength(text: string): number {
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) length += 1
    else if (unit < 0x800) length += 2
    // Each half of a surrogate pair counts for two of its four octets.
    else if (unit >= 0xd800 && unit < 0xe000) length += 2
    else length += 3
  }
  return length
}

/** Columns that a line of text takes in a terminal, for characters that take one: letters, digits, box drawing, arrows. */
export function columnCount(text: string): number {
  let count = 0
  for (const char of text) if (!COMBINING.test(char)) count++
  return count
}

const COMBINING = /\p{Mn}/u

/** `printf("%-*s", width, text)`. */
export function padEnd(text: string, width: number): string {
  const missing = width - octetLength(text)
  return missing > 0 ? text + ' '.repeat(missing) : text
}

/** `printf("%*s", width, text)`. */
export function padStart(text: string, width: number): string {
  const missing = width - octetLength(text)
  return missing > 0 ? ' '.repeat(missing) + text : text
}

/** How one column of a table stands. */
export interface TableColumn {
  readonly title: string
  readonly align?: 'left' | 'right'
}

/**
 * A plain table: a line of titles, then the rows, each column as wide as its widest cell and two blanks apart. No blanks
 * at the end of a line. Cells are expected to be one line of characters that are one column wide.
 */
export function formatTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string {
  const titles = columns.map((column) => column.title)
  const widths = columns.map((_, i) => Math.max(...[titles, ...rows].map((row) => columnCount(row[i] ?? ''))))
  const line = (row: readonly string[]): string =>
    columns
      .map((column, i) => cell(row[i] ?? '', widths[i] as number, column.align))
      .join('  ')
      .trimEnd()
  return [titles, ...rows].map((row) => `${line(row)}\n`).join('')
}

function cell(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, width - columnCount(text)))
  return align === 'left' ? text + blanks : blanks + text
}

/** The text with control characters made visible: anybody may give a program or a folder a name that steers the terminal it is shown on. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** Breaks text into lines of at most `width` columns, between words where it can; what would steer the terminal is made visible. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/).flatMap((part) => pieces(printable(part), width))) {
    if (line !== '' && columnCount(line) + 1 + columnCount(word) > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** A word that is too long for a line, cut. */
function pieces(word: string, width: number): string[] {
  if (columnCount(word) <= width) return [word]
  const cut: string[] = []
  let piece = ''
  for (const char of word) {
    if (columnCount(piece + char) > width) {
      cut.push(piece)
      piece = ''
    }
    piece += char
  }
  return [...cut, piece]
}
