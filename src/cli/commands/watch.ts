import { isIPv6 } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Finding, History, MetricFamily, Thresholds } from '../../doctor/index.ts'
import type { HostObservation, RunningServer } from '../../host/index.ts'
import type { Command } from '../command.ts'
import { durationMs } from '../duration-option.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { atMost, parseFlags } from '../flags.ts'
import { sourceLine } from '../host-options.ts'
import { asCliErrors } from '../host-room.ts'
import { type Io, textColumns } from '../io.ts'
import { quoted, wrap } from '../text.ts'
import { thresholdFlags, thresholdHelp, thresholdsOf } from '../threshold-options.ts'

const HELP = `Usage: lastack watch [--every DURATION] [--listen ADDR:PORT|off] [--json]

Looks at the TCP sockets of this host again and again, prints what is wrong with
them as it begins and as it ends, and serves the numbers to a monitor such as
Prometheus (OpenMetrics, GET /metrics). Changes nothing. Ctrl-C ends it.

  --every DURATION     between two looks. Default: 1s
  --listen ADDR:PORT   where the numbers are. Default: 127.0.0.1:9788; port 0:
                       any that is free. An address that is not a loopback one
                       shows them to all who reach it. off: nowhere
  --json               a change per line, as JSON
  --NAME N             another threshold; see below

Examples
  sudo lastack watch
  lastack watch --every 10s --listen off
  lastack watch --listen 0.0.0.0:9788 --close-wait-age 300

Exit codes
  0  ended by Ctrl-C or SIGTERM
  2  it could not look or listen, or bad arguments

`

const OPTIONS = {
  every: { value: 'a duration such as 1s' },
  listen: { value: 'an address and port, or off' },
  json: {},
} as const

const DEFAULT_LISTEN = '127.0.0.1:9788'

/** `lastack watch`: the doctor at work all the time. */
export const watch: Command = {
  async help() {
    const { THRESHOLDS } = await import('../../doctor/index.ts')
    return `${HELP}${thresholdHelp(THRESHOLDS)}`
  },

  async run(args, io): Promise<ExitCode> {
    const { THRESHOLDS } = await import('../../doctor/index.ts')
    const { flags, words } = parseFlags('watch', args, { ...OPTIONS, ...thresholdFlags(THRESHOLDS) })
    atMost('watch', words, 0, 'options only')
    // The names of the thresholds are data, so the compiler cannot tell their flags' types from those of the options.
    const { every = '1s', listen = DEFAULT_LISTEN } = flags as { readonly every?: string; readonly listen?: string }
    const everyMs = durationMs('watch', '--every', every)
    const place = listen === 'off' ? undefined : placeOf(listen)
    const watcher = new Watcher(io, 'json' in flags, thresholdsOf('watch', THRESHOLDS, flags))
    const server = place === undefined ? undefined : await serveMetrics(place, watcher)
    try {
      if (server !== undefined) io.err(`lastack: metrics on ${server.url}`)
      await untilStopped(io, everyMs, watcher)
    } finally {
      await server?.close()
    }
    return EXIT.OK
  },
}

interface Place {
  readonly host: string
  readonly port: number
}

function placeOf(word: string): Place {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(word) ?? []
  const [host, port] = [bracketed ?? plain, Number(digits)]
  const isAddress = bracketed === undefined || isIPv6(bracketed)
  if (host !== undefined && isAddress && port <= 65_535) return { host, port }
  throw new CliError(
    `watch: --listen ${quoted(word)}: expected an address and a port such as ${DEFAULT_LISTEN} or [::1]:9788, or off`,
  )
}

async function serveMetrics({ host, port }: Place, watcher: Watcher): Promise<RunningServer> {
  const { HostError, startMetricsServer } = await import('../../host/index.ts')
  return asCliErrors('watch', HostError, () => startMetricsServer({ host, port, read: () => watcher.metrics }))
}

