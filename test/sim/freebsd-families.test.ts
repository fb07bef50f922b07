import { expect, test } from 'vitest'
import { runScript } from '../../src/packetdrill/index.ts'

/**
 * What FreeBSD makes of each ICMP error in each state, and of addresses: rules that differ between IPv4 and IPv6, so that no script can tell both.
 */

type Version = 'ipv4' | 'ipv6'

/** Types and codes, and what `icmp_errmap` and `icmp6_errmap` make of them; absent: nothing. */
const ERRORS: Readonly<Record<Version, readonly (readonly [type: string, codes: readonly (string | null)[]])[]>> = {
  ipv4: [
    [
      'unreachable',
      [
        ...['EHOSTUNREACH', 'EHOSTUNREACH', 'ECONNREFUSED', 'ECONNREFUSED', 'EMSGSIZE', 'EHOSTUNREACH', 'EHOSTUNREACH'],
        ...['EHOSTUNREACH', 'EHOSTUNREACH', 'ECONNREFUSED', 'ECONNREFUSED', 'EHOSTUNREACH', 'EHOSTUNREACH'],
        ...['ECONNREFUSED', 'EHOSTUNREACH', 'EHOSTUNREACH', null],
      ],
    ],
    ['source_quench', [null]],
    ['redirect', [null, null]],
    ['time_exceeded', ['EHOSTUNREACH', null]],
    ['parameter_problem', ['ENOPROTOOPT', 'ENOPROTOOPT', null]],
  ],
  ipv6: [
    ['unreachable', ['EHOSTUNREACH', 'ECONNREFUSED', 'ENOPROTOOPT', 'EHOSTUNREACH', 'ECONNREFUSED', null, null]],
    ['time_exceeded', ['EHOSTUNREACH', null]],
    ['parameter_problem', ['ENOPROTOOPT', 'ECONNREFUSED', 'ENOPROTOOPT']],
  ],
}

const WORDS: Readonly<Record<string, string>> = {
  EHOSTUNREACH: 'No route to host',
  ECONNREFUSED: 'Connection refused',
  ENOPROTOOPT: 'Protocol not available',
  ETIMEDOUT: 'Operation timed out',
}
/** FreeBSD's numbers. */
const NUMBERS: Readonly<Record<string, number>> = { EHOSTUNREACH: 65, ECONNREFUSED: 61, ENOPROTOOPT: 42, ETIMEDOUT: 60 }

interface Case {
  readonly version: Version
  readonly type: string
  readonly code: number
  readonly error: string | null
  readonly mayReset: boolean
}

const CASES: readonly Case[] = Object.entries(ERRORS).flatMap(([version, types]) =>
  types.flatMap(([type, codes]) =>
    codes.flatMap((error, code) =>
      [true, false].map((mayReset) => ({ version: version as Version, type, code, error, mayReset })),
    ),
  ),
)

/** Too large a packet is no error: it is sent again in smaller ones. */
const ERROR_CASES = CASES.filter(({ error }) => error !== 'EMSGSIZE')

/** The error says that it is pointless to go on, where such are heeded. */
const isFinal = ({ type, error, mayReset }: Case): boolean =>
  mayReset && (error === 'ECONNREFUSED' || (type === 'time_exceeded' && error === 'EHOSTUNREACH'))

const sysctl = ({ mayReset }: Case): string => `net.inet.tcp.icmp_may_rst=${Number(mayReset)}`
const message = ({ type, code }: Case, quoted: string): string => `< [${quoted}] icmp ${type} code_${code}`

