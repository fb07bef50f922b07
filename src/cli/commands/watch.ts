import { isIPv6 } from 'node:net'
import type { Census, History, MetricFamily, Thresholds } from '../../doctor/index.ts'
import { HostError, HostLooks, type HostObservation, type RunningServer, startMetricsServer } from '../../host/index.ts'
import type { Command } from '../command.ts'
import { durationMs } from '../duration-option.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { changeJson, changeLine, FindingLog } from '../finding-log.ts'
import { atMost, parseFlags } from '../flags.ts'
import { sourceLine } from '../host-options.ts'
import { asCliErrors } from '../host-room.ts'
import { type Io, textColumns } from '../io.ts'
import { quoted } from '../text.ts'
import { thresholdFlags, thresholdHelp, thresholdsOf } from '../threshold-options.ts'
import { untilStopped } from '../until-stopped.ts'
import { keepYoungGenerationSmall } from '../young-generation.ts'

const HELP = `Usage: lastack watch [--every DURATION] [--listen ADDR:PORT|off] [--json]

Looks at the TCP sockets of this host again and again, prints what is wrong with
them as it begins and as it ends, and serves the numbers to a monitor such as
Prometheus (OpenMetrics, GET /metrics). Changes nothing. Ctrl-C ends it.

Where there are very many sockets, those that are established or in TIME-WAIT
are looked at less often, so that whole looks take a fiftieth of a core at
most.

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
    keepYoungGenerationSmall()
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
      await untilStopped(io, everyMs, () => watcher.look())
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
  return asCliErrors('watch', HostError, () => startMetricsServer({ host, port, read: () => watcher.metrics?.() }))
}

/** What is known from look to look. */
class Watcher {
  readonly #io: Io
  readonly #json: boolean
  readonly #thresholds: Thresholds
  #eyes: HostLooks | undefined
  #history: History | undefined
  #census: Census | undefined
  #log: FindingLog | undefined
  #looks = 0
  #failures = 0
  /** What was last said of the source or of its failure: it is said again when it changes. */
  #said = ''
  /** The numbers of the last look that succeeded. They cost nothing until a monitor asks. */
  metrics: (() => readonly MetricFamily[]) | undefined

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
    const began = performance.now()
    this.#looks++
    try {
      this.#eyes ??= new HostLooks()
      const observation = await this.#eyes.look()
      // What a partial look lacks is less than a whole one does, and would be said anew at each change between them.
      if (observation.partial !== true) this.#say(sourceLine(observation.source, observation.lacks))
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
    this.#log ??= new FindingLog(doctor)
    const found = doctor.diagnose(observation, this.#history, this.#thresholds)
    for (const change of this.#log.take(found, observation, Date.now())) {
      this.#io.out(this.#json ? changeJson(change) : changeLine(change, textColumns(this.#io)))
    }
    const { current } = this.#log
    const seen = { tookSeconds: (performance.now() - began) / 1000, overAt: Date.now() / 1000 }
    const history = this.#history
    const census = doctor.censusOf(observation, this.#census)
    this.#census = census
    this.metrics = () => [
      ...doctor.metricsOf(observation, history, current, census),
      ...doctor.lookingFamilies({ looks: this.#looks, failures: this.#failures, ...seen }),
    ]
  }
}
