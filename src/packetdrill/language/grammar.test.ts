import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseScript } from './parse.ts'
import { printScript } from './print.ts'

/**
 * The language as its grammar writes it: every arbitrary makes the tokens of one production, and what may stand between two tokens
 * (blanks, lines, comments of both kinds) is chosen at the end.
 */
type Sentence = fc.Arbitrary<readonly string[]>

const t = (...tokens: string[]): Sentence => fc.constant(tokens)
const seq = (...parts: (Sentence | string)[]): Sentence =>
  fc.tuple(...parts.map((part) => (typeof part === 'string' ? t(part) : part))).map((all) => all.flat())
const or = (...choices: (Sentence | string)[]): Sentence =>
  fc.oneof(...choices.map((choice) => (typeof choice === 'string' ? t(choice) : choice)))
const opt = (...parts: (Sentence | string)[]): Sentence => or(t(), seq(...parts))
const list = (one: Sentence, most = 3, between: readonly string[] = [',']): Sentence =>
  fc
    .array(one, { minLength: 1, maxLength: most })
    .map((all) => all.flatMap((each, i) => (i === 0 ? each : [...between, ...each])))
const number = (max: number, min = 0): fc.Arbitrary<number> => fc.integer({ min, max })
const u32: Sentence = number(2 ** 32 - 1).map((n) => [String(n)])
const u16: Sentence = number(65_535).map((n) => [String(n)])
const small: Sentence = number(9).map((n) => [String(n)])
const hexInteger: Sentence = number(255).map((n) => [`0x${n.toString(16)}`])
const octets: Sentence = number(2 ** 32 - 1, 2 ** 28).map((n) => [n.toString(16)])

const time = or('0', '1', '.5', '0.1', '12.000001')
const direction = or('<', '>')
const ecn = or('noecn', 'ect0', 'ect1', 'ce')
const ttl = or(seq('ttl', small), seq('hlim', small))
const label = seq('flowlabel', hexInteger)
const tos = or(
  ecn,
  seq('ecn', ecn),
  seq('tos', hexInteger),
  seq('class', hexInteger),
  seq('dscp', or('CS1', 'AF41', 'EF')),
)
const ipWords = or(tos, ttl, label, seq(tos, ',', label), seq(tos, ',', ttl), seq(tos, ',', label, ',', ttl))
const ipInfo = opt(or(seq('(', ipWords, ')'), seq('[', ipWords, ']')))
const ports = opt(u16, '>', u16)
const sequence = fc
  .tuple(number(2 ** 31), number(65_535))
  .map(([start, length]) => [String(start), ':', String(start + length), '(', String(length), ')'])
const numbers = or(sequence, seq(sequence, '!'), seq('...', '(', u16, ')'))
const flags = or('S', 'S.', '.', 'P.', 'FP.', 'R', 'SEW', 'SEWA', '.5', 'SP.5', 'FPU.', '-')
const prefix = list(
  or(
    t(),
    seq('ipv4', ipInfo, '192.0.2.1', '>', '10.0.0.1', ':'),
    seq('ipv6', ipInfo, '2001:db8::1', '>', '::1', ':'),
    t('gre', ':'),
    t('mpls', '(label 1, tc 0, ttl 64)', '(label 2, tc 0, [S], ttl 64)', ':'),
  ),
  2,
  [],
)
const counters = (order: 0 | 1): Sentence => {
  const names = order === 0 ? ['EE0B', 'ECEB', 'EE1B'] : ['EE1B', 'ECEB', 'EE0B']
  return fc
    .array(number(2 ** 24 - 1), { maxLength: 3 })
    .map((all) => all.flatMap((n, i) => [names[i] as string, String(n)]))
}
const option = or(
  ...['nop', 'eol', 'sackOK', 'FO', 'FOEXP', 'exp-FO', 'exp-tarr', 'ECN'],
  seq('mss', u16),
  seq('wscale', or(small, '*')),
  seq('sack', list(seq(u32, ':', u32), 3, [])),
  seq('TS', 'val', or(u32, '...'), 'ecr', u32, opt('!')),
  seq(or('FO', 'FOEXP', 'exp-FO', 'md5'), octets),
  seq('exp-tarr', small),
  seq('AccECN0', counters(0)),
  seq('AccECN1', counters(1)),
  seq('exp-AccECN0', counters(0)),
  seq('exp-AccECN1', counters(1)),
  seq('ECN', 'e1b', small, 'ceb', small, 'e0b', small),
)
const options = opt('<', list(option), '>')
const ack = opt('ack', u32)
const urgent = opt('urg', u16)
const inUdp = opt('/', 'udp', '(', u16, '>', u16, ')')
const echoed = opt(
  '[',
  or(seq(or(sequence, seq('...', '(', u16, ')')), inUdp), seq(or('udp', 'raw'), '(', u16, ')')),
  ']',
)
const packet = or(
  seq('<', prefix, ipInfo, ports, flags, numbers, ack, 'win', u16, urgent, options, inUdp),
  seq('>', prefix, ipInfo, ports, flags, numbers, ack, opt('win', u16), urgent, or(options, t('<', '...', '>')), inUdp),
  seq(direction, prefix, ipInfo, 'udp', ports, '(', u16, ')'),
  seq(
    direction,
    prefix,
    ipInfo,
    'icmp',
    or('unreachable', 'type_3'),
    opt(or('port_unreachable', 'code_4')),
    opt('mtu', u16),
    opt('id', u16),
    echoed,
  ),
)

