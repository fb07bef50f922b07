import { buildDiagram, type Diagram, type DiagramNode, type Point, type RowState } from 'lastack/inspect'
import { stateName } from 'lastack/tcp'
import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { cornersOf, pathOf, placesOf } from './diagram-picture.ts'
import { type HostMoves, movesOf } from './host-moves.ts'
import type { Shown } from './lab-store.ts'
import type { HostFrame } from './protocol.ts'

const DIAGRAM: Diagram = buildDiagram()
const PLACES = placesOf(DIAGRAM, { boxWidth: 80, boxHeight: 20, channelX: 13, channelY: 14, margin: 8 })

/** The direction in which a path ends, degrees. */
function headAngle(corners: readonly Point[]): number {
  const last = corners.at(-1)
  // The last two corners may be one and the same.
  const before = corners.findLast(({ x, y }) => x !== last?.x || y !== last.y)
  if (last === undefined || before === undefined) return 0
  return (Math.atan2(last.y - before.y, last.x - before.x) * 180) / Math.PI
}

const ARROWS = DIAGRAM.edges.map((edge) => {
  const corners = cornersOf(DIAGRAM, edge, PLACES)
  const { x, y } = corners.at(-1) ?? { x: 0, y: 0 }
  return { edge, line: pathOf(corners), head: `translate(${x} ${y}) rotate(${headAngle(corners)})` }
})

function Edge({ arrow, moves }: { readonly arrow: (typeof ARROWS)[number]; readonly moves: HostMoves }): VNode {
  const { from, to } = arrow.edge.transition
  const last = moves.last?.from === from && moves.last.to === to
  return (
    <g class="edge" data-walked={moves.walked.has(`${from} ${to}`)} data-last={last}>
      <path class="edge-line" d={arrow.line} />
      <path class="edge-head" transform={arrow.head} d="M0 0l-6.500-3.300v6.600z" />
    </g>
  )
}

/** How many connections a box holds, by its place in the figure: CLOSED has two, for before and after. */
function countIn(node: DiagramNode, moves: HostMoves): number {
  if (stateName(node.state) !== 'CLOSED') return moves.live.get(stateName(node.state)) ?? 0
  const isEnd = node.id !== 'CLOSED'
  if (isEnd) return moves.last !== null && stateName(moves.last.to) === 'CLOSED' ? 1 : 0
  return moves.last === null && moves.live.size === 0 ? 1 : 0
}

function Node({ node, moves }: { readonly node: DiagramNode; readonly moves: HostMoves }): VNode {
  const name: RowState = stateName(node.state)
  const count = countIn(node, moves)
  const [x, y] = [PLACES.x(node.x), PLACES.y(node.y)]
  const [width, height] = [PLACES.x(node.x + node.width) - x, PLACES.y(node.y + node.height) - y]
  const last = moves.last !== null && moves.last.to === node.state && count > 0
  return (
    <g class="node" data-state={name} data-lit={count > 0} data-last={last}>
      <rect x={x} y={y} width={width} height={height} rx="3" />
      <text x={x + width / 2} y={y + height / 2 + 3.5} text-anchor="middle">
        {name}
      </text>
      {count > 1 && (
        <g class="node-count">
          <circle cx={x + width} cy={y} r="7.500" />
          <text x={x + width} y={y + 3.5} text-anchor="middle">
            {count > 99 ? '99+' : count}
          </text>
        </g>
      )}
    </g>
  )
}

function inWords(host: string, moves: HostMoves): string {
  const held = [...moves.live].map(([state, count]) => `${count} in ${state}`).join(', ')
  return `State diagram of ${host}: ${held === '' ? 'no connection' : held}`
}

/** The arrow of the last move, in the words of the table that the machine goes by. */
function LastMove({ moves }: { readonly moves: HostMoves }): VNode {
  const { last } = moves
  if (last === null) return <p class="last-move quiet">No connection yet.</p>
  const all = [...DIAGRAM.edges.map(({ transition }) => transition), ...DIAGRAM.undrawn]
  const known = all.find(({ from, to }) => from === last.from && to === last.to)
  return (
    <p class="last-move">
      <span class="mono">
        {stateName(last.from)} → {stateName(last.to)}
      </span>
      {known !== undefined && (
        <span class="quiet">
          {known.event}
          {known.action !== '' && `, ${known.action}`}
        </span>
      )}
    </p>
  )
}

/** RFC 9293's state diagram, with the states that this host's connections are in lit, and the ways that they went. */
export function DiagramView({ frame, shown }: { readonly frame: HostFrame; readonly shown: Shown }): VNode {
  const { host } = frame
  const moves = useMemo(() => movesOf(shown.events, host.index), [shown.events, host.index])
  return (
    <div class="diagram">
      <svg viewBox={`0 0 ${PLACES.width} ${PLACES.height}`} role="img" aria-label={inWords(host.name, moves)}>
        {ARROWS.map((arrow) => (
          <Edge key={`${arrow.edge.from} ${arrow.edge.to}`} arrow={arrow} moves={moves} />
        ))}
        {DIAGRAM.nodes.map((node) => (
          <Node key={node.id} node={node} moves={moves} />
        ))}
      </svg>
      <LastMove moves={moves} />
    </div>
  )
}
