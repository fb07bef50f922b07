import type { Diagram, DiagramEdge, DiagramNode, Point } from 'lastack/inspect'

/** How large boxes and the room between them are drawn, px. */
export interface DiagramScale {
  readonly boxWidth: number
  readonly boxHeight: number
  readonly channelX: number
  readonly channelY: number
  /** Around the whole. */
  readonly margin: number
}

/** The diagram of the library, whose unit is a terminal's cell, brought to px. */
export interface DiagramPlaces {
  readonly width: number
  readonly height: number
  readonly x: (column: number) => number
  readonly y: (row: number) => number
}

interface Stop {
  readonly from: number
  readonly to: number
}

/** A function that stretches the stops (boxes) to one size and what lies between them to another. */
function stretched(
  stops: readonly Stop[],
  stopSize: number,
  channelSize: number,
  margin: number,
): (at: number) => number {
  return (at) => {
    let end = 0
    let place = margin
    for (const stop of stops) {
      if (at < stop.from) {
        const channel = stop.from - end
        // Before the first stop there is the margin, not a channel.
        const size = end === 0 ? margin : channelSize
        return (end === 0 ? 0 : place) + ((at - end) / Math.max(1, channel)) * size
      }
      if (end !== 0) place += channelSize
      if (at <= stop.to) return place + ((at - stop.from) / (stop.to - stop.from)) * stopSize
      place += stopSize
      end = stop.to
    }
    // Beyond the last stop a line keeps as far from it as an arrow's head is long.
    return at > end ? place + margin - 2 : place
  }
}

function stopsOf(
  nodes: readonly DiagramNode[],
  start: (node: DiagramNode) => number,
  size: (node: DiagramNode) => number,
): Stop[] {
  const stops = new Map<number, Stop>()
  for (const node of nodes) stops.set(start(node), { from: start(node), to: start(node) + size(node) })
  return [...stops.values()].sort((a, b) => a.from - b.from)
}

/**
 * Places of a diagram where its words beside the arrows are left out: the room that they need between the boxes shrinks, and
 * the boxes grow until their names can be read.
 */
export function placesOf(diagram: Diagram, scale: DiagramScale): DiagramPlaces {
  const columns = stopsOf(
    diagram.nodes,
    (node) => node.x,
    (node) => node.width,
  )
  const rows = stopsOf(
    diagram.nodes,
    (node) => node.y,
    (node) => node.height,
  )
  const total = (stops: readonly Stop[], size: number, channel: number): number =>
    2 * scale.margin + stops.length * size + (stops.length - 1) * channel
  return {
    width: total(columns, scale.boxWidth, scale.channelX),
    height: total(rows, scale.boxHeight, scale.channelY),
    x: stretched(columns, scale.boxWidth, scale.channelX, scale.margin),
    y: stretched(rows, scale.boxHeight, scale.channelY, scale.margin),
  }
}

function clamped(point: Point, node: DiagramNode): Point {
  const within = (at: number, start: number, size: number): number => Math.min(Math.max(at, start), start + size)
  return { x: within(point.x, node.x, node.width), y: within(point.y, node.y, node.height) }
}

/**
 * The corners of an arrow, px. In cells an arrow begins and ends in the cells beside its boxes; here the line touches them.
 */
export function cornersOf(diagram: Diagram, edge: DiagramEdge, places: DiagramPlaces): readonly Point[] {
  const node = (id: string): DiagramNode | undefined => diagram.nodes.find((one) => one.id === id)
  const [from, to] = [node(edge.from), node(edge.to)]
  const [first, last] = [edge.path[0], edge.path.at(-1)]
  if (from === undefined || to === undefined || first === undefined || last === undefined) return []
  return [clamped(first, from), ...edge.path, clamped(last, to)].map(({ x, y }) => ({ x: places.x(x), y: places.y(y) }))
}

/** A path through corners as an SVG path. */
export function pathOf(corners: readonly Point[]): string {
  return corners.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('')
}
