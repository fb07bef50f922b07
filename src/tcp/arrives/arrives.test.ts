import { describe, expect, test } from 'vitest'
import { inState, type MachineOptions } from '../../../test/support/machine.ts'
import { timestampValue } from '../output/options.ts'
import { State, stateName } from '../state.ts'

/**
 * RFC 9293 §3.10.7.4 as a table: in a state, a segment arrives; this leaves, and that is the state. Peer and machine have ISN 0 in
 * these texts; each row runs at the corners of sequence space too. `2` in an ack field means our FIN is covered.
 */
interface Row {
  readonly says: string
  readonly state: State
  readonly segment: string
  readonly answers: readonly string[]
  readonly next: State
  readonly error?: number
  readonly system?: 'linux' | 'rfc9293'
}

const SYNCHRONIZED = [
  State.ESTABLISHED,
  State.FIN_WAIT_1,
  State.FIN_WAIT_2,
  State.CLOSE_WAIT,
  State.CLOSING,
  State.LAST_ACK,
] as const
/** SND.NXT and RCV.NXT in each state as `inState` leaves it. */
const NXT: Record<number, readonly [snd: number, rcv: number]> = {
  [State.ESTABLISHED]: [1, 1],
  [State.FIN_WAIT_1]: [2, 1],
  [State.FIN_WAIT_2]: [2, 1],
  [State.CLOSE_WAIT]: [1, 2],
  [State.CLOSING]: [2, 2],
  [State.LAST_ACK]: [2, 2],
}
const ECONNRESET = 104
const EPIPE = 32

function everySynchronized(row: (state: State, snd: number, rcv: number) => Row): Row[] {
  return SYNCHRONIZED.map((state) => row(state, NXT[state]?.[0] ?? 0, NXT[state]?.[1] ?? 0))
}

const FIRST: Row[] = [
  ...everySynchronized((state, snd, rcv) => ({
    says: 'text far beyond the window is answered by an ACK and dropped',
    state,
    segment: `. ${rcv + 3_000_000}:${rcv + 3_000_100}(100) ack 1`,
    answers: [`. ${snd}:${snd}(0) ack ${rcv}`],
    next: state,
  })),
  ...everySynchronized((state, snd, rcv) => ({
    says: 'an old duplicate with text is answered by an ACK and dropped',
    state,
    segment: `. ${rcv - 200}:${rcv - 100}(100) ack 1`,
    answers: [`. ${snd}:${snd}(0) ack ${rcv}`],
    next: state,
  })),
  ...everySynchronized((state, _snd, rcv) => ({
    says: 'a RST beyond the window is dropped in silence',
    state,
    segment: `R ${rcv + 3_000_000}:${rcv + 3_000_000}(0)`,
    answers: [],
    next: state,
  })),
]

const SECOND: Row[] = [
  ...everySynchronized((state, _snd, rcv) => ({
    says: 'a RST at RCV.NXT ends the connection at once',
    state,
    segment: `R ${rcv}:${rcv}(0)`,
    answers: [],
    next: State.CLOSED,
    error: state === State.CLOSE_WAIT ? EPIPE : ECONNRESET,
  })),
  ...everySynchronized((state, snd, rcv) => ({
    says: 'a RST elsewhere in the window is challenged (RFC 5961 §3)',
    state,
    segment: `R ${rcv + 1}:${rcv + 1}(0)`,
    answers: [`. ${snd}:${snd}(0) ack ${rcv}`],
    next: state,
  })),
]

const FOURTH: Row[] = [
  ...everySynchronized((state, snd, rcv) => ({
    says: 'a SYN in the window is challenged, whatever the state (RFC 5961 §4)',
    state,
    segment: `S ${rcv + 5}:${rcv + 5}(0) <mss 1460>`,
    answers: [`. ${snd}:${snd}(0) ack ${rcv}`],
    next: state,
  })),
  ...everySynchronized((state, snd, rcv) => ({
    says: 'a SYN outside the window is challenged too',
    state,
    segment: `S ${rcv - 5000}:${rcv - 5000}(0) <mss 1460>`,
    answers: [`. ${snd}:${snd}(0) ack ${rcv}`],
    next: state,
  })),
]

const FIFTH: Row[] = [
  ...everySynchronized((state, _snd, rcv) => ({
    says: 'a segment without ACK is dropped',
    state,
    segment: `- ${rcv}:${rcv}(0)`,
    answers: [],
    next: state,
  })),
  ...everySynchronized((state, snd, rcv) => ({
    says: 'an ACK of something not yet sent is answered by an ACK (RFC 9293)',
    state,
    segment: `. ${rcv}:${rcv}(0) ack ${snd + 1}`,
    answers: [`. ${snd}:${snd}(0) ack ${rcv}`],
    next: state,
    system: 'rfc9293' as const,
  })),
  {
    says: 'an ACK of something not yet sent is challenged (Linux)',
    state: State.ESTABLISHED,
    segment: '. 1:1(0) ack 2',
    answers: ['. 1:1(0) ack 1'],
    next: State.ESTABLISHED,
  },
  {
    says: 'FIN-WAIT-1: the ACK of our FIN leads to FIN-WAIT-2',
    state: State.FIN_WAIT_1,
    segment: '. 1:1(0) ack 2',
    answers: [],
    next: State.FIN_WAIT_2,
  },
  {
    says: 'CLOSING: the ACK of our FIN leads to TIME-WAIT',
    state: State.CLOSING,
    segment: '. 2:2(0) ack 2',
    answers: [],
    next: State.TIME_WAIT,
  },
  {
    says: 'LAST-ACK: the ACK of our FIN ends the connection',
    state: State.LAST_ACK,
    segment: '. 2:2(0) ack 2',
    answers: [],
    next: State.CLOSED,
  },
  {
    says: 'LAST-ACK: an ACK that does not cover our FIN changes nothing',
    state: State.LAST_ACK,
    segment: '. 2:2(0) ack 1',
    answers: [],
    next: State.LAST_ACK,
  },
]

