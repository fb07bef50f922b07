import { describe, expect, test } from 'vitest'
import { inState, listen, Machine, type MachineOptions } from '../../../test/support/machine.ts'
import { openActive } from '../calls/open.ts'
import { SendFlag, sendCall } from '../calls/send.ts'
import { State } from '../state.ts'
import { keepaliveChanged } from './keepalive.ts'

const MS = 1000
const SECOND = 1_000_000
const ETIMEDOUT = 110

/** When what left in the next `us` left, in ms from now. */
function times(m: Machine, us: number): number[] {
  const from = m.now
  m.wheel.advance(from + us)
  m.now = from + us
  const at = m.outAt.map((t) => Math.round((t - from) / MS))
  m.sent()
  return at
}

/** The times only of segments that match. */
function timesOf(m: Machine, us: number, pattern: RegExp): number[] {
  const from = m.now
  m.wheel.advance(from + us)
  m.now = from + us
  const at = m.outAt.filter((_, i) => pattern.test(m.out[i] ?? '')).map((t) => Math.round((t - from) / MS))
  m.sent()
  return at
}

describe('retransmission (RFC 6298, §3.8.3)', () => {
  test('Linux repeats SYN each second five times, then backs off, and gives up with ETIMEDOUT', () => {
    const m = new Machine()
    openActive(m.tcb)
    m.sent()
    expect(times(m, 130 * SECOND)).toEqual([1000, 2000, 3000, 4000, 5000, 7000, 11_000, 19_000, 35_000, 67_000])
    m.wait(2 * SECOND)
    expect(m.tcb.state).toBe(State.CLOSED)
    expect(m.tcb.error).toBe(ETIMEDOUT)
  })

  test('SYN-ACK is repeated five times with backoff, then the half-open connection is forgotten in silence', () => {
    const m = new Machine()
    listen(m)
    m.arrives('S 0:0(0) win 65535 <mss 1460>')
    expect(times(m, 100 * SECOND)).toEqual([1000, 3000, 7000, 15_000, 31_000])
    expect(m.tcb.state).toBe(State.CLOSED)
    expect(m.listener?.listen?.embryonic.size).toBe(0)
  })

  test('text is repeated with doubling intervals; tcp_retries2 = 3 gives up after the modelled time', () => {
    const m = inState(State.ESTABLISHED, { config: { retries2: 3 } })
    m.send(100)
    m.sent()
    expect(times(m, 60 * SECOND)).toEqual([200, 600, 1400, 3000])
    expect(m.tcb.state).toBe(State.CLOSED)
    expect(m.tcb.error).toBe(ETIMEDOUT)
  })

  test('after the time that tcp_retries1 retransmissions take what was learned of the path is forgotten (R1)', () => {
    const m = inState(State.ESTABLISHED, { config: { retries1: 2 } })
    m.send(100)
    m.wait(1600 * MS)
    expect(m.doubted).toEqual([])
    m.wait(1600 * MS)
    expect(m.doubted).toEqual([m.tcb.remote])
  })

  test('TCP_USER_TIMEOUT ends it after that long without progress', () => {
    const m = inState(State.ESTABLISHED)
    m.tcb.options.userTimeoutUs = 2 * SECOND
    m.send(100)
    m.wait(2100 * MS)
    expect(m.tcb.state).toBe(State.ESTABLISHED)
    m.wait(200 * MS)
    expect(m.tcb.state).toBe(State.CLOSED)
    expect(m.tcb.error).toBe(ETIMEDOUT)
  })

  test('tcp_retries2 = 15 means 924.6 s, whatever the path', () => {
    const m = inState(State.ESTABLISHED)
    m.send(100)
    m.wait(924 * SECOND)
    expect(m.tcb.state).toBe(State.ESTABLISHED)
    m.wait(SECOND)
    expect(m.tcb.state).toBe(State.CLOSED)
  })

  test('an orphan gets eight retransmissions', () => {
    const m = inState(State.ESTABLISHED)
    m.close()
    m.wait(102 * SECOND)
    expect(m.tcb.state).toBe(State.FIN_WAIT_1)
    m.wait(SECOND)
    expect(m.tcb.state).toBe(State.CLOSED)
    expect(m.orphans).toBe(0)
  })

  test('a lost FIN is sent again from LAST-ACK', () => {
    const m = inState(State.LAST_ACK)
    expect(m.wait(250 * MS)).toEqual(['F. 1:1(0) ack 2'])
  })

  test('three duplicate ACKs send the missing segment again without waiting', () => {
    const m = inState(State.ESTABLISHED)
    m.tcb.congestion.window = 10
    m.send(1460 * 5)
    expect(m.sent()).toHaveLength(5)
    // The first segment behind the SYN-ACK confirms the window, and so is no duplicate.
    expect(m.arrives('. 1:1(0) ack 1')).toEqual([])
    expect(m.arrives('. 1:1(0) ack 1')).toEqual([])
    expect(m.arrives('. 1:1(0) ack 1')).toEqual([])
    expect(m.arrives('. 1:1(0) ack 1')).toEqual(['. 1:1461(1460) ack 1'])
    expect(m.arrives('. 1:1(0) ack 7301')).toEqual([])
    expect(m.tcb.sent.packetsOut).toBe(0)
  })
})

