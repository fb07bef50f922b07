import { expect, test } from 'vitest'
import { runScript } from '../../src/packetdrill/index.ts'

/** What Linux does over IPv4 and otherwise over IPv6, so that no script can tell both. */

function play(version: 'ipv4' | 'ipv6', script: string): string {
  const { status, reason, ladder } = runScript('case', script, {
    options: [{ name: 'ip_version', value: version }],
    readFile: () => '',
  })
  return status === 'passed' ? '' : `${version}: ${status}: ${reason}\n${script}\n${ladder}`
}

test.each<['ipv4' | 'ipv6', number, string]>([
  ['ipv4', 2, 'takes a step of waiting back, and a SYN that is due by then leaves before the attempt ends'],
  ['ipv6', 1, 'ends the attempt alone'],
])('over %s what a router says of a SYN (%d sent again) %s', (version, again) => {
  const bad = play(
    version,
    `\`sysctl -q net.ipv4.tcp_timestamps=0 net.ipv4.tcp_syn_linear_timeouts=0\`
+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) <...>
+1 > S 0:0(0) <...>
+1.4 < [0:0(0)] icmp unreachable net_unreachable
+0.1 getsockopt(3, SOL_SOCKET, SO_ERROR, [101], [4]) = 0
+0 \`nstat -asz TcpRetransSegs | grep -q "^TcpRetransSegs *${again} "\`
`,
  )
  expect(bad).toBe('')
})
