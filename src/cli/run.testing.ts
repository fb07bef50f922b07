import type { ExitCode } from './exit.ts'
import type { Io } from './io.ts'
import { run } from './run.ts'

/** What a command line did. */
export interface Outcome {
  readonly code: ExitCode
  readonly out: string
  readonly err: string
}

/** Runs a command line in this process, as if into a pipe, or into a terminal of `columns`. */
export async function lastack(args: readonly string[], columns?: number): Promise<Outcome> {
  let [out, err] = ['', '']
  const io: Io = {
    out: (text) => {
      out += typeof text === 'string' ? text : Buffer.from(text).toString()
    },
    err: (line) => {
      err += `${line}\n`
    },
    columns,
    colour: false,
    isRead: true,
  }
  return { code: await run(args, io), out, err }
}

/** The lines of a text that are wider than `width`. */
export function tooWide(text: string, width: number = 80): string[] {
  return text.split('\n').filter((line) => Array.from(line).length > width)
}
