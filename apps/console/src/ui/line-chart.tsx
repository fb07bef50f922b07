import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { theme } from '../theme.ts'
import { useWidth } from './use-width.ts'

/** One line of a chart. */
export interface ChartLine {
  readonly name: string
  /** The style's name of its colour: `--accent`. */
  readonly colour: string
  readonly dashed?: boolean
  /** One for each time; null: not known then. */
  readonly values: readonly (number | null)[]
}

interface LineChartProps {
  readonly label: string
  /** s, from whatever beginning; ascending. */
  readonly times: readonly number[]
  readonly lines: readonly ChartLine[]
  /** How a value is said. */
  readonly unit: (value: number) => string
  /** The least that the whole height stands for: below it nothing is worth seeing. */
  readonly least: number
  /** Values are whole numbers, and so are the words of the axis. */
  readonly whole: boolean
}

/** Steps of an axis of whole numbers. */
const WHOLE_STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000,
  2_000_000, 5_000_000,
]

const HEIGHT = 150
/** Room for the words of the vertical axis, px. */
const AXIS_WIDTH = 62

function dataOf({ times, lines }: LineChartProps): UPlot.AlignedData {
  return [[...times], ...lines.map(({ values }) => [...values])]
}

function colourOf(place: HTMLElement, name: string): string {
  return getComputedStyle(place).getPropertyValue(name)
}

function optionsOf(place: HTMLElement, width: number, { lines, unit, least, whole }: LineChartProps): UPlot.Options {
  const style = getComputedStyle(place)
  const axis = {
    stroke: () => style.color,
    grid: { stroke: () => `color-mix(in srgb, ${style.color}, transparent 84%)`, width: 1 },
    ticks: { show: false },
    font: `11px ${style.fontFamily}`,
  }
  return {
    width,
    height: HEIGHT,
    padding: [8, 8, 0, 0],
    cursor: { show: false },
    legend: { show: false },
    axes: [
      { ...axis, values: (_plot, at) => at.map((second) => `${second} s`), size: 26 },
      {
        ...axis,
        values: (_plot, at) => at.map((value) => (value === null ? '' : unit(value))),
        size: AXIS_WIDTH,
        ...(whole ? { incrs: WHOLE_STEPS } : {}),
      },
    ],
    scales: { x: { time: false }, y: { range: (_plot, _min, max) => [0, Math.max(least, (max ?? 0) * 1.15)] } },
    series: [
      {},
      ...lines.map(({ name, colour, dashed }) => ({
        label: name,
        stroke: () => colourOf(place, colour),
        width: 1.75,
        ...(dashed === true ? { dash: [6, 4] } : {}),
        points: { show: false },
      })),
    ],
  }
}

/** What the newest values are: the legend, and all of it for those who do not see the lines. */
function Legend({ lines, unit }: Pick<LineChartProps, 'lines' | 'unit'>): VNode {
  return (
    <ul class="chart-legend">
      {lines.map(({ name, colour, dashed, values }) => {
        const last = values.at(-1)
        return (
          <li key={name}>
            <svg class="chart-key" viewBox="0 0 18 6" aria-hidden="true">
              <path
                d="M0 3h18"
                stroke={`var(${colour})`}
                stroke-width="2"
                stroke-dasharray={dashed === true ? '5 3' : undefined}
              />
            </svg>
            {name} <b>{last === null || last === undefined ? 'not set' : unit(last)}</b>
          </li>
        )
      })}
    </ul>
  )
}

/** Lines over time, with the newest values in words. The plotting library is fetched when the first chart is drawn. */
export function LineChart(props: LineChartProps): VNode {
  const { label, times, lines } = props
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<UPlot | null>(null)
  const width = useWidth(place)
  const latest = useRef(props)
  latest.current = props
  useEffect(() => {
    let left = false
    const draw = async (): Promise<void> => {
      const { default: Plot } = await import('uplot')
      if (left || place.current === null || width === 0) return
      plot.current = new Plot(optionsOf(place.current, width, latest.current), dataOf(latest.current), place.current)
    }
    void draw()
    return () => {
      left = true
      plot.current?.destroy()
      plot.current = null
    }
  }, [width])
  useEffect(() => plot.current?.setData(dataOf(props)), [times, lines])
  useEffect(() => theme.subscribe(() => plot.current?.redraw()), [])
  return (
    <figure class="chart">
      <figcaption>
        <h3>{label}</h3>
        <Legend lines={lines} unit={props.unit} />
      </figcaption>
      <div ref={place} class="chart-place" role="img" aria-label={`${label} over time`} />
    </figure>
  )
}
