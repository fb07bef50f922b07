/**
 * `npm run bench`: two stacks of ours in this process beside Node's own net over loopback, in the same run and in turn, so that both
 * meet the same machine. Medians of several runs; what counts is the ratio.
 */
import { bulkNode, bulkStack } from './bulk.ts'
import { cyclesNode, cyclesStack } from './cycles.ts'
import { figure, median } from './figures.ts'
import { timeWait } from './time-wait.ts'
import { tunRows, whyNoTun } from './tun.ts'

const RUNS = 5
const TUN_RUNS = 3
const BULK_OCTETS = 1 << 29
const CYCLES = 20_000
/** Half of the client's port range. */
const CYCLES_TIME_WAITS = 30_000
const TIME_WAIT_ENTRIES = 1_000_000

interface Pairing {
  readonly title: string
  readonly unit: string
  readonly ours: () => number | Promise<number>
  readonly nodes: () => number | Promise<number>
  readonly scale: number
}

/** Octets of a write; whether bursts cross whole, as Linux's do over loopback, or every segment is a packet with its checksum. */
const BULKS = [
  [65_536, true],
  [1460, true],
  [65_536, false],
  [1460, false],
] as const

const PAIRINGS: readonly Pairing[] = [
  ...BULKS.map(([write, offload]) => ({
    title: `bulk, MTU 1500, ${write} octet writes, ${offload ? 'offload' : 'packets'}`,
    unit: 'Gbit/s',
    ours: () => bulkStack(BULK_OCTETS, 1500, write, offload),
    nodes: () => bulkNode(BULK_OCTETS, write),
    scale: 8e-9,
  })),
  {
    title: 'open and close, 100 at a time',
    unit: 'thousand/s',
    ours: () => cyclesStack(CYCLES * 5, CYCLES_TIME_WAITS, true),
    nodes: () => cyclesNode(CYCLES),
    scale: 1e-3,
  },
]

/** The real wire: our stack on a TUN device, the kernel at the other end. */
async function compareTun(): Promise<void> {
  const reason = whyNoTun()
  print('', 'lastack', 'iperf3 lo', reason === '' ? 'ratio' : '', '')
  if (reason !== '') {
    process.stdout.write(`TUN: not measured: ${reason}\n`)
    return
  }
  for (const { title, ours, iperf3 } of await tunRows(TUN_RUNS)) {
    const ratio = median(ours.map((rate, i) => rate / (iperf3[i] as number)))
    print(title, figure(median(ours) * 8e-9), figure(median(iperf3) * 8e-9), `${figure(ratio)} ×`, 'Gbit/s')
  }
}

async function compare(pairing: Pairing): Promise<void> {
  const ours: number[] = []
  const nodes: number[] = []
  for (let run = 0; run <= RUNS; run++) {
    const ourRate = await pairing.ours()
    const nodeRate = await pairing.nodes()
    if (run === 0) continue
    ours.push(ourRate)
    nodes.push(nodeRate)
  }
  const ratio = median(ours.map((rate, i) => rate / (nodes[i] as number)))
  print(
    pairing.title,
    figure(median(ours) * pairing.scale),
    figure(median(nodes) * pairing.scale),
    `${figure(ratio)} ×`,
    pairing.unit,
  )
}

function print(title: string, ours: string, nodes: string, ratio: string, unit: string): void {
  process.stdout.write(`${title.padEnd(45)}${ours.padStart(9)}${nodes.padStart(9)}${ratio.padStart(9)}  ${unit}\n`)
}

print('', 'lastack', 'Node net', 'ratio', '')
for (const pairing of PAIRINGS) await compare(pairing)
await compareTun()
const table = timeWait(TIME_WAIT_ENTRIES)
process.stdout.write(
  `TIME-WAIT, a million IPv6 entries${table.octetsPerEntry.toFixed(1).padStart(19)}${' '.repeat(20)}octets an entry\n`,
)
process.stdout.write(
  `  longest insertion ${table.longestInsertMs.toFixed(2)} ms, ${(table.insertsPerSecond / 1e6).toFixed(1)} million a second\n`,
)
process.stdout.write(`Medians of ${RUNS} runs, both in turn. Node ${process.version}, ${process.arch}.\n`)
