import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RunnerOption } from './config.ts'
import { OptionError } from './config.ts'
import type { ScriptResult } from './outcome.ts'
import { runScript } from './run-script.ts'

const option = (text: string): RunnerOption => {
  const [name = '', value = null] = text.split('=')
  return { name, value }
}
const run = (text: string, ...options: string[]): ScriptResult =>
  runScript('a.pkt', text, { options: options.map(option) })

const SERVER = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 32792 <mss 1000,sackOK,nop,nop,nop,wscale 7>
+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK,nop,wscale 8>
+.1 < . 1:1(0) ack 1 win 257
+0 accept(3, ..., ...) = 4
`
const CLIENT = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0...0.1 connect(3, ..., ...) = 0
+0 > S 0:0(0) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 8>
+.1 < S. 0:0(0) ack 1 win 5792 <mss 1460,sackOK,TS val 700 ecr 100,nop,wscale 7>
+0 > . 1:1(0) ack 1 <nop,nop,TS val 200 ecr 700>
`
const SYSCTLS = 'sysctl -q net.ipv4.tcp_rmem="4096 131072 $((6*1024*1024))"'

/** A script with the sysctls that its window scale stands on. */
const scaled = (script: string): string => `\`${SYSCTLS.replace('6*', '15*')}\`\n${script}`

