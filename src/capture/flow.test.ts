import { describe, expect, test } from 'vitest'
import { connectionOf, HANDSHAKE } from './captures.testing.ts'
import type { FlowCounts } from './flow.ts'

/** The counts of the client and of the server that are not 0, without those of segments and octets. */
function counts(text: string): Partial<FlowCounts>[] {
  return connectionOf(HANDSHAKE + text).ends.map((end) =>
    Object.fromEntries(
      Object.entries(end.counts).filter(([name, count]) => count > 0 && name !== 'segments' && name !== 'octets'),
    ),
  )
}

describe('of what the client sends, and of what the server answers:', () => {
  test.each([
    ['in order', '100 > P. 1+10 1\n120 < . 1 11\n130 > P. 11+10 1', {}, {}],
    ['sent again upon a timer', '100 > P. 1+10 1\n300 > P. 1+10 1', { retransmissions: 1 }, {}],
    [
      'sent again though it had arrived',
      '100 > P. 1+10 1\n120 < . 1 11\n300 > P. 1+10 1',
      { retransmissions: 1, spuriousRetransmissions: 1 },
      {},
    ],
    [
      'lost before the capture and sent again upon three duplicate ACKs',
      '100 > . 11+10 1\n101 > . 21+10 1\n102 > . 31+10 1\n118 < . 1 1\n119 < . 1 1\n120 < . 1 1\n121 < . 1 1\n122 > . 1+10 1',
      { gaps: 1, retransmissions: 1, fastRetransmissions: 1 },
      { duplicateAcks: 4 },
    ],
    ['overtaken on its way', '100 > . 11+10 1\n101 > . 1+10 1\n120 < . 1 21', { outOfOrder: 1 }, {}],
    [
      'overtaken by two, in two pieces',
      '100 > . 31+10 1\n101 > . 1+10 1\n101.5 > . 11+20 1\n120 < . 1 41',
      { outOfOrder: 2 },
      {},
    ],
    ['missing, and acknowledged all the same', '100 > . 11+10 1\n120 < . 1 21', { gaps: 1, missed: 1 }, {}],
    ['missing', '100 > . 11+10 1', { gaps: 1 }, {}],
    ['acknowledged, and never seen', '100 < . 1 500', {}, { acksOfUnseen: 1 }],
    [
      'keep-alives, with an octet and without',
      '1000 > . 0 1\n1010 < . 1 1\n2000 > . 0+1 1\n2010 < . 1 1',
      { keepAlives: 2 },
      {},
    ],
    [
      'the window closes and opens; a probe is no keep-alive, its answer no duplicate',
      '100 > P. 1+10 1\n110 < . 1 11 win 0\n310 > . 10 1\n320 < . 1 11 win 0\n400 < . 1 11 win 1000',
      { windowProbes: 1 },
      { zeroWindows: 1, zeroWindowTime: 290_000 },
    ],
    [
      'a probe may bring an octet that is taken',
      '30 > P. 1+10 1\n40 < . 1 11 win 0\n240 > . 11+1 1\n250 < . 1 12 win 0\n650 > . 12+1 1\n660 < . 1 12 win 0\n900 > . 12+1 1\n910 < . 1 13 win 9',
      { windowProbes: 3 },
      { zeroWindows: 1, zeroWindowTime: 870_000 },
    ],
    [
      'sent again, and a DSACK tells that it had arrived',
      '100 > P. 1+10 1\n101 > P. 11+10 1\n300 > P. 1+10 1\n301 < . 1 21\n320 < . 1 21 sack 1:11',
      { retransmissions: 1, spuriousRetransmissions: 1 },
      {},
    ],
    [
      'a DSACK within what is missing an octet before it; of what was acknowledged before it was sent again, nothing new',
      '100 > P. 1+10 1\n101 > P. 11+10 1\n102 > P. 21+10 1\n300 > P. 11+10 1\n310 < . 1 2 sack 11:21,11:31\n320 < . 1 31\n330 > P. 1+10 1\n340 < . 1 31 sack 1:11',
      { retransmissions: 2, spuriousRetransmissions: 2 },
      {},
    ],
    [
      'a SACK block is no DSACK',
      '100 > P. 1+10 1\n101 > P. 11+10 1\n300 > P. 1+10 1\n310 < . 1 2 sack 11:21',
      { retransmissions: 1 },
      {},
    ],
    ['a window update is no duplicate', '100 > P. 1+10 1\n110 < . 1 1 win 900\n111 < . 1 1 win 800', {}, {}],
    ['a RST', '100 > R. 1 1', { resets: 1 }, {}],
    ['a RST with numbers of nowhere opens no gap', '100 > R 5000', { resets: 1 }, {}],
  ])('%s', (_what, text, client, server) => {
    expect(counts(text)).toEqual([client, server])
  })
})

test('octets are those of the data, sent again or not; the round trip is the handshake’s', () => {
  const { ends, roundTrip } = connectionOf(`${HANDSHAKE}100 > P. 1+10 1\n300 > P. 1+10 1`)
  expect(ends.map((one) => one.counts.octets)).toEqual([20, 0])
  expect(roundTrip).toBe(20_000)
})

test('a window that is closed at the end was closed until then', () => {
  const [, server] = connectionOf(`${HANDSHAKE}100 < . 1 1 win 0\n600 > . 0 1`).ends
  expect(server.counts.zeroWindowTime).toBe(500_000)
})

test('both have opened: neither SYN,ACK is a retransmission, the second one of an end is', () => {
  const text = '0 > S 0\n1 < S 0\n10 < S. 0 1\n11 > S. 0 1\n20 > . 1 1\n21 < . 1 1'
  expect(connectionOf(text).ends.map((one) => one.counts.retransmissions)).toEqual([0, 0])
  expect(connectionOf(`${text}\n30 < S. 0 1`).ends.map((one) => one.counts.retransmissions)).toEqual([0, 1])
})

describe('where a capture begins in the middle,', () => {
  test.each([
    ['a keep-alive is one', '0 > . 0 1\n10 < . 1 1\n1000 > . 0 1\n1010 < . 1 1', { keepAlives: 2 }, {}],
    ['what was on its way then is not missed', '0 > . 1+100 1\n20 < . 1 1001\n30 > . 1001+10 1\n50 < . 1 1011', {}, {}],
    ['what is missing later is', '0 > . 1+10 1\n20 < . 1 11\n50 < . 1 99', {}, { acksOfUnseen: 1 }],
  ])('%s', (_what, text, client, server) => {
    const { ends } = connectionOf(text)
    for (const [i, expected] of [client, server].entries())
      expect(ends[i]?.counts).toMatchObject({
        keepAlives: 0,
        acksOfUnseen: 0,
        retransmissions: 0,
        gaps: 0,
        ...expected,
      })
  })
})