const EIGHTH: Row[] = [
  {
    says: 'ESTABLISHED: a FIN leads to CLOSE-WAIT',
    state: State.ESTABLISHED,
    segment: 'F. 1:1(0) ack 1',
    answers: [],
    next: State.CLOSE_WAIT,
  },
  {
    says: 'FIN-WAIT-1: a FIN that does not acknowledge ours leads to CLOSING',
    state: State.FIN_WAIT_1,
    segment: 'F. 1:1(0) ack 1',
    answers: ['. 2:2(0) ack 2'],
    next: State.CLOSING,
  },
  {
    says: 'FIN-WAIT-1: a FIN that acknowledges ours leads straight to TIME-WAIT',
    state: State.FIN_WAIT_1,
    segment: 'F. 1:1(0) ack 2',
    answers: ['. 2:2(0) ack 2'],
    next: State.TIME_WAIT,
  },
  {
    says: 'FIN-WAIT-2: a FIN leads to TIME-WAIT',
    state: State.FIN_WAIT_2,
    segment: 'F. 1:1(0) ack 2',
    answers: ['. 2:2(0) ack 2'],
    next: State.TIME_WAIT,
  },
  ...([State.CLOSE_WAIT, State.CLOSING, State.LAST_ACK] as const).map((state) => ({
    says: 'a repeated FIN is acknowledged again',
    state,
    segment: 'F. 1:1(0) ack 1',
    answers: [`. ${NXT[state]?.[0]}:${NXT[state]?.[0]}(0) ack 2`],
    next: state,
  })),
  {
    says: 'a FIN ahead of missing text waits for it',
    state: State.ESTABLISHED,
    segment: 'F. 101:101(0) ack 1',
    answers: ['. 1:1(0) ack 1'],
    next: State.ESTABLISHED,
  },
]

const CORNERS: readonly (readonly [string, MachineOptions])[] = [
  ['ISN 0', { iss: 0, peerIss: 0 }],
  ['ISN 2^31-1', { iss: 0x7fffffff, peerIss: 0x7fffffff }],
  ['ISN 2^32-1', { iss: -1, peerIss: -1 }],
]

for (const [title, rows] of [
  ['first: sequence number', FIRST],
  ['second: RST', SECOND],
  ['fourth: SYN', FOURTH],
  ['fifth: ACK', FIFTH],
  ['eighth: FIN', EIGHTH],
] as const) {
  describe(`§3.10.7.4 ${title}`, () => {
    for (const row of rows) {
      for (const [corner, isn] of CORNERS) {
        test(`${stateName(row.state)}: ${row.says} (${corner})`, () => {
          const m = inState(row.state, { system: row.system ?? 'linux', ...isn })
          expect(m.arrives(row.segment)).toEqual(row.answers)
          expect(stateName(m.tcb.state)).toBe(stateName(row.next))
          expect(m.tcb.error).toBe(row.error ?? 0)
        })
      }
    }
  })
}

test('FIN-WAIT-1: a FIN behind text that has no room leads to FIN-WAIT-2 if it acknowledges ours, and comes again with the text', () => {
  const m = inState(State.FIN_WAIT_1, { system: 'rfc9293', config: { receiveBuffer: 1000 } })
  m.arrives('. 1:1001(1000) ack 1')
  expect(m.tcb.rcv.wnd).toBe(0)
  expect(m.arrives('F. 1001:1101(100) ack 2')).toEqual(['. 2:2(0) ack 1001'])
  expect(stateName(m.tcb.state)).toBe('FIN-WAIT-2')
  m.read()
  m.arrives('F. 1001:1101(100) ack 2')
  expect(stateName(m.tcb.state)).toBe('TIME-WAIT')
})

describe('§3.10.7.4, where both ends count otherwise', () => {
  test.each([0, 1_000_000, -1_000_000])(
    'SYN-RECEIVED: the ACK that opens the connection says what its window is (ISN %d)',
    (iss) => {
      const m = inState(State.SYN_RECEIVED, { system: 'rfc9293', iss })
      m.arrives('. 1:1(0) ack 1 win 100')
      expect([stateName(m.tcb.state), m.tcb.snd.wnd]).toEqual(['ESTABLISHED', 100])
    },
  )

  test('ESTABLISHED: each end has taken the octet of the other’s window probe: the ACKs that say so count, and do not call for each other', () => {
    const m = inState(State.ESTABLISHED, { system: 'rfc9293' })
    m.arrives('. 1:1(0) ack 1 win 0')
    m.send(10)
    expect(m.wait(1_000_000)).toEqual(['. 1:2(1) ack 1'])
    m.arrives('. 1:2(1) ack 1 win 0')
    expect(m.arrives('. 1:1(0) ack 2 win 1000')).toEqual(['P. 2:11(9) ack 2'])
  })
})

describe('text over the middle of the numbers', () => {
  for (const peerIss of [0, 0x7fffff00]) {
    test(`its length stays what it is: the receiver's round trip is measured (peer's ISS ${peerIss})`, () => {
      const synOptions = '<mss 536,sackOK,TS val 100 ecr 0,nop,wscale 7>'
      const m = inState(State.ESTABLISHED, { system: 'rfc9293', peerIss, synOptions })
      const echo = timestampValue(m.tcb) >>> 0
      m.wait(50_000)
      m.arrives(`. 1:537(536) ack 1 win 65535 <TS val 101 ecr ${echo}>`)
      expect(m.tcb.autotuning.rttEighths).toBe(8 * 50_000)
    })
  }
})