describe('a script that is right passes', () => {
  const versions = ['ip_version=ipv4', 'ip_version=ipv6', 'ip_version=ipv4-mapped-ipv6']

  test.each(versions)('on both sides of a connection: %s', (version) => {
    const mtu = version === 'ip_version=ipv6' ? 'mtu=1520' : 'mtu=1500'
    for (const script of [SERVER, CLIENT])
      expect(run(scaled(script), version, mtu)).toMatchObject({ status: 'passed', reason: '' })
  })

  test('when segments are one in the script and several on the wire, but not strictly', () => {
    const script = scaled(`${SERVER}+0 write(4, ..., 3000) = 3000\n+0 > P. 1:3001(3000) ack 1\n`)
    expect(run(script)).toMatchObject({ status: 'passed' })
    expect(run(script, 'strict_segments').reason).toMatch(/^the packet differs in flags, length\n/)
  })

  test('when it leaves open what packetdrill does not look at', () => {
    const script = SERVER.replace('wscale 8', 'wscale *')
    const sent = '+0 write(4, ..., 10) = 10\n+0 > (ttl 0) P. 1:11(10) ack 1\n'
    expect(run(script + sent)).toMatchObject({ status: 'passed', reason: '' })
    // A flow label belongs to IPv6, and an option of an experiment that nobody knows to nobody.
    const label = '+0 write(4, ..., 10) = 10\n+0 > [flowlabel 0x1] P. 1:11(10) ack 1\n'
    const syn = '+0 < S 0:0(0) win 32792 <mss 1000,sackOK,nop,nop,nop,wscale *,exp-AccECN0 EE0B 1 ECEB 2,exp-tarr 3>'
    expect(run(script.replace(/^.*wscale 7>/m, syn) + label)).toMatchObject({ status: 'passed', reason: '' })
  })

  test('when what clears away at the end is not understood; where it fails, the script does, and without a beginning it is not run', () => {
    const closing = (init: string, command: string): ScriptResult =>
      run(`${init}\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n\`${command}\`\n`)
    expect(closing('`true`', '/root/frobnicate --all')).toMatchObject({
      status: 'passed',
      output: ['not cleared away: unsupported command /root/frobnicate --all'],
    })
    expect(closing('`true`', 'false').status).toBe('failed')
    expect(closing('', 'false').status).toBe('passed')
  })

  test('when it asks for flags of descriptors as the system numbers them, or by their names', () => {
    const flags = (numbered: string): string => `0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
+0 fcntl(3, F_GETFL) = ${numbered} (flags O_RDWR|O_NONBLOCK)
+0 fcntl(3, F_GETFL) = O_RDWR|O_NONBLOCK (flags O_RDWR|O_NONBLOCK)
+0 fcntl(3, F_SETFL, ${numbered}) = 0
+0 fcntl(3, F_GETFL) = ${numbered}
+0 fcntl(3, F_SETFL, 2) = 0
+0 fcntl(3, F_GETFL) = O_RDWR
`
    expect(run(flags('0x802')).reason).toBe('')
    expect(runScript('a.pkt', flags('0x6'), { personality: 'freebsd' }).reason).toBe('')
  })

  test("when calls are made beside one that blocks: FreeBSD's packetdrill does so at once", () => {
    const script = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+0 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
+0...0.5 read(4, ..., 10) = 10
+.1 write(4, ..., 10) = 10
+0 > P. 1:11(10) ack 1
+.4 < P. 1:11(10) ack 11 win 65535
`
    expect(runScript('a.pkt', script, { personality: 'freebsd' }).reason).toBe('')
    expect(run(script).reason).toMatch(/^the event is 900 ms late/)
  })

  test('when SYNs cross, whose numbers stay those of the wire until one answers', () => {
    const script = `0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) <...>
+.1 < S 500:500(0) win 1000 <mss 1000>
+0 > S. 0:0(0) ack 501 <...>
+.1 < . 501:501(0) ack 1 win 1000
+0 write(3, ..., 10) = 10
+0 > P. 1:11(10) ack 501
`
    expect(run(script)).toMatchObject({ status: 'passed', reason: '' })
  })

  test('when packets from elsewhere come in between, whose answers nobody asks for', () => {
    const script = scaled(`${SERVER}+0 < 5 > 6 S 0:0(0) win 100
+0 < 5 > 8080 . 7:7(0) ack 9 win 100
+0 write(4, ..., 10) = 10
+0 > P. 1:11(10) ack 1
+0 < 7 > 8080 S 0:0(0) win 100 <mss 500>
+0 > S. 0:0(0) ack 1 <mss 1460>
+0 > 6 > 5 R. 0:0(0) ack 1
`)
    expect(run(script)).toMatchObject({ status: 'passed', reason: '' })
  })

  test("with FreeBSD's words for options, addresses and Fast Open", () => {
    const script = `--ip_version=ipv4_mapped_ipv6
--tun_dev=tun5
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, IPPROTO_TCP, TCP_FASTOPEN, {enable=1, psk=...}, 20) = 0
`
    expect(runScript('a.pkt', script, { personality: 'freebsd' })).toMatchObject({ status: 'passed', reason: '' })
    const udp = script.replace(/.*enable.*\n/, '+0 < S 0:0(0) win 5 <mss 1000>/udp(9899 > 9899)\n')
    expect(runScript('a.pkt', udp, { personality: 'freebsd' }).reason).toBe('unsupported encapsulation udp')
  })

  test("when both ends' numbers begin anywhere, and a second connection begins behind the first", () => {
    const one = (fd: number, isn: number): string => `+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = ${fd}
+0 fcntl(${fd}, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(${fd}, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 connect(${fd}, ..., ...) = -1 EALREADY (Operation already in progress)
+0 > S 0:0(0) <...>
+.1 < S. ${isn}:${isn}(0) ack 1 win 65535 <mss 1460>
+0 > . 1:1(0) ack 1
+0 connect(${fd}, ..., ...) = 0
+0 < P. 1:11(10) ack 1 win 65535
+0 > . 1:1(0) ack 11
`
    expect(run(one(3, 123) + one(4, 4_294_967_290))).toMatchObject({ status: 'passed', reason: '' })
  })

  test('when a call waits beside the script', () => {
    const script = `${SERVER}+0...0.2 read(4, ..., 1000) = 10\n+.2 < P. 1:11(10) ack 1 win 257\n+0 > . 1:1(0) ack 11\n`
    expect(run(scaled(script))).toMatchObject({ status: 'passed' })
  })

  test('when it asks for calls at the script level: epoll, poll, pipe, splice, sendfile', () => {
    const script = `${SERVER}+0 epoll_create(1) = 5
+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLIN|EPOLLET, fd=4}) = 0
+0 epoll_wait(5, ..., 1, 0) = 0
+0 < P. 1:101(100) ack 1 win 257
+0 > . 1:1(0) ack 101
+0 epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1
+0 epoll_wait(5, ..., 1, 0) = 0
+0 poll([{fd=4, events=POLLIN|POLLOUT, revents=POLLIN|POLLOUT}], 1, 0) = 1
+0 pipe([6, 7]) = 0
+0 splice(4, NULL, 7, NULL, 1000, 0) = 100
+0 read(6, ..., 1000) = 100
+0 open("/tmp/file", O_RDONLY) = 8
+0 sendfile(4, 8, [0], 500) = 500
+0 > P. 1:501(500) ack 101
`
    expect(run(scaled(script))).toMatchObject({ status: 'passed' })
  })
})

test('relative times count from when the event before was over: what commands take does not add up', () => {
  const story = (time: string): string => `${SERVER}+0 \`sleep 0.5\`
+0 \`sleep 0.5\`
+0 write(4, ..., 100) = 100
${time} > P. 1:101(100) ack 1
+.1 < . 1:1(0) ack 101 win 257
`
  for (const time of ['+0', '*', '+0~+.1', '1.1', '1.0~1.2'])
    expect(run(scaled(story(time)))).toMatchObject({ status: 'passed', reason: '' })
  for (const time of ['.1', '+.01', '+.01~+.1', '1.2~1.3'])
    expect(run(scaled(story(time)))).toMatchObject({ status: 'failed' })
})

