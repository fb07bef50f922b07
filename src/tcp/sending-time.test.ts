import { expect, test } from 'vitest'
import { inState } from '../../test/support/machine.ts'
import { statusCall } from './calls/status.ts'
import { State } from './state.ts'

const MS = 1000

test('TCP_INFO tells how long there was something to send, and what held it back', () => {
  const m = inState(State.ESTABLISHED, { config: { earlyRetransmit: 0 } })
  m.send(1000)
  m.wait(30 * MS)
  m.arrives('. 1:1(0) ack 1001 win 2000')
  expect(statusCall(m.tcb)).toMatchObject({ busy_time: 30_000n, rwnd_limited: 0n, sndbuf_limited: 0n })
  m.wait(100 * MS)
  m.send(5000)
  m.wait(20 * MS)
  expect(statusCall(m.tcb)).toMatchObject({ busy_time: 50_000n, rwnd_limited: 20_000n })
  m.arrives('. 1:1(0) ack 3001 win 65535')
  m.wait(10 * MS)
  expect(statusCall(m.tcb)).toMatchObject({ busy_time: 60_000n, rwnd_limited: 20_000n })
})

test('a send buffer smaller than the congestion window is told as what it is', () => {
  const m = inState(State.ESTABLISHED, { config: { initialWindow: 40 } })
  m.tcb.options.sendBuffer = 16_000
  m.tcb.options.sendBufferFixed = true
  // Chunks of two segments: several fill the buffer, and all of them leave.
  m.tcb.snd.maxWnd = 4000
  m.send(40_000)
  m.wait(20 * MS)
  expect(statusCall(m.tcb)).toMatchObject({ busy_time: 20_000n, sndbuf_limited: 0n })
  // There is room for one more, which is too little to say that there is room.
  m.arrives('. 1:1(0) ack 2001')
  m.send(2000)
  m.wait(20 * MS)
  expect(statusCall(m.tcb)).toMatchObject({ busy_time: 40_000n, sndbuf_limited: 20_000n })
  m.arrives(`. 1:1(0) ack ${m.tcb.snd.nxt - m.tcb.iss}`)
  m.wait(20 * MS)
  expect(statusCall(m.tcb)).toMatchObject({ busy_time: 40_000n, sndbuf_limited: 20_000n })
})
