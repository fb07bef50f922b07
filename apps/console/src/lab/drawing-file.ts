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
  const paper = document.createElementNS('http://www.w3.org/2000/svg', 'rect')
  paper.setAttribute('width', '100%')
  paper.setAttribute('height', '100%')
  paper.setAttribute('fill', getComputedStyle(drawing.closest('.panel') ?? drawing).backgroundColor)
  copy.prepend(paper)
  return new XMLSerializer().serializeToString(copy)
}
