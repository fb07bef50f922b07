import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EventTime, Expression, IpItem, PacketSpec, Script, ScriptEvent, TcpOptionSpec } from './ast.ts'
import { parseScript } from './parse.ts'
import { ScriptSyntaxError } from './position.ts'
import { printScript } from './print.ts'

const AT = { line: 1, column: 1 }
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const u16 = fc.integer({ min: 0, max: 65_535 })
const us = fc.integer({ min: 0, max: 10_000_000_000 })
const hex = fc.uint8Array({ minLength: 0, maxLength: 16 }).map((octets) => Buffer.from(octets).toString('hex'))
const name = fc.constantFrom('SO_LINGER', 'AF_INET', 'x', 'msg_flags', 'POLLIN')
/** A record whose fields come from arbitraries, typed as the union that it belongs to. */
const record = <T>(fields: { [key: string]: fc.Arbitrary<unknown> }): fc.Arbitrary<T> =>
  fc.record(fields) as unknown as fc.Arbitrary<T>
const just = <T>(value: T): fc.Arbitrary<T> => fc.constant(value)
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null })

const option = fc.oneof(
  record<TcpOptionSpec>({ kind: fc.constantFrom('nop', 'eol', 'sackOK') }),
  record<TcpOptionSpec>({ kind: just('mss'), value: u16 }),
  record<TcpOptionSpec>({ kind: just('wscale'), value: maybe(u16) }),
  record<TcpOptionSpec>({ kind: just('sack'), blocks: fc.array(fc.tuple(u32, u32), { minLength: 1, maxLength: 4 }) }),
  record<TcpOptionSpec>({ kind: just('TS'), val: maybe(u32), ecr: u32, absolute: fc.boolean() }),
  record<TcpOptionSpec>({ kind: fc.constantFrom('FO', 'FOEXP', 'md5'), hex }),
  record<TcpOptionSpec>({
    kind: just('accecn'),
    fields: fc.array(fc.record({ name: fc.constantFrom('e0b', 'e1b', 'ceb'), value: u16 }), { maxLength: 3 }),
  }),
)
const ipItem = fc.oneof(
  record<IpItem>({ kind: just('ecn'), value: fc.constantFrom('noecn', 'ect0', 'ect1', 'ect01', 'ce') }),
  record<IpItem>({ kind: fc.constantFrom('tos', 'dscp', 'flowlabel', 'ttl'), value: fc.integer({ min: 0, max: 255 }) }),
)
const ports = maybe(fc.record({ source: u16, destination: u16 }))
const range = { seq: u32, length: u16 }
type Direction = PacketSpec['direction']
/** An injected packet says how large its window is, and what its options are. */
const body = (direction: Direction): fc.Arbitrary<PacketSpec['body']> =>
  fc.oneof(
    record<PacketSpec['body']>({
      kind: just('tcp'),
      ports,
      flags: fc.constantFrom('', 'S', 'S.', '.', 'P.', 'FP.', 'R', 'R.', 'SEW', 'SEWA', '.5', 'FPU.', '5'),
      ...range,
      numbering: fc.constantFrom('relative', 'absolute'),
      ack: maybe(u32),
      window: direction === 'in' ? u16 : maybe(u16),
      urgent: maybe(u16),
      options: fc.oneof(
        just(null),
        fc.array(option, { maxLength: 4 }),
        ...(direction === 'in' ? [] : [just('any' as const)]),
      ),
    }),
    record<PacketSpec['body']>({ kind: just('udp'), ports, length: u16 }),
    record<PacketSpec['body']>({
      kind: just('icmp'),
      type: fc.constantFrom('unreachable', 'packet_too_big'),
      code: maybe(fc.constantFrom('frag_needed', 'host_unreachable')),
      mtu: maybe(u16),
      id: maybe(u16),
      echoed: maybe(
        fc.oneof(
          fc.record({ kind: just('tcp'), ...range }),
          fc.record({ kind: fc.constantFrom('udp', 'raw'), length: u16 }),
        ),
      ),
    }),
  )