test('thousands of events at one time fit into the tolerance', () => {
  const asked = '0.1 fcntl(4, F_GETFL) = 2\n'.repeat(3000)
  expect(run(scaled(SERVER + asked))).toMatchObject({ status: 'passed', reason: '' })
})

describe('a script that is wrong fails with what was expected, what was seen, and where:', () => {
  test.each([
    [
      `${SERVER}+0 < . 1:1001(1000) ack 1 win 257\n+0 > . 1:1(0) ack 1000\n`,
      10,
      'the packet differs in ack\n  expected  > . 1:1(0) ack 1000\n  seen      > . 1:1(0) ack 1001',
    ],
    [
      `${SERVER}+0 write(4, ..., 100) = 100\n+.5 > P. 1:101(100) ack 1\n`,
      10,
      'the packet > P. 1:101(100) ack 1 is 500.01 ms early: expected at 0.60008 s, seen at 0.10007 s (tolerance 62.501 ms)',
    ],
    [`${SERVER}+0 read(4, ..., 100) = -1 EAGAIN (nothing)\n`, 9, 'the call blocks, and nothing lets it return'],
    [
      `${SERVER}+0 close(5) = 0\n`,
      9,
      'close() returned -1 EBADF, expected 0\n  expected  +0 close(5) = 0\n  seen      -1 EBADF',
    ],
    [
      `${SERVER}0 close(4) = 0\n`,
      9,
      'the event is 100.07 ms late: expected at 0 s, seen at 0.10007 s (tolerance 4 ms): its time is before that of the event above it',
    ],
    [
      `${SERVER}+0 > . 1:1(0) ack 1\n`,
      9,
      'the packet did not come, within 2 s after its time\n  expected  > . 1:1(0) ack 1\n  seen      nothing',
    ],
    [
      `${SERVER}+0 %{ assert tcpi_snd_cwnd == 11, "cwnd is %d" % tcpi_snd_cwnd }%\n`,
      9,
      'an assertion failed\n  expected  assert tcpi_snd_cwnd == 11, "cwnd is %d" % tcpi_snd_cwnd\n  seen      tcpi_snd_cwnd = 10\n  message   cwnd is 10',
    ],
    [
      `${SERVER}+0 getpeername(4, {sa_family=AF_INET, sin_port=htons(1), sin_addr=192.0.2.1}, [16]) = 0\n`,
      9,
      'the address is 192.0.2.1, port 53055, expected {sa_family=AF_INET',
    ],
    [`${SERVER}+0 getpeername(4, ..., [28]) = 0\n`, 9, 'the address has 16 octets, expected 28'],
    [`${SERVER}+0 < . 1:65537(65536) ack 1 win 1\n`, 9, 'a packet of 65576 octets: IP holds 65535'],
    [
      `${SERVER}+0 epoll_create(1) = 5\n+0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLOUT, u64=7}) = 0\n+0 epoll_wait(5, {events=EPOLLOUT, u64=8}, 1, 0) = 1\n`,
      11,
      'epoll_wait() tells of 7, expected 8',
    ],
    [`${SERVER}+0 \`false\`\n`, 9, 'the command failed with status 1\n  command   false'],
    [`${SERVER}+0 < . 1:1(0) ack 1 win 1 <mss 1000,sackOK>\n`, 9, 'the options have 6 octets'],
  ])('%#', (script, line, reason) => {
    const result = run(scaled(script))
    expect(result).toMatchObject({ status: 'failed', position: { line: line + 1 } })
    expect(result.reason).toContain(reason)
    expect(result.ladder).toContain('SYN,ACK')
    // One program, one connection: nothing to tell apart.
    expect(result.ladder).toContain('├ bind(3, ')
    expect(result.ladder).not.toMatch(/\d+: SYN/)
  })

  test.each([
    ['0 read(4, ..., 100) = -1 EFOO', 26, 'there is no errno called EFOO'],
    ['0 close(4) = -1 EBAD', 17, 'there is no errno called EBAD, did you mean EBADF?'],
    ['0 close() = 0', 3, 'close() has 0 arguments, expected 1'],
    ['0 < icmp blah', 10, 'there is no ICMP type called blah'],
    ['0 < icmp unreachable blah', 10, 'there is no code of ICMP unreachable called blah'],
  ])('%s is refused before anything is played', (line, column, reason) => {
    const result = run(`${line}\n`)
    expect(result).toMatchObject({ status: 'failed', readable: false, ladder: '', position: { line: 1, column } })
    expect(result.reason).toContain(`:1:${column}: ${reason}`)
  })

  test.each(['EXDEV', 'EWOULDBLOCK', 'EDQUOT'])('%s is an errno, though no call here gives it', (errno) => {
    expect(run(`0 close(4) = -1 ${errno}\n`)).toMatchObject({ status: 'failed', readable: true })
  })

  test('a syntax error says so, and is told apart', () => {
    expect(run('+0 read(\n')).toMatchObject({ status: 'failed', readable: false, position: { line: 1, column: 9 } })
  })
})

