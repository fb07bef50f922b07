import { describe, expect, test } from 'vitest'
import { inState, type Machine, type MachineOptions } from '../../../test/support/machine.ts'
import { State } from '../state.ts'
import { Phase } from './loss-recovery.ts'

const MS = 1000
/** Round trip of these stories. */
const RTT = 100 * MS

/** Established with SACK and segments of 1000 octets, the round trip measured; `segments` of them are in flight. */
function inFlight(segments: number, options: MachineOptions = {}, syn = '<mss 1000,sackOK>'): Machine {
  const m = inState(State.SYN_SENT, options)
  m.wait(RTT)
  m.arrives(`S. 0:0(0) ack 1 win 65535 ${syn}`)
  m.send(1000)
  m.wait(RTT)
  m.arrives('. 1:1(0) ack 1001')
  m.send(1000 * segments)
  m.sent()
  return m
}

/** What a segment of the stream is called: its number, from 1 on behind the first that was acknowledged. */
function numbers(sent: string[]): number[] {
  return sent.map((text) => Math.floor(Number(/ (\d+):/.exec(text)?.[1]) / 1000))
}

/** An ACK of everything before segment `n`, with blocks of whole segments. */
function ack(n: number, ...blocks: [from: number, to: number][]): string {
  const text = blocks.map(([from, to]) => `${from * 1000 + 1}:${to * 1000 + 1001}`).join(' ')
  return `. 1:1(0) ack ${n * 1000 + 1}${text === '' ? '' : ` <sack ${text}>`}`
}

describe('RACK (RFC 8985): lost is what was overtaken for long enough', () => {
  test('three segments sacked behind a hole: the hole is sent again at once', () => {
    const m = inFlight(6)
    m.wait(RTT)
    expect(m.arrives(ack(1, [2, 2]))).toEqual([])
    expect(m.arrives(ack(1, [2, 3]))).toEqual([])
    expect(numbers(m.arrives(ack(1, [2, 4])))).toEqual([1])
    expect(m.tcb.recovery.phase).toBe(Phase.RECOVERY)
    m.wait(RTT)
    expect(m.arrives(ack(7))).toEqual([])
    expect(m.tcb.recovery.phase).toBe(Phase.OPEN)
    expect(m.counters.TCPSackRecovery).toBe(1)
  })

  test('one segment sacked behind a hole: the hole is sent again when a quarter of the round trip has passed', () => {
    const m = inFlight(6)
    m.wait(RTT)
    expect(m.arrives(ack(1, [2, 2]))).toEqual([])
    expect(m.wait(RTT / 4)).toEqual([])
    expect(numbers(m.wait(5 * MS))).toEqual([1])
  })

  test('reordering within that time costs nothing, and widens what may be late', () => {
    const m = inFlight(6)
    m.wait(RTT)
    m.arrives(ack(1, [2, 2]))
    m.wait(5 * MS)
    expect(m.arrives(ack(3))).toEqual([])
    expect(m.tcb.recovery.phase).toBe(Phase.OPEN)
    expect(m.tcb.recovery.reorderSeen).toBe(1)
    expect(m.counters.TCPSACKReorder).toBe(1)
    expect(m.tcb.congestion.window).toBeGreaterThanOrEqual(10)
  })

  test('a retransmission that is lost again is noticed without a timeout', () => {
    const m = inFlight(8)
    m.wait(RTT)
    expect(numbers(m.arrives(ack(1, [2, 5])))).toEqual([1])
    m.send(4000)
    m.wait(RTT)
    const again = m.arrives(ack(1, [2, 11]))
    const later = m.wait(30 * MS)
    expect(numbers([...again, ...later])).toContain(1)
    expect(m.counters.TCPLostRetransmit + m.counters.TCPTimeouts).toBeLessThanOrEqual(1)
  })

  test('two holes are both sent again in one recovery, the window reduced once', () => {
    const m = inFlight(10)
    m.wait(RTT)
    const sent = [...m.arrives(ack(1, [2, 4])), ...m.arrives(ack(1, [6, 9], [2, 4])), ...m.wait(30 * MS)]
    expect(numbers(sent)).toEqual([1, 5])
    m.wait(RTT)
    m.arrives(ack(11))
    expect(m.tcb.congestion.threshold).toBe(7)
    expect(m.counters.TCPSackRecovery).toBe(1)
  })
})

