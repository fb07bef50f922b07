import type { RowState } from './socket-row.ts'

/** How one state is coloured wherever it is shown. Colour never stands alone: the name is always there. */
export interface StateColour {
  /** Number in the terminal's palette of 256, to be read on black and on white. */
  readonly ansi: number
  /** CSS colour on a light page. */
  readonly light: string
  /** CSS colour on a dark page. */
  readonly dark: string
}

/**
 * One colour per state. Neighbours in a connection's life differ in hue, and what lasts too long stands out: CLOSE-WAIT, which the
 * application must end, is red; TIME-WAIT, which ends by itself, is violet; the side that closed first goes from blue to violet, the
 * other from red to orange.
 */
export const stateColours: Readonly<Record<RowState, StateColour>> = {
  LISTEN: { ansi: 31, light: '#0b6a8f', dark: '#4fb8dd' },
  'SYN-SENT': { ansi: 101, light: '#6b6413', dark: '#c3b84a' },
  'SYN-RECEIVED': { ansi: 94, light: '#86560c', dark: '#dba24e' },
  ESTABLISHED: { ansi: 28, light: '#1c7430', dark: '#57c26f' },
  'FIN-WAIT-1': { ansi: 26, light: '#1a5fb4', dark: '#7aaef5' },
  'FIN-WAIT-2': { ansi: 62, light: '#5149c8', dark: '#a29bf8' },
  CLOSING: { ansi: 133, light: '#8d3f9c', dark: '#d487e3' },
  'TIME-WAIT': { ansi: 97, light: '#7a45a8', dark: '#bf92ea' },
  'CLOSE-WAIT': { ansi: 160, light: '#c01c28', dark: '#ff7b72' },
  'LAST-ACK': { ansi: 166, light: '#ad4600', dark: '#ff9a4d' },
  CLOSED: { ansi: 243, light: '#5f6368', dark: '#a2a7ad' },
  UNCONN: { ansi: 243, light: '#5f6368', dark: '#a2a7ad' },
  'BOUND-INACTIVE': { ansi: 66, light: '#46686c', dark: '#8fb6ba' },
}
