/** A place in a script: both count from 1, columns in characters. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** A script that cannot be read. `message` is one line: `FILE:LINE:COLUMN: found X, expected Y`. */
export class ScriptSyntaxError extends Error {
  override readonly name: string = 'ScriptSyntaxError'
  readonly file: string
  readonly position: Position

  constructor(file: string, position: Position, what: string) {
    super(`${file}:${position.line}:${position.column}: ${what}`)
    this.file = file
    this.position = position
  }
}