test('the first event may have a relative time: it counts once', () => {
  const { status, output } = run(scaled(`+.5 ${SERVER.slice(2)}`), 'verbose')
  expect(status).toBe('passed')
  expect(output[0]).toMatch(/^0\.50001 {2}/)
})

test('a version of IP that is none is told with its place, be it in the script', () => {
  expect(run(`\n--ip_version=ipv5\n${SERVER}`)).toMatchObject({
    status: 'failed',
    readable: false,
    reason: 'a.pkt:2:1: --ip_version=ipv5: expected ipv4, ipv6 or ipv4-mapped-ipv6',
  })
})

describe('what this runner does not have is named, and the script skipped:', () => {
  test.each([
    ['+0 mmap(3) = 0', 'call mmap()'],
    ['+0 toString(3) = 0', 'call toString()'],
    ['+0 `hasOwnProperty; constructor`', 'command hasOwnProperty'],
    ['+0 %{ assert tcpi_constructor == toString }%', 'code: name tcpi_constructor'],
    ['+0 `ip route change default dev tun0 valueOf 3`', 'command ip route with valueOf'],
    ['+0 setsockopt(4, SOL_IP, IP_BINDMULTI, [1], 4) = 0', 'setsockopt IP_BINDMULTI (linux)'],
    ['+0 `rm -rf /`', 'command rm -rf /'],
    ['+0 `sysctl -w net.ipv4.tcp_no_such=1`', 'sysctl net.ipv4.tcp_no_such=1'],
    [
      '+0 `sysctl -w net.ipv4.tcp_fin_timeot=1`',
      'sysctl net.ipv4.tcp_fin_timeot=1 (did you mean net.ipv4.tcp_fin_timeout?)',
    ],
    ['+0 %{ import urllib }%', 'code: import urllib'],
    ['+0 %{ assert tcpi_nothing_such == 1 }%', 'code: name tcpi_nothing_such'],
    ['+0 %{ assert tcpi_cwnd == 1 }%', 'code: name tcpi_cwnd (did you mean tcpi_snd_cwnd?)'],
    ['+0 `./none.sh`', 'command ./none.sh: there is no such file'],
    ['+0 < ipv4 1.1.1.1 > 2.2.2.2: . 1:1(0) ack 1 win 1', 'encapsulation ipv4'],
    ['+0 fcntl(4, F_NO_SUCH) = 0', 'symbol F_NO_SUCH'],
    ['+0 acept(3, ..., ...) = 4', 'call acept() (did you mean accept or accept4?)'],
    ['+0 setsockopt(4, SOL_TCP, TCP_NODELY, [1], 4) = 0', 'symbol TCP_NODELY (did you mean TCP_NODELAY?)'],
  ])('%s', (event, what) => {
    expect(run(scaled(`${SERVER}${event}\n`))).toMatchObject({ status: 'skipped', reason: `unsupported ${what}` })
  })
})

