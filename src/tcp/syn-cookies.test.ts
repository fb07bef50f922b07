import { describe, expect, test } from 'vitest'
import { listen, Machine } from '../../test/support/machine.ts'
import { MINUTE } from '../base/index.ts'
import { State } from './state.ts'

/** A listener that answers every SYN by a cookie. */
function flooded(): Machine {
  const m = new Machine({ config: { synCookies: 2 } })
  listen(m)
  return m
}

/** Sends a SYN and acknowledges the cookie; what is behind the ACK comes with it. */
function shake(m: Machine, syn: string, ack: (cookie: number, tsVal: number) => string): string[] {
  let tsVal = 0
  m.observe = (segment) => {
    tsVal = segment.tsVal
  }
  const [answer] = m.arrives(syn)
  const cookie = Number(/^S\. (-?\d+)/.exec(answer ?? '')?.[1] ?? Number.NaN)
  m.wait(1000)
  return m.arrives(ack(cookie, tsVal))
}

describe('SYN cookies (RFC 4987 §3.6)', () => {
  test('nothing is kept of the SYN, and the ACK makes the connection with the nearest MSS below', () => {
    const m = flooded()
    m.seqAbsolute = true
    shake(m, 'S 0:0(0) win 65535 <mss 1400>', (cookie) => `. 1:1(0) ack ${cookie + 1} win 65535`)
    expect(m.listener?.listen?.accept.length).toBe(1)
    const child = m.listener?.listen?.accept[0]
    expect(child?.state).toBe(State.ESTABLISHED)
    expect(child?.peerMss).toBe(1300)
    expect(child?.sackPermitted).toBe(false)
    expect(m.counters.SyncookiesSent).toBe(1)
    expect(m.counters.SyncookiesRecv).toBe(1)
  })

  test('no larger an MSS comes back than the program had set (Linux)', () => {
    const m = new Machine({ config: { synCookies: 2 } })
    listen(m)
    if (m.listener !== null) m.listener.options.maxSegment = 1000
    m.seqAbsolute = true
    shake(m, 'S 0:0(0) win 65535 <mss 1460>', (cookie) => `. 1:1(0) ack ${cookie + 1} win 65535`)
    expect(m.listener?.listen?.accept[0]?.sendMss).toBe(536)
  })

  test('with timestamps, window scale and SACK come back too', () => {
    const m = flooded()
    m.seqAbsolute = true
    shake(
      m,
      'S 0:0(0) win 65535 <mss 1460,wscale 7,sackOK,TS val 5 ecr 0>',
      (cookie, tsVal) => `. 1:1(0) ack ${cookie + 1} win 512 <TS val 6 ecr ${tsVal}>`,
    )
    const child = m.listener?.listen?.accept[0]
    expect(child?.peerMss).toBe(1460)
    expect(child?.sackPermitted).toBe(true)
    expect(child?.sndScale).toBe(7)
    expect(child?.snd.wnd).toBe(512 << 7)
  })

  test('a guessed or an old cookie is answered by RST', () => {
    const m = flooded()
    m.seqAbsolute = true
    const guessed = shake(m, 'S 0:0(0) win 65535 <mss 1460>', (cookie) => `. 1:1(0) ack ${cookie + 2} win 65535`)
    expect(guessed.map((text) => text[0])).toEqual(['R'])
    expect(m.counters.SyncookiesFailed).toBe(1)
    const [answer] = m.arrives('S 0:0(0) win 65535 <mss 1460>')
    const cookie = Number(/^S\. (-?\d+)/.exec(answer ?? '')?.[1])
    m.wait(2 * MINUTE)
    expect(m.arrives(`. 1:1(0) ack ${cookie + 1} win 65535`).map((text) => text[0])).toEqual(['R'])
  })

  test('text that comes with the ACK is not lost', () => {
    const m = flooded()
    m.seqAbsolute = true
    shake(m, 'S 0:0(0) win 65535 <mss 1460>', (cookie) => `P. 1:4(3) ack ${cookie + 1} win 65535`)
    expect(m.listener?.listen?.accept[0]?.receiveBuffer.length).toBe(3)
  })
})
