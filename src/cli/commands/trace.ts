import {
  HostError,
  type LiveEvent,
  type LiveSource,
  Lives,
  monotonicMicros,
  openLive,
  type SocketMove,
  staysOf,
} from '../../host/index.ts'
import { formatEndpoint, type RowState, type SocketRow, selectRows } from '../../inspect/index.ts'
import type { Command } from '../command.ts'
import { connectionFilter } from '../connection-filter.ts'
import { durationMs } from '../duration-option.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { parseFlags } from '../flags.ts'
import { sourceLine } from '../host-options.ts'
import { asCliErrors, hostServices } from '../host-room.ts'
import { type Io, textColumns } from '../io.ts'
import { quoted } from '../text.ts'
import { ladders } from '../trace-ladders.ts'
import { durationText, livesText } from '../trace-lives.ts'
import { pause, whileWanted } from '../until-stopped.ts'

const HELP = `Usage: lastack trace [--duration TIME] [--ladder | --json] [FILTER]

Prints every change of state of this machine's TCP connections as it happens,
with how long each was in the state before, and at the end how long it was in
each. As root it hears them from the kernel (tracefs), of all network
namespaces; else it looks again and again. Changes nothing. Ctrl-C ends it.

  FILTER           which connections, as ss has it; by state: into it or out
  --duration TIME  end after so long: 10s, 5m
  --ladder         no lines, but at the end a ladder of both ends of each
                   connection within this machine, the time in each state below
  --json           an event per line, as JSON; at the end a line per connection
  --source SOURCE  tracefs, or netlink: look again and again

Examples
  sudo lastack trace
  sudo lastack trace 'sport = :8080 or dport = :8080'
  sudo lastack trace --ladder --duration 10s dst 127.0.0.1

Exit codes
  0  ended by Ctrl-C or after its time
  2  it could not look, or bad arguments
`

const OPTIONS = {
  duration: { value: 'a duration such as 10s' },
  ladder: {},
  json: {},
  source: { value: 'tracefs or netlink' },
} as const

/** Between two questions to the source, ms. */
const STEP_MS = 200

/** Events at once from which on there is no time to pause. */
const STORM = 2000

/** `lastack trace`: the transitions of the machine's connections, live. */
export const trace: Command = {
  help: async () => HELP,

  async run(args, io): Promise<ExitCode> {
    const { flags, words } = parseFlags('trace', args, OPTIONS)
    if (flags.ladder && flags.json) throw new CliError('trace: --ladder and --json: expected one of them')
    const until =
      flags.duration === undefined ? Number.POSITIVE_INFINITY : durationMs('trace', '--duration', flags.duration)
    const isSelected = filterOf(words, args)
    // A ladder has both ends, whichever the filter names.
    const isWanted = (event: SocketEvent): boolean =>
      isSelected(event) || (flags.ladder === true && isSelected(mirrored(event)))
    const choice = flags.source === undefined ? 'auto' : sourceOf(flags.source)
    const source = await asCliErrors('trace', HostError, () => openLive(choice))
    const lives = new Lives()
    try {
      io.err(sourceLine(source.name, source.lacks))
      await follow(source, until, io, (event, origin) => {
        if (event.kind !== 'gap' && !isWanted(event)) return
        const before = lives.add(event)
        if (flags.json) io.out(jsonLine(event))
        else if (!flags.ladder || event.kind === 'gap') io.out(`${lineOf(event, origin, before, io.columns)}\n`)
      })
    } finally {
      source.close()
    }
    const now = monotonicMicros()
    if (flags.ladder) io.out(ladders(lives, now, textColumns(io, 120), io.colour))
    else if (!flags.json) io.out(livesText(lives, now, io.columns))
    else
      for (const { socket, moves } of lives.all) io.out(jsonLine({ kind: 'stays', socket, stays: staysOf(moves, now) }))
    return EXIT.OK
  },
}

function jsonLine(value: object): string {
  return `${JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one))}\n`
}

type Tell = (event: LiveEvent, origin: number) => void

/** Hands on what the source tells, until the time is over, the user ends it, or nobody reads any more. */
async function follow(source: LiveSource, durationLimit: number, io: Io, tell: Tell): Promise<void> {
  const origin = monotonicMicros()
  const end = performance.now() + durationLimit
  await whileWanted(async (stop) => {
    for (;;) {
      const over = stop.aborted || performance.now() >= end || !io.isRead
      // What happens while the source is asked, it tells the next time: so once more at the end.
      const events = await source.take()
      for (const event of events) tell(event, origin)
      if (over) return
      if (events.length < STORM) await pause(Math.min(STEP_MS, Math.max(0, end - performance.now())), stop)
    }
  })
}

/**
 * `   1.204113  #3  127.0.0.1:80  127.0.0.1:40000  ESTABLISHED → CLOSE-WAIT  after 1.203 s`; at a terminal too narrow for it what happened
 * is a line of its own.
 */
function lineOf(
  event: LiveEvent,
  origin: number,
  before: number | undefined,
  width: number = Number.POSITIVE_INFINITY,
): string {
  const time = ((event.time - origin) / 1e6).toFixed(6).padStart(12)
  if (event.kind === 'gap') return `${time}  ${event.text}`
  const ends = [event.local, event.peer].map(({ address, port }) => formatEndpoint(address, port)).join('  ')
  const socket = event.socket === 0 ? '-' : `#${event.socket}`
  const head = `${time}  ${socket.padEnd(4)}  ${ends}`
  const what = event.kind === 'move' ? moveText(event, before) : remarkText(event)
  return head.length + 2 + what.length <= width ? `${head}  ${what}` : `${head}\n${' '.repeat(20)}${what}`
}

function moveText({ from, to, exact }: SocketMove, before: number | undefined): string {
  const stay = before === undefined ? '' : `  after ${durationText(before, exact)}`
  return `${from ?? 'new'} → ${to}${stay}`
}

function remarkText({ kind, reason }: Exclude<LiveEvent, SocketMove | { kind: 'gap' }>): string {
  return `${kind.replace('-', ' ')}${reason === undefined ? '' : ` (${reason})`}`
}

function sourceOf(word: string): 'tracefs' | 'netlink' {
  if (word === 'tracefs' || word === 'netlink') return word
  throw new CliError(`trace: --source ${quoted(word)}: expected tracefs or netlink`)
}

type SocketEvent = Exclude<LiveEvent, { kind: 'gap' }>

/** The same as the other end would have it. */
function mirrored(event: SocketEvent): SocketEvent {
  return { ...event, local: event.peer, peer: event.local }
}

/** Whether an event is of a connection that ss's filter selects, in the state that it leaves or the one that it enters. */
function filterOf(words: readonly string[], args: readonly string[]): (event: SocketEvent) => boolean {
  if (words.length === 0) return () => true
  const query = connectionFilter('trace', words, args, hostServices())
  return (event) => {
    const { family, local, peer } = event
    const states: (RowState | undefined)[] = event.kind === 'move' ? [event.to, event.from] : ['ESTABLISHED']
    const rows = states.flatMap((state): SocketRow[] =>
      state === undefined
        ? []
        : [{ source: 'netlink', netid: 'tcp', family, state, local, peer, recvQueue: 0, sendQueue: 0 }],
    )
    return selectRows(query, rows).length > 0
  }
}