const text = or('"reno"', '"a\\n\\x00\\"b"', '""')
const { expression } = fc.letrec<{ expression: readonly string[] }>((tie) => {
  const any = tie('expression') as Sentence
  return {
    expression: fc.oneof(
      { depthSize: 'small' },
      or('...', '-1', '-0x1', 'NULL', 'O_RDWR', '00aa11bb', u32, hexInteger, text, seq(text, '...'), seq(text, text)),
      seq('O_RDWR', '|', 'O_NONBLOCK', opt('|', '4')),
      seq('[', opt(list(any)), ']'),
      seq('htonl', '(', u32, ')'),
      t('inet_addr', '(', '"192.0.2.1"', ')'),
      t('inet6_addr', '(', '"::1"', ')'),
      seq('{', 'sa_family', '=', 'AF_INET', ',', 'sin_port', '=', 'htons', '(', u16, ')', '}'),
      seq('{', 'onoff', '=', or(small, '...'), ',', 'linger', '=', small, '}'),
      seq('{', '...', ',', u16, '}'),
      seq('{', 'iov_base', '=', '...', ',', 'iov_len', '=', u16, '}'),
      seq('{', 'fd', '=', any, ',', 'events', '=', any, opt(',', 'revents', '=', any), '}'),
      seq('{', 'events', '=', any, ',', or('fd', 'ptr', 'u32', 'u64'), '=', any, '}'),
      seq('{', 'msg_name', '(', '...', ')', '=', '...', ',', 'msg_iov', '(', '1', ')', '=', any, '}'),
      seq('{', 'cmsg_level', '=', any, ',', 'cmsg_data', '=', any, '}'),
      t('{ flags [none], sum 0x0, off 0x0, key 0x0, seq 0x0 }'),
      t('{(label 1, tc 0, [S], ttl 64)}'),
    ),
  }
})
const note = seq('(', list(or('Operation', 'now', 'flags', 'is'), 4, []), ')')
const call = seq(
  or('socket', 'read', 'epoll_wait'),
  '(',
  opt(list(expression)),
  ')',
  '=',
  expression,
  opt(or('EAGAIN', 'ECONNRESET'), opt(note)),
  opt(note),
)
const command = or('`sysctl -q net.ipv4.tcp_sack=0`', '`a \\`b\\`\n c`')
const code = or('%{ assert tcpi_rtt > 0, "}" }%', '%{\nx = {1: 2}\n}%')
const event = or(
  seq(opt('+'), time, or(packet, call, command, code)),
  seq(or('*', t('0.1', '~', '.2'), t('+', '0', '~', '+', '1')), '>', flags, numbers),
  seq(opt('+'), '0', '...', opt('+'), time, call),
)
const scriptOption = or(
  t('--strict_segments'),
  t('--mtu=1500'),
  t('--local_ip=192.168.0.1'),
  t('--ip_version=ipv6'),
  t('--define=CC="reno"'),
  t('--define=CLEAN=`true`'),
)
const script = seq(
  fc.array(scriptOption, { maxLength: 3 }).map((all) => all.flat()),
  opt(command),
  list(event, 5, ['\n']),
  opt(command),
)

/** What may stand between any two tokens; the first is only for where nothing has to. */
const GAPS = ['', ' ', '\t', '\n', ' // why, > and "what"\n', ' /* a * b */ ', '\n # so\n ', ' /**/ '] as const

/** Whether two tokens would run together. */
function needsGap(before: string, after: string): boolean {
  if (before.startsWith('--')) return true
  if (/[\w.-]$/.test(before)) return /^[\w.+"-]/.test(after)
  return before === ':' || (before === ')' && /^[\w.+*]/.test(after)) || /^[/%`]/.test(after)
}

/** Flags end at a blank or a comment, and a `#` is a comment only where a token could begin. */
function rendered(tokens: readonly string[], choices: readonly number[]): string {
  let out = ''
  for (const [i, token] of tokens.entries()) {
    const before = tokens[i - 1]
    if (before !== undefined) {
      const gap = GAPS[(choices[i % choices.length] as number) % GAPS.length] as string
      const isFlags = /^(?:[FSRP.UEWA]*\d?|-)$/.test(before) && before !== ''
      out += gap === '' && (isFlags || needsGap(before, token)) ? ' ' : gap
    }
    out += token
  }
  return `${out}\n`
}

function placeless(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, one: unknown) => (key === 'position' ? undefined : one)))
}

describe('the grammar', () => {
  test('has no sentence that is not read, and each is read again as it was when printed', () => {
    fc.assert(
      fc.property(script, fc.array(number(99), { minLength: 7, maxLength: 31 }), (tokens, choices) => {
        const read = parseScript(rendered(tokens, choices))
        expect(placeless(parseScript(printScript(read)))).toEqual(placeless(read))
      }),
      { seed: 20_261_121, numRuns: 1500 },
    )
  })
})
