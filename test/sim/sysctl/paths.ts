import { runScript } from '../../../src/packetdrill/index.ts'
import type { Measures, Subject } from './bench.ts'

const OPEN = `+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+.1 < [tos 0x20] S 0:0(0) win 65535 <mss 1460>
+.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
`

/** A router asks for 300 octets; twenty seconds later more is sent. */
const ROUTER = `${OPEN}+.1 write(4, ..., 1400) = 1400
+.01 < [1:1401(1400)] icmp unreachable frag_needed mtu 300
+.01 %{ print(tcpi_pmtu) }%
+0 < . 1:1(0) ack 1401 win 65535
+20 write(4, ..., 1) = 1
+.01 < . 1:1(0) ack 1402 win 65535
+.01 %{ print(tcpi_pmtu) }%
`

const TOS = `${OPEN}+0 getsockopt(4, IPPROTO_IP, IP_TOS, [0x20], [4]) = 0
`

/** A question, its answer, and the next question. */
const ANSWER = `${OPEN}+.1 < P. 1:101(100) ack 1 win 65535
+.01 read(4, ..., 1000) = 100
+.01 write(4, ..., 10) = 10
+.02 < . 101:101(0) ack 11 win 65535
+.1 < P. 101:201(100) ack 11 win 65535
+.01 %{ print(tcpi_segs_out) }%
`

/** A Fast Open that gets no answer, and another one. */
const SWALLOWED = `+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 sendto(3, ..., 10, MSG_FASTOPEN, ..., ...) = ...
+10 close(3) = 0
+.1 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4
+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 sendto(4, ..., 10, MSG_FASTOPEN, ..., ...) = ...
+0 %{ print(tcpi_fastopen_client_fail) }%
`

/** Small packets fill a buffer that is made smaller meanwhile. */
const NARROWED = `+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+.1 < S 0:0(0) win 65535 <mss 1460,nop,wscale 7>
+.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
+0 setsockopt(4, SOL_SOCKET, SO_RCVBUF, [8000], 4) = 0
+.1 < P. 1:1001(1000) ack 1 win 65535
+.1 < P. 1001:2001(1000) ack 1 win 65535
+.1 %{ print(tcpi_rcv_wnd) }%
`

/** Of two listeners of a group the one that a connection waits at is shut down, whichever it is. */
const HANDED_ON = `+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEPORT, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+.1 < S 0:0(0) win 65535 <mss 1460>
+.1 < . 1:1(0) ack 1 win 65535
+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4
+0 setsockopt(4, SOL_SOCKET, SO_REUSEPORT, [1], 4) = 0
+0 bind(4, ..., ...) = 0
+0 listen(4, 1) = 0
+.1 shutdown(3, SHUT_RD) = 0
+0 poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 0) = 1
`

/** The route takes little. */
const NARROW = `+0 \`ip route change default dev tun0 mtu 280\`
${OPEN}+0 %{ print(tcpi_advmss) }%
`

const CLAMPED = `
+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+.1 < S 0:0(0) win 65535 <mss 1460,nop,wscale 7>
+.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
+0 getsockopt(4, SOL_TCP, TCP_WINDOW_CLAMP, [64076], [4]) = 0
`

/** What the host makes of routers, of a SYN's TOS, of two ends that talk in turns, and of Fast Open that is not answered. */
export function paths(subject: Subject): Measures {
  const linux = subject.personality === 'linux'
  const [told, later] = linux ? printed(subject, ROUTER) : []
  const [answers] = linux ? printed(subject, ANSWER) : []
  const [swallowed] = linux ? printed(subject, SWALLOWED) : []
  const [announced] = linux ? printed(subject, NARROW) : []
  const [announcedV6] = linux ? printed(subject, NARROW, 'ipv6') : []
  const [narrowed] = linux ? printed(subject, NARROWED) : []
  return {
    'path MTU when a router asks for 300': told ?? '',
    'path MTU, twenty seconds later': later ?? '',
    "the SYN's TOS is taken": linux ? run(subject, TOS).status : '',
    'segments sent by a question behind an answer': answers ?? '',
    'Fast Open behind one that was not answered': swallowed ?? '',
    'MSS announced of a narrow path': announced ?? '',
    'MSS announced of a narrow path, IPv6': announcedV6 ?? '',
    'window behind a buffer made smaller': narrowed ?? '',
    'all but a segment of a buffer is offered': linux ? run(subject, CLAMPED).status : '',
    'another listener has what waited at one that closed': linux ? run(subject, HANDED_ON).status : '',
  }
}

function run({ set }: Subject, text: string, version = 'ipv4'): ReturnType<typeof runScript> {
  const sysctls = Object.entries(set).map(([name, value]) => `\`sysctl -q ${name}="${value}"\`\n`)
  return runScript('paths.pkt', `\n${sysctls.join('')}\n${text}`, { options: [{ name: 'ip_version', value: version }] })
}

function printed(subject: Subject, text: string, version = 'ipv4'): readonly string[] {
  return run(subject, text, version).output
}
