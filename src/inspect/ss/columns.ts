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

/** Collects rows and lays them out. ss holds back 4 to 5 MiB of fields before it prints, and so do we: see `#held`. */
export class SsTable {
  readonly #columns: readonly number[]
  readonly #width: number | undefined
  /** The widest field of each column so far, in octets. It survives a rendering, as it does in ss. */
  readonly #longest: number[] = COLUMNS.map(() => 0)
  /** The length of the Process field added last. */
  #unmeasured = 0
  #pending: string[][] = []
  readonly #held = new HeldFields()
  #text = ''

  constructor(options: SsTableOptions) {
    this.#columns = COLUMNS.map((_, i) => i).filter((i) => (i !== 0 || options.netid) && (i !== 1 || options.state))
    this.#width = options.width
    if (!options.header) return
    this.#add(COLUMNS.map((column) => column.title))
    this.#measureProcess()
  }

  add(fields: Fields): void {
    this.#add([...fields, ''])
    if (!this.#held.full) return
    this.#measureProcess()
    this.#render()
  }

  /** Everything added so far. */
  finish(): string {
    this.#render()
    return this.#text
  }

  #add(fields: readonly string[]): void {
    this.#measureProcess()
    const shown = this.#columns.map((column) => fields[column] ?? '')
    for (const [i, field] of shown.entries()) {
      const column = this.#columns[i] as number
      const length = octetLength(field)
      this.#held.add(length)
      if (column === PROCESS) this.#unmeasured = length
      else this.#measure(column, length)
    }
    this.#pending.push(shown)
  }

  /** ss measures the last field of a row when it begins the next one, and so never that of the very last row. */
  #measureProcess(): void {
    this.#measure(PROCESS, this.#unmeasured)
  }

  #measure(column: number, length: number): void {
    if (length > (this.#longest[column] as number)) this.#longest[column] = length
  }

  #render(): void {
    const widths = this.#widths()
    const lines = this.#pending.map((fields) => this.#line(fields, widths))
    this.#text += lines.join('')
    this.#pending = []
    this.#held.clear()
  }

  #line(fields: readonly string[], widths: readonly number[]): string {
    let line = ''
    for (const [i, field] of fields.entries()) {
      const { align, delimiter } = COLUMNS[this.#columns[i] as number] as Column
      const start = i === 0 ? '' : delimiter
      const width = widths[i] as number
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

  clear(): void {
    this.#chunks = 1
    this.#used = LENGTH_OCTETS
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
