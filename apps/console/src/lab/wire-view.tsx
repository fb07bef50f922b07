import { buildLadder, type Flight, segmentTexts } from 'lastack/inspect'
import type { VNode } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { formatTime } from '../ui/format.ts'
import { useMedia } from '../ui/use-media.ts'
import { useWidth } from '../ui/use-width.ts'
import type { Lab, Shown } from './lab-store.ts'
import { usePacketClicks } from './use-packet-clicks.ts'

const HEIGHT = 74
const LANES = [26, 52] as const
const END = 10
const BOX_HEIGHT = 18
const CHARACTER = 6.4
const LOST_AT = 0.42

/** When a flight that does not arrive is drawn no more: where it was lost, or never. */
function endOf(flight: Flight, departure: number): number {
  if (flight.arrival !== undefined) return flight.arrival.time
  return flight.fate === 'lost' ? departure + LOST_MS : Number.POSITIVE_INFINITY
}

/** A lost packet stays to be seen for as long as a way of this length takes, µs. */
const LOST_MS = 10_000

/** Virtual time as it is drawn: while it plays, it runs evenly from one stop to the next. */
function useClock(lab: Lab, shown: Shown): number {
  const calm = useMedia('(prefers-reduced-motion: reduce)')
  const [now, setNow] = useState(shown.now)
  const from = useRef(shown.now)
  const playing = lab.playing.value && !calm
  const next = lab.plan.value?.stops[shown.step]?.time ?? shown.now
  useEffect(() => {
    from.current = shown.now
    setNow(shown.now)
    if (!playing) return
    const began = performance.now()
    const lasts = 1_000 / lab.speed.peek()
    let frame = requestAnimationFrame(function draw(at) {
      const share = Math.min(1, Math.max(0, (at - began) / lasts))
      setNow(from.current + share * (next - from.current))
      frame = requestAnimationFrame(draw)
    })
    return () => cancelAnimationFrame(frame)
  }, [playing, shown.now, shown.step, next, lab])
  return now
}

interface PacketBoxProps {
  readonly lab: Lab
  readonly flight: Flight
  readonly share: number
  readonly width: number
}

function PacketBox({ lab, flight, share, width }: PacketBoxProps): VNode {
  const text = segmentTexts(flight, { raw: lab.raw.value }).at(-1) ?? ''
  const box = text.length * CHARACTER + 12
  const along = flight.from === 0 ? share : 1 - share
  const x = END + along * (width - 2 * END - box)
  const y = LANES[flight.from] - BOX_HEIGHT / 2
  return (
    <g
      class="wire-packet"
      data-fate={flight.fate}
      data-chosen={lab.packet.value?.number === flight.segment.packet}
      transform={`translate(${x} ${y})`}
      data-packet={flight.segment.packet}
    >
      <rect width={box} height={BOX_HEIGHT} rx="3" />
      <text x={box / 2} y={BOX_HEIGHT / 2 + 3.5} text-anchor="middle">
        {text}
      </text>
    </g>
  )
}

/** The wire between the first and the last host, with the packets that are on it now. */
export function WireView({ lab, shown }: { readonly lab: Lab; readonly shown: Shown }): VNode | null {
  const frame = useRef<HTMLElement>(null)
  const width = useWidth(frame)
  usePacketClicks(frame, lab)
  const plan = lab.plan.value
  const hosts = shown.hosts.filter(({ host }) => host.kind === 'host')
  const lanes = [hosts[0]?.host.index ?? 0, hosts.at(-1)?.host.index ?? 1] as const
  const flights = useMemo(
    () => buildLadder(plan?.events ?? [], { hosts: shown.hosts.map(({ host }) => host.name), lanes }).flights,
    [plan, lanes[0], lanes[1]],
  )
  const now = useClock(lab, shown)
  const moving = flights.flatMap((flight) => {
    const departure = flight.departure?.time
    if (departure === undefined || departure > now) return []
    const end = endOf(flight, departure)
    if (end <= now) return []
    const share = end === Number.POSITIVE_INFINITY ? LOST_AT : (now - departure) / (end - departure)
    return [{ flight, share: flight.fate === 'lost' ? share * LOST_AT : share }]
  })
  return (
    <section class="panel wire" ref={frame} aria-label="Wire">
      {width > 0 && (
        <svg width={width} height={HEIGHT} role="img" aria-label={`Packets on the wire: ${moving.length}`}>
          {LANES.map((y) => (
            <line key={y} class="wire-line" x1={END} x2={width - END} y1={y} y2={y} />
          ))}
          <text class="wire-time" x={width / 2} y="11" text-anchor="middle">
            {formatTime(Math.round(now))}
          </text>
          {moving.map(({ flight, share }) => (
            <PacketBox
              key={`${flight.segment.packet} ${flight.arrival?.time ?? 0}`}
              lab={lab}
              flight={flight}
              share={share}
              width={width}
            />
          ))}
        </svg>
      )}
    </section>
  )
}
