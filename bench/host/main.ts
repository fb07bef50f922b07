/**
 * `npm run bench:host`: lastack beside ss over crowds of real sockets, and what the doctor and the watch take. Everything is timed as
 * a whole process, in pairs and in turn. It says how far the goals are met, and is content whatever comes out.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { median } from '../figures.ts'
import { Crowd, type CrowdState } from './crowd.ts'
import { watchProgram } from './steady.ts'
import { type Timing, time, timePairs } from './stopwatch.ts'

const HELP = `Usage: npm run bench:host -- [--sockets N,N] [--runs N] [--watch-minutes N]

  --sockets N,N        the sizes of the crowds. Default: 100000,500000
  --runs N             pairs of each command at most. Default: 5
  --watch-minutes N    how long watch is watched. Default: 1; flat memory takes 10

Needs root, Linux, python3 and ss. Half a million sockets take 3 GB.
`

const LASTACK = ['node', fileURLToPath(new URL('../../../bin/lastack.js', import.meta.url))]
/** TIME-WAIT lasts a minute: what is measured of it has to be done by then. */
const SECONDS_EACH: Readonly<Record<CrowdState, number>> = { 'close-wait': 20, 'time-wait': 10, established: 20 }
const STATES: readonly CrowdState[] = ['close-wait', 'time-wait', 'established']

/** What the figures are held against, by the size of the crowd. */
const LIST_GOALS: Readonly<Record<number, number>> = { 100000: 1.6, 500000: 1.2 }
const OWNER_GOALS: Readonly<Record<number, number>> = { 100000: 3, 500000: 30 }
/** The crowd that the doctor's and the watch's goals speak of. */
const DOCTOR_SOCKETS = 100_000

interface Asked {
  readonly sizes: readonly number[]
  readonly runs: number
  readonly watchMinutes: number
}

function parse(args: readonly string[]): Asked {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sockets: { type: 'string', default: '100000,500000' },
      runs: { type: 'string', default: '5' },
      'watch-minutes': { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    process.exit()
  }
  return {
    sizes: values.sockets.split(',').map((word) => positive('--sockets', word, 1_000_000)),
    runs: positive('--runs', values.runs, 100),
    watchMinutes: positive('--watch-minutes', values['watch-minutes'], 1440),
  }
}

function positive(flag: string, word: string, most: number): number {
  const value = Number(word)
  if (/^\d+(\.\d+)?$/.test(word) && value > 0 && value <= most) return value
  throw new Error(`${flag} ${JSON.stringify(word)}: expected a number up to ${most}`)
}

interface Line {
  readonly what: string
  readonly lastack?: string
  readonly ss?: string
  /** How ours compares, by the clock and by the processor's time: of a busy machine only the second tells. */
  readonly wall?: string
  readonly cpu?: string
  readonly goal?: string
}

function print({ what, lastack = '', ss = '', wall = '', cpu = '', goal = '' }: Line): void {
  const figures = [lastack, ss, wall, cpu].map((figure) => figure.padStart(8)).join('')
  process.stdout.write(`${what.padEnd(31)}${figures}  ${goal}`.trimEnd().concat('\n'))
}

function seconds(timings: readonly Timing[]): string {
  return `${median(timings.map(({ wall }) => wall)).toFixed(2)} s`
}

/** Two figures: large ratios need no hundredths. */
function times(ratio: number): string {
  return `${ratio >= 20 ? ratio.toFixed(0) : ratio.toFixed(2)} ×`
}

/** `lastack ss` beside `ss`; with owners it is the other way round, how many times faster. */
async function compare(crowd: Crowd, count: number, state: CrowdState, runs: number): Promise<void> {
  for (const flags of ['-tan', '-tanp'] as const) {
    const options = { crowd, runs, seconds: SECONDS_EACH[state] }
    const { ours, theirs } = await timePairs([...LASTACK, 'ss', flags], ['ss', flags], options)
    const isList = flags === '-tan'
    const isCut = theirs.some(({ killed }) => killed)
    const ratio = (figure: 'wall' | 'cpu'): string => {
      const of = median(ours.map((timing, i) => timing[figure] / (theirs[i] as Timing)[figure]))
      return `${isCut ? '≥ ' : ''}${times(isList ? of : 1 / of)}`
    }
    const goal = isList ? LIST_GOALS[count] : OWNER_GOALS[count]
    // A socket in TIME-WAIT has no owner to be looked for.
    const hasGoal = goal !== undefined && (isList || state !== 'time-wait')
    print({
      what: `ss ${flags}, ${count} ${state}`,
      ...{
        lastack: seconds(ours),
        ss: `${isCut ? '> ' : ''}${seconds(theirs)}`,
        wall: ratio('wall'),
        cpu: ratio('cpu'),
      },
      goal: hasGoal ? `${isList ? '≤' : '≥'} ${goal} ×` : '',
    })
  }
}