/** Looks until the user or the system ends it, or nobody reads any more what it prints. */
async function untilStopped(io: Io, everyMs: number, watcher: Watcher): Promise<void> {
  const stop = new AbortController()
  const abort = (): void => stop.abort()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.once(signal, abort)
  try {
    while (!stop.signal.aborted && io.isRead) {
      const began = performance.now()
      await watcher.look()
      // A look that takes longer than the time between two leaves no pause, but the server gets its turn.
      await pause(Math.max(1, everyMs - (performance.now() - began)), stop.signal)
    }
  } finally {
    for (const signal of signals) process.off(signal, abort)
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** What is known from look to look. */
class Watcher {
  readonly #io: Io
  readonly #json: boolean
  readonly #thresholds: Thresholds
  #look: (() => Promise<HostObservation>) | undefined
  #history: History | undefined
  #findings: readonly Finding[] = []
  /** When each of them was first seen here, ms since 1970. */
  readonly #firstSeen = new Map<string, number>()
  #looks = 0
  #failures = 0
  /** What was last said of the source or of its failure: it is said again when it changes. */
  #said = ''
  /** The numbers of the last look that succeeded, as OpenMetrics. */
  metrics: string | undefined

  constructor(io: Io, json: boolean, thresholds: Thresholds) {
    this.#io = io
    this.#json = json
    this.#thresholds = thresholds
  }

  /**
   * Looks once and says what has changed. A look that fails is said and counted, and changes nothing else.
   * @throws CliError (a rejection) when the first look fails: then there is nothing to wait for
   */
  async look(): Promise<void> {
    const { HostError } = await import('../../host/index.ts')
    const began = performance.now()
    this.#looks++
    try {
      this.#look ??= await looker()
      const observation = await this.#look()
      this.#say(sourceLine(observation.source, observation.lacks))
      await this.#judge(observation, began)
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      if (this.#history === undefined) throw new CliError(`watch: ${error.message}`)
      this.#failures++
      this.#say(`lastack: could not look: ${error.message}`)
    }
  }

  #say(line: string): void {
    if (line !== this.#said) this.#io.err(line)
    this.#said = line
  }

  async #judge(observation: HostObservation, began: number): Promise<void> {
    const doctor = await import('../../doctor/index.ts')
    this.#history = doctor.observe(this.#history ?? doctor.NO_HISTORY, observation)
    const found = doctor.diagnose(observation, this.#history, this.#thresholds)
    const changes = doctor.changesBetween(this.#findings, found, doctor.unjudged(observation))
    this.#findings = changes.current
    const now = Date.now()
    for (const { id } of changes.began) this.#firstSeen.set(id, now)
    const tell = (event: ChangeName, findings: readonly Finding[]): void => {
      const reports = this.#json ? doctor.reportOf(findings, observation).findings : []
      for (const [i, finding] of findings.entries()) {
        const lastedMs = now - (this.#firstSeen.get(finding.id) ?? now)
        const change: Change = { event, now, lastedMs, finding, word: doctor.severityWord(finding.severity) }
        this.#io.out(this.#json ? jsonLine(change, reports[i]) : lineOf(change, textColumns(this.#io)))
      }
    }
    tell('ended', changes.ended)
    tell('began', changes.began)
    tell('shifted', changes.shifted)
    for (const { id } of changes.ended) this.#firstSeen.delete(id)
    const families = doctor.metricsOf(observation, this.#history, this.#findings)
    this.metrics = doctor.openMetricsText([...families, ...this.#ownFamilies((performance.now() - began) / 1000)])
  }

  #ownFamilies(seconds: number): MetricFamily[] {
    const samples = (value: number): MetricFamily['samples'] => [{ value }]
    return [
      { name: 'lastack_looks', type: 'counter', help: 'Looks, those that failed too.', samples: samples(this.#looks) },
      { name: 'lastack_look_failures', type: 'counter', help: 'Looks that failed.', samples: samples(this.#failures) },
      {
        ...{ name: 'lastack_look_duration_seconds', type: 'gauge', unit: 'seconds' },
        help: 'How long the last look took.',
        samples: samples(seconds),
      },
      {
        ...{ name: 'lastack_look_timestamp_seconds', type: 'gauge', unit: 'seconds' },
        help: 'When the last look that succeeded was over, since 1970.',
        samples: samples(Date.now() / 1000),
      },
    ]
  }
}

/** Looks that share what one has learned of owners and processes. */
async function looker(): Promise<() => Promise<HostObservation>> {
  const { observeHost, OwnerTable, ProcessTable } = await import('../../host/index.ts')
  const tables = { ownerTable: new OwnerTable(), processTable: new ProcessTable() }
  return () => observeHost(tables)
}

type ChangeName = 'began' | 'shifted' | 'ended'

interface Change {
  readonly event: ChangeName
  /** ms since 1970. */
  readonly now: number
  readonly lastedMs: number
  readonly finding: Finding
  /** Its severity, as people read it. */
  readonly word: string
}

function jsonLine({ event, now, lastedMs }: Change, finding: object | undefined): string {
  return `${JSON.stringify({ event, at: new Date(now).toISOString(), lastedSeconds: lastedMs / 1000, finding })}\n`
}

/** `2026-11-20 09:14:03  WARNING: …`, and the id below it. */
function lineOf({ event, now, lastedMs, finding, word }: Change, width: number): string {
  const indent = ' '.repeat(21)
  const what = {
    began: word,
    shifted: `now ${word}`,
    ended: `ended after ${Math.round(lastedMs / 1000)} s`,
  }[event]
  const text = wrap(`${what}: ${finding.title}`, Math.max(width, 60), indent)
  return `${localTime(now)}  ${text.slice(indent.length)}\n${indent}${finding.id}\n`
}

/** `2026-11-20 09:14:03`, by the clock on this machine's wall. */
function localTime(ms: number): string {
  const date = new Date(ms)
  return new Date(ms - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ')
}
