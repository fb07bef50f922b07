import { describe, expect, test } from 'vitest'
import { accept, inState, listen, Machine } from '../../../test/support/machine.ts'
import { State } from '../state.ts'
import { receivable, receiveUrgentCall } from './receive.ts'
import { SendFlag, sendCall } from './send.ts'

const EAGAIN = 11
const EPIPE = 32
const ECONNRESET = 104

describe('close (§3.10.4)', () => {
  test('with unread data it resets the peer, from CLOSE-WAIT too', () => {
    for (const fin of ['P.', 'FP.']) {
      const m = inState(State.ESTABLISHED)
      m.arrives(`${fin} 1:11(10) ack 1`)
      const nxt = fin === 'FP.' ? 12 : 11
      expect(m.close()).toEqual([`R. 1:1(0) ack ${nxt}`])
      expect(m.tcb.state).toBe(State.CLOSED)
    }
  })

  test('SO_LINGER {1,0} drops what is unsent and resets: no TIME-WAIT', () => {
    const m = inState(State.ESTABLISHED)
    m.arrives('. 1:1(0) ack 1 win 0')
    m.send(1000)
    expect(m.close(0)).toEqual(['R. 1:1(0) ack 1'])
    expect(m.timeWaits).toEqual([])
  })

  test('by default the data still goes out, and the FIN behind it', () => {
    const m = inState(State.ESTABLISHED)
    m.send(3000)
    m.close()
    m.sent()
    expect(m.tcb.state).toBe(State.FIN_WAIT_1)
    expect(m.tcb.finSent).toBe(true)
  })

  test('text for an orphan is answered by RST', () => {
    const m = inState(State.ESTABLISHED)
    m.close()
    m.arrives('. 1:1(0) ack 2')
    expect(m.arrives('P. 1:11(10) ack 2')).toEqual(['R 2:2(0)'])
    expect(m.tcb.state).toBe(State.CLOSED)
  })

  test('a listener resets whom nobody accepted', () => {
    const m = new Machine()
    listen(m)
    m.arrives('S 0:0(0) win 65535 <mss 1460>')
    m.arrives('. 1:1(0) ack 1')
    const child = m.tcb
    if (m.listener !== null) m.tcb = m.listener
    expect(m.close()).toEqual(['R. 1:1(0) ack 1'])
    expect(child.state).toBe(State.CLOSED)
  })

  test('above tcp_max_orphans an orphan is reset', () => {
    const m = inState(State.ESTABLISHED, { config: { maxOrphans: 0 } })
    expect(m.close()).toEqual(['F. 1:1(0) ack 1', 'R. 2:2(0) ack 1'])
    expect(m.tcb.state).toBe(State.CLOSED)
  })
})

describe('half-close', () => {
  test('from CLOSE-WAIT data still flows, and the FIN comes when we want', () => {
    const m = inState(State.CLOSE_WAIT)
    expect(m.read()).toBe(0)
    m.send(10)
    expect(m.sent()).toEqual(['P. 1:11(10) ack 2'])
    expect(m.shutdown()).toEqual(['F. 11:11(0) ack 2'])
    expect(m.tcb.state).toBe(State.LAST_ACK)
  })

  test('in FIN-WAIT-2 with the descriptor held, data is still read', () => {
    const m = inState(State.FIN_WAIT_2)
    m.arrives('P. 1:11(10) ack 2')
    expect(m.read()).toBe(10)
    expect(m.read()).toBe(-EAGAIN)
    expect(m.tcb.state).toBe(State.FIN_WAIT_2)
  })

  test('three packets end a connection when the FIN rides with the ACK', () => {
    const m = inState(State.ESTABLISHED)
    m.arrives('F. 1:1(0) ack 1')
    expect(m.close()).toEqual(['F. 1:1(0) ack 2'])
  })
})

describe('errors that a descriptor sees once', () => {
  test('after RST: ECONNRESET, then end of file; writing gives EPIPE', () => {
    const m = inState(State.ESTABLISHED)
    m.arrives('R 1:1(0)')
    expect(m.read()).toBe(-ECONNRESET)
    expect(m.read()).toBe(0)
    expect(m.send(1)).toBe(-EPIPE)
  })

  test('after shutdown, writing gives EPIPE', () => {
    const m = inState(State.FIN_WAIT_1)
    expect(m.send(1)).toBe(-EPIPE)
  })
})

