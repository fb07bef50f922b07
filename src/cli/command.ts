import type { ExitCode } from './exit.ts'
import type { Io } from './io.ts'

/** What a command's file exports. */
export interface Command {
  /** What `--help` prints; at most 80 columns. It may load the room it describes. */
  help(): Promise<string>
  /**
   * @param args what follows the command's name
   * @throws {CliError} (a rejection) for whatever the user can put right
   */
  run(args: readonly string[], io: Io): Promise<ExitCode>
}

/** One row of the table of commands. */
export interface CommandEntry {
  readonly name: string
  /** What follows the name, as the list of commands shows it. */
  readonly synopsis: string
  /** One line, at most 50 columns. */
  readonly summary: string
  /** True when the command answers `-h` and `--help` itself, as one of its own options. */
  readonly ownHelp?: boolean
  /** Loads the command's file: only the command that runs is loaded, and only its rooms. */
  readonly load: () => Promise<Command>
}
