/** What a command printed, and how it ended. */
export interface CommandResult {
  readonly output: string
  readonly status: number
  /** What it said of errors. */
  readonly errors?: string
}

/** Nothing printed, and all is well. */
export const DONE: CommandResult = { output: '', status: 0 }

/** Nothing printed, and a status that says no. */
export const FAILED: CommandResult = { output: '', status: 1 }
