import { formatDuration } from '../../base/index.ts'
import type { HostConfig, Personality, SysctlEntry, Sysctls } from '../../stack/index.ts'
import type { Command } from '../command.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { atMost, parseFlags } from '../flags.ts'
import { type Io, textColumns } from '../io.ts'
import { personalityOption } from '../personality-option.ts'
import { details, valueHere, valueText } from '../sysctl-text.ts'
import { columns, json, wrap } from '../text.ts'

const HELP = `Usage: lastack sysctl [NAME[=VALUE]] [--personality P] [--json]

The sysctls of the stack, under the system's own names, and what they truly do.
NAME alone shows one; NAME=VALUE writes it on a fresh host and shows what moves.
Nothing on this machine is changed.

  NAME              net.ipv4.tcp_fin_timeout, its last part tcp_fin_timeout, or
                    its path /proc/sys/net/ipv4/tcp_fin_timeout
  --personality P   linux (default), rfc9293, freebsd, macos, windows, solaris
  --json            the same as JSON

Examples
  lastack sysctl
  lastack sysctl tcp_fin_timeout
  lastack sysctl tcp_fin_timeout=90
  lastack sysctl net.inet.tcp.msl --personality freebsd

Exit codes
  0  shown
  2  no such sysctl, or a value that the system refuses
`

/** `lastack sysctl`: what the stack's sysctls are and do. */
export const sysctl: Command = {
  help: async () => HELP,

  async run(args, io): Promise<ExitCode> {
    const { flags, words } = parseFlags('sysctl', args, { personality: { value: 'a personality' }, json: {} })
    atMost('sysctl', words, 1, 'one NAME or NAME=VALUE')
    const personality = await personalityOption('sysctl', flags.personality)
    const host = await freshHost(personality)
    const [word] = words
    if (word === undefined) io.out(flags.json ? json(host.sysctls.list()) : list(host, textColumns(io)))
    else if (word.includes('=')) io.out(write(host, word, flags.json === true, io))
    else io.out(await show(host, word, flags.json === true, io))
    return EXIT.OK
  },
}

/** The configurable part of a host that has just been made. */
interface FreshHost {
  readonly personality: Personality
  readonly config: HostConfig
  readonly sysctls: Sysctls
}

async function freshHost(personality: Personality): Promise<FreshHost> {
  const { Sysctls: SysctlsOf } = await import('../../stack/index.ts')
  const config = { ...personality.config }
  return { personality, config, sysctls: new SysctlsOf(personality, config) }
}

function list({ personality, sysctls }: FreshHost, width: number): string {
  const entries = sysctls.list().map((entry) => `${assignment(entry)}\n${wrap(entry.description, width, '    ')}\n`)
  return `${entries.join('')}\n${entries.length} sysctls of ${personality.title}, each with its default.\n`
}

function find({ sysctls }: FreshHost, name: string): SysctlEntry {
  const entry = sysctls.entry(name)
  if (entry !== undefined) return entry
  const said = sysctls.unknown(name)
  throw new CliError(`sysctl: ${said}${said.endsWith('?') ? '' : ': lastack sysctl lists all'}`)
}

/** One of them with everything that is known. */
async function show(host: FreshHost, name: string, asJson: boolean, io: Io): Promise<string> {
  const entry = find(host, name)
  const here = await valueHere(host.personality, entry.name)
  if (asJson) return json({ ...entry, ...(here !== undefined && { here }) })
  return `${entry.name}\n\n${details(host.personality, entry, here, textColumns(io), '  ')}\n`
}

/** Writes one and shows every value and every consequence that moved. */
function write(host: FreshHost, word: string, asJson: boolean, io: Io): string {
  const equals = word.indexOf('=')
  const [name, value] = [word.slice(0, equals).trim(), word.slice(equals + 1).trim()]
  const entry = find(host, name)
  const before = host.sysctls.list()
  const consequencesBefore = consequences(host)
  const refused = host.sysctls.set(name, value)
  if (refused !== null) throw new CliError(refused.message)
  const after = host.sysctls.list()
  const moved = after.filter((one, i) => one.value !== before[i]?.value)
  if (asJson) return json(moved)
  const width = textColumns(io)
  const lines = moved.map((one) => `${one.name}: ${valueText(one.default, one)} → ${valueText(one.value, one)}`)
  const effects = consequences(host).map(([what, duration], i) => {
    const old = consequencesBefore[i]?.[1]
    const change = old === duration ? `${duration}, as before` : `${old} → ${duration}`
    return [what, change]
  })
  return [
    ...(lines.length === 0 ? [`${assignment(entry)}: it had that value before`] : lines),
    wrap(entry.description, width, '    '),
    '',
    `On a fresh host, ${host.personality.title}:`,
    columns(effects, '    '),
    '',
    wrap(`Nothing on this machine is changed. To see it at work: lastack lab NAME --set ${entry.name}=${value}`, width),
    '',
  ].join('\n')
}

/** The lengths of time that people turn sysctls for, as the machine would have them now. */
function consequences({ personality, config }: FreshHost): (readonly [what: string, duration: string])[] {
  const { timeWaitUs, finWait2Us, rtoMinUs, keepaliveIdleUs, keepaliveIntervalUs, keepaliveProbes } = config
  return [
    ['TIME-WAIT lasts', formatDuration(timeWaitUs)],
    ['an orphan waits in FIN-WAIT-2', formatDuration(personality.tcp.orphanFinWait2Us(finWait2Us, rtoMinUs))],
    [
      'keep-alive, if asked for, gives up after',
      formatDuration(keepaliveIdleUs + keepaliveIntervalUs * keepaliveProbes),
    ],
  ]
}

function assignment(entry: SysctlEntry): string {
  return `${entry.name} = ${valueText(entry.value, entry)}`
}
