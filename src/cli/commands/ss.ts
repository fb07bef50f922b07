import { HostError, readCounters } from '../../host/index.ts'
import {
  parseSs,
  printSsSummary,
  type Services,
  type SocketRow,
  type SocketSummary,
  SS_HELP,
  type SsQuery,
  SsWriter,
} from '../../inspect/index.ts'
import type { Command } from '../command.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { HOST_OPTIONS_HELP, type HostOptions, sourceLine, takeHostOptions } from '../host-options.ts'
import { asCliErrors, ephemeralPorts, hostServices, readHost, refuseStack, understand } from '../host-room.ts'
import type { Io } from '../io.ts'
import { version } from '../version.ts'

const EXAMPLES = `
Examples
   lastack ss -tan state close-wait
   lastack ss -tanp 'dport = :443 and not dst 10.0.0.0/8'
   lastack ss -atnp | grep -i 20000 | grep -i time-wait

To the octet what ss 6.1 prints; exit codes: lastack --help
`

/** `lastack ss`: inspect's ss over the sockets of this host. */
export const ss: Command = {
  help: async () => `${SS_HELP}\n${HOST_OPTIONS_HELP}${EXAMPLES}`,

  async run(args, io): Promise<ExitCode> {
    const options = takeHostOptions('ss', args)
    const services = hostServices()
    const query = understand(options, (rest) => parseSs(rest, { services }))
    if (query.action === 'help') io.out(await ss.help())
    else if (query.action === 'version') io.out(`lastack ${version()}, with the columns of ss 6.1\n`)
    else await show(query, options, services, io)
    return EXIT.OK
  },
}

async function show(query: SsQuery, options: HostOptions, services: Services, io: Io): Promise<void> {
  if (query.summary) refuseStack('ss', options)
  if (query.summary) io.out(printSsSummary(await hostSummary()))
  if (!query.list) return
  const names = { width: io.columns, services, ephemeralPorts: ephemeralPorts() }
  // Rows become text as they are read. It waits for the last one: a reading that fails half-way is done again by other means.
  const text: Uint8Array[] = []
  const writer = new SsWriter(query, names, (octets) => text.push(octets))
  const sink = {
    take: (row: SocketRow): void => writer.take(row),
    restart(): void {
      text.length = 0
      writer.restart()
    },
  }
  const snapshot = await readHost('ss', query.needs, options, sink)
  if (!options.quiet) io.err(sourceLine(snapshot.source, [...query.notices, ...snapshot.lacks]))
  writer.end()
  for (const octets of text) io.out(octets)
}

/** The kernel's counters under the names that the summary has for them; those of IPv6 are absent on a host without it. */
async function hostSummary(): Promise<SocketSummary> {
  const { sockstat, sockstat6, snmp } = await asCliErrors('ss', HostError, () => readCounters())
  const v4 = (group: string, name: string): number => sockstat[group]?.[name] ?? 0
  const v6 = (group: string, name: string): number => sockstat6[group]?.[name] ?? 0
  return {
    sockets: v4('sockets', 'used'),
    tcp: {
      inUse4: v4('TCP', 'inuse'),
      inUse6: v6('TCP6', 'inuse'),
      allocated: v4('TCP', 'alloc'),
      orphaned: v4('TCP', 'orphan'),
      timeWait: v4('TCP', 'tw'),
      established: snmp.Tcp?.CurrEstab ?? 0,
    },
    udp4: v4('UDP', 'inuse'),
    udp6: v6('UDP6', 'inuse'),
    raw4: v4('RAW', 'inuse'),
    raw6: v6('RAW6', 'inuse'),
    fragments4: v4('FRAG', 'inuse'),
    fragments6: v6('FRAG6', 'inuse'),
  }
}
