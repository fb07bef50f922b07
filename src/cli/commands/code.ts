import { relative } from 'node:path'
import { counted } from '../../base/index.ts'
import {
  adviceFor,
  askNode,
  type CodePlace,
  type CodeReport,
  findLeaks,
  HostError,
  type LeakingProcess,
  type NodeSocket,
} from '../../host/index.ts'
import { printable } from '../../inspect/index.ts'
import type { Command } from '../command.ts'
import { consent } from '../consent.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { atMost, parseFlags } from '../flags.ts'
import { asCliErrors } from '../host-room.ts'
import { type Io, textColumns } from '../io.ts'
import { quoted, wrap } from '../text.ts'
import { STOP_SIGNALS } from '../until-stopped.ts'

const HELP = `Usage: lastack code PID [--yes]

Which code holds the leaked sockets of a Node process: file, line and column of
the functions that listen to its sockets in CLOSE-WAIT, and to the server that
accepted them.

It asks first. Then it sends SIGUSR1, which opens the inspector of the process
on the loopback; asks it; closes it; and makes sure that nothing listens any
more. Whoever may connect to that port could run code in the process meanwhile,
some hundred ms. The program is not paused. SIGUSR1 is sent only to a process
that is Node and handles it; a program that has a handler of its own for it runs
that instead.

  -y, --yes   do not ask

A process that is not Node is not asked: what its own tools would say of it is
printed, ready to paste.

Examples
  sudo lastack code 4711
  sudo lastack code 4711 --yes

Exit codes
  0  done, or it holds no socket in CLOSE-WAIT
  1  done, but no code of its own was found, or its inspector stays open
  2  not done: not Node, no such process, not agreed to
`

const OPTIONS = { yes: { short: 'y' } } as const

/** `lastack code`: the lines of a Node program that hold its leaked sockets. */
export const code: Command = {
  help: async () => HELP,

  async run(args, io): Promise<ExitCode> {
    const { flags, words } = parseFlags('code', args, OPTIONS)
    const [word] = words
    if (word === undefined) throw new CliError('code: which process: expected a pid')
    atMost('code', words, 1, 'one pid')
    if (!/^[1-9]\d{0,8}$/.test(word)) throw new CliError(`code: ${quoted(word)}: expected a pid`)
    return asCliErrors('code', HostError, () => askFor(Number(word), flags.yes === true, io))
  },
}

async function askFor(pid: number, yes: boolean, io: Io): Promise<ExitCode> {
  const process = await findLeaks(pid)
  const width = textColumns(io)
  if (process.runtime !== 'node') {
    io.out(await adviceText(process, width))
    throw new CliError(`code: ${named(process)} is not Node: nothing was sent to it`)
  }
  if (process.leaked.length === 0) {
    io.out(`${named(process)} holds no socket in CLOSE-WAIT: nothing to ask.\n`)
    return EXIT.OK
  }
  io.out(
    `${wrap(`${named(process)} holds ${counted(process.leaked.length, 'socket')} in CLOSE-WAIT: ${fdsText(process.leaked.map(({ fd }) => fd))}.`, width)}\n`,
  )
  if (!(await consent('code', 'Send SIGUSR1, which opens its inspector for a moment?', yes, io))) {
    io.out('Nothing was sent to it.\n')
    return EXIT.USAGE
  }
  const report = await undisturbed(() => askNode(process))
  if (report.asked.length < process.leaked.length)
    io.out(`Asked about ${report.asked.length} of them, evenly chosen.\n`)
  io.out(reportText(report, width))
  return report.afterwards !== 'open' && report.places.length > 0 ? EXIT.OK : EXIT.FINDINGS
}

/** An interruption ends the command, once the inspector is closed again. */
async function undisturbed<T>(work: () => Promise<T>): Promise<T> {
  let given: NodeJS.Signals | undefined
  const hear = (signal: NodeJS.Signals): void => {
    given ??= signal
  }
  for (const signal of STOP_SIGNALS) process.on(signal, hear)
  try {
    return await work()
  } finally {
    for (const signal of STOP_SIGNALS) process.off(signal, hear)
    if (given !== undefined) process.kill(process.pid, given)
  }
}

