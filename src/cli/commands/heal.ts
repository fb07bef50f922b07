import type { Threshold, Thresholds } from '../../doctor/index.ts'
import {
  applyRemedy,
  endpointsText,
  findNamespace,
  HostError,
  type HostSnapshot,
  type NetworkNamespace,
  OwnerTable,
  observeHost,
  planRemedy,
  readSockets,
  remedyQuestion,
} from '../../host/index.ts'
import { parseSs, type SocketRow, type SsQuery, selectRows, UsageError } from '../../inspect/index.ts'
import type { Command } from '../command.ts'
import { consent } from '../consent.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { parseFlags } from '../flags.ts'
import { outcomeText, planText } from '../heal-text.ts'
import { sourceLine } from '../host-options.ts'
import { asCliErrors, ephemeralPorts, hostServices } from '../host-room.ts'
import { type Io, textColumns } from '../io.ts'
import { quoted } from '../text.ts'
import { thresholdFlags, thresholdsOf } from '../threshold-options.ts'

const HELP = `Usage: lastack heal FILTER|FINDING --how shutdown|destroy|kill [--dry-run]

Ends TCP connections from outside, without a restart. FILTER is that of ss, with
\`state …\` before it; FINDING is what lastack doctor has found, by its id. Shows
what it will do, asks, does it, and looks again. Just before each act it makes
sure that it is the same socket (by its cookie) and the same process (by its
start time).

  --how shutdown   FIN, by shutdown() on the owner's descriptor. A peer that
                   waits reads end of file; the descriptor stays open
  --how destroy    RST, by SOCK_DESTROY as ss -K. The descriptor stays open
  --how kill       SIGTERM to the owner: ends all of its sockets
  --dry-run        only show what would be done
  --yes            do not ask
  --max N          refuse when more than N sockets match. Default: 100
  --netns WHICH    sockets of another network namespace: its name as ip netns
                   has it, a container, or the pid of a process inside
  --NAME N         a threshold by which the finding was found, as lastack doctor
                   has them

Listeners are refused unless the filter says \`state listening\` and names one
port. Needs root.

Examples
  sudo lastack heal state close-wait sport = :8080 --how shutdown --dry-run
  sudo lastack heal close-wait-server/python3/8080 --how shutdown
  sudo lastack heal state fin-wait-2 sport = :8080 --how destroy --yes

Exit codes
  0  done, or nothing to do
  1  some socket is not ended: the peer is silent, or it was left alone
  2  not done: refused, bad arguments, or without the right to
`

const HOWS = ['shutdown', 'destroy', 'kill'] as const
type How = (typeof HOWS)[number]

const OPTIONS = {
  how: { value: 'shutdown, destroy or kill' },
  'dry-run': {},
  yes: { short: 'y' },
  max: { value: 'a number of sockets' },
  netns: { value: 'a name or a pid' },
} as const

const MAX_DEFAULT = 100

/** Which sockets: those of a filter, or those of a finding. */
type Target =
  | {
      readonly kind: 'filter'
      readonly query: SsQuery
      /** It says in so many words that listeners are meant. */
      readonly namesListeners: boolean
    }
  | { readonly kind: 'finding'; readonly id: string }

interface Asked {
  readonly how: How
  readonly target: Target
  readonly max: number
  readonly dryRun: boolean
  readonly yes: boolean
  readonly netns: string | undefined
  /** By which a finding was found. */
  readonly thresholds: Thresholds
}

/** `lastack heal`: what a person would do by gdb, ss -K or kill, with every recheck. */
export const heal: Command = {
  help: async () => HELP,

  async run(args, io): Promise<ExitCode> {
    const { THRESHOLDS } = await import('../../doctor/index.ts')
    const asked = parseArguments(args, THRESHOLDS)
    return asCliErrors('heal', HostError, () => healSockets(asked, io))
  },
}

async function healSockets(asked: Asked, io: Io): Promise<ExitCode> {
  const ownerTable = new OwnerTable()
  const namespace = asked.netns === undefined ? undefined : findNamespace(asked.netns)
  const { wanted, source, lacks } = await socketsOf(asked, ownerTable, namespace)
  io.err(sourceLine(source, lacks))
  if (wanted.length === 0) {
    io.out('No socket matches: nothing to do.\n')
    return EXIT.OK
  }
  refuse(asked, wanted)
  const plan = planRemedy(asked.how, wanted, ownerTable, namespace)
  const width = textColumns(io)
  io.out(planText(plan, width))
  if (asked.dryRun) {
    io.out('Nothing was changed: --dry-run.\n')
    return EXIT.OK
  }
  if (plan.steps.every(({ obstacle }) => obstacle !== undefined)) return EXIT.FINDINGS
  if (!(await consent('heal', remedyQuestion(plan), asked.yes, io))) {
    io.out('Nothing was changed.\n')
    return EXIT.OK
  }
  const outcomes = await applyRemedy(plan)
  io.out(outcomeText(outcomes, width))
  return outcomes.every(({ result }) => result === 'ended') ? EXIT.OK : EXIT.FINDINGS
}

