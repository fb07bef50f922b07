/**
 * `npm run bench:lwip`: two stacks of lastack in this process beside two of lwIP, the small C stack, in another: the same work, over
 * the same kind of wire, in the same run and in turn. Both do nothing but compute, in one thread, and so the rates are of the
 * processor's time, of which others on the machine take nothing; ours has in it what Node's other threads compile and collect.
 * Medians of several runs; what counts is the ratio.
 */
import { execFileSync } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { bulkStack } from '../bulk.ts'
import { cyclesStack } from '../cycles.ts'
import { figure, median } from '../figures.ts'
import { build, type Ends, type Variant, whyNoLwip } from './build.ts'

const RUNS = 5
const MTU = 1500
const BULK_OCTETS = 1 << 29
const CYCLES = 100_000
const PAUSE_MS = 200

/** A row: lwIP does more of the same where it is quicker, so that both are measured for about as long. */
interface Row {
  readonly title: string
  readonly unit: string
  readonly scale: number
  /** Octets or connections. */
  readonly amount: number
  readonly ours: () => void
  readonly theirs: readonly (string | number)[]
}

const ROWS: readonly Row[] = [
  // lwIP has no link that takes bursts whole: beside ours it sends packets all the same.
  ...[false, true].flatMap((offload) =>
    [65_536, 1460].map((write) => ({
      title: `bulk, ${write} octet writes, ${offload ? 'offload' : 'packets'}`,
      unit: 'Gbit/s',
      scale: 8e-9,
      amount: BULK_OCTETS,
      ours: () => bulkStack(BULK_OCTETS, MTU, write, offload),
      theirs: ['bulk', BULK_OCTETS * 2, write],
    })),
  ),
  ...[
    { timeWaits: 100, count: CYCLES * 3 },
    { timeWaits: 10_000, count: CYCLES / 2 },
  ].map(({ timeWaits, count }) => ({
    title: `open and close, ${timeWaits} in TIME-WAIT`,
    unit: 'thousand/s',
    scale: 1e-3,
    amount: CYCLES,
    ours: () => cyclesStack(CYCLES, timeWaits, false),
    theirs: ['cycles', count, timeWaits],
  })),
]

/** Measures a row, prints it, and returns lwIP's version. */
async function compare({ title, unit, scale, amount, ours, theirs }: Row, ends: Ends): Promise<string> {
  const rates: Record<Variant | 'lastack', number[]> = { lastack: [], ported: [], packaged: [] }
  let version = ''
  for (let run = 0; run <= RUNS; run++) {
    const before = process.cpuUsage()
    ours()
    const { user, system } = process.cpuUsage(before)
    // What Node still does in the background is not lwIP's loss, and signals are heard.
    await setTimeout(PAUSE_MS)
    const ported = ends.run('ported', ...theirs)
    const packaged = ends.run('packaged', ...theirs)
    version = ported.version
    // The first is the compiler's.
    if (run === 0) continue
    rates.lastack.push((amount * 1e6) / (user + system))
    rates.ported.push(ported.rate)
    rates.packaged.push(packaged.rate)
  }
  const beside = (variant: Variant): string[] => {
    const ratio = median(rates.lastack.map((rate, i) => rate / (rates[variant][i] as number)))
    return [figure(median(rates[variant]) * scale), `${figure(ratio)} ×`]
  }
  print(title, [figure(median(rates.lastack) * scale), ...beside('ported'), ...beside('packaged')], unit)
  return version
}

function print(title: string, cells: readonly string[], unit: string): void {
  process.stdout.write(
    `${title.padEnd(38)}${cells.map((cell) => cell.padStart(10)).join('')}  ${unit}`.trimEnd().concat('\n'),
  )
}

const reason = whyNoLwip()
if (reason !== '') {
  process.stderr.write(`bench:lwip: ${reason}\n`)
  process.exit(2)
}
const ends = build()
print('', ['lastack', 'lwIP', 'ratio', 'packaged', 'ratio'], '')
let version = ''
for (const row of ROWS) version = await compare(row, ends)
ends.remove()
const gcc = execFileSync('gcc', ['-dumpfullversion'], { encoding: 'utf8' }).trim()
process.stdout.write(
  `By the processor's time, medians of ${RUNS} runs in turn. lwIP ${version}, gcc ${gcc}, Node ${process.version}, ${process.arch}.\n`,
)
