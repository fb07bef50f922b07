import { expect, test } from 'vitest'
import { runScript } from '../../src/packetdrill/index.ts'

/** Whose service and hops FreeBSD's resets have: the names of the options differ between IPv4 and IPv6. */

const VERSIONS = [
  ['ipv4', 'IPPROTO_IP, IP_TOS', 'IPPROTO_IP, IP_TTL'],
  ['ipv6', 'IPPROTO_IPV6, IPV6_TCLASS', 'IPPROTO_IPV6, IPV6_UNICAST_HOPS'],
] as const

const SETTINGS = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 setsockopt(3, SERVICE, [16], 4) = 0
+0 setsockopt(3, HOPS, [33], 4) = 0
`

const STORIES = {
  'a connection refuses an answer with its own, and without timestamps that nobody agreed to yet': `
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > [tos 0x10, ttl 33] S 0:0(0) <...>
+.1 < S. 0:0(0) ack 5 win 65535 <mss 1460>
+0 > [tos 0x10, ttl 33] R 5:5(0) win 0
`,
  'a listener refuses a SYN,ACK with its own, and an ACK of nothing is refused by nobody in particular': `
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S. 0:0(0) ack 5 win 65535 <mss 1460>
+0 > [tos 0x10, ttl 33] R 5:5(0) win 0
+0 < . 1:1(0) ack 7 win 65535
+0 > [tos 0, ttl 64] R 7:7(0) win 0
`,
  'SYNs have crossed: the connection refuses a wrong ACK with its own, and with its timestamps': `
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > [tos 0x10, ttl 33] S 0:0(0) <mss 1460,nop,wscale 6,sackOK,TS val 100 ecr 0>
+.1 < S 0:0(0) win 65535 <mss 1460,nop,nop,TS val 7 ecr 0>
+0 > [tos 0x10, ttl 33] S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,TS val 200 ecr 7>
+.1 < . 1:1(0) ack 9 win 65535 <nop,nop,TS val 8 ecr 200>
+0 > [tos 0x10, ttl 33] R 9:9(0) win 0 <nop,nop,TS val 300 ecr 7>
`,
}

const CASES = VERSIONS.flatMap(([version, service, hops]) =>
  Object.entries(STORIES).map(([name, story]) => ({ name, version, service, hops, story })),
)

test.each(CASES)('$version: $name', ({ version, service, hops, story }) => {
  const script = SETTINGS.replace('SERVICE', service).replace('HOPS', hops) + story
  const options = [
    { name: 'ip_version', value: version },
    { name: 'mtu', value: version === 'ipv4' ? '1500' : '1520' },
  ]
  const { reason } = runScript('reset.pkt', script, { options, personality: 'freebsd' })
  expect(reason).toBe('')
})
