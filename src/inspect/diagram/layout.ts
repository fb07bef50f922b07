import { State } from '../../tcp/index.ts'
import type { DiagramNode, Point } from './model.ts'

/** Where everything stands: RFC 9293's figure 5, its lines made straight, on 80 columns. */
export const WIDTH = 80
export const HEIGHT = 44

const BOX_WIDTH = 16
const BOX_HEIGHT = 3

/** Left edges of the three columns; column 0 is left free for the line that goes round FIN-WAIT-2. */
const LEFT = 2
const MIDDLE = 33
const RIGHT = 64

const box = (id: string, state: State, x: number, y: number): DiagramNode => ({
  id,
  state,
  x,
  y,
  width: BOX_WIDTH,
  height: BOX_HEIGHT,
})

/** The end of a connection: the second box of CLOSED. */
export const END = 'end'

/** The boxes; a node's id is the state's name in `State`, but for `END`. */
export const NODES: readonly DiagramNode[] = [
  box('CLOSED', State.CLOSED, MIDDLE, 1),
  box('LISTEN', State.LISTEN, MIDDLE, 9),
  box('SYN_RECEIVED', State.SYN_RECEIVED, LEFT, 15),
  box('SYN_SENT', State.SYN_SENT, RIGHT, 15),
  box('ESTABLISHED', State.ESTABLISHED, MIDDLE, 21),
  box('FIN_WAIT_1', State.FIN_WAIT_1, LEFT, 27),
  box('CLOSE_WAIT', State.CLOSE_WAIT, RIGHT, 27),
  box('FIN_WAIT_2', State.FIN_WAIT_2, LEFT, 33),
  box('CLOSING', State.CLOSING, MIDDLE, 33),
  box('LAST_ACK', State.LAST_ACK, RIGHT, 33),
  box('TIME_WAIT', State.TIME_WAIT, MIDDLE, 39),
  box(END, State.CLOSED, RIGHT, 39),
]

/** How one arrow runs. */
export interface Route {
  readonly from: string
  readonly to: string
  readonly path: readonly Point[]
  /** Where its words begin; they are broken to `labelWidth`. */
  readonly label: Point
  readonly labelWidth: number
}

const at = (x: number, y: number): Point => ({ x, y })

function route(from: string, to: string, path: readonly Point[], label: Point, labelWidth = 30): Route {
  return { from, to, path, label, labelWidth }
}

/** The arrows. Which there are, and their words, is not decided here but by `TRANSITIONS`: each arrow it draws needs a route. */
export const ROUTES: readonly Route[] = [
  route('CLOSED', 'LISTEN', [at(36, 4), at(36, 8)], at(23, 6)),
  route('CLOSED', 'SYN_SENT', [at(49, 2), at(76, 2), at(76, 14)], at(52, 0)),
  route('LISTEN', 'CLOSED', [at(41, 8), at(41, 4)], at(43, 7)),
  route('LISTEN', 'SYN_SENT', [at(49, 10), at(66, 10), at(66, 14)], at(52, 8)),
  route('LISTEN', 'SYN_RECEIVED', [at(32, 10), at(10, 10), at(10, 14)], at(15, 8)),
  route('SYN_SENT', 'CLOSED', [at(71, 14), at(71, 6), at(46, 6), at(46, 4)], at(57, 5)),
  route('SYN_SENT', 'SYN_RECEIVED', [at(63, 16), at(18, 16)], at(36, 14)),
  route('SYN_SENT', 'ESTABLISHED', [at(71, 18), at(71, 22), at(49, 22)], at(54, 20)),
  route('SYN_RECEIVED', 'ESTABLISHED', [at(13, 18), at(13, 22), at(32, 22)], at(16, 21)),
  route('SYN_RECEIVED', 'FIN_WAIT_1', [at(5, 18), at(5, 26)], at(7, 23)),
  route('ESTABLISHED', 'FIN_WAIT_1', [at(37, 24), at(37, 28), at(18, 28)], at(23, 26)),
  route('ESTABLISHED', 'CLOSE_WAIT', [at(44, 24), at(44, 28), at(63, 28)], at(51, 26)),
  route('FIN_WAIT_1', 'FIN_WAIT_2', [at(5, 30), at(5, 32)], at(7, 31)),
  route('FIN_WAIT_1', 'CLOSING', [at(14, 30), at(40, 30), at(40, 32)], at(26, 31)),
  route('FIN_WAIT_1', 'TIME_WAIT', [at(1, 28), at(0, 28), at(0, 43), at(37, 43), at(37, 42)], at(7, 41)),
  route('FIN_WAIT_2', 'TIME_WAIT', [at(9, 36), at(9, 40), at(32, 40)], at(15, 38)),
  route('CLOSING', 'TIME_WAIT', [at(40, 36), at(40, 38)], at(42, 37)),
  route('CLOSE_WAIT', 'LAST_ACK', [at(71, 30), at(71, 32)], at(73, 30)),
  route('LAST_ACK', END, [at(71, 36), at(71, 38)], at(73, 36), 7),
  route('TIME_WAIT', END, [at(49, 40), at(63, 40)], at(50, 39)),
]
