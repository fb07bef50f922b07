import { expect, test } from 'vitest'
import { runScript } from '../../src/packetdrill/index.ts'

/** IPv6's routers always name a size. */
const SCRIPT = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1460>
+0 > S. 0:0(0) ack 1 <...>
+.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
+0 write(4, ..., 1460) = 1460
+0 > P. 1:1461(1460) ack 1
+.1 < icmp unreachable frag_needed mtu 0 [1:1461(1460)]
+0 > . 1:1453(1452) ack 1
+0 > P. 1453:1461(8) ack 1
+.1 < . 1:1(0) ack 1461 win 65535
+0 write(4, ..., 1452) = 1452
+0 > P. 1461:2913(1452) ack 1
+.1 < . 1:1(0) ack 2913 win 65535
+600 write(4, ..., 1460) = 1460
+0 > P. 2913:4373(1460) ack 1
`

test('a router that names no size means the next smaller one that networks have (RFC 1191 §7.1), and ten minutes later the path is tried anew (§6.3)', () => {
  expect(runScript('router-names-no-size.pkt', SCRIPT, { personality: 'rfc9293' })).toMatchObject({ reason: '' })
})