const OPEN = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
`

function play(version: Version, script: string): string {
  const { status, reason, ladder } = runScript('case', script, {
    options: [{ name: 'ip_version', value: version }],
    personality: 'freebsd',
    readFile: () => '',
  })
  return status === 'passed' ? '' : `${version}: ${status}: ${reason}\n${script}\n${ladder}`
}

function playAll(cases: readonly Case[], script: (given: Case) => string): string {
  return cases.map((given) => play(given.version, script(given))).join('')
}

test('an ICMP error in SYN-SENT ends connect() at once, or explains why it ended', () => {
  const bad = playAll(ERROR_CASES, (given) => {
    const told = given.error ?? 'ETIMEDOUT'
    const end = isFinal(given) ? '0.1' : '2.0'
    return `\`sysctl ${sysctl(given)} net.inet.tcp.keepinit=2000\`
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
0...${end} connect(3, ..., ...) = -1 ${told} (${WORDS[told]})
0 > S 0:0(0) <...>
0.1 ${message(given, '0:0(0)')}
${isFinal(given) ? '' : '1.0 > S 0:0(0) <...>\n'}`
  })
  expect(bad).toBe('')
})

test('a second error in SYN-SENT is believed behind four repetitions', () => {
  const soft = ERROR_CASES.filter((given) => given.error !== null && !isFinal(given))
  const bad = playAll(soft, (given) => {
    return `\`sysctl ${sysctl(given)}\`
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
0...16.0 connect(3, ..., ...) = -1 ${given.error} (${WORDS[given.error ?? '']})
0 > S 0:0(0) <...>
0.1 ${message(given, '0:0(0)')}
1.0 > S 0:0(0) <...>
3.2 > S 0:0(0) <...>
7.4 > S 0:0(0) <...>
7.5 ${message(given, '0:0(0)')}
15.6 > S 0:0(0) <...>
16.0 ${message(given, '0:0(0)')}
`
  })
  expect(bad).toBe('')
})

test('a half-open connection is forgotten by the second error behind three repetitions, whatever it says', () => {
  const bad = playAll(CASES, (given) => {
    // Nobody is told that a SYN,ACK is too large: that it did not arrive counts alone.
    const quoted = given.error === 'EMSGSIZE' ? `${message(given, '0:0(0)')} mtu 600` : message(given, '0:0(0)')
    const left = given.error === null ? '' : '! '
    return `\`sysctl ${sysctl(given)} net.inet.tcp.syncookies=0\`
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
0 < S 0:0(0) win 65535 <mss 1000>
0 > S. 0:0(0) ack 1 <...>
0.1 ${quoted}
0.2 ${quoted}
1.0 > S. 0:0(0) ack 1 <...>
3.2 > S. 0:0(0) ack 1 <...>
7.4 > S. 0:0(0) ack 1 <...>
7.5 ${quoted}
7.6 \`${left}ss -tan | grep -q ^SYN-RECV\`
`
  })
  expect(bad).toBe('')
})

/** What SO_ERROR says in the end of a connection that gave up, where an ICMP error came in between. */
function explanation(given: Case, established: boolean): string {
  if (given.error === null || isFinal(given)) return 'ETIMEDOUT'
  return established && given.error === 'EHOSTUNREACH' ? 'ETIMEDOUT' : given.error
}

const STATES = [
  {
    name: 'ESTABLISHED',
    before: '',
    seen: '+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1\n',
    ack: 1,
    data: 'P.',
  },
  {
    name: 'CLOSE-WAIT',
    before: '+0 < F. 1:1(0) ack 1 win 65535\n+0 > . 1:1(0) ack 2\n',
    seen: '+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 2\n',
    ack: 2,
    data: 'P.',
  },
  {
    name: 'FIN-WAIT-1',
    before: '',
    seen: '+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1\n+0 shutdown(4, SHUT_WR) = 0\n+0 > F. 101:101(0) ack 1\n',
    ack: 1,
    data: 'FP.',
  },
] as const

test.each(STATES)(
  'an ICMP error in $name ends nothing, and may explain a time-out',
  ({ name, before, seen, ack, data }) => {
    const bad = playAll(ERROR_CASES, (given) => {
      const told = explanation(given, name === 'ESTABLISHED')
      return `\`sysctl ${sysctl(given)} net.inet.tcp.retries=1\`
${OPEN}${before}${seen}+.1 ${message(given, '1:101(100)')}
+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [0], [4]) = 0
+.2~+1 > ${data} 1:101(100) ack ${ack}
+.1~+3 > R. * ack ${ack} win 0
+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [${NUMBERS[told]}], [4]) = 0
`.replace('R. *', name === 'FIN-WAIT-1' ? 'R. 102:102(0)' : 'R. 101:101(0)')
    })
    expect(bad).toBe('')
  },
)