interface Look {
  readonly crowd?: Crowd
  readonly what: string
  readonly runs: number
  readonly goal?: string
  readonly memoryGoal?: string
}

async function look({ crowd, what, runs, goal = '', memoryGoal = '' }: Look): Promise<void> {
  const timings: Timing[] = []
  // Ages count from the making of the crowd, a moment ago: the threshold of a minute would have the doctor look away.
  const command = [...LASTACK, 'doctor', '--close-wait-age', '1']
  for (let run = 0; run < runs; run++) timings.push(await time(command, crowd))
  const failed = timings.find(({ exitCode }) => exitCode > 1)
  if (failed !== undefined) throw new Error(`lastack doctor ended with ${failed.exitCode}`)
  const peak = Math.max(...timings.map(({ peakKiB }) => peakKiB)) / 1024
  const cpu = median(timings.map((timing) => timing.cpu))
  print({ what: `doctor, ${what}`, lastack: seconds(timings), cpu: `${cpu.toFixed(2)} s`, goal })
  print({ what: '  its memory at most', lastack: `${peak.toFixed(0)} MiB`, goal: memoryGoal })
}

async function watch(crowd: Crowd, count: number, minutes: number): Promise<void> {
  const steady = await watchProgram([...LASTACK, 'watch', '--listen', '127.0.0.1:1081'], crowd, minutes)
  const isGoal = count === DOCTOR_SOCKETS
  print({
    what: `watch, ${count} established`,
    cpu: `${(100 * steady.share).toFixed(1)} %`,
    goal: isGoal ? '< 5 % of a core' : '',
  })
  print({
    what: `  its memory in ${minutes} min`,
    lastack: `${steady.firstMiB.toFixed(0)} MiB`,
    wall: `${steady.lastMiB.toFixed(0)} MiB`,
    goal: isGoal ? 'flat' : '',
  })
}

async function measure({ sizes, runs, watchMinutes }: Asked): Promise<void> {
  print({ what: '', lastack: 'lastack', ss: 'ss', wall: 'ratio', cpu: 'CPU', goal: 'goal' })
  await look({ what: 'this host as it is', runs, goal: '< 0.5 s' })
  for (const count of sizes) {
    for (const state of STATES) {
      const crowd = await Crowd.of(state, count)
      try {
        if (crowd.size < count * 0.99) throw new Error(`${count} ${state}: only ${crowd.size} came about`)
        await compare(crowd, count, state, runs)
        if (crowd.size < count * 0.9) process.stdout.write(`  (of them ${crowd.size} were left at the end)\n`)
        if (state !== 'time-wait') {
          const goals = count === DOCTOR_SOCKETS ? { goal: '< 1.5 s', memoryGoal: '< 143 MiB' } : {}
          await look({ crowd, what: `${count} ${state}`, runs, ...goals })
        }
        if (state === 'established') await watch(crowd, count, watchMinutes)
      } finally {
        await crowd.end()
      }
    }
  }
}

/** Why nothing can be measured here. */
function missing(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'needs Linux and root: it makes network namespaces'
  for (const tool of ['ss', 'ip', 'python3', 'unshare', 'nsenter']) {
    if (!(process.env.PATH ?? '').split(':').some((folder) => existsSync(`${folder}/${tool}`))) return `needs ${tool}`
  }
  return undefined
}

try {
  const asked = parse(process.argv.slice(2))
  const reason = missing()
  if (reason !== undefined) throw new Error(reason)
  const ss = execFileSync('ss', ['-V'], { encoding: 'utf8' }).trim()
  const [cpu = 'an unknown processor'] =
    /model name\s*: (.*)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.slice(1) ?? []
  process.stdout.write(`${ss}; Node ${process.version}; ${cpu}; load ${loadavg()[0]?.toFixed(2)} before\n\n`)
  await measure(asked)
} catch (error) {
  process.stderr.write(`bench:host: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