describe('zero window (§3.8.6.1)', () => {
  test('a closed window is probed with backoff for as long as the peer answers', () => {
    const m = inState(State.ESTABLISHED)
    m.arrives('. 1:1(0) ack 1 win 0')
    m.send(100)
    expect(m.sent()).toEqual([])
    expect(m.wait(250 * MS)).toEqual(['. 0:0(0) ack 1'])
    for (let i = 0; i < 30; i++) {
      m.arrives('. 1:1(0) ack 1 win 0')
      m.wait(120 * SECOND)
    }
    expect(m.tcb.state).toBe(State.ESTABLISHED)
    expect(m.arrives('. 1:1(0) ack 1 win 1000')).toEqual(['P. 1:101(100) ack 1'])
  })

  test('a probed octet that is taken was the last of its chunk: what follows is sent, and nothing empty', () => {
    const m = inState(State.ESTABLISHED, { system: 'rfc9293' })
    m.arrives('. 1:1(0) ack 1 win 0')
    sendCall(m.tcb, new Uint8Array(1), 0, 1, SendFlag.END_OF_RECORD)
    m.send(100)
    expect(m.wait(1100 * MS)).toEqual(['. 1:2(1) ack 1'])
    expect(m.arrives('. 1:1(0) ack 2 win 0')).toEqual([])
    expect(m.tcb.sent.packetsOut).toBe(0)
    expect(m.arrives('. 1:1(0) ack 2 win 1000')).toEqual(['P. 2:102(100) ack 1'])
  })

  test('the RFC machine leaves a small window unused until its override timer runs out', () => {
    const m = inState(State.ESTABLISHED, { system: 'rfc9293' })
    m.arrives('. 1:1(0) ack 1 win 500')
    m.send(5000)
    expect(m.sent()).toEqual([])
    expect(m.wait(1100 * MS)).toEqual(['. 1:501(500) ack 1'])
  })

  test('the RFC probes with one new octet', () => {
    const m = inState(State.ESTABLISHED, { system: 'rfc9293' })
    m.arrives('. 1:1(0) ack 1 win 0')
    m.send(100)
    expect(m.wait(1100 * MS)).toEqual(['. 1:2(1) ack 1'])
  })

  test('the octet of such a probe may be taken, when the window had opened and the news of it was lost', () => {
    const m = inState(State.ESTABLISHED, { system: 'rfc9293' })
    m.arrives('. 1:1(0) ack 1 win 0')
    m.send(100)
    m.wait(1100 * MS)
    expect(m.arrives('. 1:1(0) ack 2 win 1000')).toEqual(['P. 2:101(99) ack 1'])
    expect(m.arrives('. 1:1(0) ack 101 win 1000')).toEqual([])
    expect(m.tcb.sendBuffer.length).toBe(0)
  })
})

describe('delayed ACK (RFC 1122 §4.2.3.2)', () => {
  test('the RFC machine acknowledges every second full segment at once, a single one after 200 ms', () => {
    const m = inState(State.ESTABLISHED, { system: 'rfc9293' })
    expect(m.arrives('. 1:1461(1460) ack 1')).toEqual([])
    expect(m.arrives('. 1461:2921(1460) ack 1')).toEqual(['. 1:1(0) ack 2921'])
    expect(m.arrives('. 2921:3021(100) ack 1')).toEqual([])
    expect(times(m, SECOND)).toEqual([200])
  })

  test('Linux acknowledges at once at the start of a connection', () => {
    const m = inState(State.ESTABLISHED)
    expect(m.arrives('P. 1:101(100) ack 1')).toEqual(['. 1:1(0) ack 101'])
  })

  test('Linux acknowledges a FIN at its next tick, unless something carries the ACK before', () => {
    const m = inState(State.ESTABLISHED)
    expect(m.arrives('F. 1:1(0) ack 1')).toEqual([])
    expect(times(m, SECOND)).toEqual([4])
  })
})

