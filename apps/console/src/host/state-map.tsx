import type { DiagramNode, RowState } from 'lastack/inspect'
import { stateName } from 'lastack/tcp'
import type { VNode } from 'preact'
import { route, setParams } from '../router.ts'
import { STATE_WORDS } from '../states.ts'
import { formatCount, plural } from '../ui/format.ts'
import { Pure } from '../ui/pure.ts'
import { type Arrow, type ArrowLook, type Box, DIAGRAM, drawDiagram, StateDiagram } from '../ui/state-diagram.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import type { HostFeed } from './feed.ts'
import { paramsOf, queryOf } from './query.ts'
import { OtherStates } from './state-strip.tsx'

const DRAWN = drawDiagram({ boxWidth: 136, boxHeight: 26, channelX: 20, channelY: 13, margin: 9 })

interface MapBoxProps {
  readonly state: RowState
  readonly box: Box
  /** Undefined: not known yet. */
  readonly count: number | undefined
  readonly pressed: boolean
  /** Of these so many are there for more than `beyond` s, which is longer than is ordinary. */
  readonly aged: number
  readonly beyond: number
}

function choose(state: RowState): void {
  const { states } = queryOf(route.peek().params)
  const next = states.includes(state) ? states.filter((one) => one !== state) : [...states, state]
  setParams(paramsOf({ states: next }))
}

/** A state with the number of its sockets; a button that shows only them. */
class MapBox extends Pure<MapBoxProps> {
  render({ state, box, count, pressed, aged, beyond }: MapBoxProps): VNode {
    const held = count === undefined ? '' : formatCount(count)
    const { x, y, width, height } = box
    const old = aged === 0 ? '' : `, ${formatCount(aged)} of them for more than ${beyond} s`
    const middle = y + height / 2
    return (
      <g>
        <title>{STATE_WORDS[state].meaning + (old === '' ? '' : ` Here ${held}${old}.`)}</title>
        {/* biome-ignore lint/a11y/useSemanticElements: HTML has no button within a drawing */}
        <g
          class="map-box"
          role="button"
          tabIndex={0}
          aria-pressed={pressed}
          aria-label={`${state} ${held}${old}`}
          data-state={state}
          data-empty={(count ?? 0) === 0}
          data-aged={aged > 0}
          onClick={() => choose(state)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' && event.key !== ' ') return
            event.preventDefault()
            choose(state)
          }}
        >
          <rect class="map-paper" x={x} y={y} width={width} height={height} rx="3" />
          <rect class="map-edge" x={x} y={y} width="4" height={height} rx="1.500" />
          <svg x={x + 9} y={middle - 5} width="10" height="10" aria-hidden="true">
            <StateMark state={state} />
          </svg>
          <text x={x + 23} y={middle + 3.5}>
            {state}{' '}
            <tspan class="map-count" x={x + width - 6} text-anchor="end">
              {held}
            </tspan>
          </text>
        </g>
      </g>
    )
  }
}

function ClosedBox({ box }: { readonly box: Box }): VNode {
  const { x, y, width, height } = box
  return (
    <g class="map-closed">
      <rect x={x} y={y} width={width} height={height} rx="3" />
      <text x={x + width / 2} y={y + height / 2 + 3.5} text-anchor="middle">
        CLOSED
      </text>
    </g>
  )
}

const WORDS: ReadonlyMap<string, string> = new Map(
  DIAGRAM.edges.map(({ transition: { from, to, event, action } }) => [
    `${stateName(from)} ${stateName(to)}`,
    `${stateName(from)} to ${stateName(to)}, ${[event, action].filter((text) => text !== '').join(', ')}`,
  ]),
)

/** Arrows that connections went along since the page was opened. */
function lookOf(feed: HostFeed): (arrow: Arrow) => ArrowLook {
  const { takenAt, moves: latest } = feed.traffic.value
  const moves = new Map(latest.map(({ from, to, count }) => [`${from} ${to}`, count]))
  return ({ from, to }) => {
    const key = `${stateName(from)} ${stateName(to)}`
    const count = moves.get(key) ?? 0
    const now = count === 0 ? '' : `: ${plural(count, 'connection')} just now`
    return {
      walked: feed.walked.has(key),
      last: count > 0,
      flash: count > 0 ? String(takenAt) : undefined,
      title: `${WORDS.get(key) ?? key}${now}`,
    }
  }
}

/** RFC 9293's state diagram as the map of the machine: how many sockets are where, and where they just went. */
export function StateMap({ feed }: { readonly feed: HostFeed }): VNode {
  const { states: chosen } = queryOf(route.value.params)
  const summary = feed.summary.value
  const counts = new Map(summary?.states.map(({ state, count }) => [state, count]))
  const aged = new Map(feed.traffic.value.aged.map((one) => [one.state, one]))
  const look = lookOf(feed)
  const node = (one: DiagramNode, box: Box): VNode => {
    const state = stateName(one.state)
    if (state === 'CLOSED') return <ClosedBox key={one.id} box={box} />
    return (
      <MapBox
        key={one.id}
        state={state}
        box={box}
        count={summary === null ? undefined : (counts.get(state) ?? 0)}
        pressed={chosen.includes(state)}
        aged={aged.get(state)?.count ?? 0}
        beyond={aged.get(state)?.beyond ?? 0}
      />
    )
  }
  return (
    <section class="state-map" aria-label="Sockets by state">
      <StateDiagram drawn={DRAWN} role="group" label="The states of TCP" look={look} node={node} />
      <OtherStates feed={feed} />
    </section>
  )
}
