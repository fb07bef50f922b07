/**
 * Replays the steps of a truth table on this project's stack, in virtual time. test/kernel/truth/README.md has the
 * vocabulary; steps.py beside it is its meaning on Linux, this file is its meaning here.
 */
import type { Micros } from '../../../src/base/index.ts'
import {
  describeSockets,
  Host,
  type Link,
  type NetworkInterface,
  type Process,
  restartNetwork,
  type SocketDescription,
} from '../../../src/stack/index.ts'
import { Ctl, Protocol } from '../../../src/wire/index.ts'
import { type Family, HOST_ADDRESSES, symbol } from './addresses.ts'
import { type Flow, flagsOf, Peer, type Seen } from './peer.ts'
import { Inexpressible, type Result, Sockets } from './sockets.ts'

const MS = 1000
const MTU = 1500
const SEED = 1
/** Virtual time that a step takes by itself: as on the real kernel some microseconds, so that no two steps coincide. */
const STEP_US = 20
/** The host has been up for a while, as the kernel had: nothing may hang on the moments after its start. */
const UPTIME_US = 1000 * 1000 * MS
/** More events than this at one moment: the host does not come to rest. */
const EVENTS_MAX = 1_000_000
/** Connections that the peer opens come from 5000 for `peer`, 5001 for `peer1`, … */
const PEER_PORT = 5000
/** The integers between which the bisection of `host range` looks. */
const RANGE_FARTHEST = 2 ** 33

/** Sysctls of Linux that are none here, each with the value as which this stack always behaves. */
const ALWAYS: Readonly<Record<string, string>> = {
  'net.ipv4.tcp_no_metrics_save': '1',
  'net.ipv4.icmp_ratelimit': '0',
  'net.ipv6.icmp.ratelimit': '0',
}

/** The peer's segments that acknowledge what it has acknowledged before, and no more. */
const SEGMENTS: Readonly<Record<string, number>> = {
  syn: Ctl.SYN,
  synack: Ctl.SYN | Ctl.ACK,
  data: Ctl.PSH | Ctl.ACK,
  urgent: Ctl.PSH | Ctl.ACK | Ctl.URG,
  fin: Ctl.FIN | Ctl.ACK,
  rst: Ctl.RST | Ctl.ACK,
}

/** One case's host, sockets and peer; made for it, and thrown away after it. */
export class Replay {
  readonly #host: Host
  readonly #process: Process
  readonly #sockets: Sockets
  readonly #peer: Peer
  readonly #interface: NetworkInterface
  readonly #six: boolean
  readonly #mapped: boolean
  #now: Micros = 0
  /** When the step began from which times are counted. */
  #mark: Micros = 0

