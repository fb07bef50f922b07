import { describe, expect, test } from 'vitest'
import { inState } from '../../../test/support/machine.ts'
import { State } from '../state.ts'

const SACK = { synOptions: '<mss 1460,sackOK>' } as const

/** An established connection whose peer offered SACK. */
function established(): ReturnType<typeof inState> {
  return inState(State.ESTABLISHED, SACK)
}

describe('what the receiver tells of gaps and duplicates (RFC 2018 §4, RFC 2883)', () => {
  test('the block that changed last comes first', () => {
    const m = established()
    expect(m.arrives('. 1001:2001(1000) ack 1')).toEqual(['. 1:1(0) ack 1 sack 1001:2001'])
    expect(m.arrives('. 3001:4001(1000) ack 1')).toEqual(['. 1:1(0) ack 1 sack 3001:4001 1001:2001'])
    expect(m.arrives('. 2001:2501(500) ack 1')).toEqual(['. 1:1(0) ack 1 sack 1001:2501 3001:4001'])
  })

  test('five gaps: the oldest report is left out', () => {
    const m = established()
    let last: string[] = []
    for (let i = 0; i < 5; i++) last = m.arrives(`. ${2001 + i * 2000}:${3001 + i * 2000}(1000) ack 1`)
    if (last.length === 0) last = m.wait(10_000)
    expect(last).toEqual(['. 1:1(0) ack 1 sack 10001:11001 8001:9001 6001:7001 4001:5001'])
  })

  test('a segment that came twice is reported once, before the gaps', () => {
    const m = established()
    m.arrives('. 1:1001(1000) ack 1')
    expect(m.arrives('. 1:1001(1000) ack 1')).toEqual(['. 1:1(0) ack 1001 sack 1:1001'])
    expect(m.arrives('. 2001:3001(1000) ack 1')).toEqual(['. 1:1(0) ack 1001 sack 2001:3001'])
    expect(m.arrives('. 2001:3001(1000) ack 1')).toEqual(['. 1:1(0) ack 1001 sack 2001:3001 2001:3001'])
    expect(m.arrives('. 1001:2001(1000) ack 1')).toEqual(['. 1:1(0) ack 3001'])
  })

  test('filling a hole with more than the hole reports what was there already', () => {
    const m = established()
    m.arrives('. 1001:2001(1000) ack 1')
    expect(m.arrives('. 1:1501(1500) ack 1')).toEqual(['. 1:1(0) ack 2001 sack 1001:1501'])
  })

  test('tcp_dsack = 0 reports no duplicates', () => {
    const m = inState(State.ESTABLISHED, { ...SACK, config: { dsack: false } })
    m.arrives('. 1:1001(1000) ack 1')
    expect(m.arrives('. 1:1001(1000) ack 1')).toEqual(['. 1:1(0) ack 1001'])
  })
})
