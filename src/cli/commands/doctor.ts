import { setTimeout as sleep } from 'node:timers/promises'
import type {
  Finding,
  History,
  Observation,
  ProcessFacts,
  Threshold,
  ThresholdName,
  Thresholds,
} from '../../doctor/index.ts'
import type { HostSnapshot, OwnerTable } from '../../host/index.ts'
import type { SocketRow } from '../../inspect/index.ts'
import type { Command } from '../command.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { atMost, type FlagSpec, parseFlags } from '../flags.ts'
import { sourceLine } from '../host-options.ts'
import { asCliErrors } from '../host-room.ts'
import { textColumns } from '../io.ts'
import { hanging, json, quoted } from '../text.ts'

const HELP = `Usage: lastack doctor [--for DURATION] [--pid N] [--port N] [--json]

Looks at the TCP sockets of this host and says what is wrong with them: who
leaks, since when, how fast, and what ends it. Changes nothing. A healthy host
has no findings, however many connections it has.

  --for DURATION   look again and again for so long (30s, 5m): tells growth,
                   and a burst that drains from a leak. Default: one look
  --pid N          only what that process is concerned with; may be repeated
  --port N         only connections with that port at either end, and listeners
                   on it; may be repeated
  --json           the findings as JSON
  --NAME N         another threshold; see below

Examples
  lastack doctor
  sudo lastack doctor --for 30s
  lastack doctor --port 8080 --close-wait-age 10

Exit codes
  0  no findings
  1  findings
  2  it could not look, or bad arguments

`

const OPTIONS = {
  for: { value: 'a duration such as 30s' },
  pid: { value: 'a process id', multiple: true },
  port: { value: 'a port', multiple: true },
  json: {},
} as const satisfies Record<string, FlagSpec>

/** `lastack doctor`: one look, or several, and what the rules say. */
export const doctor: Command = {
  async help() {
    const { THRESHOLDS } = await import('../../doctor/index.ts')
    const entries = THRESHOLDS.map((threshold) => hanging(`  --${threshold.flag}`, describe(threshold), 80, 28))
    return `${HELP}Thresholds\n${entries.join('\n')}\n`
  },

  async run(args, io): Promise<ExitCode> {
    const { diagnose, printFindings, reportOf, THRESHOLDS } = await import('../../doctor/index.ts')
    const given = parseArguments(args, THRESHOLDS)
    const { observation, history, source } = await lookFor(given.forMs, given.ports)
    const concerns = (finding: Finding): boolean => isConcerned(finding, given)
    const findings = diagnose(observation, history, given.thresholds).filter(concerns)
    io.err(sourceLine(source, observation.lacks))
    if (given.json) io.out(json(reportOf(findings, observation)))
    else io.out(printFindings(findings, { now: observation.at, width: textColumns(io), colour: io.colour }))
    return findings.length === 0 ? EXIT.OK : EXIT.FINDINGS
  },
}

function describe({ default: value, unit, reason }: Threshold): string {
  return `${value} ${unit}. ${reason}`
}

/** What was asked for. */
interface Asked {
  readonly forMs: number
  readonly pids: readonly number[]
  readonly ports: readonly number[]
  readonly json: boolean
  readonly thresholds: Thresholds
}

function parseArguments(args: readonly string[], known: readonly Threshold[]): Asked {
  const specs = Object.fromEntries(known.map(({ flag }) => [flag, { value: 'a number' }]))
  const { flags, words } = parseFlags('doctor', args, { ...OPTIONS, ...specs })
  atMost('doctor', words, 0, 'options only')
  // The names of the thresholds are data, so the compiler cannot tell their flags' types from those of the options.
  const {
    for: duration,
    pid = [],
    port = [],
    json: asJson,
  } = flags as {
    readonly for?: string
    readonly pid?: readonly string[]
    readonly port?: readonly string[]
    readonly json?: true
  }
  const values = flags as Readonly<Record<string, unknown>>
  return {
    forMs: duration === undefined ? 0 : durationMs(duration),
    pids: pid.map((word) => wholeNumber('--pid', word, 1, 2 ** 22)),
    ports: port.map((word) => wholeNumber('--port', word, 1, 65_535)),
    json: asJson === true,
    thresholds: Object.fromEntries(
      known.map((threshold) => {
        const word = values[threshold.flag]
        return [threshold.name, typeof word === 'string' ? thresholdValue(threshold, word) : threshold.default]
      }),
    ) as Record<ThresholdName, number>,
  }
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 }

