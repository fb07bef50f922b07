import type { ReplayedCapture, ReplayOptions } from '../../capture/index.ts'
import { type CaptureFile, HostError, openCaptureFile } from '../../host/index.ts'
import { selectRows } from '../../inspect/index.ts'
import type { Command } from '../command.ts'
import { connectionFilter } from '../connection-filter.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { parseFlags } from '../flags.ts'
import { asCliErrors, hostServices } from '../host-room.ts'
import { type Io, textColumns } from '../io.ts'
import { PORT_MAX, wholeNumber } from '../number-option.ts'
import { progressLine } from '../progress.ts'
import { replayJson, replayText } from '../replay-text.ts'
import { json, quoted } from '../text.ts'
import { whileWanted } from '../until-stopped.ts'

const HELP = `Usage: lastack replay FILE [OPTIONS] [FILTER]

Plays a capture back: the states that both ends of every TCP connection went
through, and what was wrong. FILE is a pcap or pcapng file, of tcpdump or
Wireshark for example, gzip or not; - is standard input, until it ends or until
Ctrl-C. A file of any size is read in bounded memory; of a truncated one, what
is whole. Packets are read from Ethernet, IP without a link, loopbacks, Linux's
"any", PPP and Cisco's HDLC; those of other links are counted. What was sent in
IP fragments is put together, if all of them were captured.

  FILTER           which connections, as ss has it; by state: that at the end
  --port N         only connections of that port, at either end
  --wrong          only connections with which something was wrong
  --ladder         the ladder of each connection, even of many
  --connection N   only the connection of that number, with its ladder; may be
                   repeated
  --ignore-checksums
                   plays segments with a wrong checksum too: those of a capture
                   whose addresses were changed, for example
  --list N         connections that are listed, at most; all are counted.
                   Default: 1000
  --json           everything as JSON; with --ladder, the events too

Examples
  lastack replay trace.pcap
  lastack replay trace.pcap --wrong
  lastack replay trace.pcapng state close-wait
  lastack replay trace.pcapng --connection 7
  tcpdump -i eth0 -c 1000 -w - tcp | lastack replay -

Exit codes
  0  done
  2  FILE cannot be read, is no capture, has only packets of other links, is
     truncated or damaged (what is whole is printed all the same), or bad
     arguments
`

const OPTIONS = {
  port: { value: 'a port' },
  wrong: {},
  ladder: {},
  connection: { value: "a connection's number", multiple: true },
  'ignore-checksums': {},
  list: { value: 'a number of connections' },
  json: {},
} as const

const LIST_DEFAULT = 1000
/** A capture of so few connections shows their ladders unasked, where each has so few segments. */
const FEW_CONNECTIONS = 3
/** Where only some are wanted, which ones is known at the end: so many may be drawn then. */
const CHOSEN_CONNECTIONS = 1000

/** `lastack replay`: a capture file, as the states of its connections. */
export const replay: Command = {
  help: async () => HELP,

  async run(args, io): Promise<ExitCode> {
    const { flags, words } = parseFlags('replay', args, OPTIONS)
    const [path, ...filter] = words
    if (path === undefined) throw new CliError('replay: expected a pcap or pcapng file, or - for standard input')
    if (path === '') throw new CliError('replay: "": expected a pcap or pcapng file, or - for standard input')
    const wanted = (flags.connection ?? []).map((word) => wholeNumber('replay', '--connection', word, 1, 1e9))
    const listMax = wholeNumber('replay', '--list', flags.list ?? String(LIST_DEFAULT), 1, 1e6)
    const port = flags.port === undefined ? undefined : wholeNumber('replay', '--port', flags.port, 1, PORT_MAX)
    const another = filter.find((word) => /\.(pcap|pcapng|cap)(\.gz)?$/.test(word))
    if (another !== undefined) {
      throw new CliError(
        `replay: ${quoted(another)}: one file at a time; mergecap -w ALL FILE FILE… makes one of several`,
      )
    }
    const query = filter.length === 0 ? undefined : connectionFilter('replay', filter, args, hostServices())
    const ladder = flags.ladder === true || wanted.length > 0
    const kept = query === undefined && flags.wrong !== true ? FEW_CONNECTIONS : CHOSEN_CONNECTIONS
    const options: ReplayOptions = {
      ...{ port, listMax, wrongOnly: flags.wrong, ignoresChecksums: flags['ignore-checksums'] },
      ...(ladder && { keepsSegments: (number) => wanted.length === 0 || wanted.includes(number) }),
      ...(!ladder && { keepsSegments: (number) => number <= kept }),
      isWanted: (number, rows) =>
        (wanted.length === 0 || wanted.includes(number)) && (query === undefined || selectRows(query, rows).length > 0),
    }
    const { capture, failure } = await playPath(path, options, io)
    const problem = failure ?? capture.problem
    if (capture.format === 'unknown') throw new CliError(`replay: ${path}: ${problem}`)
    const { unreadable } = await import('../../capture/index.ts')
    const why = unreadable(capture)
    if (why !== undefined) throw new CliError(`replay: ${path}: ${why}; replay --help says which links are read`)
    if (flags.json) io.out(json(replayJson(capture, ladder)))
    else {
      const columns = { width: textColumns(io, 120), colour: io.colour }
      io.out(replayText(path, capture, { ...columns, ladders: ladder ? 'all' : 'few', wrongOnly: flags.wrong }))
    }
    if (problem === undefined) return EXIT.OK
    io.err(`lastack replay: ${path}: ${problem}; what is whole before that was played`)
    return EXIT.USAGE
  },
}

/** A file is played to its end; what comes through a pipe until it ends, or until Ctrl-C. */
async function playPath(path: string, options: ReplayOptions, io: Io): Promise<Played> {
  const open = (stop?: AbortSignal): Promise<CaptureFile> =>
    asCliErrors('replay', HostError, () => openCaptureFile(path, stop))
  if (path !== '-') return play(await open(), path, options, io)
  return whileWanted(async (stop) => play(await open(stop), path, options, io))
}

interface Played {
  readonly capture: ReplayedCapture
  /** Why the file could not be read to its end. */
  readonly failure: string | undefined
}

/** Milliseconds between two lines of progress. */
const PROGRESS_MS = 200

/** Plays the file, and says on a terminal how far it is. */
async function play(file: CaptureFile, path: string, options: ReplayOptions, io: Io): Promise<Played> {
  const { CaptureReplay } = await import('../../capture/index.ts')
  const replay = new CaptureReplay(options)
  const began = performance.now()
  let [told, failure] = [began, undefined as string | undefined]
  try {
    for await (const piece of file.pieces) {
      replay.feed(piece)
      const now = performance.now()
      if (now - told >= PROGRESS_MS) {
        told = now
        const { read, size } = file
        io.progress?.(progressLine({ path, read, size, packets: replay.counts.packets, seconds: (now - began) / 1000 }))
      }
      if (replay.problem !== undefined) break
    }
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    // Its own words begin with the name, and so does the line it goes into.
    failure = error.message.replace(`${path}: `, '')
  } finally {
    if (told !== began) io.progress?.('')
  }
  return { capture: replay.finish(), failure }
}