test('an ICMP error counts where what it quotes is in flight', () => {
  const { version } = { version: 'ipv4' as const }
  for (const [quoted, counts] of [
    ['0:0(0)', false],
    ['1:101(100)', true],
    ['100:101(1)', true],
    ['101:201(100)', false],
  ] as const) {
    const told = counts ? 42 : 60
    const script = `\`sysctl net.inet.tcp.retries=1\`
${OPEN}+0 write(4, ..., 100) = 100
+0 > P. 1:101(100) ack 1
+.1 < [${quoted}] icmp parameter_problem code_0
+.2~+1 > P. 1:101(100) ack 1
+.1~+3 > R. 101:101(0) ack 1 win 0
+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [${told}], [4]) = 0
`
    expect(play(version, script)).toBe('')
  }
})

const NOBODY4 = [
  ['224.0.0.1', 80, 'EAFNOSUPPORT'],
  ['255.255.255.255', 80, 'EACCES'],
  ['192.0.2.1', 0, 'EADDRNOTAVAIL'],
] as const

test.each(NOBODY4)(
  'neither connect() nor sendto() can open a connection to %s, port %i: %s',
  (address, port, error) => {
    const to = `{sa_family=AF_INET, sin_port=htons(${port}), sin_addr=inet_addr("${address}")}, 16`
    const script = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 connect(3, ${to}) = -1 ${error} (no)
+0 sendto(3, ..., 10, 0, ${to}) = -1 ${error} (no)
+0 bind(3, ${to.replace('htons(0)', 'htons(80)')}) = -1 ${error === 'EAFNOSUPPORT' ? error : 'EADDRNOTAVAIL'} (no)
`
    expect(play('ipv4', script)).toBe('')
  },
)

test('what IPv4 and IPv6 options take: of TTL and TOS the lower octet, of IPv6 what is in range; those of TCP fail never', () => {
  const four = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, IPPROTO_IP, IP_TTL, [256], 4) = 0
+0 getsockopt(3, IPPROTO_IP, IP_TTL, [0], [4]) = 0
+0 setsockopt(3, IPPROTO_IP, IP_TTL, [-1], 4) = 0
+0 getsockopt(3, IPPROTO_IP, IP_TTL, [255], [4]) = 0
+0 setsockopt(3, IPPROTO_IP, IP_MINTTL, [256], 4) = -1 EINVAL (Invalid argument)
+0 setsockopt(3, IPPROTO_IP, IP_TOS, [0x1ff], 4) = 0
+0 getsockopt(3, IPPROTO_IP, IP_TOS, [0xfc], [4]) = 0
+0 setsockopt(3, IPPROTO_IP, IP_MINTTL, [8], 1) = -1 EINVAL (Invalid argument)
+0 setsockopt(3, IPPROTO_IP, IP_TOS, [8], 1) = 0
+0 setsockopt(3, IPPROTO_IP, IP_TOS, [8], 0) = 0
+0 getsockopt(3, IPPROTO_IP, IP_TOS, [0xfc], [4]) = 0
`
  const six = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, IPPROTO_IPV6, IPV6_UNICAST_HOPS, [64], 8) = -1 EINVAL (Invalid argument)
+0 setsockopt(3, IPPROTO_IPV6, IPV6_RECVTCLASS, [1], 8) = -1 EINVAL (Invalid argument)
+0 setsockopt(3, IPPROTO_IPV6, IPV6_PORTRANGE, [1], 8) = 0
+0 setsockopt(3, IPPROTO_IPV6, IPV6_UNICAST_HOPS, [256], 4) = -1 EINVAL (Invalid argument)
+0 setsockopt(3, IPPROTO_IPV6, IPV6_UNICAST_HOPS, [-2], 4) = -1 EINVAL (Invalid argument)
+0 setsockopt(3, IPPROTO_IPV6, IPV6_UNICAST_HOPS, [-1], 4) = 0
+0 setsockopt(3, IPPROTO_IPV6, IPV6_TCLASS, [255], 4) = 0
+0 setsockopt(3, IPPROTO_IPV6, IPV6_TCLASS, [256], 4) = 0
+0 getsockopt(3, IPPROTO_IPV6, IPV6_TCLASS, [255], [4]) = 0
`
  expect(play('ipv4', four)).toBe('')
  expect(play('ipv6', six)).toBe('')
})

test('IP_MINTTL: who came from further away is not heard, by a listener, and of a handshake', () => {
  const script = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 setsockopt(3, IPPROTO_IP, IP_MINTTL, [100], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < [ttl 99] S 0:0(0) win 65535 <mss 1460>
+.1 < [ttl 100] S 0:0(0) win 65535 <mss 1460>
+0 > S. 0:0(0) ack 1 win 65535 <mss 1460>
+0 < [ttl 99] . 1:1(0) ack 2 win 65535
+0 < [ttl 100] . 1:1(0) ack 2 win 65535
+0 > R 2:2(0) win 0
`
  expect(play('ipv4', script)).toBe('')
})

