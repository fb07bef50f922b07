import {
  type ExplainedTrial,
  HostError,
  lookAtPort,
  type PortHolder,
  type PortQuestion,
  type PortReport,
  type ProcessDetails,
} from '../../host/index.ts'
import { formatEndpoint, type RowState, type SocketRow } from '../../inspect/index.ts'
import { Address } from '../../wire/index.ts'
import type { Command } from '../command.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { atMost, parseFlags } from '../flags.ts'
import { sourceLine } from '../host-options.ts'
import { asCliErrors } from '../host-room.ts'
import { textColumns } from '../io.ts'
import { clip, hanging, quoted, wrap } from '../text.ts'

const HELP = `Usage: lastack who PORT|ADDRESS:PORT

Who holds a TCP port, or why bind() would fail though nothing seems to be there:
listeners of both families, sockets that are bound and do not listen, leftovers
of connections with the time until they free themselves, children that inherited
a descriptor, listeners in other network namespaces.

Whether bind() would fail is not guessed: it is tried, with SO_REUSEADDR off and
on, in this network namespace. The socket is closed at once and never listens.

Examples
  sudo lastack who 8080
  sudo lastack who 127.0.0.1:8080
  sudo lastack who [::1]:8080

Exit codes
  0  bind() succeeds, with SO_REUSEADDR off too
  1  some bind() fails
  2  it could not look, or bad arguments
`

/** `lastack who`: the holders of a port, and what bind() says. */
export const who: Command = {
  help: async () => HELP,

  async run(args, io): Promise<ExitCode> {
    const { words } = parseFlags('who', args, {})
    const [word] = words
    if (word === undefined)
      throw new CliError('who: which port: expected a port such as 8080, or an address and a port')
    atMost('who', words, 1, 'one port')
    const question = parseQuestion(word)
    const report = await asCliErrors('who', HostError, () => lookAtPort(question))
    io.err(sourceLine(report.source, report.lacks))
    io.out(reportText(report, textColumns(io)))
    return report.trials.every(({ error }) => error === undefined) ? EXIT.OK : EXIT.FINDINGS
  },
}

function parseQuestion(word: string): PortQuestion {
  const [, bracketed, plain, digits = ''] = /^(?:(?:\[([^\]]*)\]|([^:]*)):)?(\d{1,5})$/.exec(word) ?? []
  const port = Number(digits)
  const host = bracketed ?? plain ?? ''
  if (digits !== '' && port > 0 && port < 65_536) {
    if (host === '' || host === '*') return { port }
    const address = Address.parse(host)
    if (address !== undefined) return { port, address: { family: address.v4 ? 4 : 6, address: address.toString() } }
  }
  throw new CliError(
    `who: ${quoted(word)}: expected a port from 1 to 65535, or ADDRESS:PORT such as 127.0.0.1:80 or [::1]:80`,
  )
}

/** More rows of one state than this are counted, not shown. */
const SHOWN_MAX = 8

function reportText(report: PortReport, width: number): string {
  const people = new Map(report.processes.map((process) => [process.pid, process]))
  const paragraphs = [
    holdersText(report.holders, people, width),
    ...groupedTrials(report.trials).map((group) => trialsText(group, width)),
    wrap(verdictOf(report, people), width),
    ...elsewhereText(report.elsewhere, width),
  ]
  return `${paragraphs.join('\n\n')}\n`
}

function holdersText(
  holders: readonly PortHolder[],
  people: ReadonlyMap<number, ProcessDetails>,
  width: number,
): string {
  if (holders.length === 0) return 'No socket of this network namespace has that port.'
  const states = [...new Set(holders.map(({ row }) => row.state))].sort((a, b) => rank(a) - rank(b))
  return states
    .flatMap((state) => {
      const all = holders.filter(({ row }) => row.state === state)
      const rest = all.length - SHOWN_MAX
      const blocks = all.slice(0, SHOWN_MAX).map((holder) => holderText(holder, people, width))
      return rest > 0 ? [...blocks, `${state}: ${rest} more`] : blocks
    })
    .join('\n')
}

/** Those that are most in the way first. */
function rank(state: RowState): number {
  const index = (['LISTEN', 'BOUND-INACTIVE'] as readonly RowState[]).indexOf(state)
  return index < 0 ? 2 : index
}

