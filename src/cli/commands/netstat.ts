import { HostError, readCounters, userNames } from '../../host/index.ts'
import {
  NETSTAT_HELP,
  type NetstatQuery,
  parseNetstat,
  printNetstat,
  printNetstatStatistics,
  type SocketRow,
} from '../../inspect/index.ts'
import type { Command } from '../command.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { hostNames } from '../host-names.ts'
import { HOST_OPTIONS_HELP, type HostOptions, sourceLine, takeHostOptions } from '../host-options.ts'
import { asCliErrors, hostServices, readHost, refuseStack, understand } from '../host-room.ts'
import type { Io } from '../io.ts'
import { version } from '../version.ts'

const EXAMPLES = `
Examples
   lastack netstat -tonp 2>&1 | grep CLOSE
   lastack netstat -atn | grep -i 20000
   lastack netstat -lntp

To the octet what netstat 2.10 prints; exit codes: lastack --help
`

/** How long name servers may take before numbers are printed in place of names. */
const NAMES_BUDGET_MS = 3000
const SECOND_MS = 1000

/** `lastack netstat`: inspect's netstat over the sockets of this host. */
export const netstat: Command = {
  help: async () => `${NETSTAT_HELP}\n${HOST_OPTIONS_HELP}${EXAMPLES}`,

  async run(args, io): Promise<ExitCode> {
    const options = takeHostOptions('netstat', args)
    const query = understand(options, parseNetstat)
    if (query.action === 'help') io.out(await netstat.help())
    else if (query.action === 'version') io.out(`lastack ${version()}, with the tables of net-tools 2.10\n`)
    else if (query.action === 'statistics') {
      refuseStack('netstat', options)
      io.out(await statistics(query))
    } else await show(query, options, io)
    return EXIT.OK
  },
}

async function show(query: NetstatQuery, options: HostOptions, io: Io): Promise<void> {
  for (let first = true; ; first = false) {
    const snapshot = await readHost('netstat', query.needs, options)
    const { name, unanswered } = await hostNames(query.numericHosts ? [] : addressesOf(snapshot.rows), NAMES_BUDGET_MS)
    if (first && !options.quiet) {
      const silent = unanswered > 0 ? [`no name server answered for ${unanswered} addresses, -n asks for none`] : []
      io.err(sourceLine(snapshot.source, [...snapshot.lacks, ...silent]))
    }
    const names = { services: hostServices(), hostName: name, userName: userNames() }
    io.out(printNetstat(query, snapshot.rows, names))
    if (!query.continuous || !io.isRead) return
    await new Promise((resolve) => setTimeout(resolve, SECOND_MS))
  }
}

function addressesOf(rows: readonly SocketRow[]): Set<string> {
  const ends = rows.filter((row) => row.family !== 0).flatMap((row) => [row.local.address, row.peer.address])
  return new Set(ends.map((address) => address.replace(/^::ffff:(?=\d+\.)/, '')).filter((one) => !isAny(one)))
}

function isAny(address: string): boolean {
  return address === '0.0.0.0' || address === '::'
}

async function statistics(query: NetstatQuery): Promise<string> {
  const { snmp, netstat: extended, snmp6 } = await asCliErrors('netstat', HostError, () => readCounters())
  return printNetstatStatistics({ ...snmp, ...extended, ...snmp6 }, query.statistics)
}
