/** Colours and weights for a terminal; without colour every function gives its text back. */
export interface Paint {
  /** A colour of the palette of 256. */
  readonly colour: (text: string, number: number) => string
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
}

const ESCAPE = '\u001b['
const RESET = `${ESCAPE}0m`
const styled = (code: string, text: string): string => (text === '' ? '' : `${ESCAPE}${code}m${text}${RESET}`)

const COLOURED: Paint = {
  colour: (text, number) => styled(`38;5;${number}`, text),
  bold: (text) => styled('1', text),
  dim: (text) => styled('2', text),
}

const PLAIN: Paint = { colour: (text) => text, bold: (text) => text, dim: (text) => text }

/** The functions to paint with. */
export function paint(isColoured: boolean): Paint {
  return isColoured ? COLOURED : PLAIN
}