describe('keep-alive (§3.8.4)', () => {
  const asked = (options: MachineOptions = {}): Machine => {
    const m = inState(State.ESTABLISHED, options)
    m.tcb.options.keepalive = true
    keepaliveChanged(m.tcb)
    return m
  }

  test('only sockets that asked are probed', () => {
    expect(times(inState(State.ESTABLISHED), 30 * 86_400 * SECOND)).toEqual([])
  })

  test('after two hours nine probes 75 s apart, then RST and ETIMEDOUT', () => {
    const m = asked()
    const probes = timesOf(m, 3 * 3600 * SECOND, /^\. 0:0/)
    expect(probes).toHaveLength(9)
    expect(probes[0]).toBe(7_200_000)
    expect((probes[1] ?? 0) - (probes[0] ?? 0)).toBe(75_000)
    expect(m.tcb.state).toBe(State.CLOSED)
    expect(m.tcb.error).toBe(ETIMEDOUT)
  })

  test('an answer keeps the connection', () => {
    const m = asked()
    m.wait(7201 * SECOND)
    m.arrives('. 1:1(0) ack 1')
    m.wait(7000 * SECOND)
    expect(m.tcb.state).toBe(State.ESTABLISHED)
  })
})

describe('keep-alive where sysctls leave it no time', () => {
  test('tcp_keepalive_time 0: the timer does not run out for ever at one moment while text is on its way', () => {
    const m = inState(State.ESTABLISHED, { config: { keepaliveIdleUs: 0 } })
    m.tcb.options.keepalive = true
    keepaliveChanged(m.tcb)
    m.send(10)
    m.sent()
    expect(timesOf(m, SECOND, /1:11\(10\)/)).toEqual([200, 600])
  })

  test('tcp_keepalive_intvl −1 s: probes go on until TCP_USER_TIMEOUT', () => {
    const m = inState(State.ESTABLISHED, { config: { keepaliveIdleUs: SECOND, keepaliveIntervalUs: -SECOND } })
    m.tcb.options.keepalive = true
    m.tcb.options.userTimeoutUs = 2 * SECOND
    keepaliveChanged(m.tcb)
    m.wait(2 * SECOND - MS)
    expect(m.tcb.state).toBe(State.ESTABLISHED)
    m.wait(2 * MS)
    expect(m.tcb.state).toBe(State.CLOSED)
    expect(m.tcb.error).toBe(ETIMEDOUT)
  })
})

describe('USER TIMEOUT (§3.10.8)', () => {
  test('taken back while text is on its way, it ends nothing', () => {
    const m = inState(State.ESTABLISHED, { system: 'rfc9293', config: { retries2: 100 } })
    m.send(10)
    m.tcb.host.config.userTimeoutUs = 0
    m.wait(600 * SECOND)
    expect(m.tcb.state).toBe(State.ESTABLISHED)
  })
})

describe('FIN-WAIT-2', () => {
  test('a held descriptor waits for ever', () => {
    const m = inState(State.FIN_WAIT_2)
    m.wait(30 * 86_400 * SECOND)
    expect(m.tcb.state).toBe(State.FIN_WAIT_2)
  })

  /** What tcp_fin_timeout and TCP_LINGER2 give an orphan, in seconds. Above 60 Linux bends: 2·(value − 60). */
  const ORPHANS = [
    { finTimeout: 5, linger2: 0, lives: 5 },
    { finTimeout: 60, linger2: 0, lives: 60 },
    { finTimeout: 65, linger2: 0, lives: 10 },
    { finTimeout: 70, linger2: 0, lives: 20 },
    { finTimeout: 90, linger2: 0, lives: 60 },
    { finTimeout: 60, linger2: 2, lives: 2 },
  ]
  for (const row of ORPHANS) {
    test(`tcp_fin_timeout ${row.finTimeout}, TCP_LINGER2 ${row.linger2}: an orphan lives ${row.lives} s`, () => {
      const m = inState(State.ESTABLISHED, { config: { finWait2Us: row.finTimeout * SECOND } })
      m.tcb.options.linger2Us = row.linger2 * SECOND
      m.close()
      m.arrives('. 1:1(0) ack 2')
      m.wait(row.lives * SECOND - MS)
      expect(m.tcb.state).toBe(State.FIN_WAIT_2)
      m.wait(2 * MS)
      expect(m.tcb.state).toBe(State.CLOSED)
    })
  }

  for (const finTimeout of [60, 90]) {
    test(`tcp_fin_timeout ${finTimeout}: Linux does not probe whether an orphan's peer is there`, () => {
      const m = inState(State.ESTABLISHED, { config: { finWait2Us: finTimeout * SECOND } })
      m.tcb.options.keepalive = true
      m.tcb.options.keepIdleUs = 10 * SECOND
      keepaliveChanged(m.tcb)
      m.close()
      m.arrives('. 1:1(0) ack 2')
      m.sent()
      expect(m.wait(59 * SECOND)).toEqual([])
    })
  }

  test('TCP_LINGER2 −1: the orphan ends at once', () => {
    const m = inState(State.ESTABLISHED)
    m.tcb.options.linger2Us = -1
    m.close()
    m.arrives('. 1:1(0) ack 2')
    expect(m.tcb.state).toBe(State.CLOSED)
  })
})
