import type { DiagramNode, Point } from './model.ts'

/** How a box's border is drawn; they differ in shape, so that colour need not tell. */
export type Border = 'light' | 'heavy' | 'double'

/** top left, top right, bottom left, bottom right, horizontal, vertical. */
type BorderSigns = readonly [string, string, string, string, string, string]

/** A set of characters to draw with. */
export interface Charset {
  readonly borders: Readonly<Record<Border, BorderSigns>>
  /** By the directions that a line goes to from the cell: 1 up, 2 right, 4 down, 8 left. */
  readonly lines: readonly string[]
  readonly heads: Readonly<Record<'up' | 'right' | 'down' | 'left', string>>
}

/** Box drawing characters. */
export const UNICODE: Charset = {
  borders: {
    light: ['┌', '┐', '└', '┘', '─', '│'],
    heavy: ['┏', '┓', '┗', '┛', '━', '┃'],
    double: ['╔', '╗', '╚', '╝', '═', '║'],
  },
  lines: [' ', '│', '─', '└', '│', '│', '┌', '├', '─', '┘', '─', '┴', '┐', '┤', '┬', '┼'],
  heads: { up: '▲', right: '►', down: '▼', left: '◄' },
}

/** For terminals and files that have nothing else: a heavy border is made of stars, a double one of hashes. */
export const ASCII: Charset = {
  borders: {
    light: ['+', '+', '+', '+', '-', '|'],
    heavy: ['*', '*', '*', '*', '-', '|'],
    double: ['#', '#', '#', '#', '=', '#'],
  },
  lines: [' ', '|', '-', '+', '|', '|', '+', '+', '-', '+', '-', '+', '+', '+', '+', '+'],
  heads: { up: '^', right: '>', down: 'v', left: '<' },
}

const UP = 1
const RIGHT = 2
const DOWN = 4
const LEFT = 8

/** A grid of character cells. Each cell's text may carry escape sequences; it shows as one column. */
export class Canvas {
  readonly #charset: Charset
  readonly #cells: string[][]
  /** Directions of the lines through each cell, so that lines that meet or cross are joined. */
  readonly #lines: number[][]

  constructor(width: number, height: number, charset: Charset) {
    this.#charset = charset
    this.#cells = Array.from({ length: height }, () => new Array<string>(width).fill(' '))
    this.#lines = Array.from({ length: height }, () => new Array<number>(width).fill(0))
  }

  /** Writes words, one character to a cell. */
  text(x: number, y: number, text: string, style: (char: string) => string = (char) => char): void {
    let column = x
    for (const char of text) this.#put(column++, y, char === ' ' ? char : style(char))
  }

  box(x: number, y: number, width: number, height: number, border: Border, style: (char: string) => string): void {
    const [topLeft, topRight, bottomLeft, bottomRight, horizontal, vertical] = this.#charset.borders[border]
    const inner = width - 2
    this.text(x, y, topLeft + horizontal.repeat(inner) + topRight, style)
    for (let row = y + 1; row < y + height - 1; row++) {
      this.text(x, row, vertical, style)
      this.text(x + width - 1, row, vertical, style)
    }
    this.text(x, y + height - 1, bottomLeft + horizontal.repeat(inner) + bottomRight, style)
  }

  /** A line along the corners of `path`, out of the box beside its beginning, with a head at its end. */
  arrow(path: readonly Point[], box: DiagramNode): void {
    const start = path[0] as Point
    this.#join(start.x, start.y, towards(start, box))
    for (let i = 1; i < path.length; i++) this.#segment(path[i - 1] as Point, path[i] as Point)
    const [before, end] = path.slice(-2) as [Point, Point]
    this.#put(end.x, end.y, this.#charset.heads[directionOf(before, end)])
  }

  /** The lines of the drawing, without blanks at their ends. */
  lines(): string[] {
    return this.#cells.map((row) => row.join('').trimEnd())
  }

  #segment(from: Point, to: Point): void {
    const dx = Math.sign(to.x - from.x)
    const dy = Math.sign(to.y - from.y)
    for (let { x, y } = from; x !== to.x || y !== to.y; x += dx, y += dy) {
      this.#join(x, y, dx > 0 ? RIGHT : dx < 0 ? LEFT : dy > 0 ? DOWN : UP)
      this.#join(x + dx, y + dy, dx > 0 ? LEFT : dx < 0 ? RIGHT : dy > 0 ? UP : DOWN)
    }
  }

  #join(x: number, y: number, direction: number): void {
    const row = this.#lines[y]
    if (row?.[x] === undefined) return
    row[x] |= direction
    this.#put(x, y, this.#charset.lines[row[x]] as string)
  }

  #put(x: number, y: number, cell: string): void {
    const row = this.#cells[y]
    if (row !== undefined && x >= 0 && x < row.length) row[x] = cell
  }
}

/** The direction from a cell beside a box to the box. */
function towards(cell: Point, box: DiagramNode): number {
  if (cell.y < box.y) return DOWN
  if (cell.y >= box.y + box.height) return UP
  return cell.x < box.x ? RIGHT : LEFT
}

function directionOf(from: Point, to: Point): 'up' | 'right' | 'down' | 'left' {
  if (to.x !== from.x) return to.x > from.x ? 'right' : 'left'
  return to.y > from.y ? 'down' : 'up'
}