const packet = (direction: Direction): fc.Arbitrary<PacketSpec> =>
  record<PacketSpec>({
    direction: just(direction),
    encapsulations: fc.array(
      fc.constantFrom(
        { kind: 'ipv4', detail: '1.1.1.1 > 2.2.2.2' },
        { kind: 'ipv6', detail: '2001:db8::1 > 2001:db8::2' },
        { kind: 'gre', detail: '' },
        { kind: 'mpls', detail: '(label 1, tc 0, ttl 64)' },
      ),
      { maxLength: 2 },
    ),
    ip: fc
      .array(ipItem, { maxLength: 2 })
      .filter((items) => direction === 'out' || items.every(({ value }) => value !== 'ect01')),
    body: body(direction),
  })

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small' },
    just<Expression>({ kind: 'ellipsis' }),
    record<Expression>({ kind: just('integer'), value: fc.integer(), hex: just(false) }),
    record<Expression>({ kind: just('integer'), value: u32, hex: just(true) }),
    record<Expression>({ kind: just('string'), value: fc.string({ maxLength: 8 }) }),
    record<Expression>({ kind: just('word'), name, position: just(AT) }),
    record<Expression>({
      kind: just('or'),
      parts: fc.array(record<Expression>({ kind: just('word'), name, position: just(AT) }), {
        minLength: 2,
        maxLength: 3,
      }),
    }),
    record<Expression>({ kind: just('list'), items: fc.array(tie('expression'), { maxLength: 3 }) }),
    record<Expression>({ kind: just('call'), name, args: fc.array(tie('expression'), { maxLength: 2 }) }),
    record<Expression>({
      kind: just('struct'),
      fields: fc.array(
        fc.oneof(
          fc.record({ name, count: maybe(tie('expression')), value: tie('expression') }),
          fc.record({ name: just(null), count: just(null), value: tie('expression') }),
        ),
        { maxLength: 3 },
      ),
    }),
  ),
}))

const oneTime = fc.oneof(record<EventTime>({ kind: fc.constantFrom('absolute', 'relative'), us }))
const anyTime = fc.oneof(
  oneTime,
  just<EventTime>({ kind: 'any' }),
  fc
    .tuple(fc.constantFrom('absolute-range', 'relative-range'), us, us)
    .map(([kind, a, b]): EventTime => ({ kind, us: Math.min(a, b), untilUs: Math.max(a, b) })),
)
const event = fc.oneof(
  record<ScriptEvent>({
    position: just(AT),
    time: anyTime,
    endUs: just(null),
    action: record({ kind: just('packet'), packet: packet('out') }),
  }),
  record<ScriptEvent>({
    position: just(AT),
    time: oneTime,
    endUs: just(null),
    action: record({ kind: just('packet'), packet: packet('in') }),
  }),
  record<ScriptEvent>({
    position: just(AT),
    time: oneTime,
    endUs: maybe(us),
    action: record({
      kind: just('call'),
      call: fc.record({
        name: fc.constantFrom('read', 'connect'),
        args: fc.array(expression, { maxLength: 4 }),
        result: fc.record({
          value: fc.oneof(
            just<Expression>({ kind: 'ellipsis' }),
            record<Expression>({ kind: just('integer'), value: fc.integer(), hex: just(false) }),
          ),
          errno: maybe(fc.constantFrom('EAGAIN', 'EINVAL')),
          note: maybe(fc.constantFrom('Resource temporarily unavailable', 'flags O_RDWR')),
        }),
      }),
    }),
  }),
  record<ScriptEvent>({
    position: just(AT),
    time: oneTime,
    endUs: just(null),
    action: fc.oneof(
      record({ kind: just('shell'), command: just({ position: AT, text: 'sysctl -q net.ipv4.tcp_sack=0' }) }),
      record({ kind: just('code'), text: just('assert tcpi_unacked == 1, tcpi_unacked'), position: just(AT) }),
    ),
  }),
)
const script = fc.record({
  options: fc.array(
    fc.record({
      position: just(AT),
      name: fc.constantFrom('mtu', 'ip_version', 'strict_segments'),
      value: maybe(just('1500')),
    }),
    { maxLength: 2 },
  ),
  init: maybe(just({ position: AT, text: './defaults.sh' })),
  events: fc.array(event, { minLength: 1, maxLength: 5 }),
  cleanup: maybe(just({ position: AT, text: 'sysctl -q net.ipv4.tcp_sack=1' })),
}) as fc.Arbitrary<Script>

/** A script with every place forgotten. */
function placeless(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, one: unknown) => (key === 'position' ? undefined : one)))
}