const PIECES = [
  '',
  '0',
  '-1',
  '4294967296',
  '1e9',
  '...',
  'NULL',
  '[',
  '{',
  '}',
  '"',
  '`',
  '%{',
  '}%',
  '<',
  '>',
  '*',
  '~',
  'S',
  '.5',
  '$((',
  '//',
  '\0',
  '99999999',
]

test('whatever becomes of a script, the run comes to an end and says why it failed', () => {
  const lines = `${scaled(SERVER)}+0 %{ assert tcpi_unacked == 0, tcpi_rto }%
+0 write(4, ..., 3000) = 3000
* > P. 1:3001(3000) ack 1
+.1 < . 1:1(0) ack 3001 win 257 <nop,nop,sack 1:2>
+0...0.2 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 1000}], msg_flags=0}, 0) = 0
+.2 < F. 1:1(0) ack 3001 win 257
+0 > . 3001:3001(0) ack 2
+0 < [1:2(1)] icmp unreachable frag_needed mtu 1200
`.split('\n')
  const place = fc.nat(1000)
  const edit = fc.record({ line: place, at: place, length: fc.nat(3), piece: fc.constantFrom(...PIECES) })
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), fc.array(place, { maxLength: 2 }), (edits, dropped) => {
      const made = [...lines]
      for (const { line, at, length, piece } of edits) {
        const text = made[line % made.length] as string
        const words = text.split(/\b/)
        words.splice(at % Math.max(1, words.length), length, piece)
        made[line % made.length] = words.join('')
      }
      for (const line of dropped) made.splice(line % made.length, 1)
      const { status, reason } = run(made.join('\n'))
      expect(status === 'passed' || reason !== '').toBe(true)
    }),
    { numRuns: 300, seed: 1 },
  )
})

test('an expected packet that never comes is not awaited for ever', () => {
  expect(run(scaled(`${SERVER}* > . 1:1(0) ack 1\n`)).reason).toContain('and nothing more would happen')
  expect(run('+99999999999 close(3) = 0\n').reason).toContain('expected at most 10000000 s')
})

