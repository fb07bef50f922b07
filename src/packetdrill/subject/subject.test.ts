import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import {
  Host,
  isLinger,
  Level,
  newSocketName,
  type OptionBox,
  SOCK_STREAM,
  TcpOption,
  type TcpStatus,
} from '../../stack/index.ts'
import { runScript } from '../run/run-script.ts'
import type { NewSubject, Situation, Subject } from './subject.ts'

const SUITE = fileURLToPath(new URL('../../../test/packetdrill/', import.meta.url))
/** Folders whose scripts ask little of a host beside its TCP. */
const FOLDERS = ['close', 'congestion', 'receive', 'recovery', 'states', 'timestamps']

/** The only stack that is at hand: our own, by what a stack of somebody else's has to offer. */
const stranger: NewSubject = ({ transmit, address, mtu }) => {
  const host = new Host({ name: 'stranger', seed: 1 })
  const link = {
    mtu,
    transmit: (buf: Uint8Array, start: number, length: number) => {
      transmit(buf.subarray(start, start + length))
      return true
    },
  }
  const six = address.includes(':')
  const { index } = host.addInterface({ name: 'eth0', link, addresses: [`${address}/${six ? 48 : 16}`] })
  host.addRoute(six ? '::/0' : '0.0.0.0/0', 'eth0')
  const program = host.spawn('program')
  const option = (fd: number, level: number, name: number): OptionBox['value'] => {
    const box: OptionBox = { value: 0 }
    const result = program.getsockopt(fd, level, name, box)
    return result < 0 ? result : box.value
  }
  return {
    input: (now, packet) => host.input(now, index, packet, 0, packet.length),
    advance: (now) => host.advance(now),
    nextDeadline: () => host.nextDeadline(),
    socket: (family) => program.socket(family, SOCK_STREAM),
    bind: (fd, to) => program.bind(fd, to),
    listen: (fd, backlog) => program.listen(fd, backlog),
    accept: (fd) => program.accept(fd),
    connect: (fd, to) => program.connect(fd, to),
    send: (fd, data, flags) => program.send(fd, data, flags),
    receive: (fd, into, flags) => program.recv(fd, into, flags),
    shutdown: (fd, how) => program.shutdown(fd, how),
    close: (fd) => program.close(fd),
    localName(fd) {
      const name = newSocketName()
      program.getsockname(fd, name)
      return name
    },
    poll(fd) {
      const entry = { fd, events: -1, revents: 0 }
      program.poll([entry])
      return entry.revents
    },
    command: (text) => {
      const [, settings] = /^sysctl -q ([^`|&;]+)$/.exec(text) ?? []
      for (const [, name = '', quoted, plain] of settings?.matchAll(/(\S+?)=(?:"([^"]*)"|(\S+))/g) ?? [])
        if (host.sysctl.set(name, quoted ?? plain ?? '') !== null) return false
      return settings !== undefined
    },
    setsockopt: (fd, level, name, value) => program.setsockopt(fd, level, name, value),
    getsockopt: (fd, level, name) => Number(option(fd, level, name)),
    tcpInfo(fd) {
      const info = option(fd, Level.IPPROTO_TCP, TcpOption.INFO)
      if (typeof info !== 'object' || isLinger(info)) return {}
      return Object.fromEntries(
        Object.entries(info as TcpStatus).map(([name, value]) => [`tcpi_${name}`, Number(value)]),
      )
    },
  }
}

const OFFERED: ReadonlySet<string> = new Set(['command', 'getsockopt', 'poll', 'setsockopt', 'tcpInfo'])

/** A stack that offers no more than it must. */
const bare: NewSubject = (situation) =>
  Object.fromEntries(Object.entries(stranger(situation)).filter(([name]) => !OFFERED.has(name))) as unknown as Subject

const LISTENER = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
`
const SERVER = `${LISTENER}+0 < S 0:0(0) win 65535 <mss 1460>
+0 > S. 0:0(0) ack 1 <mss 1460>
+.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
`
const CLIENT = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0...0.1 connect(3, ..., ...) = 0
+0 > S 0:0(0) <...>
+.1 < S. 0:0(0) ack 1 win 65535 <mss 1460>
+0 > . 1:1(0) ack 1
`

const play = (text: string, subject: NewSubject = stranger, ...options: string[]): ReturnType<typeof runScript> =>
  runScript('a.pkt', text, {
    subject,
    options: options.map((option) => ({ name: option.split('=')[0] as string, value: option.split('=')[1] ?? null })),
  })

describe("a stack that is not this project's", () => {
  test('is asked what our own is asked, but for what it does not offer', () => {
    const results = FOLDERS.flatMap((folder) =>
      readdirSync(join(SUITE, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.pkt'))
        .map((name) => runScript(name, readFileSync(join(SUITE, folder, name), 'utf8'), { subject: stranger })),
    )
    const failed = results.filter(({ status }) => status === 'failed')
    expect(failed.map(({ file, reason }) => `${file}: ${reason}`)).toEqual([])
    const missing = /the stack under test|of a stack of one's own/
    expect(results.filter(({ status, reason }) => status === 'skipped' && !missing.test(reason))).toEqual([])
    expect(results.filter(({ status }) => status === 'passed').length).toBeGreaterThan(100)
  })

  test.each(['ipv4', 'ipv6', 'ipv4-mapped-ipv6'])('is met from both sides, by %s', (version) => {
    const mtu = version === 'ipv6' ? 'mtu=1520' : 'mtu=1500'
    for (const script of [SERVER, CLIENT])
      expect(play(script, stranger, `ip_version=${version}`, mtu)).toMatchObject({ status: 'passed', reason: '' })
  })

  test.each([
    ['a read waits for text', '+0...0.5 read(4, ..., 10) = 3\n+.5 < P. 1:4(3) ack 1 win 65535\n'],
    [
      'a read that must not wait does not',
      '+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n+0 read(4, ..., 10) = -1 EAGAIN\n',
    ],
    ['a write leaves', '+0 write(4, "hello", 5) = 5\n+0 > P. 1:6(5) ack 1\n'],
    [
      'an option is set and read',
      '+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0\n+0 getsockopt(4, SOL_TCP, TCP_NODELAY, [1], [4]) = 0\n',
    ],
    [
      'poll() waits',
      '+0...0.2 poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 1000) = 1\n+.2 < P. 1:4(3) ack 1 win 65535\n',
    ],
    ['assertions see TCP_INFO', '+0 %{ assert tcpi_state == TCP_ESTABLISHED }%\n'],
    ['a descriptor that is closed is none', '+0 close(4) = 0\n+0 close(4) = -1 EBADF\n'],
  ])('%s', (_what, rest) => {
    expect(play(SERVER + rest)).toMatchObject({ status: 'passed', reason: '' })
  })

  test.each([
    ['`sysctl -q net.ipv4.tcp_sack=0`', 'command sysctl -q net.ipv4.tcp_sack=0: the stack under test does not know it'],
    ['%{ assert tcpi_state == 1 }%', 'TCP_INFO: the stack under test has none'],
    ['setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0', 'setsockopt(): the stack under test has none'],
    ['getsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], [4]) = 0', 'getsockopt(): the stack under test has none'],
    ['poll([{fd=3, events=POLLIN}], 1, 0) = 0', 'poll(): the stack under test has none'],
    ['epoll_create(1) = 5', "call epoll_create() of a stack of one's own"],
  ])('what it lacks is named: %s', (line, reason) => {
    const result = play(`${LISTENER}+0 ${line}\n`, bare)
    expect(result.status).toBe('skipped')
    expect(result.reason).toContain(reason)
  })

  test.each([
    [
      'text that is other than it should be',
      '+0 < P. 1:4(3) ack 1 win 65535\n+0 read(4, "abc", 10) = 3\n',
      'expected "abc"',
    ],
    ['an option', '+0 getsockopt(4, SOL_TCP, TCP_NODELAY, [1], [4]) = 0\n', 'the option is 0, expected [1]'],
    [
      'what poll() finds',
      '+0 poll([{fd=4, events=POLLOUT, revents=POLLIN}], 1, 0) = 1\n',
      'revents is 4, expected POLLIN',
    ],
  ])('it fails by %s', (_what, rest, reason) => {
    const result = play(SERVER + rest)
    expect(result.status).toBe('failed')
    expect(result.reason).toContain(reason)
  })

  test('what is closed is gone for the script, whatever the stack thinks', () => {
    const forgetful: NewSubject = (situation) => ({ ...stranger(situation), close: () => 0 })
    expect(play(`${LISTENER}+0 close(3) = 0\n+0 close(3) = -1 EBADF\n`, forgetful).reason).toBe('')
  })

  test('packets that name no ports are for the port on which it listens', () => {
    const elsewhere = SERVER.replace(
      'bind(3, ..., ...)',
      'bind(3, {sa_family=AF_INET, sin_port=htons(9000), sin_addr=inet_addr("0.0.0.0")}, ...)',
    )
    expect(play(elsewhere)).toMatchObject({ status: 'passed', reason: '' })
  })

  test('a stack that knows commands is told of them', () => {
    const told: string[] = []
    const knowing: NewSubject = (situation) => ({
      ...stranger(situation),
      command: (text) => told.push(text) > 0,
    })
    expect(play('0 `sysctl -q net.ipv4.tcp_sack=0`\n', knowing).status).toBe('passed')
    expect(told).toEqual(['sysctl -q net.ipv4.tcp_sack=0'])
  })

  test('what it sends otherwise is shown beside what was expected, and above the ladder', () => {
    const deaf: NewSubject = (situation: Situation): Subject => ({ ...stranger(situation), input: () => undefined })
    const silent = play(SERVER, deaf)
    expect(silent.status).toBe('failed')
    expect(silent.reason).toContain('seen      nothing')
    const wrong = play(SERVER.replace('<mss 1460>\n+.1', '<mss 1461>\n+.1'))
    expect(wrong.reason).toContain('expected  > S. 0:0(0) ack 1 <mss 1461>')
    expect(wrong.ladder).toMatch(/◄─+ SYN seq 0/)
    expect(wrong.ladder).toMatch(/SYN,ACK seq 0 ack 1 ─+►/)
  })

  test('what is no packet fails the script', () => {
    const babbling: NewSubject = (situation) => ({
      ...stranger(situation),
      input: () => situation.transmit(new Uint8Array(20)),
    })
    expect(play(SERVER, babbling)).toMatchObject({
      status: 'failed',
      reason: 'the stack sent a malformed IP packet (bad-version)',
    })
  })

  test('a deadline that is no time fails the script', () => {
    const confused: NewSubject = (situation) => ({ ...stranger(situation), nextDeadline: () => Number.NaN })
    expect(play(SERVER, confused).reason).toBe(
      'nextDeadline() of the stack under test is NaN, expected µs, or Infinity',
    )
  })
})