describe('a script', () => {
  test('that was printed reads as it was', () => {
    fc.assert(
      fc.property(script, (one) => {
        expect(placeless(parseScript(printScript(one)))).toEqual(placeless(one))
      }),
      { numRuns: 500 },
    )
  })

  test('is read whole: options, comments, both commands, every kind of event', () => {
    const read = parseScript(`// a story
--tolerance_usecs=10000
--strict_segments  /* no joining */
\`./defaults.sh\`
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0.1...0.3 read(4, ..., 1000) = 1000
   * > (ect0) P. 1:1001(1000) ack 1 <nop,nop,TS val 100 ecr 200>
+.1~+.2 > R 1001:1001(0)
+0 < [1:1461(1460)] icmp unreachable frag_needed mtu 1200
+0 %{ assert tcpi_unacked == 0 }%
+0 \`sleep 1\`
\`sysctl -w a=b\`
`)
    expect(read.options.map(({ name, value }) => [name, value])).toEqual([
      ['tolerance_usecs', '10000'],
      ['strict_segments', null],
    ])
    expect([read.init?.text, read.cleanup?.text]).toEqual(['./defaults.sh', 'sysctl -w a=b'])
    expect(read.events.map(({ time, action }) => `${time.kind} ${action.kind}`)).toEqual([
      'absolute call',
      'relative call',
      'any packet',
      'relative-range packet',
      'relative packet',
      'relative code',
      'relative shell',
    ])
    expect(read.events[1]?.endUs).toBe(300_000)
  })

  test('has blocks for one system each, whose lines keep their numbers', () => {
    const text = `#ifdef Linux
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
#endif
#ifdef freeBSD
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4
#endif
#ifdef Solaris is nobody's block
+0 close(3) = 0
`
    const lines = (system: string): number[] => parseScript(text, { system }).events.map((one) => one.position.line)
    expect([lines('linux'), lines('freebsd'), lines('omnet')]).toEqual([[2, 8], [5, 8], [8]])
  })

  test('has blocks for what -D defines and for what it does not, one in another, each with what is for the others', () => {
    const text = `#ifndef Linux
0 close(1) = 0
#ifdef QUICK
0 close(2) = 0
#endif
#else
0 close(3) = 0
#ifdef QUICK
0 close(4) = 0
#else
0 close(5) = 0
#endif
#endif
+0 close(6) = 0
`
    const read = (system: string, defines: [string, string][]): string =>
      printScript(parseScript(text, { system, defines: new Map(defines) })).replace(/[^(]*\((\d)\)[^(]*/g, '$1')
    const quick: [string, string][] = [['QUICK', '1']]
    expect([read('linux', []), read('linux', quick), read('freebsd', []), read('freebsd', quick)]).toEqual([
      '356',
      '346',
      '16',
      '126',
    ])
  })

  test('names options as testers of either system do', () => {
    const text =
      '+0 > S 0:0(0) <wscale *,exp-FO 0102,EXP-FO,AccECN0 EE0B 1 ECEB 2,AccECN1,exp-AccECN1 EE1B 3,exp-tarr 4>\n'
    expect(printScript(parseScript(text))).toBe(
      '+0 > S 0:0(0) <wscale *,FOEXP 0102,FOEXP,ECN e0b 1 ceb 2,AccECN1,exp-AccECN1 EE1B 3,exp-tarr 4>\n',
    )
  })

  test('takes a word with a note behind it for a result, and several notes', () => {
    const text = '+0 fcntl(3, F_GETFL) = O_RDWR (flags O_RDWR)\n+0 read(3, ..., 1) = -1 EAGAIN (try) (again)\n'
    expect(printScript(parseScript(text))).toBe(text)
  })

  test('names numbers of the wire, any numbers, codepoints and echoes as they are', () => {
    const read = parseScript(`+0 > R. 5:5(0)! ack 1 <nop,nop,TS val ... ecr 7!>
+0 < [dscp AF41, ecn ect0, ttl 3] R ...(0) win 0
`)
    expect(printScript(read)).toBe(`+0 > R. 5:5(0)! ack 1 <nop,nop,TS val ... ecr 7!>
+0 < [dscp 0x22, ect0, ttl 3] R ...(0) win 0
`)
  })

  test('has words that -D defines, in arguments and in options', () => {
    const defines = new Map([
      ['COOKIE', 'aabbccdd'],
      ['LEVEL', 'SOL_IP'],
    ])
    const { events } = parseScript('+0 getsockopt(3, LEVEL, ...) = 0\n+0 > S 0:0(0) <FO COOKIE>\n', { defines })
    expect(printScript({ options: [], init: null, events, cleanup: null })).toBe(
      '+0 getsockopt(3, SOL_IP, ...) = 0\n+0 > S 0:0(0) <FO aabbccdd>\n',
    )
  })
})

test('options are printed as they are read, with the quotes that they have', () => {
  const text = '--define=BAR="x y"\n--define=INIT=`true; true`\n0 close(3) = 0\n'
  expect(printScript(parseScript(text))).toBe(text)
})

describe('words that are defined', () => {
  const of = (text: string): unknown => placeless(parseScript(text).events.map(({ action }) => action))

  test('stand for commands, names of calls, errnos and types of ICMP, too', () => {
    const script = parseScript(`--define=INIT=\`sysctl -q a=1\` --define = WHAT="two words"
--define=CALL=read --define=ERR=EPIPE --define=TYPE=unreachable
INIT
0 CALL(4, WHAT, 9) = -1 ERR (Broken pipe)
+0 < icmp TYPE frag_needed
+0 INIT
INIT
`)
    expect([script.init?.text, script.cleanup?.text]).toEqual(['sysctl -q a=1', 'sysctl -q a=1'])
    expect(
      printScript({ ...script, options: [], init: null, cleanup: null }),
    ).toBe(`0 read(4, "two words", 9) = -1 EPIPE (Broken pipe)
+0 < icmp unreachable frag_needed
+0 \`sysctl -q a=1\`
`)
  })

  test('and ports of datagrams may stand on either side of the word udp', () => {
    expect(of('0 < udp 53 > 8080 (100)\n')).toEqual(of('0 < 53 > 8080 udp (100)\n'))
  })
})

describe('what cannot be read is named with its place:', () => {
  test.each([
    ['+0 < S 0:10(0) win 1\n', '1:8: 0:10(0) does not add up, expected 0:0(0)'],
    ['0 socket(1, 2, 3 = 3\n', '1:18: found "=", expected "," or ")"'],
    ['0 socket(1) = \n\n', '1:14: found the end of the script, expected a value'],
    ['\n+0 < . 1:1(0) ack 1 win // none\n\n+0 close(3) = 0\n', '2:24: found the end of the line, expected the window'],
    ['+0 read(3,\n  $) = 0\n', '2:3: found "$)", expected an argument'],
    ['+0 < . 1:1(0) ack 1 win', '1:24: found the end of the script, expected the window'],
    ['+0 \0 1:1(0)\n', '1:4: found a NUL octet, expected "<" or ">"'],
    ['+0 < X 0:0(0)\n', '1:6: found "X", expected TCP flags (of FSRP.UEWA, a digit, or "-"), icmp or udp'],
    ['+0 < S 0:0(0) win 1 <mss 1460,sackok>\n', '1:31: found "sackok", expected a TCP option'],
    ['\n\nfoo\n', '3:1: found "foo", expected an event'],
    ['+100ms close(3) = 0\n', '1:5: found "ms" behind a time, expected seconds, with a decimal point and no unit'],
    ['+0,1 close(3) = 0\n', '1:3: found ",1" behind a time, expected seconds'],
    ['+0 <- . 1:1(0) ack 1 win 9\n', '1:4: found "<-", expected "<"'],
    ['+0 > . 1:1 ack 1\n', '1:12: found "ack", expected "(" and the octets of the segment'],
    [
      '+0 < . 1:1(0) win 9 ack 1\n',
      '1:21: found "ack", expected the options, or the next event: ack stands before win',
    ],
    ['+0 > S 0:0(0) <FO abc>', '1:18: "abc" are no whole octets'],
    ['+0 `sleep 1', '1:5: found no end of the shell command, expected ` before the end of the script'],
    ['+0 %{ assert', '1:6: found no end of the code block'],
    ['+0 read(3, "abc', '1:12: found no end of the string'],
    ['* < S 0:0(0) win 1\n', '1:2: found an event without one time'],
    ['0...1 > S 0:0(0)\n', '1:6: found an event that does not block'],
    ['/* never ends', '1:1: a comment that does not end'],
    ['+0 < SS 0:0(0)', '1:6: found a flag twice'],
    ['+0 < . 1:1(0) ack 1 win 65536', '1:25: 65536 is too large, expected the window, at most 65535'],
    ['+0 < . 1:1(4294967296)', '1:12: 4294967296 is too large'],
    ['+0 < . 1:1(0) ack 1', '1:6: found an inbound packet without its window'],
    ['+0 < . 1:1(0) ack 1 win 1 <...>', '1:6: found <...> on an inbound packet'],
    ['+0 < [ect01] . 1:1(0) ack 1 win 1', '1:14: found ect01 on an inbound packet'],
    ['+0 > .E5 1:1(0)', '1:6: found both E, W or A and a digit in ".E5"'],
    ['+.2~+.1 > . 1:1(0)', '1:1: found a range of times that ends before it begins'],
    ['+.1~.2 > . 1:1(0)', '1:1: found half a range of times'],
    ['', '1:1: found the end of the script, expected an event'],
    ['+0 < ipv4 ::1 > 10.0.0.1: . 1:1(0) win 0', '1:11: found no address of the ipv4 header'],
    ['+0 > . 1:1(0) <AccECN0 EE0B 16777216>', '1:29: 16777216 is too large'],
    ['+0 close(3) = 0\n #ifdef Linux\n+0 close(4) = 0\n', '2:2: found no end of #ifdef Linux, expected #endif'],
  ])('%j', (text, message) => {
    expect(() => parseScript(text, { file: 'a.pkt' })).toThrow(ScriptSyntaxError)
    expect(() => parseScript(text, { file: 'a.pkt' })).toThrow(`a.pkt:${message}`)
  })
})