function holderText(
  { row, options, freesInMs }: PortHolder,
  people: ReadonlyMap<number, ProcessDetails>,
  width: number,
): string {
  const lines = (row.owners ?? []).map((owner) => ownerLine(owner, people.get(owner.pid)))
  if (row.owners === undefined) lines.push('its owner is not visible from here')
  if (row.owners?.length === 0) lines.push(ownerless(row, freesInMs))
  if ((row.owners?.length ?? 0) > 1)
    lines.push('one socket in several hands: it is closed when the last of them has closed it')
  if (options !== undefined) {
    lines.push(`SO_REUSEADDR ${options.reuseAddr ? 'on' : 'off'}, SO_REUSEPORT ${options.reusePort ? 'on' : 'off'}`)
  }
  return [headOf(row), ...lines.map((line) => wrap(line, width, '    '))].join('\n')
}

function headOf(row: SocketRow): string {
  const { state, local, peer } = row
  const here = formatEndpoint(local.address, local.port)
  const device = local.device === undefined ? '' : ` on ${local.device}`
  if (state === 'LISTEN') return `LISTEN  ${here}${device}${row.v6only === true ? '  IPV6_V6ONLY' : ''}`
  if (state === 'BOUND-INACTIVE') return `BOUND, not listening  ${here}${device}`
  return `${state}  ${here} - ${formatEndpoint(peer.address, peer.port)}`
}

/** Longest command line shown. */
const COMMAND_LINE_MAX = 120

function ownerLine(
  { pid, command, fd }: { readonly pid: number; readonly command: string; readonly fd: number },
  details: ProcessDetails | undefined,
): string {
  const facts = [
    details?.user === undefined ? '' : `user ${details.user}`,
    details?.unit ?? '',
    details?.container === undefined ? '' : `container ${details.container}`,
  ].filter((fact) => fact !== '')
  const line = details?.commandLine ? `: ${clip(details.commandLine, COMMAND_LINE_MAX)}` : ''
  const stand = STANDS_FOR_OTHERS[pid === 1 ? `1/${command}` : command]
  return `${[`${command} (pid ${pid}, fd ${fd})`, ...facts].join(', ')}${line}${stand === undefined ? '' : `; ${stand}`}`
}

/** Holders that are not the culprit. */
const STANDS_FOR_OTHERS: Readonly<Record<string, string>> = {
  'docker-proxy': 'it publishes the port of a container: docker ps --filter publish=PORT names it',
  rootlessport: 'it publishes the port of a container: podman ps names it',
  '1/systemd': 'it holds it for a socket unit: systemctl list-sockets names it',
}

function ownerless({ state, inode }: SocketRow, freesInMs: number | undefined): string {
  if (freesInMs !== undefined) return `no process any more; frees itself in ${seconds(freesInMs)}`
  if (ENDING.has(state)) return 'no process any more; ends when the peer answers, or the kernel gives up asking it'
  if (state === 'SYN-RECEIVED') return 'a handshake that is not complete'
  if (inode === 0) return 'not accepted yet: it waits in the queue of the listener'
  return 'no process has a descriptor of it: it may be the kernel’s own'
}

/** Without an owner these end by themselves. */
const ENDING: ReadonlySet<RowState> = new Set(['FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSING', 'LAST-ACK', 'TIME-WAIT'])

function groupedTrials(trials: readonly ExplainedTrial[]): ExplainedTrial[][] {
  const groups = new Map<string, ExplainedTrial[]>()
  for (const trial of trials) groups.set(trial.address, [...(groups.get(trial.address) ?? []), trial])
  return [...groups.values()]
}

function trialsText(trials: readonly ExplainedTrial[], width: number): string {
  const [{ address, port }] = trials as [ExplainedTrial]
  const lines = trials.map((trial) =>
    hanging(
      `  SO_REUSEADDR ${trial.reuseAddr ? 'on' : 'off'}`,
      `${trial.error ?? 'succeeds'}${reasonOf(trial, trials)}`,
      width,
      20,
    ),
  )
  return [`bind() to ${formatEndpoint(address, port)}`, ...lines].join('\n')
}

