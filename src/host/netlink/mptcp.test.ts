import { expect, test } from 'vitest'
import { hasMptcpSockets, mptcpRequest } from './mptcp.ts'

const PROTOCOLS = `protocol  size sockets  memory press maxhdr  slab module     cl co di ac io in de sh ss gs se re sp bi br ha uh gp em
MPTCPv6   2088      0       0   no       0   yes  kernel      y  n  y  y  y  y  y  y  y  y  y  y  n  y  y  y  y  y  n
MPTCP     1928      6       0   no       0   yes  kernel      y  n  y  y  y  y  y  y  y  y  y  y  n  y  y  y  y  y  n
TCP       2472     22       1   no     320   yes  kernel      y  y  y  y  y  y  y  y  y  y  y  y  y  n  y  y  y  y  y
`

test('the kernel is asked only where there are such sockets', () => {
  expect(hasMptcpSockets(PROTOCOLS)).toBe(true)
  expect(hasMptcpSockets(PROTOCOLS.replace(' 6  ', ' 0  '))).toBe(false)
  expect(hasMptcpSockets('')).toBe(false)
})

test('a request names the protocol behind itself: its own field has no room for it', () => {
  const request = mptcpRequest({ family: 6, states: 1 << 8, tcpInfo: false, memory: false })
  expect([...request.subarray(0, 8)]).toEqual([10, 6, 0, 0, 0, 1, 0, 0])
  expect([...request.subarray(56)]).toEqual([8, 0, 3, 0, 6, 1, 0, 0])
})
