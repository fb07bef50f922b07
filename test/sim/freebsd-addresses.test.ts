import { expect, test } from 'vitest'
import { runScript } from '../../src/packetdrill/index.ts'

/** A server of Fast Open with a key that is known. */
const SERVER = `0 \`sysctl net.inet.tcp.fastopen.server_enable=1 net.inet.tcp.fastopen.setkey=0123456789abcdef\`
+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 setsockopt(3, IPPROTO_TCP, TCP_FASTOPEN, [1], 4) = 0
+0 listen(3, 5) = 0
`

/** What FreeBSD makes of addresses, which no script can tell for both families: Fast Open's cookies by its keys (SipHash-2-4), and the least packet of IPv6. */
const STORIES: readonly (readonly [title: string, version: string, script: string])[] = [
  [
    'a server makes cookies with the key that it was given',
    'ipv4',
    `${SERVER}+.1 < S 0:0(0) win 65535 <mss 1460,sackOK,FO,nop,nop,nop,nop>
+0 > S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,FO 635839355a2e82d9>
+.1 < R 1:1(0) win 0
`,
  ],
  [
    'the right cookie opens a connection at once, and comes back',
    'ipv4',
    `${SERVER}+.1 < S 0:500(500) win 65535 <mss 1460,sackOK,FO 635839355a2e82d9>
+0 accept(3, ..., ...) = 4
+0 read(4, ..., 1000) = 500
+.04 > S. 0:0(0) ack 501 win 65535 <mss 1460,sackOK,FO 635839355a2e82d9>
`,
  ],
  [
    'a cookie by the key before the last is good still; the answer has one by the last',
    'ipv4',
    `${SERVER}+.1 \`sysctl net.inet.tcp.fastopen.setkey=fedcba9876543210\`
+.1 < S 0:500(500) win 65535 <mss 1460,sackOK,FO 635839355a2e82d9>
+0 accept(3, ..., ...) = 4
+0 read(4, ..., 1000) = 500
+.04 > S. 0:0(0) ack 501 win 65535 <mss 1460,sackOK,FO fb3498de45e7ddf6>
`,
  ],
  [
    'a SYN,ACK that is repeated gives out no cookie',
    'ipv4',
    `${SERVER}+.1 < S 0:500(500) win 65535 <mss 1460,sackOK,FO 0102030405060708>
+0 > S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,FO 635839355a2e82d9>
+1 > S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,eol,eol>
+.1 < . 1:501(500) ack 1 win 65535
+0 accept(3, ..., ...) = 4
+0 read(4, ..., 1000) = 500
`,
  ],
  [
    'IPV6_USE_MIN_MTU: SYNs announce, and segments have, what fits 1280 octets',
    'ipv6',
    `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 getsockopt(3, IPPROTO_IPV6, IPV6_USE_MIN_MTU, [-1], [4]) = 0
+0 setsockopt(3, IPPROTO_IPV6, IPV6_USE_MIN_MTU, [1], 4) = 0
+0 getsockopt(3, IPPROTO_IPV6, IPV6_USE_MIN_MTU, [1], [4]) = 0
+0...0.1 connect(3, ..., ...) = 0
+0 > S 0:0(0) win 65535 <mss 1220,nop,wscale 6,sackOK,TS val 100 ecr 0>
+.1 < S. 0:0(0) ack 1 win 65535 <mss 1440>
+0 > . 1:1(0) ack 1
+0 write(3, ..., 2440) = 2440
+0 > . 1:1221(1220) ack 1
+0 > P. 1221:2441(1220) ack 1
`,
  ],
  [
    "a listener's connections begin with its IPV6_USE_MIN_MTU",
    'ipv6',
    `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 setsockopt(3, IPPROTO_IPV6, IPV6_USE_MIN_MTU, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+.1 < S 0:0(0) win 65535 <mss 1440>
+0 > S. 0:0(0) ack 1 win 65535 <mss 1220>
`,
  ],
  [
    'IPV6_USE_MIN_MTU of a connection makes its segments small at once',
    'ipv6',
    `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0...0.1 connect(3, ..., ...) = 0
+0 > S 0:0(0) win 65535 <mss 1440,nop,wscale 6,sackOK,TS val 100 ecr 0>
+.1 < S. 0:0(0) ack 1 win 65535 <mss 1440>
+0 > . 1:1(0) ack 1
+0 setsockopt(3, IPPROTO_IPV6, IPV6_USE_MIN_MTU, [1], 4) = 0
+0 getsockopt(3, IPPROTO_TCP, TCP_MAXSEG, [1220], [4]) = 0
+0 write(3, ..., 2440) = 2440
+0 > . 1:1221(1220) ack 1
+0 > P. 1221:2441(1220) ack 1
`,
  ],
  [
    'a family is looked at before its length, and the length is exact',
    'ipv6',
    `0 socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("0.0.0.0")}, 16) = -1 EAFNOSUPPORT (no)
+0 connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("192.0.2.1")}, 16) = -1 EAFNOSUPPORT (no)
+0 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 4
+0 connect(4, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("192.0.2.1")}, 28) = -1 EINVAL (no)
+0 bind(4, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("0.0.0.0")}, 28) = -1 EINVAL (no)
`,
  ],
  [
    'IPV6_UNICAST_HOPS is -1 until it is set',
    'ipv6',
    `0 socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP) = 3
+0 getsockopt(3, IPPROTO_IPV6, IPV6_UNICAST_HOPS, [-1], [4]) = 0
+0 setsockopt(3, IPPROTO_IPV6, IPV6_UNICAST_HOPS, [9], 4) = 0
+0 getsockopt(3, IPPROTO_IPV6, IPV6_UNICAST_HOPS, [9], [4]) = 0
+0 setsockopt(3, IPPROTO_IPV6, IPV6_UNICAST_HOPS, [-1], 4) = 0
+0 getsockopt(3, IPPROTO_IPV6, IPV6_UNICAST_HOPS, [-1], [4]) = 0
`,
  ],
]

test.each(STORIES)('%s', (_title, version, script) => {
  const { status, reason, ladder } = runScript('story', script, {
    options: [{ name: 'ip_version', value: version }],
    personality: 'freebsd',
    readFile: () => '',
  })
  expect(status, `${reason}\n${ladder}`).toBe('passed')
})