interface Wanted {
  readonly wanted: readonly SocketRow[]
  readonly source: HostSnapshot['source']
  readonly lacks: readonly string[]
}

async function socketsOf(
  { target, thresholds }: Asked,
  ownerTable: OwnerTable,
  namespace: NetworkNamespace | undefined,
): Promise<Wanted> {
  const namespaces = namespace === undefined ? undefined : [namespace]
  // Only netlink has the cookies by which a socket is known again.
  const options = { source: 'netlink', ownerTable, namespaces } as const
  if (target.kind === 'filter') {
    const { rows, source, lacks } = await readSockets({ ...target.query.needs, owners: true }, options)
    return { wanted: selectRows(target.query, rows, { ephemeralPorts: ephemeralPorts() }), source, lacks }
  }
  const { diagnose, observeOnce } = await import('../../doctor/index.ts')
  const observation = await observeHost({ ...options, deadDescriptors: false })
  const found = diagnose(observation, observeOnce(observation), thresholds)
  const finding = found.find(({ id }) => id === target.id)
  if (finding === undefined) {
    throw new CliError(`heal: ${quoted(target.id)}: no such finding at this moment: lastack doctor lists them`)
  }
  const cookies = new Set(finding.cookies)
  const wanted = observation.rows.filter(({ cookie }) => cookie !== undefined && cookies.has(cookie))
  return { wanted, source: observation.source, lacks: observation.lacks }
}

function parseArguments(args: readonly string[], known: readonly Threshold[]): Asked {
  const { flags: given, words } = parseFlags('heal', args, { ...OPTIONS, ...thresholdFlags(known) })
  // The names of the thresholds are data, so the compiler cannot tell their flags' types from those of the options.
  const flags = given as {
    readonly how?: string
    readonly max?: string
    readonly netns?: string
    readonly 'dry-run'?: true
    readonly yes?: true
  }
  const how = HOWS.find((one) => one === flags.how)
  if (how === undefined) {
    const given = flags.how === undefined ? 'without --how' : `--how ${quoted(flags.how)}`
    throw new CliError(`heal: ${given}: expected ${flags.how === undefined ? '--how ' : ''}shutdown, destroy or kill`)
  }
  const filter = words.flatMap((word) => word.split(/[ \t]+/)).filter((word) => word !== '')
  if (filter.length === 0)
    throw new CliError(
      'heal: which sockets: expected a filter such as state close-wait sport = :8080, or the id of a finding',
    )
  return {
    how,
    target: targetOf(filter),
    max: maxOf(flags.max),
    dryRun: flags['dry-run'] === true,
    yes: flags.yes === true,
    netns: flags.netns,
    thresholds: thresholdsOf('heal', known, given),
  }
}

/** No filter of one word has a slash in it, and every finding's id has. */
function targetOf(words: readonly string[]): Target {
  const [first = ''] = words
  if (words.length === 1 && first.includes('/')) return { kind: 'finding', id: first }
  const lower = words.map((word) => word.toLowerCase())
  return {
    kind: 'filter',
    query: parseFilter(words),
    namesListeners:
      lower.some((word, i) => word === 'listening' && lower[i - 1] === 'state') &&
      lower.some((word) => word === 'sport' || word === 'src'),
  }
}

function parseFilter(filter: readonly string[]): SsQuery {
  try {
    return parseSs(['-tn', ...filter], { services: hostServices() })
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    // Positions count from the option that we have put before the words.
    const place = (_: string, position: string): string => `(filter word ${Number(position) - 1})`
    const text = error.message.replace(/^ss: /, '').replace(/\(argument (\d+)\)/, place)
    // A word alone that begins no filter may have been meant for a finding.
    const isWord = filter.length === 1 && text.includes('(filter word 1)')
    throw new CliError(`heal: ${text}${isWord ? ', or the id of a finding' : ''}`)
  }
}

function maxOf(word: string | undefined): number {
  if (word === undefined) return MAX_DEFAULT
  const value = /^\d{1,7}$/.test(word) ? Number(word) : 0
  if (value > 0) return value
  throw new CliError(`heal: --max ${quoted(word)}: expected a number of sockets, at least 1`)
}

/** What is too much to be meant. */
function refuse({ target, max }: Asked, rows: readonly SocketRow[]): void {
  const [listener, ...others] = rows.filter(({ state }) => state === 'LISTEN')
  if (listener !== undefined && !(target.kind === 'filter' && target.namesListeners)) {
    throw new CliError(
      `heal: ${endpointsText(listener)} listens, and to end it ends a service: expected another filter, or state listening with its port (sport = :${listener.local.port}) if that is meant`,
    )
  }
  const other = others.find(({ local }) => local.port !== listener?.local.port)
  if (listener !== undefined && other !== undefined) {
    throw new CliError(
      `heal: ${endpointsText(listener)} and ${endpointsText(other)} listen, two services: expected the port of one (sport = :${listener.local.port})`,
    )
  }
  if (rows.length > max) {
    throw new CliError(
      `heal: ${rows.length} sockets match, more than ${max}: expected a narrower filter or --max ${rows.length}`,
    )
  }
}
