import { Ctl } from '../../wire/index.ts'
import type { PacketInfo } from './packet-info.ts'

/**
 * Picking a packet by name.
 *
 *     rule   = [ "the" | "a" ] [ host "'s" ] [ which ] kind { where }
 *     which  = "first" … "tenth" | "1st" | "2nd" | "11th" … | "next" | "every"
 *     kind   = "packet" | "segment" | "data" [ "segment" ] | "retransmission" | "datagram"
 *            | "final ACK" | flags [ "segment" ]
 *     flags  = "SYN" | "SYN,ACK" | "FIN" | "RST" | "ACK"
 *     where  = ( "of" | "from" | "to" ) host | "on" "port" number
 *
 * `the final ACK`, `client's third segment`, `the first FIN of server`, `every SYN,ACK`, `the next packet to client`.
 *
 * Without a `which` it is the first. Packets are counted from the moment the rule is added, among those that fit the kind and
 * every `where`. `SYN` is a SYN without ACK; `FIN` and `RST` have that bit, whatever else; `ACK` is an ACK and nothing more: no
 * data, no other bit. The *final ACK* of a connection acknowledges a FIN and comes from a side that has sent its own.
 */
export interface PacketSelector {
  /** As it was written. */
  readonly text: string
  /** The how-manieth fitting packet is meant, from 1; 0: every one. */
  readonly nth: number
  /** Whether a packet is of the kind and from, to and on what the rule says. */
  fits(packet: PacketInfo): boolean
}

/** A packet rule that cannot be understood; the message names the word and says what may stand there. */
export class PacketRuleError extends Error {
  override readonly name: string = 'PacketRuleError'
}

const { FIN, SYN, RST, ACK } = Ctl
const PURE = FIN | SYN | RST

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth']

type Test = (packet: PacketInfo) => boolean

const isTcp: Test = (p) => p.protocol === 'tcp'
const hasFlag =
  (flag: number): Test =>
  (p) =>
    isTcp(p) && (p.flags & flag) !== 0

const KINDS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['packet', () => true],
  ['segment', isTcp],
  ['data', (p) => isTcp(p) && p.length > 0],
  ['retransmission', (p) => isTcp(p) && p.retransmission],
  ['datagram', (p) => p.protocol === 'udp'],
  ['syn', (p) => isTcp(p) && (p.flags & (SYN | ACK)) === SYN],
  ['syn,ack', (p) => isTcp(p) && (p.flags & (SYN | ACK)) === (SYN | ACK)],
  ['syn-ack', (p) => isTcp(p) && (p.flags & (SYN | ACK)) === (SYN | ACK)],
  ['fin', hasFlag(FIN)],
  ['fin,ack', hasFlag(FIN)],
  ['rst', hasFlag(RST)],
  ['ack', (p) => isTcp(p) && (p.flags & (PURE | ACK)) === ACK && p.length === 0],
])
const KIND_WORDS = 'packet, segment, data, retransmission, datagram, SYN, SYN,ACK, FIN, RST, ACK or final ACK'
const WHICH_WORDS = 'first to tenth, 11th and so on, next, every'

/**
 * Understands a packet rule. `hosts` are the names that may stand in it.
 *
 * @throws {PacketRuleError} naming the word that does not fit.
 */
export function parsePacketRule(text: string, hosts: readonly string[]): PacketSelector {
  const parser = new RuleParser(text, hosts)
  return parser.parse()
}

class RuleParser {
  private readonly text: string
  private readonly hosts: readonly string[]
  private readonly words: readonly string[]
  private at = 0
  private readonly tests: Test[] = []

  constructor(text: string, hosts: readonly string[]) {
    this.text = text
    this.hosts = hosts
    this.words = text.split(/\s+/).filter((word) => word !== '')
  }

  parse(): PacketSelector {
    if (this.words.length === 0) throw new PacketRuleError(`an empty packet rule: expected ${KIND_WORDS}`)
    if (this.peek() === 'the' || this.peek() === 'a') this.at++
    this.possessive()
    const nth = this.which()
    this.kind()
    while (this.at < this.words.length) this.where()
    const tests = this.tests
    return { text: this.text, nth, fits: (packet) => tests.every((test) => test(packet)) }
  }

  private peek(): string {
    return (this.words[this.at] ?? '').toLowerCase()
  }

  private fail(expected: string): never {
    const word = this.words[this.at]
    const what = word === undefined ? 'it ends too early' : `"${word}" is not understood`
    throw new PacketRuleError(`packet rule "${this.text}": ${what}; expected ${expected}`)
  }

  private possessive(): void {
    const owner = /^(.+)['’]s$/.exec(this.words[this.at] ?? '')?.[1]
    if (owner === undefined) return
    this.host(owner, (name) => (p) => p.from === name)
    this.at++
  }

  private host(name: string, test: (name: string) => Test): void {
    if (!this.hosts.includes(name)) this.fail(`a host: ${this.hosts.join(', ')}`)
    this.tests.push(test(name))
  }

  private which(): number {
    const word = this.peek()
    const named = ORDINALS.indexOf(word)
    const counted = /^([1-9]\d*)(?:st|nd|rd|th)$/.exec(word)?.[1]
    let nth = 1
    if (named >= 0) nth = named + 1
    else if (counted !== undefined) nth = Number(counted)
    else if (word === 'every') nth = 0
    else if (word !== 'next') return 1
    this.at++
    return nth
  }

  private kind(): void {
    const word = this.peek()
    if (word === 'final') {
      this.at++
      if (this.peek() !== 'ack') this.fail('ACK after "final"')
      this.at++
      this.tests.push((p) => p.finalAck)
      return
    }
    const test = KINDS.get(word)
    if (test === undefined) {
      const which = this.at === 0 || !this.isWhich(this.at - 1)
      this.fail(which ? `which (${WHICH_WORDS}) or a kind: ${KIND_WORDS}` : `a kind: ${KIND_WORDS}`)
    }
    this.tests.push(test)
    this.at++
    if (word !== 'segment' && word !== 'packet' && this.peek() === 'segment') this.at++
  }

  private isWhich(at: number): boolean {
    const word = (this.words[at] ?? '').toLowerCase()
    return ORDINALS.includes(word) || word === 'every' || word === 'next' || /^\d+(?:st|nd|rd|th)$/.test(word)
  }

  private where(): void {
    const word = this.peek()
    this.at++
    if (word === 'of' || word === 'from') this.host(this.words[this.at] ?? '', (name) => (p) => p.from === name)
    else if (word === 'to') this.host(this.words[this.at] ?? '', (name) => (p) => p.to === name)
    else if (word === 'on') this.port()
    else {
      this.at--
      this.fail('of, from or to and a host, or "on port" and a number')
    }
    this.at++
  }

  private port(): void {
    if (this.peek() !== 'port') this.fail('"port" after "on"')
    this.at++
    const port = Number(this.peek())
    if (!/^\d+$/.test(this.peek()) || port > 65535) this.fail('a port number, 0 to 65535')
    this.tests.push((p) => p.sourcePort === port || p.destinationPort === port)
  }
}