function reportText({ places, sockets, inspector, afterwards }: CodeReport, width: number): string {
  const blocks = places.map((place) => `${placeText(place.original ?? place)}\n${wrap(describe(place), width, '    ')}`)
  if (places.length === 0) blocks.push('No function of the program’s own listens to these sockets.')
  const causes = [...causesOf(sockets)].map(([cause, fds]) => wrap(`${fdsText(fds)}: ${cause}.`, width))
  const end = {
    closed: `Its inspector is closed again: nothing listens on ${inspector} any more.`,
    kept: `Its inspector was open before, on ${inspector}, and is left so.`,
    open: `Its inspector could NOT be closed: it listens on ${inspector} still.`,
  }[afterwards]
  return `\n${blocks.join('\n')}\n\n${causes.map((cause) => `${cause}\n`).join('')}${end}\n`
}

/** Files below the current directory by their short name, as compilers print them. */
function placeText({ file, line, column }: Pick<CodePlace, 'file' | 'line' | 'column'>): string {
  const near = file.startsWith('/') ? relative(process.cwd(), file) : file
  return printable(`${near.startsWith('..') ? file : near}:${line}:${column}`)
}

function describe(place: CodePlace): string {
  const { on, event, name, fds, original } = place
  const compiled = original === undefined || original.file === place.file ? '' : ` (compiled to ${placeText(place)})`
  const what = `${name === '' ? 'a function' : `${name}()`}${compiled}`
  const where = { socket: 'the socket', request: 'its HTTP message', server: 'the server that accepted it' }[on]
  return `${what}, which listens to '${event}' of ${where}: ${fdsText(fds)}`
}

/** Why it stays, as far as the program's own flags tell, with the descriptors of which that is so. */
function causesOf(sockets: readonly NodeSocket[]): Map<string, number[]> {
  const causes = new Map<string, number[]>()
  for (const socket of sockets) {
    const cause = causeOf(socket)
    causes.set(cause, [...(causes.get(cause) ?? []), socket.fd])
  }
  return causes
}

function causeOf({ allowHalfOpen, readableEnded, writableEnded, paused, underTls }: NodeSocket): string {
  if (underTls) return 'it lies under TLS, and only the listener of its server is known'
  if (!readableEnded && paused)
    return 'nothing reads it, so its end of file is never seen: resume() or a data listener is missing'
  if (!readableEnded) return 'it reads, and has not seen end of file yet'
  if (writableEnded) return 'end() was called, and what was written before is still on its way'
  if (allowHalfOpen)
    return 'it is made with allowHalfOpen and has seen end of file: the code has to call end() and does not'
  return 'it has seen end of file, and end() is still to come'
}

async function adviceText(process: LeakingProcess, width: number): Promise<string> {
  const fds = process.leaked.map(({ fd }) => fd)
  const leaked =
    fds.length === 0 ? 'no socket in CLOSE-WAIT' : `${counted(fds.length, 'socket')} in CLOSE-WAIT: ${fdsText(fds)}`
  const lines = adviceFor(process.runtime, process.pid, fds).map(
    ({ command, tells }) => `  ${command}\n${wrap(tells, width, '      ')}`,
  )
  return `${wrap(`${named(process)} holds ${leaked}. What its own tools say:`, width)}\n${lines.join('\n')}\n`
}

function named({ command, pid }: LeakingProcess): string {
  return `${command} (pid ${pid})`
}

/** Descriptors that are written out. */
const FDS_MAX = 10

function fdsText(fds: readonly number[]): string {
  const shown = fds.slice(0, FDS_MAX).join(', ')
  return `fd ${shown}${fds.length > FDS_MAX ? ` and ${fds.length - FDS_MAX} more` : ''}`
}