test('the hop limit of an IPv6 socket is that of its packets to mapped addresses, too', () => {
  const script = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, IPPROTO_IPV6, IPV6_UNICAST_HOPS, [33], 4) = 0
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > [ttl 33] S 0:0(0) <...>
`
  const options = [{ name: 'ip_version', value: 'ipv4-mapped-ipv6' }]
  expect(runScript('mapped.pkt', script, { personality: 'freebsd', options })).toMatchObject({ status: 'passed' })
})

test('an accepted connection has the TTL and the TOS of its listener, and no IP_MINTTL', () => {
  const script = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, IPPROTO_IP, IP_MINTTL, [60], 4) = 0
+0 setsockopt(3, IPPROTO_IP, IP_TTL, [33], 4) = 0
+0 setsockopt(3, IPPROTO_IP, IP_TOS, [0x10], 4) = 0
+0 setsockopt(3, IPPROTO_IP, IP_RECVTTL, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 5) = 0
+0 < S 0:0(0) win 65535 <mss 1460>
+0 > [tos 0x10, ttl 33] S. 0:0(0) ack 1 win 65535 <mss 1460>
+.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
+0 getsockopt(4, IPPROTO_IP, IP_MINTTL, [0], [4]) = 0
+0 getsockopt(4, IPPROTO_IP, IP_RECVTTL, [0], [4]) = 0
+0 getsockopt(4, IPPROTO_IP, IP_TTL, [33], [4]) = 0
+0 getsockopt(4, IPPROTO_IP, IP_TOS, [0x10], [4]) = 0
+0 < [ttl 9] P. 1:11(10) ack 1 win 65535
+0 read(4, ..., 100) = 10
`
  expect(play('ipv4', script)).toBe('')
})

/** What a router says of a path, and the segments that come of it; null: it is no news. */
const MTUS: readonly (readonly [version: Version, mtu: number, mss: number | null])[] = [
  // Nothing at all: the next size below what was sent that is usual (RFC 1191 §7.1).
  ['ipv4', 0, 1452],
  ['ipv4', 68, 216],
  ['ipv4', 256, 216],
  ['ipv4', 576, 536],
  ['ipv4', 1499, 1459],
  ['ipv4', 1500, null],
  ['ipv4', 9000, null],
  ['ipv6', 600, 1220],
  ['ipv6', 1280, 1220],
  ['ipv6', 1400, 1340],
  ['ipv6', 1500, null],
]

