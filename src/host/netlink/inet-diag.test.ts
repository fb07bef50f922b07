import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SocketRow } from '../../inspect/index.ts'
import { stateBit } from '../../inspect/index.ts'
import { AddressTexts } from '../address-texts.ts'
import { ALL_STATES, type MutableRow } from '../snapshot.ts'
import { fieldsOf } from './fields.ts'
import { type InetDiagContext, IPPROTO_TCP, inetDiagRequest, parseInetDiag } from './inet-diag.ts'
import { DONE, INET, octets } from './recorded.testing.ts'

function parse(hex: readonly string[], context: Partial<InetDiagContext> = {}): SocketRow[] {
  const rows: MutableRow[] = []
  const whole: InetDiagContext = {
    netid: 'tcp',
    source: 'netlink',
    states: ALL_STATES,
    families: [4, 6],
    device: (index) => `device${index}`,
    addresses: new AddressTexts(),
    ...context,
  }
  parseInetDiag(octets(...hex), whole, rows)
  return rows
}

describe('a TCP row', () => {
  test('of a listener has its accept queue and the limit of it', () => {
    expect(parse([INET.listen4])).toMatchObject([
      {
        source: 'netlink',
        netid: 'tcp',
        family: 4,
        state: 'LISTEN',
        local: { address: '127.0.0.1', port: 46655 },
        peer: { address: '0.0.0.0', port: 0 },
        recvQueue: 10,
        sendQueue: 16,
        timer: undefined,
        uid: 0,
        inode: 550977,
        cookie: 108661n,
        mark: 0,
        shutdown: 0,
        congestion: 'bbr',
        memory: { rcvbuf: 8192, sndbuf: 16384, drops: 0 },
      },
    ])
  })

  test('of CLOSE-WAIT counts the unread end of file, and tells the direction that is shut', () => {
    const [row] = parse([INET.closeWait4])
    expect(row).toMatchObject({ state: 'CLOSE-WAIT', recvQueue: 1, sendQueue: 0, shutdown: 1, inode: 550919 })
    expect(row?.tcpInfo).toMatchObject({
      state: 8,
      rto: 200000,
      snd_mss: 2048,
      bytes_received: 1n,
      segs_in: 3,
      snd_wnd: 4096,
    })
  })

  test('has the timer that runs', () => {
    expect(parse([INET.finWait1])).toMatchObject([
      { state: 'FIN-WAIT-1', sendQueue: 6145, timer: { kind: 'persist', expiresMs: 248, retransmits: 0 } },
    ])
    expect(parse([INET.synReceived])).toMatchObject([
      {
        state: 'SYN-RECEIVED',
        peer: { address: '10.77.0.2', port: 20004 },
        inode: 0,
        timer: { kind: 'on', expiresMs: 76, retransmits: 1 },
      },
    ])
    expect(parse([INET.timeWait4, INET.orphan])).toMatchObject([
      { state: 'TIME-WAIT', inode: 0, timer: { kind: 'timewait', expiresMs: 57036, retransmits: 0 } },
      { state: 'FIN-WAIT-2', inode: 0, timer: { kind: 'timewait', expiresMs: 57044, retransmits: 0 } },
    ])
  })

  test('has BBR telling of itself', () => {
    expect(parse([INET.finWait1])[0]?.bbr).toEqual({
      bandwidth: 204799926n,
      min_rtt: 4,
      pacing_gain: 739,
      cwnd_gain: 739,
    })
  })

  test('of a socket that is bound and no more is named so', () => {
    expect(parse([INET.bound4])).toMatchObject([{ state: 'BOUND-INACTIVE', local: { port: 60853 }, inode: 550963 }])
  })

  test('has IPv6 addresses as RFC 5952 writes them', () => {
    expect(parse([INET.synSent6, INET.mapped])).toMatchObject([
      { family: 6, state: 'SYN-SENT', local: { address: 'fd77::1' }, peer: { address: 'fd77::2', port: 9 } },
      { family: 6, state: 'ESTABLISHED', local: { address: '::ffff:127.0.0.1', port: 60627 } },
    ])
  })

  test('names the device it is bound to, and its control group when asked', () => {
    const bytes = octets(INET.closeWait4)
    const rows: MutableRow[] = []
    // idiag_if: the header's sixteen octets, and forty of the message.
    bytes[16 + 40] = 7
    parseInetDiag(
      bytes,
      {
        netid: 'tcp',
        source: 'ss',
        states: ALL_STATES,
        families: [4],
        device: (index) => `device${index}`,
        cgroup: (id) => `group ${id}`,
        addresses: new AddressTexts(),
      },
      rows,
    )
    expect(rows).toMatchObject([{ source: 'ss', local: { device: 'device7' }, cgroup: 'group 1' }])
    expect(parse([INET.closeWait4])[0]?.cgroup).toBeUndefined()
  })
})

