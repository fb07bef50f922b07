import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { theme } from '../theme.ts'

interface SparklineProps {
  /** Oldest first; at least two make a line. */
  readonly points: readonly { readonly at: number; readonly count: number }[]
  readonly width: number
  readonly height: number
  /** What it shows, for those who do not see it. */
  readonly label: string
}

function dataOf(points: SparklineProps['points']): UPlot.AlignedData {
  return [points.map(({ at }) => at / 1_000), points.map(({ count }) => count)]
}

/** The line takes the colour of the text around it, whatever the theme makes of that. */
function optionsOf(place: HTMLElement, width: number, height: number): UPlot.Options {
  const ink = (): string => getComputedStyle(place).color
  const shade = (): string => `color-mix(in srgb, ${ink()}, transparent 86%)`
  return {
    width,
    height,
    padding: [2, 1, 2, 1],
    cursor: { show: false },
    legend: { show: false },
    axes: [{ show: false }, { show: false }],
    scales: { x: { time: false }, y: { range: (_plot, _min, max) => [0, Math.max(1, max)] } },
    series: [{}, { stroke: ink, fill: shade, width: 1.5, points: { show: false } }],
  }
}

/** A small line of a count over time. The plotting library is fetched when the first one is drawn. */
export function Sparkline({ points, width, height, label }: SparklineProps): VNode {
  const place = useRef<HTMLSpanElement>(null)
  const plot = useRef<UPlot | null>(null)
  const latest = useRef(points)
  latest.current = points
  useEffect(() => {
    let left = false
    const draw = async (): Promise<void> => {
      const { default: Plot } = await import('uplot')
      if (left || place.current === null) return
      plot.current = new Plot(optionsOf(place.current, width, height), dataOf(latest.current), place.current)
    }
    void draw()
    return () => {
      left = true
      plot.current?.destroy()
      plot.current = null
    }
  }, [width, height])
  useEffect(() => plot.current?.setData(dataOf(points)), [points])
  useEffect(() => theme.subscribe(() => plot.current?.redraw()), [])
  return <span ref={place} class="sparkline" role="img" aria-label={label} />
}
