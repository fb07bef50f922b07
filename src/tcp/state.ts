/**
 * The eleven states of RFC 9293 §3.3.2 and every arrow between them.
 *
 * `TRANSITIONS` is data on purpose: `setState` asserts against it, and the diagrams in the console, the terminal and the
 * documentation are drawn from it. One arrow of figure 5 is the RFC's alone: no call of a socket's sends on a listener.
 */

/** A connection's state. The numbers are Linux's (`include/net/tcp_states.h`), as netlink, /proc and TCP_INFO print them. */
export const State = {
  ESTABLISHED: 1,
  SYN_SENT: 2,
  SYN_RECEIVED: 3,
  FIN_WAIT_1: 4,
  FIN_WAIT_2: 5,
  TIME_WAIT: 6,
  CLOSED: 7,
  CLOSE_WAIT: 8,
  LAST_ACK: 9,
  LISTEN: 10,
  CLOSING: 11,
} as const
export type State = (typeof State)[keyof typeof State]

/** The RFC's spelling of a state. */
export type StateName =
  | 'ESTABLISHED'
  | 'SYN-SENT'
  | 'SYN-RECEIVED'
  | 'FIN-WAIT-1'
  | 'FIN-WAIT-2'
  | 'TIME-WAIT'
  | 'CLOSED'
  | 'CLOSE-WAIT'
  | 'LAST-ACK'
  | 'LISTEN'
  | 'CLOSING'

const NAMES: readonly StateName[] = [
  'CLOSED',
  'ESTABLISHED',
  'SYN-SENT',
  'SYN-RECEIVED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'TIME-WAIT',
  'CLOSED',
  'CLOSE-WAIT',
  'LAST-ACK',
  'LISTEN',
  'CLOSING',
]

/** The RFC's name of a state: `stateName(State.CLOSE_WAIT) === 'CLOSE-WAIT'`. */
export function stateName(state: State): StateName {
  return NAMES[state] as StateName
}

/** What makes a connection move along an arrow: a call, a segment, or a timer. */
export interface Transition {
  readonly from: State
  readonly to: State
  /** The event in the diagram's words: `rcv FIN`, `CLOSE`, `timeout`. */
  readonly event: string
  /** What the machine sends as it moves: `snd ACK`; empty when nothing leaves. */
  readonly action: string
  /** True for the arrows of RFC 9293 figure 5; false for those its text adds (resets, aborts, time-outs). */
  readonly drawn: boolean
}

const S: typeof State = State
const arrow = (from: State, to: State, event: string, action: string): Transition => ({
  from,
  to,
  event,
  action,
  drawn: true,
})
const textual = (from: State, to: State, event: string, action: string): Transition => ({
  from,
  to,
  event,
  action,
  drawn: false,
})

/** Every move the machine may make. */
export const TRANSITIONS: readonly Transition[] = [
  arrow(S.CLOSED, S.LISTEN, 'passive OPEN', ''),
  arrow(S.CLOSED, S.SYN_SENT, 'active OPEN', 'snd SYN'),
  arrow(S.LISTEN, S.CLOSED, 'CLOSE', ''),
  arrow(S.LISTEN, S.SYN_SENT, 'SEND', 'snd SYN'),
  arrow(S.LISTEN, S.SYN_RECEIVED, 'rcv SYN', 'snd SYN,ACK'),
  arrow(S.SYN_SENT, S.CLOSED, 'CLOSE', ''),
  arrow(S.SYN_SENT, S.SYN_RECEIVED, 'rcv SYN', 'snd SYN,ACK'),
  arrow(S.SYN_SENT, S.ESTABLISHED, 'rcv SYN,ACK', 'snd ACK'),
  arrow(S.SYN_RECEIVED, S.ESTABLISHED, 'rcv ACK of SYN', ''),
  arrow(S.SYN_RECEIVED, S.FIN_WAIT_1, 'CLOSE', 'snd FIN'),
  arrow(S.ESTABLISHED, S.FIN_WAIT_1, 'CLOSE', 'snd FIN'),
  arrow(S.ESTABLISHED, S.CLOSE_WAIT, 'rcv FIN', 'snd ACK'),
  arrow(S.FIN_WAIT_1, S.FIN_WAIT_2, 'rcv ACK of FIN', ''),
  arrow(S.FIN_WAIT_1, S.CLOSING, 'rcv FIN', 'snd ACK'),
  arrow(S.FIN_WAIT_1, S.TIME_WAIT, 'rcv FIN, ACK of FIN', 'snd ACK'),
  arrow(S.FIN_WAIT_2, S.TIME_WAIT, 'rcv FIN', 'snd ACK'),
  arrow(S.CLOSING, S.TIME_WAIT, 'rcv ACK of FIN', ''),
  arrow(S.CLOSE_WAIT, S.LAST_ACK, 'CLOSE', 'snd FIN'),
  arrow(S.LAST_ACK, S.CLOSED, 'rcv ACK of FIN', ''),
  arrow(S.TIME_WAIT, S.CLOSED, 'timeout=2MSL', ''),
  // §3.10.7.4 second and fourth, §3.10.5 and §3.10.8: what the figure leaves out.
  textual(S.SYN_SENT, S.CLOSED, 'rcv RST / ABORT / timeout', ''),
  textual(S.SYN_RECEIVED, S.CLOSED, 'rcv RST / ABORT / timeout', 'snd RST'),
  textual(S.ESTABLISHED, S.CLOSED, 'rcv RST / ABORT / timeout', 'snd RST'),
  textual(S.FIN_WAIT_1, S.CLOSED, 'rcv RST / ABORT / timeout', 'snd RST'),
  textual(S.FIN_WAIT_2, S.CLOSED, 'rcv RST / ABORT / timeout', 'snd RST'),
  textual(S.CLOSE_WAIT, S.CLOSED, 'rcv RST / ABORT / timeout', 'snd RST'),
  textual(S.CLOSING, S.CLOSED, 'rcv RST / timeout', ''),
  textual(S.LAST_ACK, S.CLOSED, 'rcv RST / timeout', ''),
  // A FIN that rides on the segment that completes the handshake (§3.10.7.4 eighth): SYN-RECEIVED counts as ESTABLISHED.
  textual(S.SYN_RECEIVED, S.CLOSE_WAIT, 'rcv FIN', 'snd ACK'),
  // §3.10.7.4 second and fourth with RFC 6191: a RST, or a newer SYN that opens the next incarnation.
  textual(S.TIME_WAIT, S.CLOSED, 'rcv RST / newer SYN', ''),
]

const ALLOWED: readonly boolean[] = allowedTable()

function allowedTable(): boolean[] {
  const table = new Array<boolean>(256).fill(false)
  for (const t of TRANSITIONS) table[t.from * 16 + t.to] = true
  return table
}

/** Whether `TRANSITIONS` has an arrow from one state to the other. */
export function mayMove(from: State, to: State): boolean {
  return ALLOWED[from * 16 + to] as boolean
}
