import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Finding, History, Threshold, Thresholds } from '../../doctor/index.ts'
import {
  findNamespaces,
  HostError,
  type HostObservation,
  OwnerTable,
  observeHost,
  ProcessTable,
} from '../../host/index.ts'
import type { Command } from '../command.ts'
import { watchFindings } from '../doctor-watch.ts'
import { durationMs } from '../duration-option.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { atMost, type FlagSpec, parseFlags } from '../flags.ts'
import { sourceLine } from '../host-options.ts'
import { asCliErrors } from '../host-room.ts'
import { textColumns } from '../io.ts'
import { PORT_MAX, wholeNumber } from '../number-option.ts'
import { json, quoted } from '../text.ts'
import { thresholdFlags, thresholdHelp, thresholdsOf } from '../threshold-options.ts'
import { keepYoungGenerationSmall } from '../young-generation.ts'

const HELP = `Usage: lastack doctor [--for DURATION] [--pid N] [--port N] […]
       lastack doctor --watch [--every DURATION] […]

Looks at the TCP sockets of this host and says what is wrong with them: who
leaks, since when, how fast, and what ends it. Changes nothing. A healthy host
has no findings, however many connections it has.

  --for DURATION   look again and again for so long (30s, 5m): tells growth,
                   and a burst that drains from a leak. Default: one look
  --watch          look until Ctrl-C: at a terminal a screen with what is wrong
                   now and lately, else a line as a finding begins, shifts or
                   ends. One that a single look does not show has not ended.
                   With --for it ends by itself
  --every DURATION with --watch, between two looks. Default: 2s
  --pid N          only what that process is concerned with; may be repeated
  --unit NAME      only what a systemd unit is concerned with, such as nginx or
                   session-3.scope; may be repeated
  --container ID   the same for a container; may be repeated
  --port N         only connections with that port at either end, and listeners
                   on it; may be repeated
  --netns WHICH    the sockets of other network namespaces: all, a name as ip
                   netns has it, a container, or the pid of a process inside
  --json           the findings as JSON; with --watch, a change per line
  --NAME N         another threshold; see below

Examples
  lastack doctor
  sudo lastack doctor --for 30s
  sudo lastack doctor --watch --port 8080
  lastack doctor --port 8080 --close-wait-age 10

Exit codes
  0  no findings; there may be notes, which tell what nobody need mend at once
  1  findings: something is wrong
  2  it could not look, or bad arguments

`

const OPTIONS = {
  for: { value: 'a duration such as 30s' },
  watch: {},
  every: { value: 'a duration such as 2s' },
  pid: { value: 'a process id', multiple: true },
  unit: { value: 'a systemd unit', multiple: true },
  container: { value: 'a container', multiple: true },
  port: { value: 'a port', multiple: true },
  netns: { value: 'all, a name or a pid' },
  json: {},
} as const satisfies Record<string, FlagSpec>

/** `lastack doctor`: one look, or several, and what the rules say. */
export const doctor: Command = {
  async help() {
    const { THRESHOLDS } = await import('../../doctor/index.ts')
    return `${HELP}${thresholdHelp(THRESHOLDS)}`
  },

  async run(args, io): Promise<ExitCode> {
    keepYoungGenerationSmall()
    const { diagnose, isFault, printFindings, reportOf, THRESHOLDS } = await import('../../doctor/index.ts')
    const given = parseArguments(args, THRESHOLDS)
    const concerns = (finding: Finding): boolean => isConcerned(finding, given)
    if (given.everyMs !== undefined) {
      const { everyMs, thresholds, forMs, json: asJson } = given
      const look = await lookerOf(given)
      const options = { everyMs, thresholds, concerns, look, json: asJson, forMs: forMs === 0 ? undefined : forMs }
      return watchFindings(io, options)
    }
    const { observation, history } = await lookFor(given)
    const findings = diagnose(observation, history, given.thresholds).filter(concerns)
    io.err(sourceLine(observation.source, observation.lacks))
    if (given.json) io.out(json(reportOf(findings, observation)))
    else io.out(printFindings(findings, { now: observation.at, width: textColumns(io), colour: io.colour }))
    return findings.some(isFault) ? EXIT.FINDINGS : EXIT.OK
  },
}

/** What was asked for. */
interface Asked {
  /** 0: not said. */
  readonly forMs: number
  /** Between two looks of `--watch`; undefined without it. */
  readonly everyMs: number | undefined
  readonly pids: readonly number[]
  readonly units: readonly string[]
  readonly containers: readonly string[]
  readonly ports: readonly number[]
  readonly netns: string | undefined
  readonly json: boolean
  readonly thresholds: Thresholds
}

