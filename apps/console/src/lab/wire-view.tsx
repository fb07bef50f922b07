import { buildLadder, type Flight, segmentTexts } from 'lastack/inspect'
import type { VNode } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { formatTime, plural } from '../ui/format.ts'
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
  return flight.fate === 'lost' ? departure + LOST_US : Number.POSITIVE_INFINITY
}

/** Packets on the wire that are drawn: the latest. */
const PACKETS_MOST = 40

/** A lost packet stays to be seen for as long as a way of this length takes, µs. */
const LOST_US = 10_000

/** Virtual time as it is drawn: while it plays, it runs evenly from one stop to the next. */
function useClock(lab: Lab, shown: Shown): number {
  const calm = useMedia('(prefers-reduced-motion: reduce)')
  const [now, setNow] = useState(shown.now)
  const from = useRef(shown.now)
  const playing = lab.playing.value && !lab.isFast.value && !calm
  const next = shown.course.timeOf(shown.step) ?? shown.now
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
  return playing ? Math.max(now, shown.now) : shown.now
}

interface PacketBoxProps {
  readonly lab: Lab
  readonly flight: Flight
  readonly share: number
  readonly width: number
  /** There is no room for words. */
  readonly isCrowded: boolean
}

/** Packets on the wire at once that have room for their words. */
const WORDS_FOR = 12
const SMALL = 5

function PacketBox({ lab, flight, share, width, isCrowded }: PacketBoxProps): VNode {
  const text = isCrowded ? '' : (segmentTexts(flight, { raw: lab.raw.value }).at(-1) ?? '')
  const box = isCrowded ? SMALL : text.length * CHARACTER + 12
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
      <rect width={box} height={BOX_HEIGHT} rx={isCrowded ? 1.5 : 3} />
      {!isCrowded && (
        <text x={box / 2} y={BOX_HEIGHT / 2 + 3.5} text-anchor="middle">
          {text}
        </text>
      )}
    </g>
  )
}

interface MovingPacket {
  readonly flight: Flight
  /** How far it is on its way. */
  readonly share: number
}

/** Packets that are on the wire at a time, and how far each is. */
function movingAt(now: number, flights: readonly Flight[], transit: number): MovingPacket[] {
  return flights.flatMap((flight) => {
    const departure = flight.departure?.time
    if (departure === undefined || departure > now) return []
    const end = endOf(flight, departure)
    if (end <= now) return []
    // Nobody has played so far ahead: it will take about as long as the last that arrived.
    const isUnknown = end === Number.POSITIVE_INFINITY
    const share = (now - departure) / (isUnknown ? transit : end - departure)
    return [{ flight, share: flight.fate === 'lost' ? share * LOST_AT : Math.min(share, isUnknown ? 0.95 : 1) }]
  })
}

/** The wire between the first and the last host, with the packets that are on it now. */
export function WireView({ lab, shown }: { readonly lab: Lab; readonly shown: Shown }): VNode | null {
  const frame = useRef<HTMLElement>(null)
  const width = useWidth(frame)
  usePacketClicks(frame, lab)
  const hosts = shown.hosts.filter(({ host }) => host.kind === 'host')
  const lanes = [hosts[0]?.host.index ?? 0, hosts.at(-1)?.host.index ?? 1] as const
  const flights = useMemo(() => {
    const { events, part } = shown.course.underWay(shown.events, PACKETS_MOST)
    return buildLadder(events, { hosts: shown.hosts.map(({ host }) => host.name), lanes, part }).flights
  }, [shown, lanes[0], lanes[1]])
  const now = useClock(lab, shown)
  const transit = useMemo(() => shown.course.transitAt(shown.events) ?? LOST_US, [shown])
  const moving = movingAt(now, flights, transit)
  const isCrowded = moving.length > WORDS_FOR
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
          <text class="wire-time wire-count" x={width - END} y="11" text-anchor="end">
            {plural(shown.packets, 'packet')}
          </text>
          {moving.map(({ flight, share }, place) => (
            <PacketBox
              key={isCrowded ? `${place}` : `${flight.segment.packet} ${flight.arrival?.time ?? 0}`}
              isCrowded={isCrowded}
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
