import type { Ladder } from 'lastack/inspect'
import type { VNode } from 'preact'
import { StateMark } from '../ui/state-mark.tsx'
import { type Arrow, type Gap, type LadderPicture, type Line, type Span, WORDS_MARGIN } from './ladder-picture.ts'

const RST = 4

function LifeLine({ span, x }: { readonly span: Span; readonly x: number }): VNode {
  return (
    <line
      class="lifeline"
      data-state={span.state ?? undefined}
      data-alive={span.state !== null}
      x1={x}
      x2={x}
      y1={span.y1}
      y2={span.y2}
    />
  )
}

/** The head of an arrow, or the cross of one that is lost. */
function Tip({ arrow }: { readonly arrow: Arrow }): VNode | null {
  const { x1, x2, y2, flight, angle } = arrow
  const forward = x2 > x1 ? 1 : -1
  if (flight.fate === 'lost') {
    return <path class="tip lost" d={`M${x2 - 5} ${y2 - 5}l10 10M${x2 + 5} ${y2 - 5}l-10 10`} />
  }
  if (flight.fate === 'in-flight') return <circle class="tip" cx={x2} cy={y2} r="3.500" />
  return (
    <path
      class="tip"
      transform={`translate(${x2 - forward * 2} ${y2}) rotate(${angle})`}
      d={`M0 0l${-forward * 9}-4v8z`}
    />
  )
}

/** Why it was lost, beyond its tip; what else was done to it, under its label. */
function Faults({ arrow }: { readonly arrow: Arrow }): VNode | null {
  const { flight, faults, x1, x2, y2, labelX, labelY } = arrow
  if (faults.length === 0) return null
  const lost = flight.fate === 'lost'
  const forward = x2 > x1
  const x = lost ? x2 + (forward ? 12 : -12) : labelX
  return (
    <text class="flight-fault" y={lost ? y2 + 14 : labelY + 14} text-anchor={forward ? 'start' : 'end'}>
      {faults.map((words, index) => (
        <tspan key={words} x={x} dy={index === 0 ? 0 : 14}>
          {words}
        </tspan>
      ))}
    </text>
  )
}

/** The end of an arrow that is torn, with the words of its beginning. */
function FarEnd({ arrow, torn }: { readonly arrow: Arrow; readonly torn: NonNullable<Arrow['torn']> }): VNode {
  const { x1, x2, y2, angle, label } = arrow
  return (
    <>
      <path class="flight-end" d={`M${torn.x2} ${torn.y2}L${x2} ${y2}`} />
      <text
        class="flight-label"
        transform={`translate(${torn.x2} ${torn.y2}) rotate(${angle})`}
        dy={-5}
        text-anchor={x2 > x1 ? 'start' : 'end'}
      >
        {label}
      </text>
    </>
  )
}

interface ArrowShapeProps {
  readonly arrow: Arrow
  readonly chosen: boolean
}

function ArrowShape({ arrow, chosen }: ArrowShapeProps): VNode {
  const { flight, x1, y1, x2, y2, torn, label, labelX, labelY, labelAngle } = arrow
  const near = torn === null ? { x: x2, y: y2 } : { x: torn.x1, y: torn.y1 }
  const rst = (flight.segment.flags & RST) !== 0
  const again = flight.segment.transmission > 1
  return (
    <g
      class="flight"
      data-fate={flight.fate}
      data-rst={rst}
      data-again={again}
      data-packet={flight.segment.packet}
      data-chosen={chosen}
      data-differs={arrow.differs}
    >
      <line class="flight-reach" x1={x1} y1={y1} x2={near.x} y2={near.y} />
      <line x1={x1} y1={y1} x2={near.x} y2={near.y} />
      {torn !== null && <FarEnd arrow={arrow} torn={torn} />}
      <Tip arrow={arrow} />
      <text
        class="flight-label"
        transform={`translate(${labelX} ${labelY}) rotate(${labelAngle})`}
        dy={flight.fate === 'lost' ? -8 : -5}
        text-anchor={x2 > x1 ? 'start' : 'end'}
      >
        {label}
      </text>
      <Faults arrow={arrow} />
    </g>
  )
}

function Remark({ line, width }: { readonly line: Line; readonly width: number }): VNode {
  return (
    <g>
      <rect
        class="remark-paper"
        x="0.500"
        y={line.y - 7}
        width={width - 1}
        height={line.words.length * 14 + 8}
        rx="3"
      />
      <text class="remark" x={width / 2} y={line.y + 8} text-anchor="middle">
        {line.words.map((words, index) => (
          <tspan key={words} x={width / 2} dy={index === 0 ? 0 : 14}>
            {words}
          </tspan>
        ))}
      </text>
    </g>
  )
}

