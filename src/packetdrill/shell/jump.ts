import type { CommandResult } from './result.ts'

/** `exit`, `return`, `break` and `continue` on their way out. */
export class Jump extends Error {
  readonly kind: 'exit' | 'return' | 'break' | 'continue'
  readonly status: number
  output = ''

  constructor(kind: Jump['kind'], status: number) {
    super(kind)
    this.kind = kind
    this.status = Number.isInteger(status) ? status & 255 : 2
  }
}

/** Runs what comes behind an output: its own goes behind that, also where it jumps out. */
export function behind<T extends CommandResult>(output: string, run: () => T): T {
  try {
    const result = run()
    return { ...result, output: output + result.output }
  } catch (error) {
    if (error instanceof Jump) error.output = output + error.output
    throw error
  }
}
