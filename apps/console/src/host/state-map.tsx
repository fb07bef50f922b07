import type { DiagramNode, RowState } from 'lastack/inspect'
import { stateName } from 'lastack/tcp'
import type { VNode } from 'preact'
import { route, setParams } from '../router.ts'
import { STATE_WORDS } from '../states.ts'
import { formatCount, plural } from '../ui/format.ts'
import { type Arrow, type ArrowLook, type Box, DIAGRAM, drawDiagram, StateDiagram } from '../ui/state-diagram.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import type { HostFeed } from './feed.ts'
import { paramsOf, queryOf } from './query.ts'
import { OtherStates } from './state-strip.tsx'

const DRAWN = drawDiagram({ boxWidth: 136, boxHeight: 26, channelX: 20, channelY: 13, margin: 9 })

type Aged = NonNullable<NonNullable<HostFeed['facts']['value']>['diagnosis']['aged']>[number]

interface MapBoxProps {
  readonly state: RowState
  readonly box: Box
  readonly count: number
  readonly pressed: boolean
  readonly aged: Aged | undefined
}

function choose(state: RowState): void {
  const { states } = queryOf(route.peek().params)
  const next = states.includes(state) ? states.filter((one) => one !== state) : [...states, state]
  setParams(paramsOf({ states: next }))
}

/** A state with the number of its sockets; a button that shows only them. */
function MapBox({ state, box, count, pressed, aged }: MapBoxProps): VNode {
  const { x, y, width, height } = box
  const old = aged === undefined ? '' : `, ${formatCount(aged.count)} of them for more than ${aged.beyond} s`
  const middle = y + height / 2
  return (
    <g>
      <title>{STATE_WORDS[state].meaning + (old === '' ? '' : ` Here ${formatCount(count)}${old}.`)}</title>
      {/* biome-ignore lint/a11y/useSemanticElements: HTML has no button within a drawing */}
      <g
        class="map-box"
        role="button"
        tabIndex={0}
        aria-pressed={pressed}
        aria-label={`${state} ${formatCount(count)}${old}`}
        data-state={state}
        data-empty={count === 0}
        data-aged={aged !== undefined}
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
            {formatCount(count)}
          </tspan>
        </text>
      </g>
    </g>
  )
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

/** Arrows that connections went along since the page was opened. */
function lookOf(feed: HostFeed): (arrow: Arrow) => ArrowLook {
  const moves = new Map(feed.moves.value.map(({ from, to, count }) => [`${from} ${to}`, count]))
  const takenAt = feed.facts.value?.takenAt ?? 0
  return ({ from, to }) => {
    const key = `${stateName(from)} ${stateName(to)}`
    const count = moves.get(key) ?? 0
    const edge = DIAGRAM.edges.find(({ transition }) => transition.from === from && transition.to === to)
    const words = [edge?.transition.event, edge?.transition.action].filter((text) => text !== '').join(', ')
    const now = count === 0 ? '' : `: ${plural(count, 'connection')} just now`
    return {
      walked: feed.walked.has(key),
      last: count > 0,
      flash: count > 0 ? String(takenAt) : undefined,
      title: `${stateName(from)} to ${stateName(to)}, ${words}${now}`,
    }
  }
}

/** RFC 9293's state diagram as the map of the machine: how many sockets are where, and where they just went. */
export function StateMap({ feed }: { readonly feed: HostFeed }): VNode {
  const { states: chosen } = queryOf(route.value.params)
  const counts = new Map(feed.window.value?.states.map(({ state, count }) => [state, count]))
  const aged = new Map(feed.facts.value?.diagnosis.aged?.map((one) => [one.state, one]))
  const look = lookOf(feed)
  const node = (one: DiagramNode, box: Box): VNode => {
    const state = stateName(one.state)
    if (state === 'CLOSED') return <ClosedBox key={one.id} box={box} />
    return (
      <MapBox
        key={one.id}
        state={state}
        box={box}
        count={counts.get(state) ?? 0}
        pressed={chosen.includes(state)}
        aged={aged.get(state)}
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
