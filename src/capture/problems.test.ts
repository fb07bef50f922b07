import { describe, expect, test } from 'vitest'
import { fileOf, HANDSHAKE, lines, played, told } from './captures.testing.ts'
import type { ReplayedConnection } from './index.ts'

describe('what was wrong:', () => {
  test.each([
    ['0 > S 0\n10 < R. 0 1', ['10.0.0.2:80 refused the connection: it answered the SYN with RST']],
    [
      '0 > S 0\n10 < R. 0 1\n500 > S 0\n510 < R. 0 1',
      ['10.0.0.2:80 refused the connection: it answered the SYN with RST, 2 times'],
    ],
    [
      `${HANDSHAKE} 5000 > . 0 1\n6000 > . 0 1\n7000 > . 0 1\n8000 > R. 1 1`,
      [
        '10.0.0.2:80 was silent for 3 s, while 10.0.0.1:40000 sent again 3 times, and gave up with RST: it is gone, or the path to it',
      ],
    ],
    [
      `${HANDSHAKE} 30 > P. 1+10 1\n31 < R 1\n50 < P. 1+10 11`,
      [
        'a RST came in the name of 10.0.0.2:80, which went on sending: another had sent it, such as a firewall on the path',
      ],
    ],
    [
      `${HANDSHAKE} 5000 > S 70000\n5010 < . 1 1\n5020 > R 1\n6000 > S 70000\n6010 < S. 90000 70001\n6020 > . 70001 90001`,
      [
        'half-open: 10.0.0.1:40000 had forgotten this connection, as after a crash, and opened #2 at the same ports; 10.0.0.2:80, in ESTABLISHED, answered for this one, and had RST',
      ],
    ],
    [
      `${HANDSHAKE} 30 > . 11+10 1\n50 < . 1 21`,
      [
        '1 gap in what 10.0.0.1:40000 sent, though it was acknowledged: the capture missed packets, as with too small a buffer (tcpdump -B)',
      ],
    ],
    [
      `${HANDSHAKE} 30 > P. 1+10 1\n40 < . 1 11\n50 > P. 1+10 1`,
      ['10.0.0.1:40000 retransmitted 1 segment, though it had arrived'],
    ],
    ['0 > S 0\n1000 > S 0', ['10.0.0.1:40000 had no answer to its SYN, sent 2 times']],
    [
      '0 > S 0\n10 < S. 0 1\n1010 < S. 0 1',
      ['the handshake was not completed: 10.0.0.2:80 is in SYN-RECEIVED', '10.0.0.2:80 retransmitted 1 segment'],
    ],
    [
      '0 > S 0\n10 < S. 0 1\n20 > R 1',
      ['10.0.0.1:40000 answered the SYN,ACK with RST: it had given up, or only asked whether the port listens'],
    ],
    [
      '0 > S 0\n20 > . 1 1\n30 > P. 1+10 1\n40 > F. 11 1\n60 > . 12 2',
      ['nothing that 10.0.0.2:80 sent was captured, though 10.0.0.1:40000 acknowledges it: one direction is missing'],
    ],
    [
      '10 < S. 0 1\n30 < . 1 11\n40 < F. 1 12',
      ['nothing that 10.0.0.1:40000 sent was captured, though 10.0.0.2:80 acknowledges it: one direction is missing'],
    ],
    [
      '10 < S. 0 1\n1010 < S. 0 1',
      ['the handshake was not completed: 10.0.0.2:80 is in SYN-RECEIVED', '10.0.0.2:80 retransmitted 1 segment'],
    ],
    [
      `${HANDSHAKE} 100 > F. 1 1\n110 < . 1 2\n60000 > S 999999`,
      ['10.0.0.2:80 had not closed when the capture ended: CLOSE-WAIT for 59.9 s, 10.0.0.1:40000 in FIN-WAIT-2'],
    ],
    [
      `${HANDSHAKE} 100 > F. 1 1\n400 > F. 1 1`,
      [
        'the FIN of 10.0.0.1:40000 was not acknowledged, 1 retransmission: FIN-WAIT-1 for 300 ms',
        '10.0.0.1:40000 retransmitted 1 segment',
      ],
    ],
    [
      `${HANDSHAKE} 100 > P. 1+50 1\n300 > P. 1+50 1\n700 > P. 1+50 1`,
      [
        '10.0.0.2:80 was silent for the last 600 ms, while 10.0.0.1:40000 sent again 2 times: it is gone, or the path to it',
        '10.0.0.1:40000 retransmitted 2 segments',
      ],
    ],
    [
      `${HANDSHAKE} 7000 > . 0 1\n82000 > . 0 1`,
      [
        '10.0.0.2:80 was silent for the last 75 s, while 10.0.0.1:40000 sent again 2 times: it is gone, or the path to it',
      ],
    ],
    [`${HANDSHAKE} 100 > P. 1+50 1\n300 > P. 1+50 1`, ['10.0.0.1:40000 retransmitted 1 segment']],
    [
      `${HANDSHAKE} 100 > P. 1+50 1\n300 > P. 1+50 1\n700 > P. 1+50 1\n710 < . 1 51`,
      ['10.0.0.1:40000 retransmitted 2 segments'],
    ],
    [`${HANDSHAKE} 100 < R. 1 1`, ['10.0.0.2:80 sent RST in ESTABLISHED; it found 10.0.0.1:40000 in ESTABLISHED']],
    [`${HANDSHAKE} 100 > F. 1 1\n110 < F. 1 2\n120 > . 2 2`, []],
    // A RST behind the end of both has reset nothing.
    [`${HANDSHAKE} 100 > F. 1 1\n110 < F. 1 2\n120 > . 2 2\n130 > R 2`, []],
    // An end that was never heard was not captured: nobody was silent.
    ['0 > P. 1+50 1\n300 > P. 1+50 1\n700 > P. 1+50 1', ['10.0.0.1:40000 retransmitted 2 segments']],
  ])('%j', (text, expected) => {
    const [first] = played(fileOf(lines(text))).connections
    expect(told(first as ReplayedConnection)).toEqual(expected)
  })
})
