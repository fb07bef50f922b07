/** A terminal's other screen, drawn over again and again; what stood on the first comes back when it is left. */
import type { Io } from './io.ts'

const ESCAPE = '\u001b['
const ENTER = `${ESCAPE}?1049h${ESCAPE}?25l`
const LEAVE = `${ESCAPE}?25h${ESCAPE}?1049l`
const HOME = `${ESCAPE}H`
const TO_END_OF_LINE = `${ESCAPE}K`
const TO_END = `${ESCAPE}J`

/** Enter it by making one; leave it in `finally`, or the terminal stays as it is. */
export class Screen {
  readonly #io: Io

  constructor(io: Io) {
    this.#io = io
    io.out(ENTER)
  }

  /** Shows these lines from the top, in one write, so that nothing flickers. What does not fit below is cut. */
  draw(lines: readonly string[]): void {
    const shown = lines.slice(0, this.#io.rows ?? lines.length)
    this.#io.out(HOME + shown.map((line) => line + TO_END_OF_LINE).join('\n') + TO_END)
  }

  leave(): void {
    this.#io.out(LEAVE)
  }
}
