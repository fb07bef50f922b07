import { expect, test } from 'vitest'
import { runScript } from '../../src/packetdrill/index.ts'

/** As Linux (6.18) answered; with IPv6's header the pieces would be others. */
const SCRIPT = `\`sysctl -q net.ipv4.tcp_rmem="4096 131072 6291456" net.ipv4.tcp_wmem="4096 262144 4194304" net.ipv4.tcp_congestion_control=reno\`

0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 32792 <mss 1460,sackOK,nop,nop,nop,wscale 7>
+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK,nop,wscale 7>
+.1 < . 1:1(0) ack 1 win 257
+0 accept(3, ..., ...) = 4
+.05 write(4, ..., 7300) = 7300
+0 > . 1:1461(1460) ack 1
+0 > P. 1461:2921(1460) ack 1
+0 > . 2921:4381(1460) ack 1
+0 > P. 4381:5841(1460) ack 1
+0 > P. 5841:7301(1460) ack 1
+.02 < [1:1461(1460)] icmp unreachable frag_needed mtu 1200
+0 > . 1:1161(1160) ack 1
+0 > P. 1161:2321(1160) ack 1
+0 > . 2321:2921(600) ack 1
+0 > . 2921:4081(1160) ack 1
+0 > P. 4081:5241(1160) ack 1
+0 > . 5241:5841(600) ack 1
+0 > . 5841:7001(1160) ack 1
+0 > P. 7001:7301(300) ack 1
+.005 < [1461:2921(1460)] icmp unreachable frag_needed mtu 1000
+0 > . 1:961(960) ack 1
+0 > P. 961:1921(960) ack 1
+0 > . 1921:2321(400) ack 1
+0 > . 2921:3881(960) ack 1
+0 > P. 3881:4841(960) ack 1
+0 > . 4841:5241(400) ack 1
+0 > . 5841:6801(960) ack 1
+0 > P. 6801:7301(500) ack 1
+.1 < . 1:1(0) ack 961 win 257
+0 %{
assert tcpi_ca_state == TCP_CA_Loss, tcpi_ca_state
assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd
assert tcpi_total_retrans == 16, tcpi_total_retrans
}%
+.05 < . 1:1(0) ack 2921 win 257
+.05 < . 1:1(0) ack 7301 win 257
+0 %{
assert tcpi_ca_state == TCP_CA_Open, tcpi_ca_state
assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd
assert tcpi_total_retrans == 16, tcpi_total_retrans
}%
`

test('what a second router makes leave again is as old as what the first one did, so nothing of it looks overtaken, and lost', () => {
  const { status, reason } = runScript('too-large-twice.pkt', SCRIPT)
  expect(`${status} ${reason}`.trim()).toBe('passed')
})
