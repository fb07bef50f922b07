import { LineBuffer } from '../format/line-buffer.ts'
import { octetLength, padEnd, padStart } from '../format/text.ts'

/**
 * The layout of iproute2's ss: ten columns, each as wide as its widest field; in a terminal the room that is left is shared out
 * between them, and columns that do not fit flow onto the next line.
 */
interface Column {
  readonly title: string
  /** Printed before the field, unless it begins the line; part of the column's width. */
  readonly delimiter: '' | ' '
  readonly align: 'left' | 'right'
}

const left = (title: string, delimiter: '' | ' '): Column => ({ title, delimiter, align: 'left' })
const right = (title: string, delimiter: '' | ' '): Column => ({ title, delimiter, align: 'right' })

const COLUMNS: readonly Column[] = [
  left('Netid', ''),
  left('State', ' '),
  left('Recv-Q', ' '),
  left('Send-Q', ' '),
  right('Local Address:', ' '),
  left('Port', ''),
  right('Peer Address:', ' '),
  left('Port', ''),
  left('Process', ''),
  left('', ''),
]

const PROCESS = 8

/** The fields of one row, one for each column but the last, which ss leaves empty. */
export type Fields = readonly [
  netid: string,
  state: string,
  recvQueue: string,
  sendQueue: string,
  localAddress: string,
  localPort: string,
  peerAddress: string,
  peerPort: string,
  process: string,
]

/** Which of the first two columns are there. */
export interface SsTableOptions {
  readonly netid: boolean
  readonly state: boolean
  readonly header: boolean
  /** Columns of the terminal; `undefined` when the text goes into a pipe or a file. */
  readonly width?: number | undefined
}

const TITLES: Fields = COLUMNS.slice(0, PROCESS + 1).map((column) => column.title) as unknown as Fields

/** Lays rows out as text. The fields of a row are asked for twice, to measure and to print, so that few are held at a time. */
export class SsTable<Row> {
  readonly #fieldsOf: (row: Row) => Fields
  readonly #header: boolean
  readonly #columns: readonly number[]
  readonly #width: number | undefined
  /** The widest field of each column so far, in octets. It survives a block, as it does in ss. */
  readonly #longest: number[] = COLUMNS.map(() => 0)

  constructor(options: SsTableOptions, fieldsOf: (row: Row) => Fields) {
    this.#fieldsOf = fieldsOf
    this.#header = options.header
    this.#columns = COLUMNS.map((_, i) => i).filter((i) => (i !== 0 || options.netid) && (i !== 1 || options.state))
    this.#width = options.width
  }

  /** The header, if there is to be one, and a line for each row. */
  print(rows: readonly Row[]): string {
    const text = new LineBuffer()
    let start = 0
    let isFirst = true
    while (isFirst || start < rows.length) {
      const held = new HeldFields()
      const hasTitles = isFirst && this.#header
      if (hasTitles) this.#measure(TITLES, held)
      const end = this.#measureBlock(rows, start, held)
      const widths = this.#widths()
      if (hasTitles) text.add(this.#line(TITLES, widths))
      for (let i = start; i < end; i++) text.add(this.#line(this.#fieldsOf(rows[i] as Row), widths))
      start = end
      isFirst = false
    }
    return text.text
  }

  /** Measures rows until ss's buffer would be full; the index behind the last one. */
  #measureBlock(rows: readonly Row[], start: number, held: HeldFields): number {
    for (let i = start; i < rows.length; i++) {
      const isLast = i === rows.length - 1
      const fields = this.#fieldsOf(rows[i] as Row)
      // ss measures the last field of a row when it begins the next one, and so never that of the very last row.
      const process = this.#measure(fields, held, isLast)
      if (!held.full) continue
      this.#lengthen(PROCESS, process)
      return i + 1
    }
    return rows.length
  }

  /** Notes the lengths of a row's fields, that of Process only when told to; the length of Process. */
  #measure(fields: Fields, held: HeldFields, isLast = false): number {
    let process = 0
    for (const column of this.#columns) {
      const length = octetLength(fields[column] ?? '')
      held.add(length)
      if (column === PROCESS) process = length
      if (column !== PROCESS || !isLast) this.#lengthen(column, length)
    }
    return process
  }

  #lengthen(column: number, length: number): void {
    if (length > (this.#longest[column] as number)) this.#longest[column] = length
  }

  #line(fields: Fields, widths: readonly number[]): string {
    let line = ''
    for (let i = 0; i < widths.length; i++) {
      const column = this.#columns[i] as number
      const { align, delimiter } = COLUMNS[column] as Column
      const start = i === 0 ? '' : delimiter
      const width = widths[i] as number
      const field = fields[column] ?? ''
      // Right alignment counts the delimiter apart, left alignment as part of the field: the result is one width.
      line += align === 'right' ? start + padStart(field, width - start.length) : padEnd(start + field, width)
    }
    return `${line}\n`
  }

  /** Widths of the columns shown, delimiters included. */
  #widths(): number[] {
    let first = true
    const widths = this.#columns.map((column) => {
      const longest = this.#longest[column] as number
      const delimiter = first || longest === 0 ? 0 : (COLUMNS[column] as Column).delimiter.length
      const width = Math.min(longest + delimiter, this.#width ?? Number.POSITIVE_INFINITY)
      if (width > 0) first = false
      return width
    })
    return this.#width === undefined ? widths : spread(widths, this.#width)
  }
}

/** Shares the screen's spare room out: line by line, from the right, one column more to the first of each line's rest. */
function spread(contents: readonly number[], screen: number): number[] {
  const widths = [...contents]
  let lineStart = 0
  let length = 0
  let onLine = 0
  for (let i = 0; i < widths.length; i++) {
    if (widths[i] === 0) continue
    onLine++
    length += widths[i] as number
    const isLast = widths.slice(i + 1).every((width) => width === 0)
    if (!isLast && length < screen) continue
    if (length !== screen) {
      // This column does not fit: the line ends before it, and it begins the next.
      if (length > screen) {
        length -= widths[i] as number
        onLine--
        i--
      }
      widen(widths, lineStart, i, screen - length, onLine)
    }
    lineStart = i + 1
    length = 0
    onLine = 0
  }
  return widths
}

function widen(widths: number[], from: number, to: number, spare: number, columns: number): void {
  const each = Math.floor(spare / columns)
  let rest = spare % columns
  for (let i = to; i >= from; i--) {
    if (widths[i] === 0) continue
    widths[i] = (widths[i] as number) + each + (rest > 0 ? 1 : 0)
    rest--
  }
}

/**
 * How much ss would hold in its buffer: chunks of a MiB, in which a field takes two octets and its own, rounded up to two. With
 * the fifth chunk begun it prints what it has and starts anew; the columns of later rows may then be wider. Tables of some
 * 60,000 sockets and more look so, and would differ from ss's if we did not follow it.
 */
class HeldFields {
  #chunks = 1
  #used = LENGTH_OCTETS

  get full(): boolean {
    return this.#chunks >= CHUNKS_MAX
  }

  add(length: number): void {
    if (length >= CHUNK_OCTETS - this.#used) this.#nextChunk()
    this.#used += length
    const padding = length % 2
    if (CHUNK_OCTETS - this.#used - padding < LENGTH_OCTETS) this.#nextChunk()
    else this.#used += padding + LENGTH_OCTETS
  }

  #nextChunk(): void {
    this.#chunks++
    this.#used = LENGTH_OCTETS
  }
}

/** A chunk less its two pointers. */
const CHUNK_OCTETS = 1024 * 1024 - 16
const CHUNKS_MAX = 5
const LENGTH_OCTETS = 2
