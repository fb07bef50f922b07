import { didYouMean } from '../base/index.ts'
import { printable } from '../inspect/index.ts'
import type { CommandEntry } from './command.ts'
import { COMMANDS } from './commands/table.ts'
import { CliError, EXIT, EXIT_MEANINGS, type ExitCode } from './exit.ts'
import type { Io } from './io.ts'
import { columns, quoted } from './text.ts'
import { version } from './version.ts'

/**
 * Runs one command line and answers its exit code. Whatever goes wrong is one line on stderr, but for a bug of ours, which shows
 * its stack.
 */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  try {
    return await dispatch(args, io)
  } catch (error) {
    if (error instanceof CliError) {
      io.err(`lastack ${printable(error.message)}`)
      return EXIT.USAGE
    }
    io.err(`lastack: this is a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    return EXIT.BUG
  }
}

async function dispatch(args: readonly string[], io: Io): Promise<ExitCode> {
  const [word, ...rest] = args
  switch (word) {
    case undefined:
    case '-h':
    case '--help':
      io.out(usage())
      return EXIT.OK
    case '-V':
    case '--version':
      io.out(`lastack ${version()}\n`)
      return EXIT.OK
    case 'help':
      return help(rest, io)
  }
  const entry = find(word)
  const command = await entry.load()
  if (!entry.ownHelp && wantsHelp(rest)) {
    io.out(await command.help())
    return EXIT.OK
  }
  return command.run(rest, io)
}

/** `help` and `help COMMAND`. */
async function help(args: readonly string[], io: Io): Promise<ExitCode> {
  const [word] = args
  io.out(word === undefined ? usage() : await (await find(word).load()).help())
  return EXIT.OK
}

function find(word: string): CommandEntry {
  const entry = COMMANDS.find(({ name }) => name === word)
  if (entry !== undefined) return entry
  const names = COMMANDS.map(({ name }) => name)
  const what = word.startsWith('-') ? 'option' : 'command'
  throw new CliError(`${quoted(word)}: no such ${what}: ${didYouMean(word, names, `expected ${names.join(', ')}`)}`)
}

/** Help is asked for anywhere before a `--`. */
function wantsHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end < 0 ? undefined : end).some((arg) => arg === '--help' || arg === '-h')
}

function usage(): string {
  const commands = COMMANDS.map(({ name, synopsis, summary }) => [`${name} ${synopsis}`.trim(), summary])
  const codes = EXIT_MEANINGS.map(([code, meaning]) => [String(code), meaning])
  return `lastack: the life of TCP connections, on a stack of its own and on this host

Usage: lastack COMMAND [ARGUMENTS]

${columns(commands, '  ')}

  lastack COMMAND --help   what a command takes, with examples
  lastack --version        the version

Exit codes
${columns(codes, '  ')}
`
}
