import type { VNode } from 'preact'
import { formatCount, formatMs } from '../../ui/format.ts'
import { type ChartLine, LineChart } from '../../ui/line-chart.tsx'
import type { InfoSample } from './connection-store.ts'

/** Linux says so of a threshold that no loss has set yet. */
const NO_SSTHRESH = 0x7fff_ffff

const octets = (value: number): string => `${formatCount(Math.round(value))} B`
const count = (value: number): string => formatCount(Math.round(value))

interface Chart {
  readonly label: string
  readonly unit: (value: number) => string
  readonly least: number
  readonly whole: boolean
  readonly lines: readonly (Omit<ChartLine, 'values'> & { readonly of: (sample: InfoSample) => number | null })[]
}

const CHARTS: readonly Chart[] = [
  {
    label: 'Round-trip time',
    unit: (ms) => (ms === 0 ? '0' : formatMs(ms)),
    least: 0.05,
    whole: false,
    lines: [
      { name: 'rtt', colour: '--accent', of: ({ info }) => info.rtt / 1_000 },
      { name: 'variation', colour: '--warn', dashed: true, of: ({ info }) => info.rttvar / 1_000 },
    ],
  },
  {
    label: 'Congestion window',
    unit: (value) => `${count(value)} seg`,
    least: 10,
    whole: true,
    lines: [
      { name: 'cwnd', colour: '--accent', of: ({ info }) => info.cwnd },
      {
        name: 'ssthresh',
        colour: '--warn',
        dashed: true,
        of: ({ info }) => (info.ssthresh >= NO_SSTHRESH ? null : info.ssthresh),
      },
      { name: 'in flight', colour: '--good', of: ({ info }) => info.unacked },
    ],
  },
  {
    label: 'Retransmissions',
    unit: count,
    least: 4,
    whole: true,
    lines: [
      { name: 'in all', colour: '--bad', of: ({ info }) => info.totalRetrans },
      { name: 'lost now', colour: '--warn', dashed: true, of: ({ info }) => info.lost },
    ],
  },
  {
    label: 'Queues',
    unit: octets,
    least: 100,
    whole: true,
    lines: [
      { name: 'Recv-Q', colour: '--accent', of: ({ recvQueue }) => recvQueue },
      { name: 'Send-Q', colour: '--warn', dashed: true, of: ({ sendQueue }) => sendQueue },
    ],
  },
]

/** TCP_INFO and the queues over time, one value a reading, since the page of the connection was opened. */
export function InfoCharts({ samples }: { readonly samples: readonly InfoSample[] }): VNode {
  const start = samples[0]?.at ?? 0
  const times = samples.map(({ at }) => Math.round((at - start) / 100) / 10)
  return (
    <div class="charts">
      {CHARTS.map(({ lines, ...chart }) => (
        <LineChart
          key={chart.label}
          {...chart}
          times={times}
          lines={lines.map(({ of, ...line }) => ({ ...line, values: samples.map(of) }))}
        />
      ))}
    </div>
  )
}
