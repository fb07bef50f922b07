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
    ['overtaken on its way', '100 > . 11+10 1\n101 > . 1+10 1\n120 < . 1 21', { gaps: 1, outOfOrder: 1 }, {}],
    ['missing, and acknowledged all the same', '100 > . 11+10 1\n120 < . 1 21', { gaps: 1 }, {}],
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
