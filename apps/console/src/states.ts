import type { RowState } from 'lastack/inspect'

/** Which part of a connection's life a state belongs to; also the shape of its mark. */
export type Phase = 'opening' | 'open' | 'peer-first' | 'we-first' | 'over'

/** What the page says about a state. */
export interface StateWords {
  readonly phase: Phase
  /** What it means for the side that has it, and who has to move. */
  readonly meaning: string
}

/** The captions of the phases. */
export const PHASES: Readonly<Record<Phase, string>> = {
  opening: 'Opening',
  open: 'Open',
  'peer-first': 'Peer closed first',
  'we-first': 'This side closed first',
  over: 'No connection',
}

/** Every state that a row can have. */
export const STATE_WORDS: Readonly<Record<RowState, StateWords>> = {
  LISTEN: {
    phase: 'opening',
    meaning:
      'Waits for connections. Recv-Q counts those that the program has not accepted yet, Send-Q is how many may wait.',
  },
  'SYN-SENT': { phase: 'opening', meaning: 'This side asked for a connection; the peer has to answer.' },
  'SYN-RECEIVED': { phase: 'opening', meaning: 'The peer asked, this side answered; the peer has to acknowledge.' },
  ESTABLISHED: { phase: 'open', meaning: 'Both sides may send. Either may close.' },
  'CLOSE-WAIT': {
    phase: 'peer-first',
    meaning:
      'The peer has closed. The program here has to call close(); while the connection is idle nothing else ends this.',
  },
  'LAST-ACK': {
    phase: 'peer-first',
    meaning: 'Both sides have closed, the peer first; it has to acknowledge the last FIN.',
  },
  'FIN-WAIT-1': { phase: 'we-first', meaning: 'This side has closed; the peer has to acknowledge the FIN.' },
  'FIN-WAIT-2': {
    phase: 'we-first',
    meaning: 'This side has closed and the peer knows; the program at the peer has to close too.',
  },
  CLOSING: { phase: 'we-first', meaning: 'Both sides closed at the same time; the peer has to acknowledge the FIN.' },
  'TIME-WAIT': {
    phase: 'we-first',
    meaning:
      'Both sides have closed, this one first. It waits for 2·MSL, so that a lost last ACK can be sent again; then it is gone.',
  },
  CLOSED: { phase: 'over', meaning: 'No connection.' },
  'BOUND-INACTIVE': {
    phase: 'over',
    meaning: 'A port is taken, but nobody listens or connects. ss and netstat do not show such a socket.',
  },
  UNCONN: { phase: 'over', meaning: 'Not connected to one peer: it takes what is sent to its port.' },
}