/** Time, state and words, outside a lifeline. */
interface LaneLineProps {
  readonly line: Line
  readonly x: number
  readonly picture: LadderPicture
}

function LaneLine({ line, x, picture }: LaneLineProps): VNode {
  const left = line.lane === 0
  const out = left ? -1 : 1
  const name = line.state ?? ''
  const nameX = x + out * 26
  return (
    <g class="lane-line" data-differs={line.differs}>
      {line.time !== '' && (
        <text
          class="when"
          x={left ? 0 : picture.width}
          y={line.y + (picture.narrow ? -10 : 4)}
          text-anchor={left ? 'start' : 'end'}
        >
          {line.time}
        </text>
      )}
      {line.state !== null && (
        <>
          <svg x={x + out * 16 - 6} y={line.y - 6} width="12" height="12" aria-hidden="true">
            <StateMark state={line.state} />
          </svg>
          <text class="entered" x={nameX} y={line.y + 4} text-anchor={left ? 'end' : 'start'}>
            {name}
          </text>
        </>
      )}
      {line.words.length > 0 && (
        <>
          <circle class="dot" cx={x} cy={line.y} r="2.500" />
          <text class="words" data-grave={line.grave} y={line.y + 4} text-anchor={left ? 'end' : 'start'}>
            {line.words.map((words, index) => (
              <tspan key={words} x={x + out * WORDS_MARGIN} dy={index === 0 ? 0 : 14}>
                {words}
              </tspan>
            ))}
          </text>
        </>
      )}
    </g>
  )
}

function GapShape({ gap, lanes }: { readonly gap: Gap; readonly lanes: readonly [number, number] }): VNode {
  return (
    <g class="gap">
      {lanes.map((x) => (
        <path key={x} d={`M${x - 5} ${gap.y + 1}l10-6M${x - 5} ${gap.y + 6}l10-6`} />
      ))}
      <text x={(lanes[0] + lanes[1]) / 2} y={gap.y + 4} text-anchor="middle">
        {gap.text} later
      </text>
    </g>
  )
}

/** Part of the drawing's height, px. */
export interface Stretch {
  readonly top: number
  readonly bottom: number
}

interface LadderSvgProps {
  readonly ladder: Ladder
  readonly picture: LadderPicture
  /** Only this is drawn: a ladder may be sixty thousand pixels long. */
  readonly seen: Stretch
  /** Number of the packet that is looked into. */
  readonly chosen: number | null
  /** For a ladder that changes with each frame: only its end is drawn, so high, px, and its shapes are taken over from the one before. */
  readonly room?: number | null
}

/** The drawing. It is a picture to assistive technology; the sentences beside it say the same. */
export function LadderSvg({ ladder, picture, seen, chosen, room = null }: LadderSvgProps): VNode {
  const { width, lanes, arrows } = picture
  const height = room === null ? picture.height : Math.min(room, picture.height)
  const top = picture.height - height
  const stretch = room === null ? seen : { top, bottom: picture.height }
  const meets = (y1: number, y2: number): boolean => y2 >= stretch.top && y1 <= stretch.bottom
  const keyed = (key: string, place: number): string => (room === null ? key : `${place}`)
  return (
    <svg
      class="ladder-drawing"
      viewBox={`0 ${top} ${width} ${height}`}
      width={width}
      height={height}
      role="img"
      aria-label={`Sequence diagram between ${ladder.hosts[0]} and ${ladder.hosts[1]}: ${arrows.length} segments`}
    >
      {picture.spans
        .filter(({ y1, y2 }) => meets(y1, y2))
        .map((span, i) => (
          <LifeLine key={keyed(`${span.lane} ${span.y1}`, i)} span={span} x={lanes[span.lane]} />
        ))}
      {picture.gaps
        .filter(({ y }) => meets(y, y))
        .map((gap, i) => (
          <GapShape key={keyed(`${gap.y}`, i)} gap={gap} lanes={lanes} />
        ))}
      {arrows
        .filter(({ y1, y2 }) => meets(y1, y2))
        .map((arrow, i) => (
          <ArrowShape key={keyed(arrow.key, i)} arrow={arrow} chosen={arrow.flight.segment.packet === chosen} />
        ))}
      {picture.lines
        .filter(({ y }) => meets(y, y))
        .map((line, i) =>
          line.lane === null ? (
            <Remark key={keyed(line.key, i)} line={line} width={width} />
          ) : (
            <LaneLine key={keyed(line.key, i)} line={line} x={lanes[line.lane]} picture={picture} />
          ),
        )}
    </svg>
  )
}