test("options: the script's own, then those of the command line, which win", () => {
  const script = scaled(`--tolerance_usecs=200000\n`).split('\n').reverse().join('\n') + SERVER
  const early = `${script}+0 write(4, ..., 100) = 100\n+.1 > P. 1:101(100) ack 1\n`
  expect(run(early)).toMatchObject({ status: 'passed' })
  expect(run(early, 'tolerance_usecs=1000')).toMatchObject({ status: 'failed' })
  expect(run(early, 'dry_run')).toMatchObject({ status: 'passed', ladder: '' })
  expect(run(early, 'verbose').output).toHaveLength(10)
  expect(() => run(early, 'no_such=1')).toThrow(OptionError)
})

test('timers run by the clock that a kernel was recorded with', () => {
  const told = (at: string, ...words: string[]): string => {
    const server = SERVER.replace('sackOK,nop,nop,', '').replace('nop,nop,sackOK,', '')
    const text = `${server}+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1\n${at} > P. 1:101(100) ack 1\n`
    return run(scaled(text), 'tolerance_usecs=100', 'tolerance_percent=0', ...words).status
  }
  // Begun at 100 ms, to run for 300 ms: at this length the clock looks only each 32 ms, of its own time.
  expect(told('+.3')).toBe('passed')
  expect(told('+.316', 'jiffies_usecs=0')).toBe('passed')
  expect(told('+.306', 'jiffies_usecs=10000')).toBe('passed')
  expect(told('+.3', 'jiffies_usecs=0')).toBe('failed')
})

test('what is not fatal is told, and the script goes on', () => {
  const wrong = scaled(`${SERVER}+0 write(4, ..., 100) = 99\n+0 > P. 1:100(99) ack 1\n`)
  expect(run(wrong, 'non_fatal=packet, syscall')).toMatchObject({
    status: 'passed',
    output: ['warning: line 10: write() returned 100, expected 99', 'warning: line 11: the packet differs in length'],
  })
  expect(run(wrong, 'non_fatal=syscall')).toMatchObject({ status: 'failed', position: { line: 11 } })
  expect(() => run(wrong, 'non_fatal=all')).toThrow('expected packet, syscall or both')
})

test('what timestamps echo is compared when asked for', () => {
  const echoes = scaled(CLIENT.replace('TS val 200 ecr 700', 'TS val 200 ecr 1'))
  expect(run(echoes)).toMatchObject({ status: 'passed' })
  expect(run(echoes, 'tcp_ts_ecr_checked')).toMatchObject({ status: 'failed' })
})

test('scripts that the options name run before the script', () => {
  const readFile = (path: string): string | undefined =>
    ({ './a.sh': 'sysctl -q net.ipv4.tcp_fin_timeout=9', '/b/c.sh': 'sysctl -q net.ipv4.tcp_fin_timeout=7' })[path]
  const script = '--init_scripts=a.sh,/b/c.sh\n+0 `sysctl -n net.ipv4.tcp_fin_timeout | grep -qx 7`\n'
  expect(runScript('a.pkt', script, { readFile })).toMatchObject({ status: 'passed', reason: '' })
  expect(runScript('a.pkt', script)).toMatchObject({
    status: 'skipped',
    reason: 'unsupported command ./a.sh: there is no such file',
  })
})

test('a shell script beside the script sets sysctls', () => {
  const readFile = (path: string): string | undefined =>
    path === './defaults.sh' ? `#!/bin/sh\n${SYSCTLS.replace('6*', '15*')}\n` : undefined
  expect(runScript('a.pkt', `\`./defaults.sh\`\n${SERVER}`, { readFile })).toMatchObject({ status: 'passed' })
  expect(runScript('a.pkt', `\`./other.sh\`\n${SERVER}`, { readFile })).toMatchObject({
    status: 'skipped',
    reason: 'unsupported command ./other.sh: there is no such file',
  })
})
