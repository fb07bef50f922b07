import { EXIT } from './exit.ts'

/** Where a command writes. It is handed in, so that a test can hold what was written. */
export interface Io {
  /** Writes to standard output as it is; octets are UTF-8. */
  out(text: string | Uint8Array): void
  /** Writes one line to standard error. */
  err(line: string): void
  /** Columns of the terminal that standard output is; undefined for a pipe or a file. */
  readonly columns: number | undefined
  /** Rows of that terminal. */
  readonly rows?: number | undefined
  /** Standard output may have colours. */
  readonly colour: boolean
  /** False once nobody reads standard output any more: what prints for ever stops. */
  readonly isRead: boolean
  /** Shows a line on standard error in place of the one before; the empty line takes it away. Absent where that is no terminal. */
  readonly progress?: ((line: string) => void) | undefined
  /** Asks the person at the terminal, and answers what they type; absent where there is no terminal to ask at. */
  readonly ask?: ((question: string) => Promise<string>) | undefined
}

/** Columns for text of our own where there is no terminal to ask. */
const COLUMNS_DEFAULT = 80
const COLUMNS_LEAST = 40

/** Columns for text of our own: the terminal's, but no wider than is good to read unless `most` says so. */
export function textColumns(io: Io, most: number = COLUMNS_DEFAULT): number {
  return Math.max(COLUMNS_LEAST, Math.min(io.columns ?? COLUMNS_DEFAULT, most))
}

/**
 * This process's own. A reader that goes away (`| head -1`) is no error: what is written after that is lost. A disk that is full
 * ends the program. Colours follow the terminal, NO_COLOR and FORCE_COLOR, as Node itself decides.
 */
export function processIo(): Io {
  const { stdout, stderr } = process
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return
    if (stderr.writable) stderr.write(`lastack: standard output cannot be written: ${error.code ?? error.message}\n`)
    // A command that goes on for ever would go on without a reader.
    process.exit(EXIT.USAGE)
  })
  // Nobody is left to be told.
  stderr.on('error', () => undefined)
  return {
    out: (text) => {
      if (stdout.writable) stdout.write(text)
    },
    err: (line) => {
      if (stderr.writable) stderr.write(`${line}\n`)
    },
    get columns() {
      return stdout.isTTY ? stdout.columns : undefined
    },
    get rows() {
      return stdout.isTTY ? stdout.rows : undefined
    },
    colour: stdout.isTTY && stdout.hasColors(),
    get isRead() {
      return stdout.writable
    },
    ...(stderr.isTTY && { progress: (line: string): void => void stderr.write(`\r${line}\u001b[K`) }),
    // Both ends have to be a terminal: what is to be agreed to must have been seen. Node opens standard input when it is named.
    ...(stdout.isTTY && process.stdin.isTTY && { ask: askAtTerminal }),
  }
}

/** An end of input is an empty answer. */
async function askAtTerminal(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
  try {
    return await Promise.race([lines.question(question), ended])
  } finally {
    lines.close()
  }
}
