import type { RowState } from '../socket-row.ts'

/**
 * A set of states: bit n stands for Linux's state n, as the kernel's socket dump takes it. Bit 13 is BOUND_INACTIVE, which the
 * numbers of `State` do not have.
 */
export type StateMask = number

const BIT: Readonly<Record<RowState, StateMask>> = {
  ESTABLISHED: 1 << 1,
  'SYN-SENT': 1 << 2,
  'SYN-RECEIVED': 1 << 3,
  'FIN-WAIT-1': 1 << 4,
  'FIN-WAIT-2': 1 << 5,
  'TIME-WAIT': 1 << 6,
  CLOSED: 1 << 7,
  // A datagram socket without a peer is TCP_CLOSE to the kernel.
  UNCONN: 1 << 7,
  'CLOSE-WAIT': 1 << 8,
  'LAST-ACK': 1 << 9,
  LISTEN: 1 << 10,
  CLOSING: 1 << 11,
  'BOUND-INACTIVE': 1 << 13,
}

/** The bit of one state. */
export function stateBit(state: RowState): StateMask {
  return BIT[state]
}

/** What `-a` and `state all` mean in ss 6.1: states 0 to 11. BOUND-INACTIVE came later and has to be asked for. */
export const ALL: StateMask = (1 << 12) - 1

/** What ss shows unasked: neither listeners, nor unconnected sockets, nor the two states that have no full socket. */
export const CONNECTED_BY_DEFAULT: StateMask = ALL & ~(BIT.LISTEN | BIT.UNCONN | BIT['TIME-WAIT'] | BIT['SYN-RECEIVED'])

/** `-l`. */
export const LISTENING: StateMask = BIT.LISTEN | BIT.UNCONN

/** What introduces the name of a state. */
export const STATE_KEYWORDS: ReadonlySet<string> = new Set(['state', 'exclude', 'excl'])

/** The words that may follow `state` and `exclude`, upper or lower case. */
export const STATE_WORDS: Readonly<Record<string, StateMask>> = {
  all: ALL,
  connected: ALL & ~(BIT.CLOSED | BIT.LISTEN),
  synchronized: ALL & ~(BIT.CLOSED | BIT.LISTEN | BIT['SYN-SENT']),
  bucket: BIT['SYN-RECEIVED'] | BIT['TIME-WAIT'],
  big: ALL & ~(BIT['SYN-RECEIVED'] | BIT['TIME-WAIT']),
  established: BIT.ESTABLISHED,
  'syn-sent': BIT['SYN-SENT'],
  'syn-recv': BIT['SYN-RECEIVED'],
  'syn-rcv': BIT['SYN-RECEIVED'],
  'fin-wait-1': BIT['FIN-WAIT-1'],
  'fin-wait-2': BIT['FIN-WAIT-2'],
  'time-wait': BIT['TIME-WAIT'],
  unconnected: BIT.CLOSED,
  closed: BIT.CLOSED,
  close: BIT.CLOSED,
  'close-wait': BIT['CLOSE-WAIT'],
  'last-ack': BIT['LAST-ACK'],
  listening: BIT.LISTEN,
  closing: BIT.CLOSING,
  // Of iproute2 6.8, which is why `all` does not hold it.
  'bound-inactive': BIT['BOUND-INACTIVE'],
}

/**
 * What one `state NAME` or `exclude NAME` makes of the states so far. The first of them takes the place of what options asked for, or
 * takes away from all; further ones add and take away.
 */
export function withStateWord(states: StateMask, seen: boolean, keyword: string, named: StateMask): StateMask {
  if (keyword === 'state') return (seen ? states : 0) | named
  return (seen ? states : ALL) & ~named
}

/** Words that say these states. */
export function stateWordsFor(states: StateMask): string {
  const names = Object.entries(STATE_WORDS).filter(([, mask]) => (mask & (mask - 1)) === 0)
  const singly = new Map(names.map(([name, mask]) => [mask, name]))
  return [...singly]
    .filter(([mask]) => (states & mask) !== 0)
    .map(([, name]) => `state ${name}`)
    .join(' ')
}

/** The state column's words. */
export const PRINTED_STATE: Readonly<Record<RowState, string>> = {
  ESTABLISHED: 'ESTAB',
  'SYN-SENT': 'SYN-SENT',
  'SYN-RECEIVED': 'SYN-RECV',
  'FIN-WAIT-1': 'FIN-WAIT-1',
  'FIN-WAIT-2': 'FIN-WAIT-2',
  'TIME-WAIT': 'TIME-WAIT',
  CLOSED: 'UNCONN',
  UNCONN: 'UNCONN',
  'CLOSE-WAIT': 'CLOSE-WAIT',
  'LAST-ACK': 'LAST-ACK',
  LISTEN: 'LISTEN',
  CLOSING: 'CLOSING',
  'BOUND-INACTIVE': 'UNCONN',
}
