import { fstatSync } from 'node:fs'
import { isIP } from 'node:net'
import { connectThroughStack, HostError } from '../../host/index.ts'
import type { Command } from '../command.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { atMost, parseFlags } from '../flags.ts'
import { asCliErrors } from '../host-room.ts'
import { PORT_MAX, wholeNumber } from '../number-option.ts'
import { quoted } from '../text.ts'

const HELP = `Usage: lastack nc [--stack NAME] ADDRESS PORT
       lastack nc [--stack NAME] -l PORT

Opens a TCP connection from a stack that \`lastack up\` runs, or (-l) waits for
one on it: standard input goes into it, what comes goes to standard output. It
ends when standard input and the peer have ended.

  -l, --listen        wait for one connection on PORT
  -N, --shutdown      close our direction at the end of standard input
  -w, --wait SECONDS  give up connecting after so long
  --stack NAME        which stack, by its interface; needless where one runs
  -q, --quiet         do not say on stderr what is connected

Examples
  sudo lastack nc 10.91.0.1 8080
  echo hello | sudo lastack nc -N --stack lastack0 fd91::1 8080
  sudo lastack nc -l 9000

Exit codes
  0  both directions were closed
  2  no such stack, no connection, or it failed
`

/** A day. */
const SECONDS_MAX = 86_400

/** `lastack nc`: a connection of a running stack, at this terminal. */
export const nc: Command = {
  help: async () => HELP,

  async run(args, io): Promise<ExitCode> {
    const { flags, words } = parseFlags('nc', args, {
      listen: { short: 'l' },
      shutdown: { short: 'N' },
      stack: { value: 'the name of a running stack' },
      quiet: { short: 'q' },
      wait: { short: 'w', value: 'seconds' },
    })
    // Node takes a directory for a stream that has ended.
    if (fstatSync(0).isDirectory()) throw new CliError('nc: standard input is a directory: expected a file or a pipe')
    if (flags.listen === true && flags.wait !== undefined) throw new CliError('nc: -w is for connecting: not with -l')
    const patience = flags.wait === undefined ? undefined : wholeNumber('nc', '-w', flags.wait, 1, SECONDS_MAX)
    const question = flags.listen === true ? listenQuestion(words) : connectQuestion(words)
    await asCliErrors('nc', HostError, () =>
      connectThroughStack({
        stack: flags.stack,
        question,
        patience,
        input: process.stdin,
        output: process.stdout,
        shutdown: flags.shutdown === true,
        said: (line) => {
          if (flags.quiet !== true) io.err(`lastack: ${line}`)
        },
      }),
    )
    return EXIT.OK
  },
}

function listenQuestion(words: readonly string[]): { readonly ask: 'listen'; readonly port: number } {
  const [port] = words
  if (port === undefined) throw new CliError('nc: -l: on which port: expected a number from 1 to 65535')
  atMost('nc', words, 1, 'one port')
  return { ask: 'listen', port: wholeNumber('nc', 'port', port, 1, PORT_MAX) }
}

function connectQuestion(words: readonly string[]): {
  readonly ask: 'connect'
  readonly address: string
  readonly port: number
} {
  const [address, port] = words
  if (address === undefined || port === undefined) throw new CliError('nc: expected an address and a port')
  atMost('nc', words, 2, 'an address and a port')
  return { ask: 'connect', address: addressOf(address), port: wholeNumber('nc', 'port', port, 1, PORT_MAX) }
}

function addressOf(text: string): string {
  const host = text.replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) !== 0) return host
  throw new CliError(`nc: ${quoted(text)}: expected an IPv4 or IPv6 address: the stack resolves no names`)
}
