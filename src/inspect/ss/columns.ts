import { OctetWriter } from '../format/octet-writer.ts'

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
const BLANK = 0x20
const LINE_FEED = 0x0a

/** Writes one field of a row. */
export type WriteField<Row> = (row: Row, into: OctetWriter) => void

/** How the fields of a row are written, one for each column but the last, which ss leaves empty. */
export interface FieldWriters<Row> {
  readonly netid: WriteField<Row>
  readonly state: WriteField<Row>
  readonly recvQueue: WriteField<Row>
  readonly sendQueue: WriteField<Row>
  readonly localAddress: WriteField<Row>
  readonly localPort: WriteField<Row>
  readonly peerAddress: WriteField<Row>
  readonly peerPort: WriteField<Row>
  readonly process: WriteField<Row>
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
  readonly #writers: readonly WriteField<Row>[]
  readonly #header: boolean
  readonly #columns: readonly number[]
  readonly #width: number | undefined
  /** The widest field of each column so far, in octets. It survives a block, as it does in ss. */
  readonly #longest: number[] = COLUMNS.map(() => 0)
  readonly #held = new HeldFields()

  constructor(options: SsTableOptions, fields: FieldWriters<Row>) {
    this.#writers = [
      ...[fields.netid, fields.state, fields.recvQueue, fields.sendQueue],
      ...[fields.localAddress, fields.localPort, fields.peerAddress, fields.peerPort, fields.process],
    ]
    this.#header = options.header
    this.#columns = COLUMNS.map((_, i) => i).filter((i) => (i !== 0 || options.netid) && (i !== 1 || options.state))
    this.#width = options.width
  }

  /**
   * The header, if there is to be one, and a line for each row.
   * @param emit is handed the text as UTF-8, whole lines at a time, in octets that it may keep
   */
  print(rows: readonly Row[], emit: (octets: Uint8Array) => void): void {
    let start = 0
    let isFirst = true
    while (isFirst || start < rows.length) {
      this.#held.clear()
      if (isFirst && this.#header) this.#holdTitles()
      start = this.#holdBlock(rows, start)
      emit(this.#layout())
      isFirst = false
    }
  }

  #holdTitles(): void {
    for (const column of this.#columns) {
      this.#held.octets.text((COLUMNS[column] as Column).title)
      this.#lengthen(column, this.#held.endField())
    }
  }

  /** Holds rows until ss's buffer would be full; the index behind the last one. */
  #holdBlock(rows: readonly Row[], start: number): number {
    for (let i = start; i < rows.length; i++) {
      const isLast = i === rows.length - 1
      // ss measures the last field of a row when it begins the next one, and so never that of the very last row.
      const process = this.#hold(rows[i] as Row, isLast)
      if (!this.#held.full) continue
      this.#lengthen(PROCESS, process)
      return i + 1
    }
    return rows.length
  }

  /** Holds the fields of a row and notes their lengths, that of Process only when told to; the length of Process. */
  #hold(row: Row, isLast: boolean): number {
    let process = 0
    for (const column of this.#columns) {
      this.#writers[column]?.(row, this.#held.octets)
      const length = this.#held.endField()
      if (column === PROCESS) process = length
      if (column !== PROCESS || !isLast) this.#lengthen(column, length)
    }
    return process
  }

  #lengthen(column: number, length: number): void {
    if (length > (this.#longest[column] as number)) this.#longest[column] = length
  }

  /** The text of everything that is held. Octets are copied one by one: fields are too short for a call each. */
  #layout(): Uint8Array {
    const { octets: held, lengths } = this.#held
    const widths = this.#widths()
    const shown = this.#columns.map((column) => COLUMNS[column] as Column)
    const gaps = shown.map(({ delimiter }, i) => (i === 0 ? 0 : delimiter.length))
    const isRight = shown.map(({ align }) => align === 'right')
    const fields = held.octets
    // No field takes less than its width, or more than its length and its gap.
    const most = fields.length + (lengths.length / shown.length) * (1 + sum(gaps) + sum(widths))
    const text = new Uint8Array(most)
    let [from, to, field] = [0, 0, 0]
    while (field < lengths.length) {
      for (let i = 0; i < shown.length; i++) {
        const length = lengths[field++] as number
        const gap = gaps[i] as number
        // Right alignment counts the delimiter apart, left alignment as part of the field: the result is one width.
        const missing = (widths[i] as number) - length - gap
        for (let blanks = isRight[i] === true ? gap + Math.max(missing, 0) : gap; blanks > 0; blanks--)
          text[to++] = BLANK
        for (const end = from + length; from < end; from++) text[to++] = fields[from] as number
        for (let blanks = isRight[i] === true ? 0 : missing; blanks > 0; blanks--) text[to++] = BLANK
      }
      text[to++] = LINE_FEED
    }
    return text.subarray(0, to)
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

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
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
class HeldFields {
  readonly octets = new OctetWriter(OCTETS_AT_FIRST)
  #lengths = new Uint32Array(FIELDS_AT_FIRST)
  #fields = 0
  #chunks = 1
  #used = LENGTH_OCTETS
  #fieldStart = 0

  get full(): boolean {
    return this.#chunks >= CHUNKS_MAX
  }

  /** Of each field, in octets. */
  get lengths(): Uint32Array {
    return this.#lengths.subarray(0, this.#fields)
  }

  /** Takes what was written since the last field for one; its length. */
  endField(): number {
    const length = this.octets.length - this.#fieldStart
    this.#fieldStart = this.octets.length
    if (this.#fields === this.#lengths.length) this.#lengths = grown(this.#lengths)
    this.#lengths[this.#fields++] = length
    this.#count(length)
    return length
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
