import { State, stateName, type Transition } from '../../tcp/index.ts'
import { stateColours } from '../colours.ts'
import { type Paint, paint } from '../format/paint.ts'
import { formatTable, wrap } from '../format/text.ts'
import { buildDiagram } from './build.ts'
import { ASCII, type Border, Canvas, UNICODE } from './canvas.ts'
import { END } from './layout.ts'
import type { Diagram, DiagramNode } from './model.ts'

/** What the diagram is to show, and how. */
export interface DiagramPrintOptions {
  /** The state that a connection is in. */
  readonly current?: State | undefined
  /** The states it has been in. */
  readonly visited?: ReadonlySet<State> | undefined
  /** Colours for a terminal. What they tell is told by the boxes' borders too. */
  readonly colour?: boolean
  /** Draw with ASCII characters only. */
  readonly ascii?: boolean
  /** Columns of the page; 80 when left out. A page too narrow for the figure gets the same as a table. */
  readonly width?: number
}

/** The state diagram as text, drawn from `TRANSITIONS`. Every line ends with a line feed and none is longer than 80 columns. */
export function printDiagram(options: DiagramPrintOptions = {}): string {
  const diagram = buildDiagram()
  const width = options.width ?? diagram.width
  const lines = width < diagram.width ? [table(diagram).trimEnd()] : figure(diagram, options)
  return lines.map((line) => `${line}\n`).join('')
}

function figure(diagram: Diagram, options: DiagramPrintOptions): string[] {
  const pen = paint(options.colour ?? false)
  const charset = options.ascii === true ? ASCII : UNICODE
  const canvas = new Canvas(diagram.width, diagram.height, charset)
  for (const edge of diagram.edges) {
    const box = diagram.nodes.find((node) => node.id === edge.from) as DiagramNode
    canvas.arrow(edge.path, box)
  }
  for (const { label } of diagram.edges) {
    for (const [i, line] of label.lines.entries()) canvas.text(label.x, label.y + i, line, pen.dim)
  }
  for (const node of diagram.nodes) drawNode(canvas, node, options, pen)
  return [...canvas.lines(), '', ...legend(options, charset.borders), ...undrawn(diagram, diagram.width)]
}

function drawNode(canvas: Canvas, node: DiagramNode, options: DiagramPrintOptions, pen: Paint): void {
  // Of the two boxes of CLOSED the second is meant once there has been a connection.
  const isOtherClosed = node.state === State.CLOSED && (node.id === END) !== hasLived(options)
  const isCurrent = node.state === options.current && !isOtherClosed
  const isVisited = (options.visited?.has(node.state) ?? false) && node.id !== END
  const border: Border = isCurrent ? 'double' : isVisited ? 'heavy' : 'light'
  const isPlain = options.current === undefined && options.visited === undefined
  const name = stateName(node.state)
  const coloured = (char: string): string => pen.colour(char, stateColours[name].ansi)
  const style = isCurrent || isVisited || isPlain ? coloured : pen.dim
  canvas.box(node.x, node.y, node.width, node.height, border, style)
  const start = node.x + ((node.width - name.length) >> 1)
  canvas.text(start, node.y + 1, name, style)
}

function hasLived(options: DiagramPrintOptions): boolean {
  const before: readonly State[] = [State.CLOSED, State.LISTEN, State.SYN_SENT]
  return [...(options.visited ?? [])].some((state) => !before.includes(state))
}

function legend(options: DiagramPrintOptions, borders: Readonly<Record<Border, readonly string[]>>): string[] {
  const sign = (border: Border): string => `${borders[border][0]}${borders[border][4]}${borders[border][1]}`
  const words: string[] = []
  if (options.current !== undefined) words.push(`${sign('double')} now in ${stateName(options.current)}`)
  if (options.visited !== undefined && options.visited.size > 0) words.push(`${sign('heavy')} has been there`)
  return words.length === 0 ? [] : [words.join('   ')]
}

/** The moves that the figure leaves out, those alike together. */
function undrawn(diagram: Diagram, width: number): string[] {
  const groups = new Map<string, State[]>()
  for (const transition of diagram.undrawn) {
    const key = `${words(transition)} → ${stateName(transition.to)}`
    groups.set(key, [...(groups.get(key) ?? []), transition.from])
  }
  return [...groups].flatMap(([move, from]) => wrap(`${move}: from ${from.map(stateName).join(', ')}`, width))
}

function words(transition: Transition): string {
  return transition.action === '' ? transition.event : `${transition.event}, ${transition.action}`
}

function table(diagram: Diagram): string {
  const all = [...diagram.edges.map((edge) => edge.transition), ...diagram.undrawn]
  const rows = all.map(({ from, to, event, action }) => [stateName(from), stateName(to), event, action])
  return formatTable([{ title: 'From' }, { title: 'To' }, { title: 'Event' }, { title: 'Action' }], rows)
}