test('in brief TCP_INFO ends where it ended on Linux 2.6, and of the rest what the doctor reads is there', () => {
  const messages = [INET.listen4, INET.finWait1, INET.timeWait4, DONE]
  const [whole, brief] = [parse(messages), parse(messages, { brief: true })]
  const rest = (row: SocketRow): string =>
    inspect({ ...fieldsOf(row), tcpInfo: undefined, congestion: undefined, mark: undefined, bbr: undefined })
  expect(brief.map(rest)).toEqual(whole.map(rest))
  expect(brief.map((row) => row.tcpInfo?.rto)).toEqual(whole.map((row) => row.tcpInfo?.rto))
  expect([whole, brief].map(([, row]) => row?.tcpInfo?.snd_wnd)).toEqual([expect.any(Number), undefined])
})

test('a UDP row is connected or unconnected', () => {
  expect(parse([INET.udp], { netid: 'udp' })).toMatchObject([
    { netid: 'udp', state: 'ESTABLISHED', local: { port: 36596 }, peer: { port: 9 }, memory: { rcvbuf: 212992 } },
  ])
})

describe('what is not asked for is left out', () => {
  const everything = [INET.listen4, INET.closeWait4, INET.bound4, INET.synReceived, INET.synSent6, DONE]

  test.each([
    ['LISTEN', stateBit('LISTEN')],
    ['BOUND-INACTIVE', stateBit('BOUND-INACTIVE')],
    ['SYN-RECEIVED', 1 << 3],
  ])('of states but %s', (state, states) => {
    expect(parse(everything, { states }).map((row) => row.state)).toEqual([state])
  })

  test('CLOSED does not mean bound', () => {
    expect(parse(everything, { states: stateBit('CLOSED') })).toEqual([])
  })

  test('of families', () => {
    expect(parse(everything, { families: [6] }).map((row) => row.state)).toEqual(['SYN-SENT'])
  })
})

test('a message that is cut off anywhere gives no row, and never throws', () => {
  const whole = octets(INET.closeWait4)
  for (let length = 0; length < whole.length; length++) {
    expect(parse([Buffer.from(whole.subarray(0, length)).toString('hex')])).toEqual([])
  }
})

test('attributes that lie about their length end the reading of that row only', () => {
  const lying = octets(INET.closeWait4, INET.timeWait4)
  new DataView(lying.buffer).setUint16(16 + 72, 0xffff, true)
  const rows = parse([Buffer.from(lying).toString('hex')])
  expect(rows).toMatchObject([{ state: 'CLOSE-WAIT', tcpInfo: undefined }, { state: 'TIME-WAIT' }])
})

test('a request asks the kernel for families, states and attributes', () => {
  const request = {
    family: 6,
    protocol: IPPROTO_TCP,
    states: stateBit('CLOSE-WAIT'),
    tcpInfo: true,
    memory: true,
  } as const
  // INFO, VEGASINFO and CONG, and SKMEMINFO: bits 1, 2, 3 and 6.
  expect([...inetDiagRequest(request).subarray(0, 8)]).toEqual([10, 6, 0b0100_1110, 0, 0, 1, 0, 0])
  expect(inetDiagRequest({ ...request, tcpInfo: false, memory: false })[2]).toBe(0)
  // SYN-RECEIVED is asked for by the kernel's two numbers of it.
  expect([...inetDiagRequest({ ...request, states: 1 << 3 }).subarray(4, 8)]).toEqual([0b1000, 0b1_0000, 0, 0])
})

test('octets changed at random never make it throw', () => {
  const whole = octets(INET.closeWait4, INET.finWait1, INET.mapped)
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }), (changes) => {
      const bytes = whole.slice()
      for (const [at, value] of changes) bytes[at] = value
      parse([Buffer.from(bytes).toString('hex')])
    }),
    { numRuns: 2000 },
  )
  expect(parse([Buffer.from(whole).toString('hex')])).toHaveLength(3)
})
