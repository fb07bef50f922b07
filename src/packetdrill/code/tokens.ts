import { Unsupported } from '../run/outcome.ts'
import type { Line, Token } from './lines.ts'

/** Walks through the tokens of one line. */
export class Tokens {
  readonly line: Line
  #at = 0

  constructor(line: Line) {
    this.line = line
  }

  get peek(): Token | undefined {
    return this.line.tokens[this.#at]
  }

  get second(): Token | undefined {
    return this.line.tokens[this.#at + 1]
  }

  get atEnd(): boolean {
    return this.peek === undefined
  }

  get rest(): readonly Token[] {
    return this.line.tokens.slice(this.#at)
  }

  next(): Token {
    const token = this.peek
    if (token === undefined) throw new Unsupported(`code: "${this.line.text}" ends too early`)
    this.#at++
    return token
  }

  sees(text: string): boolean {
    const token = this.peek
    return token !== undefined && token.kind !== 'string' && token.text === text
  }

  has(text: string): boolean {
    if (!this.sees(text)) return false
    this.#at++
    return true
  }

  expect(text: string): void {
    if (!this.has(text)) this.fail(`"${text}" is due`)
  }

  fail(due: string): never {
    throw new Unsupported(`code: "${this.peek?.text ?? 'end of line'}" where ${due} in "${this.line.text}"`)
  }

  name(): string {
    const token = this.next()
    if (token.kind !== 'name') throw new Unsupported(`code: "${token.text}" where a name is due in "${this.line.text}"`)
    return token.text
  }

  /** `a.b.c` */
  dotted(): string {
    let name = this.name()
    while (this.has('.')) name += `.${this.name()}`
    return name
  }
}
