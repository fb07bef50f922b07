import { buildDiagram, type Diagram, type DiagramNode, type Point } from 'lastack/inspect'
import type { State } from 'lastack/tcp'
import type { ComponentChildren, VNode } from 'preact'
import { cornersOf, type DiagramPlaces, type DiagramScale, pathOf, placesOf } from './diagram-picture.ts'
import { Pure } from './pure.ts'

/** RFC 9293's state diagram, from the same table that the machine goes by. */
export const DIAGRAM: Diagram = buildDiagram()

/** A box of the drawing, px. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** An arrow as it is drawn. */
export interface Arrow {
  readonly key: string
  readonly from: State
  readonly to: State
  readonly line: string
  readonly head: string
}

/** The drawing at one scale: where everything is. */
export interface DrawnDiagram {
  readonly places: DiagramPlaces
  readonly arrows: readonly Arrow[]
  /** The states' boxes, by the ids of their nodes. */
  readonly boxes: ReadonlyMap<string, Box>
}

/** The direction in which a path ends, degrees. */
function headAngle(corners: readonly Point[]): number {
  const last = corners.at(-1)
  // The last two corners may be one and the same.
  const before = corners.findLast(({ x, y }) => x !== last?.x || y !== last.y)
  if (last === undefined || before === undefined) return 0
  return (Math.atan2(last.y - before.y, last.x - before.x) * 180) / Math.PI
}

/** Lays the diagram out; once for each scale. */
export function drawDiagram(scale: DiagramScale): DrawnDiagram {
  const places = placesOf(DIAGRAM, scale)
  const arrows = DIAGRAM.edges.map((edge) => {
    const corners = cornersOf(DIAGRAM, edge, places)
    const { x, y } = corners.at(-1) ?? { x: 0, y: 0 }
    return {
      key: `${edge.from} ${edge.to}`,
      from: edge.transition.from,
      to: edge.transition.to,
      line: pathOf(corners),
      head: `translate(${x} ${y}) rotate(${headAngle(corners)})`,
    }
  })
  const boxes = DIAGRAM.nodes.map((node): [string, Box] => {
    const [x, y] = [places.x(node.x), places.y(node.y)]
    return [node.id, { x, y, width: places.x(node.x + node.width) - x, height: places.y(node.y + node.height) - y }]
  })
  return { places, arrows, boxes: new Map(boxes) }
}

/** What is told of an arrow: `data-…` attributes that the style knows, and a word for the pointer. */
export interface ArrowLook {
  readonly walked: boolean
  readonly last: boolean
  /** Changes each time that it is to light up. */
  readonly flash?: string | undefined
  readonly title?: string | undefined
}

interface EdgeProps extends ArrowLook {
  readonly arrow: Arrow
}

class Edge extends Pure<EdgeProps> {
  render({ arrow, walked, last, flash, title }: EdgeProps): VNode {
    return (
      <g class="edge" data-arrow={arrow.key} data-walked={walked} data-last={last} data-flash={flash !== undefined}>
        {title !== undefined && <title>{title}</title>}
        <path class="edge-line" d={arrow.line} />
        <path class="edge-head" transform={arrow.head} d="M0 0l-6.500-3.300v6.600z" />
      </g>
    )
  }
}

interface StateDiagramProps {
  readonly drawn: DrawnDiagram
  /** What the picture shows, in words. */
  readonly label: string
  /** `img` for a picture; `group` where the boxes can be operated. */
  readonly role: 'img' | 'group'
  readonly look: (arrow: Arrow) => ArrowLook
  /** What stands in a box. */
  readonly node: (node: DiagramNode, box: Box) => ComponentChildren
}

/** The state diagram. Whoever shows it says what is lit, and draws the boxes. */
export function StateDiagram({ drawn, label, role, look, node }: StateDiagramProps): VNode {
  const { places, arrows, boxes } = drawn
  const looks = arrows.map((arrow) => ({ arrow, look: look(arrow) }))
  // What is lit is drawn last, and so never under another line.
  looks.sort((a, b) => Number(a.look.last) - Number(b.look.last))
  return (
    <svg viewBox={`0 0 ${places.width} ${places.height}`} role={role} aria-label={label}>
      {looks.map((one) => (
        // Another key is another element, whose animation begins anew.
        <Edge key={`${one.arrow.key} ${one.look.flash ?? ''}`} arrow={one.arrow} {...one.look} />
      ))}
      {DIAGRAM.nodes.map((one) => {
        const box = boxes.get(one.id)
        return box !== undefined && node(one, box)
      })}
    </svg>
  )
}
