import { Utf8Writer } from '../format/utf8-writer.ts'

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

const BLANK = 0x20
const LINE_FEED = 0x0a

/**
 * Writes the fields of a row, one for each column that is there but the last, which ss leaves empty: the octets of a field, then
 * `endField()`.
 */
export type WriteRow<Row> = (row: Row, fields: RowFields) => void

/** Where the fields of a row go. */
export interface RowFields {
  readonly octets: Utf8Writer
  endField(): void
}

/** Which of the first two columns are there. */
export interface SsTableOptions {
  readonly netid: boolean
  readonly state: boolean
  readonly header: boolean
  /** Columns of the terminal; `undefined` when the text goes into a pipe or a file. */
  readonly width?: number | undefined
}

/** Lays rows out as text, a block of them at a time. */
export class SsTable<Row> {
  readonly #writeRow: WriteRow<Row>
  readonly #columns: readonly Column[]
  readonly #width: number | undefined
  readonly #emit: (octets: Uint8Array) => void
  readonly #held: HeldFields

  /** @param emit is handed the text as UTF-8, whole lines at a time, in octets that it may keep */
  constructor(options: SsTableOptions, writeRow: WriteRow<Row>, emit: (octets: Uint8Array) => void) {
    this.#writeRow = writeRow
    this.#columns = COLUMNS.filter((_, i) => (i !== 0 || options.netid) && (i !== 1 || options.state))
    this.#width = options.width
    this.#emit = emit
    this.#held = new HeldFields(this.#columns.length)
    if (options.header) this.#holdTitles()
  }

  /** Takes a row, and hands text over when ss's buffer would be full. */
  add(row: Row): void {
    const held = this.#held
    this.#writeRow(row, held)
    // The last column, which is always empty.
    held.endField()
    if (!held.full) return
    held.measureLast()
    this.#hand()
  }

  /** Hands over what is left. */
  end(): void {
    if (this.#held.count > 0) this.#hand()
  }

  #hand(): void {
    this.#emit(this.#layout())
    this.#held.clear()
  }

  #holdTitles(): void {
    for (const { title } of this.#columns) {
      this.#held.octets.text(title)
      this.#held.endField()
    }
    this.#held.measureLast()
  }

  /** The text of everything that is held. Octets are copied one by one: fields are too short for a call each. */
  #layout(): Uint8Array {
    const { octets: held, lengths } = this.#held
    const fields = held.octets
    const widths = this.#widths()
    const gaps = this.#columns.map(({ delimiter }, i) => (i === 0 ? 0 : delimiter.length))
    const isRight = this.#columns.map(({ align }) => align === 'right')
    const text = new Uint8Array(textLength(lengths, widths, gaps)).fill(BLANK)
    let [from, to, field] = [0, 0, 0]
    while (field < lengths.length) {
      for (let i = 0; i < widths.length; i++) {
        const length = lengths[field++] as number
        const gap = gaps[i] as number
        // Right alignment counts the delimiter apart, left alignment as part of the field: the result is one width.
        const missing = Math.max((widths[i] as number) - length - gap, 0)
        to += isRight[i] === true ? gap + missing : gap
        for (const end = from + length; from < end; from++) text[to++] = fields[from] as number
        if (isRight[i] !== true) to += missing
      }
      text[to++] = LINE_FEED
    }
    return text
  }

  /** Widths of the columns shown, delimiters included. */
  #widths(): number[] {
    let first = true
    const widths = this.#columns.map((column, i) => {
      const longest = this.#held.longest[i] as number
      const delimiter = first || longest === 0 ? 0 : column.delimiter.length
      const width = Math.min(longest + delimiter, this.#width ?? Number.POSITIVE_INFINITY)
      if (width > 0) first = false
      return width
    })
    return this.#width === undefined ? widths : spread(widths, this.#width)
  }
}

/** Octets of the text of these fields: none takes less than its column's width. */
function textLength(lengths: Uint32Array, widths: readonly number[], gaps: readonly number[]): number {
  let total = lengths.length / widths.length
  for (let field = 0; field < lengths.length; ) {
    for (let i = 0; i < widths.length; i++)
      total += Math.max(widths[i] as number, (lengths[field++] as number) + (gaps[i] as number))
  }
  return total
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
 * The fields of a block of rows, one behind the other, and how much of its own buffer ss would have filled with them: chunks of a MiB, in
 * which a field takes two octets and its own, rounded up to two. With the fifth chunk begun it prints what it has and starts anew; the
 * columns of later rows may then be wider. Tables of some 60,000 sockets and more look so, and would differ from ss's if we did not
 * follow it.
 */
class HeldFields implements RowFields {
  readonly octets = new Utf8Writer(OCTETS_AT_FIRST)
  /** The widest field of each column so far, in octets. It survives a block, as it does in ss. */
  readonly longest: Int32Array
  readonly #columns: number
  /** The place of Process, the last field but one. */
  readonly #process: number
  /** The length of the last row's Process, which is not measured yet. */
  #lastProcess = 0
  #lengths = new Uint32Array(FIELDS_AT_FIRST)
  #fields = 0
  #column = 0
  #chunks = 1
  #used = LENGTH_OCTETS
  #fieldStart = 0

  constructor(columns: number) {
    this.longest = new Int32Array(columns)
    this.#columns = columns
    this.#process = columns - 2
  }

  get full(): boolean {
    return this.#chunks >= CHUNKS_MAX
  }

  get count(): number {
    return this.#fields
  }

  /** Of each field, in octets. */
  get lengths(): Uint32Array {
    return this.#lengths.subarray(0, this.#fields)
  }

  /** Takes what was written since the last field for one. */
  endField(): void {
    const length = this.octets.length - this.#fieldStart
    this.#fieldStart = this.octets.length
    if (this.#fields === this.#lengths.length) this.#lengths = grown(this.#lengths)
    this.#lengths[this.#fields++] = length
    this.#count(length)
    const column = this.#column
    // ss measures the last field of a row when it begins the next one, and so never that of the very last row.
    if (column === 0) this.measureLast()
    if (column === this.#process) this.#lastProcess = length
    else this.#measure(column, length)
    this.#column = column + 1 === this.#columns ? 0 : column + 1
  }

  /** Measures the Process of the last row. */
  measureLast(): void {
    this.#measure(this.#process, this.#lastProcess)
  }

  #measure(column: number, length: number): void {
    if (length > (this.longest[column] as number)) this.longest[column] = length
  }

  clear(): void {
    this.octets.clear()
    this.#fields = 0
    this.#chunks = 1
    this.#used = LENGTH_OCTETS
    this.#fieldStart = 0
  }

  #count(length: number): void {
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
const OCTETS_AT_FIRST = 1 << 16
const FIELDS_AT_FIRST = 1 << 12

function grown(values: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * values.length)
  larger.set(values)
  return larger
}
