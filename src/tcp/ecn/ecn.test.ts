import { describe, expect, test } from 'vitest'
import { inState, listen, Machine, type MachineOptions } from '../../../test/support/machine.ts'
import { Address, Ctl, IpHeader } from '../../wire/index.ts'
import { segmentArrives } from '../arrives/index.ts'
import { openActive } from '../calls/open.ts'
import { State } from '../state.ts'

const MS = 1000
const ECT0 = 2
const CE = 3
const REMOTE = Address.v4(0x0a000002)
const LOCAL = Address.v4(0x0a000001)

/** A machine that remembers the ECN bits of what it sends, as letters: E for ECE, W for CWR; and the codepoint they travelled with. */
class Bench {
  readonly m: Machine
  #bits: string[] = []

  constructor(m: Machine) {
    this.m = m
    m.observe = ({ ctl }) => {
      const letters = ((ctl & Ctl.ECE) !== 0 ? 'E' : '') + ((ctl & Ctl.CWR) !== 0 ? 'W' : '')
      this.#bits.push(`${letters}${m.tcb.ecn.codepoint}`)
    }
  }

  /** Bits and codepoints of what left since the last look. */
  bits(): string[] {
    this.m.sent()
    return this.#bits.splice(0)
  }

  /** A segment with bits beyond the bench's notation, in a packet with a codepoint; to the listener when it is a SYN. */
  arrives(text: string, bits = 0, tos = 0): string[] {
    const segment = this.m.parse(text)
    segment.ctl |= bits
    const ip = new IpHeader()
    ip.version = 4
    ip.tos = tos
    ip.s2 = ip.d2 = REMOTE.w2
    ip.s3 = REMOTE.w3
    ip.d3 = LOCAL.w3
    segmentArrives(
      this.m.listener !== null && this.m.tcb.state === State.CLOSED ? this.m.listener : this.m.tcb,
      segment,
      ip,
    )
    return this.bits()
  }
}

/** SYN-SENT, the SYN still to be looked at. */
function opening(options: MachineOptions = {}): Bench {
  const bench = new Bench(new Machine({ ...options, config: { ecn: 1, ...options.config } }))
  openActive(bench.m.tcb)
  return bench
}

/** Established, both ends agreed; ten segments may leave. */
function agreed(): Bench {
  const bench = opening()
  bench.arrives('S. 0:0(0) ack 1 win 65535 <mss 1000,sackOK>', Ctl.ECE)
  expect(bench.m.tcb.ecn.on).toBe(true)
  return bench
}

describe('agreement (RFC 3168 §6.1.1)', () => {
  test('a SYN asks with ECE and CWR, and travels without a codepoint', () => {
    expect(opening().bits()).toEqual(['EW0'])
    expect(opening({ config: { ecn: 2 } }).bits()).toEqual(['0'])
  })

  test.each([
    ['ECE alone', Ctl.ECE, true],
    ['nothing', 0, false],
    ['ECE and CWR, as a peer that reflects what it does not know', Ctl.ECE | Ctl.CWR, false],
  ])('a SYN-ACK with %s', (_what, bits, on) => {
    const bench = opening()
    bench.arrives('S. 0:0(0) ack 1 win 65535 <mss 1000>', bits)
    expect(bench.m.tcb.ecn.on).toBe(on)
  })

  test('a SYN that is not answered is sent again without asking; without fallback it asks again', () => {
    const careful = opening()
    careful.m.wait(1100 * MS)
    expect(careful.bits()).toEqual(['EW0', '0'])
    const stubborn = opening({ config: { ecnFallback: false } })
    stubborn.m.wait(1100 * MS)
    expect(stubborn.bits()).toEqual(['EW0', 'EW0'])
  })

  test.each([
    ['asks', Ctl.ECE | Ctl.CWR, 0, 2, ['E0']],
    ['does not', 0, 0, 2, ['0']],
    ['asks a system that never does it', Ctl.ECE | Ctl.CWR, 0, 0, ['0']],
    ['asks, and has lost its codepoint to some box on the way', Ctl.ECE | Ctl.CWR, CE, 2, ['0']],
  ])('a SYN that %s', (_what, bits, tos, ecn, answer) => {
    const bench = new Bench(new Machine({ config: { ecn } }))
    listen(bench.m)
    expect(bench.arrives('S 0:0(0) win 65535 <mss 1000>', bits, tos)).toEqual(answer)
  })
})

describe('the sender (RFC 3168 §6.1.2)', () => {
  test('new data travels as ECN-capable; ACKs and retransmissions do not', () => {
    const bench = agreed()
    bench.bits()
    bench.m.send(1000)
    expect(bench.bits()).toEqual([`${ECT0}`])
    bench.m.wait(250 * MS)
    // The loss probe: the same segment once more.
    expect(bench.bits()).toEqual(['0'])
    expect(bench.arrives('P. 1:101(100) ack 1001')).toEqual(['0'])
  })

  test('an echoed mark reduces the window once a round trip, and the next new data says so once', () => {
    const bench = agreed()
    const { m } = bench
    m.send(10_000)
    m.wait(100 * MS)
    bench.bits()
    bench.arrives('. 1:1(0) ack 1001', Ctl.ECE)
    expect(m.tcb.congestion.threshold).toBe(7)
    bench.arrives('. 1:1(0) ack 2001', Ctl.ECE)
    bench.arrives('. 1:1(0) ack 10001')
    expect(m.tcb.congestion.threshold).toBe(7)
    expect(m.tcb.congestion.window).toBeLessThanOrEqual(8)
    bench.bits()
    m.send(2000)
    expect(bench.bits()).toEqual([`W${ECT0}`, `${ECT0}`])
  })
})

describe('the receiver (RFC 3168 §6.1.3)', () => {
  test('one mark is echoed on every ACK until the peer says that it has reduced', () => {
    const bench = agreed()
    bench.bits()
    expect(bench.arrives('. 1:1001(1000) ack 1', 0, CE)).toEqual(['E0'])
    expect(bench.arrives('. 1001:2001(1000) ack 1', 0, ECT0)).toEqual(['E0'])
    expect(bench.arrives('. 2001:3001(1000) ack 1', Ctl.CWR, ECT0)).toEqual(['0'])
    expect(bench.arrives('. 3001:4001(1000) ack 1', 0, ECT0)).toEqual(['0'])
  })

  test('a mark on a connection that did not agree means nothing', () => {
    const bench = new Bench(inState(State.ESTABLISHED))
    expect(bench.arrives('. 1:1001(1000) ack 1', 0, CE)).toEqual(['0'])
  })
})