describe('text', () => {
  test('any order and overlap is put together, the first to arrive wins, and gaps are acknowledged at once', () => {
    const m = inState(State.ESTABLISHED)
    expect(m.arrives('. 21:31(10) ack 1')).toEqual(['. 1:1(0) ack 1'])
    expect(m.arrives('. 11:26(15) ack 1')).toEqual(['. 1:1(0) ack 1'])
    expect(m.arrives('. 1:11(10) ack 1')).toEqual(['. 1:1(0) ack 31'])
    const into = new Uint8Array(64)
    expect(m.readable).toBe(30)
    expect(m.read()).toBe(30)
    expect(into).toHaveLength(64)
  })

  test('with SACK the early ranges are reported, the newest first', () => {
    const m = inState(State.ESTABLISHED, { synOptions: '<mss 1460,sackOK>' })
    expect(m.arrives('. 11:21(10) ack 1')).toEqual(['. 1:1(0) ack 1 sack 11:21'])
    expect(m.arrives('. 31:41(10) ack 1')).toEqual(['. 1:1(0) ack 1 sack 31:41 11:21'])
    expect(m.arrives('. 1:11(10) ack 1')).toEqual(['. 1:1(0) ack 21 sack 31:41'])
  })

  test('a FIN beyond a gap takes effect when the text is whole', () => {
    const m = inState(State.ESTABLISHED)
    m.arrives('F. 11:21(10) ack 1')
    expect(m.tcb.state).toBe(State.ESTABLISHED)
    m.arrives('. 1:11(10) ack 1')
    expect(m.tcb.state).toBe(State.CLOSE_WAIT)
    expect(m.read()).toBe(20)
    expect(m.read()).toBe(0)
  })

  test('Nagle holds a small segment back while another is in flight; TCP_NODELAY does not', () => {
    const m = inState(State.ESTABLISHED)
    m.send(10)
    m.send(10)
    expect(m.sent()).toEqual(['P. 1:11(10) ack 1'])
    expect(m.arrives('. 1:1(0) ack 11')).toEqual(['P. 11:21(10) ack 1'])
    m.tcb.options.noDelay = true
    m.send(10)
    m.send(10)
    expect(m.sent()).toEqual(['P. 21:31(10) ack 1', 'P. 31:41(10) ack 1'])
  })

  test('the peer may close its window by sending less room, never by making us send beyond it', () => {
    const m = inState(State.ESTABLISHED)
    m.arrives('. 1:1(0) ack 1 win 2000')
    m.send(5000)
    // The end of a burst carries PSH.
    expect(m.sent()).toEqual(['. 1:1461(1460) ack 1', 'P. 1461:2001(540) ack 1'])
  })
})

describe('urgent data (RFC 6093)', () => {
  test('the urgent octet is read out of band and is missing from the stream', () => {
    const m = inState(State.ESTABLISHED)
    m.arrives('P.U 1:4(3) ack 1 urg 3')
    expect(receiveUrgentCall(m.tcb, false)).toBe(3)
    expect(m.read()).toBe(2)
    expect(m.read()).toBe(-EAGAIN)
  })

  test('where each comes out of the stream, a peer that sends nothing else closes the window all the same', () => {
    const m = inState(State.ESTABLISHED, { system: 'freebsd', config: { receiveBuffer: 4096 } })
    for (let seq = 1; seq < 20_000; seq++) m.arrives(`P.U ${seq}:${seq + 1}(1) ack 1 urg 1`)
    expect(m.tcb.receiveBuffer.length).toBeLessThan(2 * m.tcb.options.receiveBuffer)
    expect(receivable(m.tcb)).toBe(m.tcb.receiveBuffer.length - 1024)
  })

  test('sending it sets URG and the pointer one past it', () => {
    const m = inState(State.ESTABLISHED)
    sendCall(m.tcb, new Uint8Array(3), 0, 3, SendFlag.URGENT)
    expect(m.sent()).toEqual(['P.U 1:4(3) ack 1 urg 3'])
  })
})

describe('simultaneous', () => {
  test('open: crossed SYNs meet in SYN-RECEIVED and become ESTABLISHED', () => {
    const m = inState(State.SYN_SENT)
    expect(m.arrives('S 0:0(0) win 65535 <mss 1460>')).toEqual(['S. 0:0(0) ack 1'])
    expect(m.tcb.state).toBe(State.SYN_RECEIVED)
    expect(m.arrives('S. 0:0(0) ack 1 win 65535 <mss 1460>')).toEqual(['. 1:1(0) ack 1'])
    expect(m.tcb.state).toBe(State.ESTABLISHED)
  })

  test('close: crossed FINs meet in CLOSING and both wait', () => {
    const m = inState(State.FIN_WAIT_1)
    expect(m.arrives('F. 1:1(0) ack 1')).toEqual(['. 2:2(0) ack 2'])
    m.arrives('. 2:2(0) ack 2')
    expect(m.tcb.state).toBe(State.TIME_WAIT)
  })
})

test('accept hands out the oldest connection', () => {
  const m = new Machine()
  listen(m)
  expect(accept(m)).toBe(false)
  m.arrives('S 0:0(0) win 65535 <mss 1460>')
  m.arrives('. 1:1(0) ack 1')
  expect(accept(m)).toBe(true)
  expect(m.tcb.state).toBe(State.ESTABLISHED)
})
