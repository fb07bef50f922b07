import { writeFileSync } from 'node:fs'
import type { LabOptions, LabResult, LabRun, MutationInfo, ScenarioInfo } from '../../sim/index.ts'
import type { Command } from '../command.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { atMost, parseFlags } from '../flags.ts'
import { type Io, textColumns } from '../io.ts'
import { findScenario, playing, seedOption, setOption } from '../playing.ts'
import { columns, json, quoted, wrap } from '../text.ts'

const HELP = `Usage: lastack lab [NAME] [OPTIONS]

Without NAME: lists the scenarios and claims there are. With NAME: plays one, on
hosts with real stacks in virtual time, and prints the ladder, what was
expected, the socket tables and the verdict. Nothing on this machine takes part.
Equal seeds play equally, to the octet.

  --seed N          a whole number. Default 1
  --personality P   linux, rfc9293, freebsd, macos, windows or solaris
  --set NAME=VALUE  write a sysctl on every host first; may be given again
  --case ID         which case of a claim; its first when left out
  --times N         bulk and bulk-with-loss: carry N times as much, 1 to 300
  --mutation ID     break TCP on purpose: the claim that hangs on it must flip
  --pcap FILE       write every packet as pcapng, for tshark or Wireshark
  --full            print the whole ladder, however long
  --json            everything as JSON: events, steps, tables, verdict
  --no-colour       plain text in a terminal too (also: NO_COLOR=1)

Examples
  lastack lab
  lastack lab lost-final-ack --pcap lost.pcapng
  lastack lab fin-wait-2-orphan --set net.ipv4.tcp_fin_timeout=5
  lastack lab four-packets --case rides

Exit codes
  0  every expectation held
  1  one did not
  2  no such scenario, case, sysctl or personality, or FILE cannot be written
`

const FLAGS = {
  seed: { value: 'a whole number' },
  personality: { value: 'a personality' },
  set: { value: 'NAME=VALUE', multiple: true },
  case: { value: 'the ID of a case' },
  mutation: { value: 'the ID of a mutation' },
  times: { value: 'a whole number' },
  pcap: { value: 'a FILE to write' },
  full: {},
  json: {},
  'no-colour': {},
  'no-color': {},
} as const

/** `lastack lab`: the scenarios of `sim`, in a terminal. */
export const lab: Command = {
  help: async () => HELP,

  async run(args, io): Promise<ExitCode> {
    const { flags, words } = parseFlags('lab', args, FLAGS)
    atMost('lab', words, 1, 'one NAME')
    const [name] = words
    if (name === undefined) return list(flags.json === true, io)
    const info = await findScenario('lab', name)
    const options: LabOptions = {
      seed: seedOption('lab', flags.seed),
      personality: flags.personality,
      set: setOption('lab', flags.set),
      case: flags.case,
      mutation: flags.mutation,
      times: timesOption(flags.times),
    }
    const { listMutations, startScenario } = await import('../../sim/index.ts')
    const run: LabRun = await playing('lab', () => startScenario(info.id, options))
    const result = await playing('lab', () => run.finish())
    if (flags.pcap !== undefined) writePcap(flags.pcap, run.pcapng())
    if (flags.json) io.out(json(result))
    else {
      const { runText } = await import('../lab-text.ts')
      const colour = io.colour && !flags['no-colour'] && !flags['no-color']
      const changes = changesOf(options, listMutations())
      io.out(runText(result, { width: textColumns(io, 120), colour, full: flags.full === true, changes }))
    }
    return isGood(result) ? EXIT.OK : EXIT.FINDINGS
  },
}

/** `--times`. */
function timesOption(text: string | undefined): number | undefined {
  if (text === undefined || /^\d{1,9}$/.test(text)) return text === undefined ? undefined : Number(text)
  throw new CliError(`lab: --times ${quoted(text)}: expected a whole number, 1 to 300`)
}

async function list(asJson: boolean, io: Io): Promise<ExitCode> {
  const { listScenarios } = await import('../../sim/index.ts')
  const all = listScenarios()
  if (asJson) io.out(json(all))
  else {
    const width = textColumns(io, 120)
    const part = (title: string, kind: ScenarioInfo['kind']): string =>
      `${title}\n${table(
        all.filter((one) => one.kind === kind),
        width,
      )}\n`
    io.out(`${part('Scenarios', 'scenario')}\n${part('Claims', 'claim')}\nlastack lab NAME plays one.\n`)
  }
  return EXIT.OK
}

/** Id and title; a title that does not fit goes on under its beginning. */
function table(infos: readonly ScenarioInfo[], width: number): string {
  const idWidth = Math.max(...infos.map(({ id }) => id.length))
  const rows = infos.flatMap(({ id, title }) =>
    wrap(title, width - idWidth - 4)
      .split('\n')
      .map((line, i) => [i === 0 ? id.padEnd(idWidth) : ' '.repeat(idWidth), line]),
  )
  return columns(rows, '  ')
}

function writePcap(path: string, octets: Uint8Array): void {
  try {
    writeFileSync(path, octets)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new CliError(`lab: cannot write ${quoted(path)}: ${code}: expected a file in a folder that is there`)
  }
}

/** What the run's options changed, to be said above it. */
function changesOf({ set, mutation, times = 1 }: LabOptions, mutations: readonly MutationInfo[]): string[] {
  const broken = mutations.find(({ id }) => id === mutation)
  return [
    ...Object.entries(set ?? {}).map(([name, value]) => `set on every host: ${name} = ${value}`),
    ...(times === 1 ? [] : [`carries ${times} times as much`]),
    ...(broken === undefined ? [] : [`broken on purpose (${broken.id}): ${broken.title}`]),
  ]
}

/** Every expectation held. A claim's case that comes out false is no failure: `lastack claims` says which verdict is right. */
function isGood({ verdict, steps }: LabResult): boolean {
  return verdict !== 'fail' && steps.every((step) => step.kind !== 'check' || step.passed)
}
