import { entryOf } from '../../base/index.ts'
import { Address } from '../../wire/index.ts'
import { unknownIcmp } from '../run/icmp-names.ts'
import type { EcnWord, Encapsulation, IcmpSpec, IpItem, PacketSpec, PortPair, TcpSpec, UdpSpec } from './ast.ts'
import { parseTcpOptions } from './parse-options.ts'
import { printIpItem } from './print.ts'
import type { Scanner } from './scanner.ts'

const FLAGS = /(?:(?=[FSRP.UEWA]*[0-7]?[FSRP.UEWA]*(?:\s|\/[/*]))[FSRP.UEWA0-7]+|-)(?=\s|\/[/*])/y
const PORT_BEFORE = /\d+(?=(?:\s|(?:\/\/|#)[^\n]*\n|\/\*[\s\S]*?\*\/)*>)/y
const ADDRESS = /[\da-fA-F:.]+/y
const QUOTE = /\d|\.\.\.|(?:udp|raw)(?!\w)/y
const ICMP_WORD = /\w+/y
const ECN_WORDS: readonly string[] = ['noecn', 'ect0', 'ect1', 'ect01', 'ce'] satisfies EcnWord[]
/** Fields of the IP header; IPv6 has names of its own for two of them. */
const IP_FIELDS: Readonly<Record<string, Exclude<IpItem['kind'], 'ecn'>>> = {
  tos: 'tos',
  tclass: 'tos',
  class: 'tos',
  dscp: 'dscp',
  flowlabel: 'flowlabel',
  ttl: 'ttl',
  hoplimit: 'ttl',
  hlim: 'ttl',
}
/** Differentiated services codepoints by their names, as RFC 2474, 2597, 3246, 5865 and 8622 give them. */
const CODEPOINTS: Readonly<Record<string, number>> = {
  ...Object.fromEntries([0, 1, 2, 3, 4, 5, 6, 7].map((selector) => [`CS${selector}`, selector << 3])),
  ...Object.fromEntries(
    [1, 2, 3, 4].flatMap((service) => [1, 2, 3].map((drop) => [`AF${service}${drop}`, (service << 3) | (drop << 1)])),
  ),
  EF: 46,
  VOICE_ADMIT: 44,
  LE: 1,
}
/** What 16 bits hold. */
const SHORT_MOST = 65_535
const TWO_32 = 2 ** 32

/** What stands behind `<` or `>`, which has been passed over. */
export function parsePacket(scanner: Scanner, direction: 'in' | 'out'): PacketSpec {
  const encapsulations = parseEncapsulations(scanner)
  const ip: IpItem[] = []
  let echoed: IcmpSpec['echoed'] = null
  while (scanner.sees('(') || scanner.sees('[')) {
    if (seesQuote(scanner)) echoed = parseEchoed(scanner, encapsulations)
    else ip.push(...parseIpInfo(scanner))
  }
  const ports = parsePorts(scanner)
  const start = scanner.at
  const body = parseBody(scanner, ports, echoed, encapsulations)
  if (body.kind === 'tcp') parseInUdp(scanner, encapsulations)
  if (direction === 'in') checkInbound(scanner, start, ip, body)
  return { direction, encapsulations, ip, body }
}

/** Whether what stands in brackets is the quote of an ICMP error, not words of the IP header. */
function seesQuote(scanner: Scanner): boolean {
  const start = scanner.at
  scanner.at++
  scanner.skipBlanks()
  const found = scanner.pattern(QUOTE) !== undefined
  scanner.at = start
  return found
}

/** What an injected packet cannot leave open. */
function checkInbound(scanner: Scanner, start: number, ip: readonly IpItem[], body: PacketSpec['body']): void {
  if (ip.some(({ value }) => value === 'ect01'))
    scanner.failAt(start, 'found ect01 on an inbound packet', 'expected ect0 or ect1')
  if (body.kind !== 'tcp') return
  if (body.options === 'any') scanner.failAt(start, 'found <...> on an inbound packet', 'expected its options')
  if (body.window === null) scanner.failAt(start, 'found an inbound packet without its window', 'expected win N')
}

function parseBody(
  scanner: Scanner,
  ports: PortPair | null,
  echoed: IcmpSpec['echoed'],
  encapsulations: Encapsulation[],
): PacketSpec['body'] {
  if (scanner.hasWord('icmp')) return parseIcmp(scanner, echoed, encapsulations)
  if (echoed !== null) scanner.fail('icmp: only an ICMP error quotes a packet')
  return scanner.hasWord('udp') ? parseUdp(scanner, ports) : parseTcp(scanner, ports)
}

function parseEncapsulations(scanner: Scanner): Encapsulation[] {
  const found: Encapsulation[] = []
  for (let word = scanner.peekWord(); ; word = scanner.peekWord()) {
    if (word === 'ipv4' || word === 'ipv6') {
      scanner.word(word)
      const items = scanner.sees('(') || scanner.sees('[') ? parseIpInfo(scanner) : []
      const source = parseAddress(scanner, word)
      scanner.expect('>')
      const destination = parseAddress(scanner, word)
      scanner.expect(':', `":" behind the ${word} header`)
      const told = items.length === 0 ? '' : `[${items.map(printIpItem).join(', ')}] `
      found.push({ kind: word, detail: `${told}${source} > ${destination}` })
    } else if (word === 'gre' || word === 'mpls') {
      scanner.word(word)
      found.push({ kind: word, detail: parseDetail(scanner, word) })
    } else return found
  }
}

/** What stands before the colon of a header, without comments. */
function parseDetail(scanner: Scanner, word: string): string {
  const words: string[] = []
  while (!scanner.has(':')) words.push(scanner.pattern(/[^\s:/]+/y) ?? scanner.fail(`":" behind the ${word} header`))
  return words.join(' ')
}

function parseAddress(scanner: Scanner, word: string): string {
  scanner.skipBlanks()
  const start = scanner.at
  const written = scanner.pattern(ADDRESS) ?? ''
  // The colon behind an address is no part of it, unless it is one of two.
  const text = written.replace(/(?<=[^:]|::):$/, '')
  scanner.at -= written.length - text.length
  if (Address.parse(text)?.v4 !== (word === 'ipv4'))
    scanner.failAt(start, `found no address of the ${word} header`, 'expected A > B:')
  return text
}

/** `/udp(9899 > 9899)` of FreeBSD's testers, behind a segment, quoted or not: it travels in a datagram. */
function parseInUdp(scanner: Scanner, into: Encapsulation[]): void {
  if (!scanner.has('/')) return
  scanner.expect('udp', '"udp" behind "/"')
  scanner.expect('(')
  const source = scanner.integer('the port of the source', SHORT_MOST)
  scanner.expect('>')
  const destination = scanner.integer('the port of the destination', SHORT_MOST)
  scanner.expect(')')
  into.push({ kind: 'udp', detail: `${source} > ${destination}` })
}

function parseIpInfo(scanner: Scanner): IpItem[] {
  const close = scanner.has('(') ? ')' : ']'
  if (close === ']') scanner.expect('[')
  const items: IpItem[] = []
  while (!scanner.has(close)) {
    items.push(parseIpItem(scanner, close))
    scanner.has(',')
  }
  return items
}

function parseIpItem(scanner: Scanner, close: string): IpItem {
  // `ecn ect0` is `ect0`.
  scanner.hasWord('ecn')
  const word = scanner.peekWord()
  const expected = `noecn, ect0, ect1, ect01, ce, tos, dscp, flowlabel, ttl or "${close}"`
  if (ECN_WORDS.includes(word)) {
    scanner.word(expected)
    return { kind: 'ecn', value: word as EcnWord }
  }
  const kind = entryOf(IP_FIELDS, word)
  if (kind === undefined) return scanner.fail(expected)
  scanner.word(expected)
  const named = kind === 'dscp' ? entryOf(CODEPOINTS, scanner.peekWord()) : undefined
  if (named !== undefined) scanner.word(expected)
  return { kind, value: named ?? scanner.integer(`the value of ${word}`) }
}

function parseEchoed(scanner: Scanner, encapsulations: Encapsulation[]): IcmpSpec['echoed'] {
  const close = scanner.has('(') ? ')' : ']'
  if (close === ']') scanner.expect('[')
  let echoed: IcmpSpec['echoed']
  const kind = ['udp', 'raw'].find((word) => scanner.hasWord(word)) as 'udp' | 'raw' | undefined
  if (kind !== undefined) {
    scanner.expect('(')
    echoed = { kind, length: scanner.integer('the octets of the datagram') }
    scanner.expect(')')
  } else {
    const { seq, length } = parseNumbers(scanner)
    echoed = { kind: 'tcp', seq, length }
    parseInUdp(scanner, encapsulations)
  }
  scanner.expect(close)
  return echoed
}

function parsePorts(scanner: Scanner): PortPair | null {
  const source = scanner.take(PORT_BEFORE)
  if (source === undefined) return null
  scanner.expect('>')
  return { source: Number(source), destination: scanner.integer('the port of the destination', SHORT_MOST) }
}

/** `seq:end(length)`, whose end has to be what the other two say. */
function parseSequence(scanner: Scanner): { seq: number; length: number } {
  scanner.skipBlanks()
  const start = scanner.at
  const seq = scanner.integer('the sequence numbers seq:end(length)')
  scanner.expect(':')
  const end = scanner.integer('the end of the sequence numbers', 2 * TWO_32)
  scanner.expect('(', '"(" and the octets of the segment: seq:end(length)')
  const length = scanner.integer('the octets of the segment')
  scanner.expect(')')
  if ((seq + length) % TWO_32 !== end % TWO_32) {
    scanner.failAt(
      start,
      `${seq}:${end}(${length}) does not add up`,
      `expected ${seq}:${(seq + length) % TWO_32}(${length})`,
    )
  }
  return { seq, length }
}

function parseTcp(scanner: Scanner, ports: PortPair | null): TcpSpec {
  scanner.skipBlanks()
  const start = scanner.at
  const written = scanner.pattern(FLAGS) ?? scanner.fail('TCP flags (of FSRP.UEWA, a digit, or "-"), icmp or udp')
  const flags = written === '-' ? '' : written
  if (new Set(flags).size !== flags.length)
    scanner.failAt(start, `found a flag twice in "${flags}"`, 'expected it once')
  if (/[EWA]/.test(flags) && /\d/.test(flags))
    scanner.failAt(start, `found both E, W or A and a digit in "${flags}"`, 'expected one or the other')
  const range = parseNumbers(scanner)
  const ack = scanner.hasWord('ack') ? scanner.integer('the acknowledgment number') : null
  let [window, urgent]: [number | null, number | null] = [null, null]
  for (let word = scanner.peekWord(); ; word = scanner.peekWord()) {
    if (window === null && scanner.hasWord('win')) window = scanner.integer('the window', SHORT_MOST)
    else if (urgent === null && scanner.hasWord('urg')) urgent = scanner.integer('the urgent pointer', SHORT_MOST)
    else if (word === 'ack' && ack === null)
      scanner.fail('the options, or the next event: ack stands before win and urg')
    else if (word !== 'win' && word !== 'urg') break
    else scanner.fail(`the options, or the next event: ${word} stands there already`)
  }
  return { kind: 'tcp', ports, flags, ...range, ack, window, urgent, options: parseTcpOptions(scanner) }
}

/** `seq:end(length)`, with `!` for numbers of the wire; `...(length)` for any. */
function parseNumbers(scanner: Scanner): Pick<TcpSpec, 'seq' | 'length' | 'numbering'> {
  if (!scanner.has('...')) {
    const range = parseSequence(scanner)
    return { ...range, numbering: scanner.has('!') ? 'absolute' : 'relative' }
  }
  scanner.expect('(')
  const length = scanner.integer('the octets of the segment')
  scanner.expect(')')
  return { seq: 0, length, numbering: 'any' }
}

function parseUdp(scanner: Scanner, ports: PortPair | null): UdpSpec {
  const named = ports ?? parsePorts(scanner)
  scanner.expect('(')
  const length = scanner.integer('the octets of the datagram')
  scanner.expect(')')
  return { kind: 'udp', ports: named, length }
}

function parseIcmp(scanner: Scanner, before: IcmpSpec['echoed'], encapsulations: Encapsulation[]): IcmpSpec {
  scanner.skipBlanks()
  const start = scanner.at
  const type = scanner.meant(scanner.take(ICMP_WORD) ?? scanner.fail('the type of the ICMP message'))
  let [code, mtu, id]: [string | null, number | null, number | null] = [null, null, null]
  let echoed = before
  for (;;) {
    if (scanner.hasWord('mtu')) mtu = scanner.integer('the MTU')
    else if (scanner.hasWord('id')) id = scanner.integer('the identifier')
    else if (scanner.sees('[')) echoed = parseEchoed(scanner, encapsulations)
    else if (code === null && /^[A-Za-z]\w*/.test(scanner.peekWord())) code = scanner.meant(scanner.word('the code'))
    else {
      scanner.refuse(start, unknownIcmp(type, code))
      return { kind: 'icmp', type, code, mtu, id, echoed }
    }
  }
}
