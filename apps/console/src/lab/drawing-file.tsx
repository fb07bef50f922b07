import type { Ladder } from 'lastack/inspect'
import { render, type VNode } from 'preact'
import { drawLadders, type LadderPicture } from './ladder-picture.ts'
import { LadderSvg } from './ladder-svg.tsx'

/** What the page's style sheet says of a drawing and a file must say itself. */
const PROPERTIES = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linejoin',
  'paint-order',
  'font-family',
  'font-size',
  'font-style',
  'font-weight',
] as const

/** A drawing of the page as a file of its own, that looks as it does here. */
export function drawingFile(drawing: SVGSVGElement): string {
  const copy = drawing.cloneNode(true) as SVGSVGElement
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  const originals = [drawing, ...drawing.querySelectorAll<SVGElement>('*')]
  const copies = [copy, ...copy.querySelectorAll<SVGElement>('*')]
  for (const [i, original] of originals.entries()) {
    const style = getComputedStyle(original)
    for (const name of PROPERTIES) copies[i]?.setAttribute(name, style.getPropertyValue(name))
  }
  // Nobody clicks on a file.
  for (const reach of copy.querySelectorAll('.flight-reach')) reach.remove()
  const paper = document.createElementNS('http://www.w3.org/2000/svg', 'rect')
  for (const name of ['x', 'y'] as const) paper.setAttribute(name, String(drawing.viewBox.baseVal[name]))
  paper.setAttribute('width', '100%')
  paper.setAttribute('height', '100%')
  paper.setAttribute('fill', getComputedStyle(drawing.closest('.panel') ?? drawing).backgroundColor)
  copy.prepend(paper)
  return new XMLSerializer().serializeToString(copy)
}

/** Width of a ladder in a file, px. */
const SHEET = 760
const BETWEEN = 48
const MARGIN = 16
const HEAD = 28
/** All of it, not what is in sight. */
const WHOLE = { top: Number.NEGATIVE_INFINITY, bottom: Number.POSITIVE_INFINITY }

/** A ladder and how it is called. */
export interface NamedLadder {
  readonly name: string
  readonly ladder: Ladder
}

function Sheet({ named, picture }: { readonly named: NamedLadder; readonly picture: LadderPicture }): VNode {
  const { ladder, name } = named
  const titles = [
    { text: ladder.hosts[0], x: picture.lanes[0] },
    { text: name, x: picture.width / 2 },
    { text: ladder.hosts[1], x: picture.lanes[1] },
  ]
  return (
    <>
      {titles.map(({ text, x }) => (
        <text key={x} class="entered" x={x} y="14" text-anchor="middle">
          {text}
        </text>
      ))}
      <g transform={`translate(0 ${HEAD})`}>
        <LadderSvg ladder={ladder} picture={picture} seen={WHOLE} chosen={null} />
      </g>
    </>
  )
}

/** Ladders from their first segment to their last, side by side, as a file. */
export function ladderFile(ladders: readonly NamedLadder[], raw: boolean): string {
  const all = ladders.map(({ ladder }) => ladder)
  const pictures = drawLadders(all, SHEET, raw)
  const width = ladders.length * SHEET + (ladders.length - 1) * BETWEEN + 2 * MARGIN
  const height = HEAD + (pictures[0]?.height ?? 0) + 2 * MARGIN
  // In the page for a moment, so that its style sheet is asked; not in sight.
  const place = document.createElement('div')
  place.className = 'panel visually-hidden'
  document.body.append(place)
  const drawing = (
    <svg
      role="img"
      aria-label="Sequence diagram"
      class="ladder-drawing"
      width={width}
      height={height}
      viewBox={`${-MARGIN} ${-MARGIN} ${width} ${height}`}
    >
      {pictures.map((picture, i) => (
        <g key={`${i}`} transform={`translate(${i * (SHEET + BETWEEN)} 0)`}>
          <Sheet named={ladders[i] as NamedLadder} picture={picture} />
        </g>
      ))}
    </svg>
  )
  try {
    render(drawing, place)
    return drawingFile(place.firstElementChild as SVGSVGElement)
  } finally {
    render(null, place)
    place.remove()
  }
}
