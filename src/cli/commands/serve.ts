import { fileURLToPath } from 'node:url'
import {
  ALL_STATES,
  findNamespaces,
  HostError,
  type NetworkNamespace,
  readSockets,
  type SocketSummary,
  startServer,
  summarise,
} from '../../host/index.ts'
import type { Command } from '../command.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { atMost, type FlagSpec, parseFlags } from '../flags.ts'
import { sourceLine } from '../host-options.ts'
import { asCliErrors } from '../host-room.ts'
import type { Io } from '../io.ts'
import { PORT_MAX, wholeNumber } from '../number-option.ts'
import { PACKAGE_FOLDER } from '../package-folder.ts'
import { columns } from '../text.ts'
import { thresholdFlags, thresholdHelp, thresholdsOf } from '../threshold-options.ts'
import { stopped, whileWanted } from '../until-stopped.ts'

const HELP = `Usage: lastack serve [--port N] [--host ADDRESS] [--netns all|NAME|PID]
                     [--allow-heal]

Serves the console: this host's sockets, refreshed each second, and the lab,
whose stack runs in the page. Prints the address and a summary of the host's
connections by state and owner. Ctrl-C ends it.

  --port N         port to listen on; 0: any that is free. Default 7788
  --host ADDRESS   address to listen on. Default 127.0.0.1: this machine only.
                   Any other shows this host's connections to all who reach it
  --netns WHICH    the sockets of other network namespaces: all, a name as ip
                   netns has it, a container, or the pid of a process inside
  --allow-heal     let the page end connections as lastack heal does: it shows
                   first what it will do, and needs the token printed here
  --NAME N         another threshold of the doctor; see below

Examples
  lastack serve
  lastack serve --port 8080

Exit codes
  0  ended by Ctrl-C or SIGTERM
  2  it could not listen: the port is taken or not allowed, no such address

`

/** Owners that the summary names; the page has the others. */
const OWNERS_SHOWN = 10

const OPTIONS = {
  port: { short: 'p', value: `a port from 0 to ${PORT_MAX}` },
  host: { value: 'an address of this machine' },
  netns: { value: 'all, a name or a pid' },
  'allow-heal': {},
} as const satisfies Record<string, FlagSpec>

/** `lastack serve`: the console and what `npm start` prints. */
export const serve: Command = {
  async help() {
    const { THRESHOLDS } = await import('../../doctor/index.ts')
    return `${HELP}${thresholdHelp(THRESHOLDS)}`
  },

  async run(args, io): Promise<ExitCode> {
    const { THRESHOLDS } = await import('../../doctor/index.ts')
    const { flags, words } = parseFlags('serve', args, { ...OPTIONS, ...thresholdFlags(THRESHOLDS) })
    atMost('serve', words, 0, 'options only')
    // The names of the thresholds are data, so the compiler cannot tell their flags' types from those of the options.
    const {
      port,
      host,
      netns,
      'allow-heal': allowHeal,
    } = flags as {
      readonly port?: string
      readonly host?: string
      readonly netns?: string
      readonly 'allow-heal'?: true
    }
    const thresholds = thresholdsOf('serve', THRESHOLDS, flags)
    const namespaces =
      netns === undefined ? undefined : await asCliErrors('serve', HostError, async () => findNamespaces(netns))
    const server = await asCliErrors('serve', HostError, () =>
      startServer({
        directory: fileURLToPath(new URL('dist/console', PACKAGE_FOLDER)),
        port: port === undefined ? undefined : wholeNumber('serve', '--port', port, 0, PORT_MAX),
        host,
        namespaces,
        thresholds,
        allowHeal,
      }),
    )
    try {
      await whileWanted(async (stop) => {
        io.out(`lastack console: ${server.url}\n`)
        if (server.token !== undefined) io.out(`actions are allowed; they ask for this token: ${server.token}\n`)
        await printSummary(io, namespaces)
        io.out('Ctrl-C ends it.\n')
        await stopped(stop)
      })
    } finally {
      await server.close()
    }
    return EXIT.OK
  },
}

/** The host's TCP connections by state and by owner. Where they cannot be read the console serves its lab all the same. */
async function printSummary(io: Io, namespaces: readonly NetworkNamespace[] | undefined): Promise<void> {
  try {
    const { rows, source, lacks } = await readSockets(
      { netids: ['tcp'], families: [4, 6], states: ALL_STATES, owners: true, tcpInfo: false, memory: false },
      { namespaces },
    )
    io.err(sourceLine(source, lacks))
    io.out(`\n${summaryText(summarise(rows))}\n`)
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    io.err(`lastack: no summary of this host: ${error.message}`)
  }
}

/** Two small tables: how many in each state, and with each owner. */
export function summaryText(summary: SocketSummary): string {
  const states = summary.states.map(({ state, count }) => [String(count).padStart(7), state])
  const owners = summary.owners
    .slice(0, OWNERS_SHOWN)
    .map(({ command, pids, count, states: each }) => [
      String(count).padStart(7),
      command,
      pids.length === 1 ? `pid ${pids[0]}` : `${pids.length} processes`,
      each.map((one) => `${one.count} ${one.state}`).join(', '),
    ])
  const more = summary.owners.length - OWNERS_SHOWN
  const rest = [
    ...(more > 0 ? [`${' '.repeat(7)}  and ${more} other programs`] : []),
    ...count(summary.ownerless, 'that no process holds: TIME-WAIT, orphans, not accepted yet'),
    ...count(summary.ownerUnknown, 'whose owner is not visible from here'),
  ]
  const lines = [`TCP sockets of this host: ${summary.total}`]
  if (states.length > 0) lines.push(columns(states))
  if (owners.length + rest.length > 0) lines.push('by owner', ...(owners.length > 0 ? [columns(owners)] : []), ...rest)
  return `${lines.join('\n')}\n`
}

function count(sockets: number, what: string): string[] {
  return sockets === 0 ? [] : [`${String(sockets).padStart(7)}  ${what}`]
}