function parseArguments(args: readonly string[], known: readonly Threshold[]): Asked {
  const { flags, words } = parseFlags('doctor', args, { ...OPTIONS, ...thresholdFlags(known) })
  atMost('doctor', words, 0, 'options only')
  // The names of the thresholds are data, so the compiler cannot tell their flags' types from those of the options.
  const {
    for: duration,
    watch = false,
    every,
    pid = [],
    unit: units = [],
    container: containers = [],
    port = [],
    netns,
    json: asJson,
  } = flags as {
    readonly for?: string
    readonly watch?: true
    readonly every?: string
    readonly pid?: readonly string[]
    readonly unit?: readonly string[]
    readonly container?: readonly string[]
    readonly netns?: string
    readonly port?: readonly string[]
    readonly json?: true
  }
  if (every !== undefined && !watch) throw new CliError(`doctor: --every ${quoted(every)}: it goes with --watch`)
  return {
    everyMs: watch ? durationMs('doctor', '--every', every ?? EVERY_DEFAULT) : undefined,
    forMs: duration === undefined ? 0 : durationMs('doctor', '--for', duration),
    pids: pid.map(runningPid),
    units: units.map(fullUnitName),
    containers,
    netns,
    ports: port.map((word) => wholeNumber('doctor', '--port', word, 1, PORT_MAX)),
    json: asJson === true,
    thresholds: thresholdsOf('doctor', known, flags),
  }
}

/** A unit that is named without its type is a service, as with systemctl. */
function fullUnitName(name: string): string {
  return /\.[a-z]+$/.test(name) ? name : `${name}.service`
}

/** A slip of the finger is not to be answered by "No findings". */
function runningPid(word: string): number {
  const pid = wholeNumber('doctor', '--pid', word, 1, 2 ** 22)
  if (process.platform !== 'linux' || existsSync(`/proc/${pid}`)) return pid
  throw new CliError(`doctor: --pid ${quoted(word)}: expected the pid of a process that runs`)
}

const EVERY_DEFAULT = '2s'

/** With a filter only findings of what it names: those about the host as a whole belong to no process. */
function isConcerned({ owner }: Finding, { pids, units, containers, ports }: Asked): boolean {
  const ofProcesses = pids.length + units.length + containers.length > 0
  if (!ofProcesses) return ports.length === 0 || owner.kind !== 'host'
  if (owner.kind !== 'processes') return false
  return owner.processes.some(
    ({ pid, unit, container }) =>
      pids.includes(pid) ||
      (unit !== undefined && units.includes(unit)) ||
      (container !== undefined && containers.includes(container)),
  )
}

/** A unit or a container that none of the processes is of: whoever named it would take silence for health. */
function unmatched({ units, containers }: Asked, { processes }: HostObservation): string[] {
  const none = (kind: string, name: string): string => `no process of the ${kind} ${quoted(name)} holds a TCP socket.`
  return [
    ...units.filter((name) => !processes.some(({ unit }) => unit === name)).map((name) => none('unit', name)),
    ...containers
      .filter((name) => !processes.some(({ container }) => container === name))
      .map((name) => none('container', name)),
  ]
}

/** Looks are this far apart at least; a longer time has ten of them or so, up to one every ten seconds. */
const EVERY_LEAST_MS = 1000
const EVERY_MOST_MS = 10_000

interface Looked {
  readonly observation: HostObservation
  readonly history: History
}

/** Looks once, and for so long again and again. */
async function lookFor(asked: Asked): Promise<Looked> {
  const { NO_HISTORY, observe, observeOnce } = await import('../../doctor/index.ts')
  const every = Math.min(EVERY_MOST_MS, Math.max(EVERY_LEAST_MS, asked.forMs / 10))
  const look = await lookerOf(asked)
  return asCliErrors('doctor', HostError, async () => {
    let history = NO_HISTORY
    let end: number | undefined
    for (;;) {
      const observation = await look()
      if (asked.forMs === 0) return { observation, history: observeOnce(observation) }
      history = observe(history, observation)
      // The first look may take its time: what is asked for is how long there is between it and the last.
      end ??= performance.now() + asked.forMs
      const left = end - performance.now()
      if (left <= 0) return { observation, history }
      await sleep(Math.min(every, left))
    }
  })
}

/** Looks at what was asked for that share what one has learned of owners and processes. */
async function lookerOf(asked: Asked): Promise<() => Promise<HostObservation>> {
  const { ports, netns } = asked
  const tables = { ownerTable: new OwnerTable(), processTable: new ProcessTable() }
  const namespaces = await asCliErrors('doctor', HostError, async () =>
    netns === undefined ? undefined : findNamespaces(netns),
  )
  return async () => {
    const seen = await observeHost({ ...tables, namespaces })
    return onPorts({ ...seen, lacks: [...seen.lacks, ...unmatched(asked, seen)] }, ports)
  }
}

function onPorts(observation: HostObservation, ports: readonly number[]): HostObservation {
  if (ports.length === 0) return observation
  const rows = observation.rows.filter(({ local, peer }) => ports.includes(local.port) || ports.includes(peer.port))
  return { ...observation, rows }
}