/** Why bind() said so, behind a colon. */
function reasonOf({ error, reuseAddr, inTheWay, port }: ExplainedTrial, trials: readonly ExplainedTrial[]): string {
  switch (error) {
    case undefined: {
      const others = trials.some((trial) => trial.error === 'EADDRINUSE')
      return reuseAddr && others ? ': those on the port have it too' : ''
    }
    case 'EADDRINUSE':
      return inUse(inTheWay, reuseAddr)
    case 'EACCES':
      return `: this user may not have port ${port} (net.ipv4.ip_unprivileged_port_start)`
    case 'EADDRNOTAVAIL':
      return ': this host does not have that address'
    default:
      return ''
  }
}

function inUse(inTheWay: readonly PortHolder[], reuseAddr: boolean): string {
  const listener = inTheWay.find(({ row }) => row.state === 'LISTEN')
  if (listener !== undefined) {
    const { local } = listener.row
    const moral = reuseAddr ? ', which SO_REUSEADDR does not pass' : ''
    return `: ${formatEndpoint(local.address, local.port)} listens${moral}`
  }
  if (inTheWay.length === 0) {
    return ': by something that is not visible (a socket that is bound and does not listen is told of by netlink since Linux 6.8)'
  }
  const states = [
    ...new Set(inTheWay.map(({ row }) => (row.state === 'BOUND-INACTIVE' ? 'a bound socket' : row.state))),
  ]
  const what = states.join(', ')
  return reuseAddr ? `: ${what} without SO_REUSEADDR; Linux wants it on both, the old socket and the new` : `: ${what}`
}

function verdictOf({ trials, ephemeralPorts, port }: PortReport, people: ReadonlyMap<number, ProcessDetails>): string {
  const failed = trials.filter(({ error }) => error === 'EADDRINUSE')
  if (failed.length === 0)
    return trials.every(({ error }) => error === undefined) ? 'The port is free.' : 'No socket is in the way.'
  const blockers = [...new Set(failed.flatMap(({ inTheWay }) => inTheWay))]
  const sentences = [howItEnds(blockers, people)]
  const needsOption = failed.every(({ reuseAddr }) => !reuseAddr)
  if (needsOption) sentences.push('A server that sets SO_REUSEADDR can have it now.')
  const leftovers = blockers.every(({ row }) => row.state !== 'LISTEN' && row.state !== 'BOUND-INACTIVE')
  const [first, last] = ephemeralPorts ?? [0, 0]
  if (leftovers && blockers.length > 0 && first <= port && port <= last) {
    sentences.push(
      `The port lies in ip_local_port_range (${first} to ${last}), from which clients are given theirs: sysctl -w net.ipv4.ip_local_reserved_ports=${port} keeps it for servers.`,
    )
  }
  return sentences.join(' ')
}

function howItEnds(blockers: readonly PortHolder[], people: ReadonlyMap<number, ProcessDetails>): string {
  const pids = new Set(blockers.flatMap(({ row }) => (row.owners ?? []).map(({ pid }) => pid)))
  if (pids.size > 0) {
    const names = [...pids].map((pid) => `${people.get(pid)?.command ?? 'process'} (pid ${pid})`)
    const listed = names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ')
    return `It does not free itself: held by ${listed}.`
  }
  if (blockers.length === 0) return 'Who holds it is not visible.'
  if (blockers.some(({ row }) => row.owners === undefined)) return 'Who holds it is not visible from here.'
  if (blockers.every(({ freesInMs }) => freesInMs !== undefined)) {
    return `It frees itself in ${seconds(Math.max(...blockers.map(({ freesInMs }) => freesInMs ?? 0)))}.`
  }
  const ending = blockers.every(({ row }) => ENDING.has(row.state))
  return ending
    ? 'It frees itself when the peers answer, or the kernel gives up asking them.'
    : 'It does not free itself.'
}

function elsewhereText(rows: readonly SocketRow[], width: number): string[] {
  if (rows.length === 0) return []
  const lines = rows.map(({ local, netns, owners }) => {
    const holders = (owners ?? []).map(({ command, pid }) => `${command} (pid ${pid})`).join(', ')
    return wrap(
      `LISTEN  ${formatEndpoint(local.address, local.port)} in ${netns ?? 'another namespace'}${holders === '' ? '' : `: ${holders}`}`,
      width,
      '  ',
    )
  })
  return [['In other network namespaces, in nobody’s way here:', ...lines].join('\n')]
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1000)} s`
}