describe('tail loss probe (RFC 8985 §7)', () => {
  test('the last segment is asked for after two round trips, not after the retransmission timeout', () => {
    const m = inFlight(3)
    expect(numbers(m.wait(2 * RTT + 10 * MS))).toEqual([3])
    expect(m.counters.TCPLossProbes).toBe(1)
    expect(m.counters.TCPTimeouts).toBe(0)
  })

  test('one segment alone gets the time of a delayed ACK on top', () => {
    const m = inFlight(1)
    expect(m.wait(2 * RTT + 90 * MS)).toEqual([])
    // The retransmission timeout would be due now: the probe takes its place, and its blame.
    expect(numbers(m.wait(20 * MS))).toEqual([1])
    expect(m.counters.TCPLossProbes).toBe(1)
  })

  test('new data is the better probe', () => {
    const m = inFlight(10)
    m.send(1000)
    expect(m.sent()).toEqual([])
    expect(numbers(m.wait(2 * RTT + 10 * MS))).toEqual([11])
  })

  test('a probe that repaired the only loss costs the window what the loss would have', () => {
    const m = inFlight(4)
    m.wait(2 * RTT + 10 * MS)
    m.send(1000)
    m.sent()
    m.wait(RTT / 2)
    m.arrives(ack(6))
    expect(m.counters.TCPLossProbeRecovery).toBe(1)
    expect(m.tcb.congestion.window).toBe(7)
  })

  test('a probe that was needless is told by DSACK, and costs nothing', () => {
    const m = inFlight(4)
    m.wait(2 * RTT + 10 * MS)
    m.arrives(ack(5))
    m.arrives(ack(5, [4, 4]))
    expect(m.counters.TCPLossProbeRecovery).toBe(0)
    expect(m.tcb.congestion.window).toBeGreaterThanOrEqual(10)
  })
})

describe('timeout, F-RTO (RFC 5682) and undo', () => {
  test('after a timeout one segment leaves; the others when the first ACK shows that they are lost too', () => {
    const m = inFlight(5, { config: { earlyRetransmit: 0, frto: false } })
    expect(numbers(m.wait(310 * MS))).toEqual([1])
    expect(m.tcb.congestion.window).toBe(1)
    expect(numbers(m.arrives(ack(2)))).toEqual([2, 3])
    expect(numbers(m.arrives(ack(4)))).toEqual([4, 5])
    m.arrives(ack(6))
    expect(m.tcb.recovery.phase).toBe(Phase.OPEN)
  })

  test('a late ACK of the original makes F-RTO send new data, and the next one undo the reduction', () => {
    const m = inFlight(5, { config: { earlyRetransmit: 0 } })
    const window = m.tcb.congestion.window
    expect(numbers(m.wait(310 * MS))).toEqual([1])
    m.send(5000)
    m.sent()
    expect(numbers(m.arrives(ack(2)))).toEqual([6, 7])
    m.arrives(ack(4))
    expect(m.counters.TCPSpuriousRTOs).toBe(1)
    expect(m.tcb.congestion.window).toBeGreaterThanOrEqual(window)
    expect(m.tcb.recovery.phase).toBe(Phase.OPEN)
  })

  test('DSACKs for every retransmission undo a needless recovery', () => {
    const m = inFlight(8)
    const window = m.tcb.congestion.window
    m.wait(RTT)
    expect(numbers(m.arrives(ack(1, [2, 4])))).toEqual([1])
    m.wait(20 * MS)
    m.arrives(ack(9))
    m.arrives(ack(9, [1, 1]))
    expect(m.counters.TCPDSACKUndo).toBe(1)
    expect(m.tcb.congestion.window).toBeGreaterThanOrEqual(window)
  })

  test('a peer that takes its SACK blocks back is believed at the timeout', () => {
    const m = inFlight(4, { config: { earlyRetransmit: 0 } })
    m.wait(RTT)
    m.arrives(ack(1, [2, 2]))
    m.wait(400 * MS)
    m.sent()
    // What is sacked should have been acknowledged: half a round trip later it counts as lost.
    expect(m.arrives(ack(2))).toEqual([])
    expect(numbers(m.wait(RTT / 2 + 1))).toEqual([2])
    expect(m.counters.TCPSACKReneging).toBe(1)
  })
})

describe('without SACK (RFC 6582)', () => {
  test('the third duplicate sends the hole, each partial ACK the next one', () => {
    const m = inFlight(8, {}, '<mss 1000>')
    m.wait(RTT)
    expect(m.arrives(ack(1))).toEqual([])
    expect(m.arrives(ack(1))).toEqual([])
    expect(numbers(m.arrives(ack(1)))).toEqual([1])
    for (let i = 0; i < 3; i++) m.arrives(ack(1))
    m.wait(RTT)
    expect(numbers(m.arrives(ack(4)))).toEqual([4])
    m.wait(RTT)
    // Recovery is held until more than what was in flight is acknowledged (RFC 6582 §4.1).
    m.arrives(ack(9))
    expect(m.tcb.recovery.phase).toBe(Phase.RECOVERY)
    m.send(1000)
    m.wait(RTT)
    m.arrives(ack(10))
    expect(m.counters.TCPRenoRecovery).toBe(1)
    expect(m.tcb.congestion.window).toBe(7)
  })
})