test.each(MTUS)('%s: a router that takes %i octets makes segments of %s', (version, mtu, mss) => {
  const whole = version === 'ipv4' ? 1460 : 1440
  const type = version === 'ipv4' ? 'unreachable frag_needed' : 'packet_too_big'
  const pieces: string[] = []
  for (let at = 1; mss !== null && at < 1 + whole; at += mss) {
    const end = Math.min(at + mss, 1 + whole)
    pieces.push(`+0 > ${end === 1 + whole ? 'P.' : '.'} ${at}:${end}(${end - at}) ack 1`)
  }
  // Where nothing is sent again, the answer to an ACK of what was never sent is the next thing.
  const script = `--strict_segments
${OPEN.replace('mss 1000', 'mss 1460')}+0 write(4, ..., ${whole}) = ${whole}
+0 > P. 1:${whole + 1}(${whole}) ack 1
+.1 < [1:${whole + 1}(${whole})] icmp ${type} mtu ${mtu}
${pieces.join('\n')}
+.01 < . 1:1(0) ack 90000 win 65535
+0 > . ${whole + 1}:${whole + 1}(0) ack 1
`
  expect(play(version, script)).toBe('')
})

test('of IPv4 a SYN believes an MTU alone that is below the smallest usual one', () => {
  const script = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) <...>
+.1 < [0:0(0)] icmp unreachable frag_needed mtu 1300
+.1 < S. 0:0(0) ack 1 win 65535 <mss 1460>
+0 > . 1:1(0) ack 1
+0 write(3, ..., 1460) = 1460
+0 > P. 1:1461(1460) ack 1 win 65535
+0 getsockopt(3, IPPROTO_TCP, TCP_MAXSEG, [1460], [4]) = 0
`
  expect(play('ipv4', script)).toBe('')
})

test('of IPv6 what a router says of a path is kept before anybody asks what it quotes: for SYNs, and for who is half open', () => {
  const client = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) win 65535 <mss 1440,nop,wscale 6,sackOK,TS val 1 ecr 0>
+.1 < [7:8(1)] icmp packet_too_big mtu 1400
+.9 > S 0:0(0) win 65535 <mss 1340,nop,wscale 6,sackOK,TS val 2 ecr 0>
+.1 < S. 0:0(0) ack 1 win 65535 <mss 1440>
+0 > . 1:1(0) ack 1
+0 write(3, ..., 1400) = 1400
+0 > . 1:1341(1340) ack 1
`
  const server = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1440>
+0 > S. 0:0(0) ack 1 win 65535 <mss 1440>
+.1 < [0:0(0)] icmp packet_too_big mtu 1400
+.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
+0 getsockopt(4, IPPROTO_TCP, TCP_MAXSEG, [1340], [4]) = 0
+0 %{ assert tcpi_snd_cwnd == 13400, tcpi_snd_cwnd }%
+0 write(4, ..., 1400) = 1400
+0 > . 1:1341(1340) ack 1
+0 > P. 1341:1401(60) ack 1
`
  const open = `${OPEN.replace('mss 1000', 'mss 1440')}+.1 < [90000:90001(1)] icmp packet_too_big mtu 1400
+0 write(4, ..., 1440) = 1440
+0 > P. 1:1441(1440) ack 1
`
  expect(play('ipv6', client)).toBe('')
  expect(play('ipv6', server)).toBe('')
  expect(play('ipv6', open)).toBe('')
})

test('what is wrong with an address: its family, its length, that it is of another host, or taken', () => {
  const script = `0 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, {sa_family=AF_INET6, sin6_port=htons(80), sin6_addr=inet6_addr("::1")}, 28) = -1 EAFNOSUPPORT (no)