  constructor(family: Family, sysctl: Readonly<Record<string, string>>) {
    this.#six = family === '6'
    this.#mapped = family === 'mapped'
    const host = new Host({ name: 'host', personality: 'linux', seed: SEED })
    this.#host = host
    for (const [name, value] of Object.entries(sysctl)) {
      if (ALWAYS[name] === undefined) this.#setSysctl(name, value)
    }
    const link: Link = {
      mtu: MTU,
      transmit: (buf, start, length) => {
        this.#peer.take(buf.slice(start, start + length), host.now)
        return true
      },
    }
    this.#interface = host.addInterface({ name: 'tun0', link, addresses: HOST_ADDRESSES })
    this.#peer = new Peer((packet) => {
      host.input(this.#now, this.#interface.index, packet, 0, packet.length)
    })
    this.#process = host.spawn('row')
    this.#sockets = new Sockets(this.#process, family)
    this.#advance(UPTIME_US)
  }

  /**
   * Carries one step out and returns its result.
   * @throws {Error} for a step that cannot be read: a mistake in the table, not an answer of the stack.
   */
  step(text: string): Result {
    const words = text.split(' ')
    const [who = '', verb = ''] = words
    this.#advance(this.#now + STEP_US)
    if (verb !== 'times' && verb !== 'sent' && verb !== 'until') this.#mark = this.#now
    const result = this.#carryOut(who, verb, words.slice(2))
    this.#advance(this.#now)
    return result
  }

  #carryOut(who: string, verb: string, words: readonly string[]): Result {
    if (verb === '=') return this.#sockets.make(who, words)
    if (who === 'wait') return this.#wait(Number(verb))
    if (who === 'host') return this.#hostStep(verb, words)
    if (/^peer\d*$/.test(who)) return this.#peerStep(who, verb, words)
    return this.#sockets.call(who, verb, words)
  }

  // ---- time

  #wait(ms: number): Result {
    this.#advance(this.#now + ms * MS)
    return 0
  }

  /** Lets time pass until `until`, every timer on its way included. */
  #advance(until: Micros): void {
    const host = this.#host
    for (let events = 0; host.nextDeadline() <= until; events++) {
      if (events > EVENTS_MAX) throw new Error(`the host does not come to rest at ${until} µs`)
      this.#now = Math.max(this.#now, host.nextDeadline())
      host.advance(this.#now)
    }
    this.#now = until
    host.advance(until)
  }

  // ---- the host

  #hostStep(verb: string, words: readonly string[]): Result {
    const [first = '', ...rest] = words
    switch (verb) {
      case 'sysctl':
        return this.#setSysctl(first, rest.join(' '))
      case 'write':
        return this.#writeSysctl(first, rest.join(' ').replaceAll('\\n', '\n').replaceAll('\\t', '\t'))
      case 'read':
        return this.#readSysctl(first)
      case 'range':
        return this.#rangeOf(first)
      case 'as':
        return this.#process.seteuid(Number(first))
      case 'rows':
        return this.#rows(first, (row) => `${row.state} ${this.#ends(row)}`)
      case 'queues':
        return this.#rows(first, queuesOf)
      case 'restart-network':
        restartNetwork(this.#host)
        return 0
      case 'until':
        return this.#until(first, rest)
      default:
        throw new Error(`there is no step 'host ${verb}'`)
    }
  }

  /** Sets a sysctl by a right that never fails; a sysctl that is missing here does. */
  #setSysctl(name: string, value: string): Result {
    if (ALWAYS[name] === value) return 0
    const error = this.#host.sysctl.set(name, value)
    if (error !== null) throw new Inexpressible(error.message)
    return 0
  }

  #writeSysctl(name: string, value: string): Result {
    const error = this.#host.sysctl.set(name, value)
    return error === null ? 0 : error.errno
  }

  #readSysctl(name: string): Result {
    return this.#host.sysctl.get(name)?.replaceAll('\t', ' ') ?? 'ENOENT'
  }

  /** The smallest and the largest integer that a write accepts, by bisection from the value that is there. */
  #rangeOf(name: string): Result {
    const now = this.#readSysctl(name)
    if (!/^-?\d+$/.test(String(now))) return now
    return [-1, 1].map((sign) => this.#farthest(name, Number(now), sign * RANGE_FARTHEST)).join(' ')
  }

  #farthest(name: string, good: number, bad: number): number {
    while (Math.abs(bad - good) > 1) {
      const middle = Math.floor((good + bad) / 2)
      if (this.#writeSysctl(name, String(middle)) === 0) good = middle
      else bad = middle
    }
    return good
  }

  /** The rows that Linux has in /proc/net/tcp and tcp6, those with that local port if one is given. */
  #rows(port: string, show: (row: SocketDescription) => string): string {
    const rows = describeSockets(this.#host).filter(
      ({ netid, state, local }) =>
        netid === 'tcp' && state !== 'BOUND-INACTIVE' && (port === '' || local.port === Number(port)),
    )
    return rows.map(show).sort().join('; ') || 'none'
  }

  #ends({ local, peer }: SocketDescription): string {
    return [local, peer].map(({ address, port }) => symbol(address, port, this.#mapped)).join('>')
  }

  /** Milliseconds from the step before until the rows are as asked, `never` after the limit. */
  #until(what: string, [port = '', limit = '', unit = '']: readonly string[]): Result {
    const last = this.#mark + Number(limit) * MS
    for (;;) {
      const rows = this.#hostStep('rows', [port])
      if (what === 'gone' ? rows === 'none' : String(rows).startsWith(`${what} `)) {
        return rounded(this.#now - this.#mark, unit)
      }
      const next = this.#host.nextDeadline()
      if (next > last) {
        this.#advance(last)
        return 'never'
      }
      this.#advance(next)
    }
  }

  // ---- the peer

  #peerStep(name: string, verb: string, given: readonly string[]): Result {
    if (verb === 'seen') return this.#seen(name, ({ text }) => text, ' ')
    if (verb === 'times') return this.#times(name, given, ({ text }) => text)
    if (verb === 'sent') return this.#times(name, given, ({ text, place }) => text.replace(/:\d+$/, '') + place)
    const opens = /:\d+$/.test(given[0] ?? '') && (verb === 'syn' || verb === 'udp' || verb === 'to')
    if (opens) this.#open(name, verb, given)
    const words = opens ? given.slice(1) : given
    if (verb === 'to') return 0
    const flow = this.#peer.flow(name)
    const timestamp = option(words, 'timestamps')
    if (timestamp !== undefined) flow.timestamp = timestamp
    flow.mss = option(words, 'mss') ?? flow.mss
    flow.sack ||= words.includes('sackok')
    this.#send(flow, verb, words)
    return 0
  }

  #open(name: string, verb: string, words: readonly string[]): void {
    const hostPort = Number((words[0] as string).split(':')[1])
    const peerPort = option(words, 'from') ?? PEER_PORT + Number(name.slice('peer'.length))
    const protocol = verb === 'udp' ? Protocol.UDP : Protocol.TCP
    const flow = this.#peer.open(name, protocol, this.#six, hostPort, peerPort)
    flow.sndNxt = option(words, 'iss') ?? flow.sndNxt
  }

  #send(flow: Flow, verb: string, words: readonly string[]): void {
    const [first = ''] = words
    switch (verb) {
      case 'segment':
        return this.#segment(flow, flagsOf(first), words.slice(1))
      case 'ack':
        flow.acked = flow.rcvNxt
        return this.#segment(flow, Ctl.ACK, words)
      case 'finack':
        flow.acked = flow.rcvNxt
        return this.#segment(flow, Ctl.FIN | Ctl.ACK, words)
      case 'window':
        flow.window = Number(first)
        flow.acked = flow.rcvNxt
        return this.#segment(flow, Ctl.ACK, [])
      case 'icmp':
        return this.#peer.icmp(flow, first)
      case 'udp':
        return this.#peer.datagram(flow, Number(first))
      case 'acks':
        return this.#peer.acknowledge(flow, Number(first), words.slice(1).map(blockOf))
      case 'again':
        return this.#peer.again(flow)
      default: {
        const ctl = SEGMENTS[verb]
        if (ctl === undefined) throw new Error(`there is no step 'peer ${verb}'`)
        return this.#segment(flow, ctl, words)
      }
    }
  }

  /** A first word that is a number is the octets of text. */
  #segment(flow: Flow, ctl: number, words: readonly string[]): void {
    const all = (ctl === (Ctl.RST | Ctl.ACK) && !flow.synSent) || ctl === (Ctl.SYN | Ctl.ACK)
    if (all) flow.acked = flow.rcvNxt
    const octets = /^\d+$/.test(words[0] ?? '') ? Number(words[0]) : 0
    this.#peer.segment(flow, ctl, { octets, seq: option(words, 'seq'), acking: option(words, 'acking') })
  }

  /** What the host has sent to `name` since it was last asked. */
  #seen(name: string, show: (one: Seen) => string, separator: string): Result {
    if (!this.#peer.hasFlow(name)) return 'nothing'
    const flow = this.#peer.flow(name)
    const shown = flow.seen.map(show).join(separator)
    flow.seen = []
    return shown || 'nothing'
  }

  /** The same for what comes within the limit after the step before, each with its time since then. */
  #times(name: string, [limit = '', unit = '']: readonly string[], show: (one: Seen) => string): Result {
    const mark = this.#mark
    this.#advance(mark + Number(limit) * MS)
    return this.#seen(name, (one) => `${rounded(one.atUs - mark, unit)} ${show(one)}`, '; ')
  }
}

/** Recv-Q and Send-Q; /proc shows no limit of a listener's queue. */
function queuesOf({ state, recvQueue, sendQueue }: SocketDescription): string {
  return `${state} ${recvQueue} ${state === 'LISTEN' ? 0 : sendQueue}`
}

/** Milliseconds, to the nearest multiple of `unit`. */
function rounded(us: Micros, unit: string): number {
  return Math.round(us / MS / Number(unit)) * Number(unit)
}

/** `2000-3000` */
function blockOf(text: string): { left: number; right: number } {
  const [left = Number.NaN, right = Number.NaN] = text.split('-').map(Number)
  return { left, right }
}

/** The number behind a word; undefined when the word is not there. */
function option(words: readonly string[], name: string): number | undefined {
  const at = words.indexOf(name)
  return at < 0 ? undefined : Number(words[at + 1])
}