function durationMs(word: string): number {
  const [, count = '', unit = 's'] = /^(\d{1,6})([smh])?$/.exec(word) ?? []
  const ms = Number(count) * (UNIT_MS[unit] as number)
  if (count !== '' && ms > 0) return ms
  throw new CliError(`doctor: --for ${quoted(word)}: expected a duration such as 30s, 5m or 1h`)
}

function wholeNumber(flag: string, word: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(word) ? Number(word) : Number.NaN
  if (value >= least && value <= most) return value
  throw new CliError(`doctor: ${flag} ${quoted(word)}: expected a number from ${least} to ${most}`)
}

function thresholdValue({ flag, unit }: Threshold, word: string): number {
  const value = /^\d{1,9}(\.\d{1,9})?$/.test(word) ? Number(word) : Number.NaN
  const isShare = unit === 'share'
  if (value >= 0 && (!isShare || value <= 1)) return value
  const expected = isShare ? 'a share from 0 to 1' : `a number of ${unit}`
  throw new CliError(`doctor: --${flag} ${quoted(word)}: expected ${expected}`)
}

/** With a filter only what it names: findings about the host as a whole are nobody's in particular. */
function isConcerned({ owner }: Finding, { pids, ports }: Asked): boolean {
  if (pids.length === 0 && ports.length === 0) return true
  if (owner.kind === 'host') return false
  return pids.length === 0 || (owner.kind === 'processes' && owner.processes.some(({ pid }) => pids.includes(pid)))
}

/** Looks are this far apart at least; a longer time has ten of them or so, up to one every ten seconds. */
const EVERY_LEAST_MS = 1000
const EVERY_MOST_MS = 10_000

interface Looked {
  readonly observation: Observation
  readonly history: History
  readonly source: HostSnapshot['source']
}

/** Looks once, and for so long again and again. */
async function lookFor(forMs: number, ports: readonly number[]): Promise<Looked> {
  const { NO_HISTORY, observe } = await import('../../doctor/index.ts')
  const { OwnerTable: Owners } = await import('../../host/index.ts')
  const owners = new Owners()
  const every = Math.min(EVERY_MOST_MS, Math.max(EVERY_LEAST_MS, forMs / 10))
  const end = performance.now() + forMs
  let history = NO_HISTORY
  for (;;) {
    const { observation, source } = await look(owners, ports)
    history = observe(history, observation)
    const left = end - performance.now()
    if (left <= 0) return { observation, history, source }
    await sleep(Math.min(every, left))
  }
}

/** The sysctls that rules read. */
const SYSCTLS = [
  'net.core.somaxconn',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_abort_on_overflow',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_max_orphans',
  'net.ipv4.tcp_max_tw_buckets',
  'net.ipv4.tcp_mem',
  'net.ipv4.tcp_orphan_retries',
  'net.ipv4.tcp_retries2',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_timestamps',
  'net.ipv4.tcp_tw_reuse',
]

async function look(
  ownerTable: OwnerTable,
  ports: readonly number[],
): Promise<{ readonly observation: Observation; readonly source: HostSnapshot['source'] }> {
  const { ALL_STATES, HostError, readCounters, readSockets, readSysctl } = await import('../../host/index.ts')
  return asCliErrors('doctor', HostError, async () => {
    const query = {
      netids: ['tcp'],
      families: [4, 6],
      states: ALL_STATES,
      owners: true,
      tcpInfo: true,
      memory: true,
    } as const
    const { rows, source, lacks } = await readSockets(query, { ownerTable })
    const { sockstat, snmp, netstat } = readCounters()
    const wanted =
      ports.length === 0
        ? rows
        : rows.filter(({ local, peer }) => ports.includes(local.port) || ports.includes(peer.port))
    const values = SYSCTLS.map((name) => [name, readSysctl(name)] as const)
    const observation = {
      at: Math.round((performance.timeOrigin + performance.now()) * 1000),
      rows: wanted,
      states: ALL_STATES,
      counters: { ...sockstat, ...snmp, ...netstat },
      sysctls: Object.fromEntries(values.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
      processes: processesOf(wanted),
      deadDescriptors: [],
      lacks,
    }
    return { observation, source }
  })
}

function processesOf(rows: readonly SocketRow[]): ProcessFacts[] {
  const found = new Map<number, ProcessFacts>()
  for (const { owners } of rows) for (const { pid, command } of owners ?? []) found.set(pid, { pid, command })
  return [...found.values()]
}