+0 bind(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.9.9.9")}, 16) = -1 EADDRNOTAVAIL (no)
+0 bind(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("0.0.0.0")}, 12) = -1 EINVAL (no)
+0 bind(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("0.0.0.0")}, 16) = 0
+0 bind(3, {sa_family=AF_INET, sin_port=htons(81), sin_addr=inet_addr("0.0.0.0")}, 16) = -1 EINVAL (no)
+0 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 4
+0 bind(4, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("0.0.0.0")}, 16) = -1 EADDRINUSE (no)
+0 setsockopt(4, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 bind(4, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("0.0.0.0")}, 16) = -1 EADDRINUSE (no)
+0 connect(4, {sa_family=AF_INET6, sin6_port=htons(80), sin6_addr=inet6_addr("::1")}, 28) = -1 EAFNOSUPPORT (no)
+0 connect(4, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("192.0.2.1")}, 12) = -1 EINVAL (no)
`
  expect(play('ipv4', script)).toBe('')
})

const HOPS = {
  ipv4: ['IPPROTO_IP, IP_TTL', 'IPPROTO_IP, IP_TOS'],
  ipv6: ['IPPROTO_IPV6, IPV6_UNICAST_HOPS', 'IPPROTO_IPV6, IPV6_TCLASS'],
} as const

test.each(['ipv4', 'ipv6'] as const)(
  'answers outside of the stream have the socket’s service and hops, in TIME-WAIT too: %s',
  (version) => {
    const [hops, service] = HOPS[version]
    const script = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 setsockopt(3, ${hops}, [77], 4) = 0
+0 setsockopt(3, ${service}, [32], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1460>
+0 > [tos 0x20, ttl 77] S. 0:0(0) ack 1 <...>
+0 < R 100:100(0) win 0
+0 > [tos 0x20, ttl 77] . 1:1(0) ack 1
+.1 < . 1:1(0) ack 5 win 65535
+0 > [tos 0x00, ttl 64] R 5:5(0)
+.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
+0 setsockopt(4, ${hops}, [99], 4) = 0
+0 < S 1:1(0) win 65535
+0 > [tos 0x20, ttl 99] . 1:1(0) ack 1
+0 close(4) = 0
+0 > [tos 0x20, ttl 99] F. 1:1(0) ack 1
+0 < F. 1:1(0) ack 2 win 65535
+0 > [tos 0x20, ttl 99] . 2:2(0) ack 2
+0 < F. 1:1(0) ack 2 win 65535
+0 > [tos 0x20, ttl 99] . 2:2(0) ack 2
`
    const options = [{ name: 'ip_version', value: version }]
    expect(runScript('hops.pkt', script, { personality: 'freebsd', options })).toMatchObject({
      status: 'passed',
      reason: '',
    })
  },
)

test.each([
  { version: 'ipv4', mtu: '1500', mss: 1260, window: 1044 },
  { version: 'ipv6', mtu: '1520', mss: 1240, window: 1027 },
])('a SYN with data that is too large leaves again with its cookie and what has room: $version', (given) => {
  const syn = 'wscale 6,sackOK,TS val 100 ecr 0,FO'
  const answer = 'mss 1460,sackOK,TS val 200 ecr 100,nop,wscale 7,FO 0123456789abcdef,nop,nop'
  const room = given.mss - 32
  const open = (fd: number): string => `+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = ${fd}
+0 fcntl(${fd}, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 setsockopt(${fd}, IPPROTO_TCP, TCP_FASTOPEN, [1], 4) = 0
`
  const script = `--ip_version=${given.version}
--mtu=${given.mtu}
${open(3)}+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) win 65535 <mss 1460,nop,${syn},eol,eol>
+.1 < S. 0:0(0) ack 1 win 65535 <${answer}>
+0 > . 1:1(0) ack 1 <...>
+.1 < R 1:1(0) win 0
${open(4)}+0 sendto(4, ..., 2000, 0, ..., ...) = 2000
+0 > S 0:1428(1428) win 65535 <mss 1460,nop,${syn} 0123456789abcdef,eol,eol>
+.1 < icmp unreachable frag_needed mtu 1300 [0:1428(1428)]
+0 > S 0:${room}(${room}) win 65535 <mss ${given.mss},nop,${syn} 0123456789abcdef,eol,eol>
+.1 < S. 0:0(0) ack ${room + 1} win 65535 <${answer}>
+0 > P. ${room + 1}:2001(${2000 - room}) ack 1 win ${given.window} <...>
`
  const text = given.version === 'ipv6' ? script.replace('unreachable frag_needed', 'packet_too_big') : script
  expect(runScript('too-large.pkt', text, { personality: 'freebsd' })).toMatchObject({ status: 'passed', reason: '' })
})
