import type { DiagramNode, RowState } from 'lastack/inspect'
import { stateName } from 'lastack/tcp'
import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { type Arrow, type ArrowLook, type Box, DIAGRAM, drawDiagram, StateDiagram } from '../ui/state-diagram.tsx'
import type { HostMoves } from './present.ts'
import type { HostFrame } from './protocol.ts'

const DRAWN = drawDiagram({ boxWidth: 80, boxHeight: 20, channelX: 13, channelY: 14, margin: 8 })

/** How many connections a box holds, by its place in the figure: CLOSED has two, for before and after. */
function countIn(node: DiagramNode, moves: HostMoves): number {
  if (stateName(node.state) !== 'CLOSED') return moves.live.get(stateName(node.state)) ?? 0
  const isEnd = node.id !== 'CLOSED'
  if (isEnd) return moves.last !== null && stateName(moves.last.to) === 'CLOSED' ? 1 : 0
  return moves.last === null && moves.live.size === 0 ? 1 : 0
}

interface NodeProps {
  readonly node: DiagramNode
  readonly box: Box
  readonly moves: HostMoves
}

function Node({ node, box, moves }: NodeProps): VNode {
  const name: RowState = stateName(node.state)
  const count = countIn(node, moves)
  const { x, y, width, height } = box
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

interface DiagramViewProps {
  readonly frame: HostFrame
  /** The same in all moments of one run. */
  readonly run: object
}

/** RFC 9293's state diagram, with the states that this host's connections are in lit, and the ways that they went. */
export function DiagramView({ frame: { host, moves }, run }: DiagramViewProps): VNode {
  // As long as nothing moves it is the same drawing.
  return useMemo(
    () => (
      <div class="diagram" data-host={host.name}>
        <StateDiagram
          drawn={DRAWN}
          role="img"
          label={inWords(host.name, moves)}
          look={({ from, to }: Arrow): ArrowLook => ({
            walked: moves.walked.has(`${from} ${to}`),
            last: moves.last?.from === from && moves.last.to === to,
          })}
          node={(node, box) => <Node key={node.id} node={node} box={box} moves={moves} />}
        />
        <LastMove moves={moves} />
      </div>
    ),
    [run, host.name, moves.count],
  )
}
