/**
 * Ethernet below IP, between a host and a port that takes frames: frames for packets, and the neighbours' hardware addresses by ARP (RFC 826) and neighbour discovery (RFC 4861).
 * It does nothing by itself: frames and time come in, and what it has to say goes through `send`.
 *
 * DIFFERS: from RFC 4861 §7.3.2, because a device has one neighbour or a few: REACHABLE and PROBE are the states there are.
 */
import { foldChecksum, type Micros, SECOND, sumOctets } from '../../base/index.ts'
import {
  Address,
  ARP_LENGTH,
  ArpMessage,
  ArpOperation,
  type Cidr,
  DropReason,
  ETHERNET_HEADER_LENGTH,
  EthernetHeader,
  EtherType,
  finishIcmpChecksum,
  Icmpv6Type,
  IPV6_HEADER_LENGTH,
  IpHeader,
  type Mac,
  NDP_LENGTH,
  NdpFlag,
  NdpMessage,
  Protocol,
  parseArp,
  parseEthernet,
  parseIp,
  parseNdp,
  pseudoSum,
  writeArp,
  writeEthernet,
  writeIpv6,
  writeNdp,
} from '../../wire/index.ts'

/** RFC 4861 §10: how long an answer is believed, how often is asked, and how many times. */
const REACHABLE_US: number = 30 * SECOND
const ASK_EVERY_US = SECOND
const ASK_TIMES = 3
/** Packets that wait for one neighbour's address; the oldest makes way (RFC 4861 §7.2.2). */
const HELD_MAX = 64
const NEIGHBOURS_MAX = 1024
const HOP_LIMIT = 255
const BROADCAST: Mac = { high: 0xffff, low: -1 }

/** A frame without its header, whose place is `header` octets from its beginning. */
interface HeldFrame {
  readonly frame: Uint8Array
  readonly header: number
}

interface Neighbour {
  readonly address: Address
  mac: Mac | null
  /** When it last answered. */
  confirmedAt: Micros
  /** Questions sent since then. */
  asked: number
  /** When the next question, or the end, is due; Infinity when there is no question. */
  dueAt: Micros
  readonly held: HeldFrame[]
}

/** What the layer is made of. */
export interface EthernetOptions {
  readonly mac: Mac
  /** The stack's own addresses, each with its net. */
  readonly own: readonly Cidr[]
  /** Who takes packets to other nets; of each family the first counts. */
  readonly gateways: readonly Address[]
  /** Sends a frame: the octets, where its Ethernet header begins, and its length from there. */
  readonly send: (frame: Uint8Array, header: number, length: number) => void
  /** Told of each IP packet whose neighbour does not answer; for the host's `icmp.sendHostUnreachable`. Left out: nobody is told. */
  readonly unreachable?: (packet: Uint8Array) => void
}

/** One port on an Ethernet. */
export class EthernetLayer {
  /** Time of what is going on, µs. */
  now: Micros = 0
  readonly #options: EthernetOptions
  readonly #neighbours = new Map<string, Neighbour>()
  readonly #header = new EthernetHeader()
  readonly #arp = new ArpMessage()
  readonly #ndp = new NdpMessage()
  readonly #ip = new IpHeader()
  #deadline: Micros = Number.POSITIVE_INFINITY
  // The last packet's way, by the words of its destination: a bulk transfer asks for one address a million times.
  #last: Neighbour | null = null
  readonly #lastWords = new Int32Array(4)

  /** @throws {TypeError} for an address that is none: a parser's answer that nobody looked at. */
  constructor(options: EthernetOptions) {
    const { mac, own, gateways } = options
    const wrong = [mac, ...own, ...gateways].includes(undefined as never)
    if (wrong) throw new TypeError('EthernetLayer: mac, own and gateways take what was parsed, and one is undefined')
    this.#options = options
  }

  // ---- out

  /**
   * Writes the header of the packet at `ip` before it.
   * @param start where the frame begins, with what its device wants before the Ethernet header
   * @returns false when the neighbour is not known yet: the frame is kept, and sent when it is
   */
  cover(buf: Uint8Array, start: number, ip: number, end: number): boolean {
    const v4 = (buf[ip] as number) >>> 4 === 4
    const header = ip - ETHERNET_HEADER_LENGTH
    const neighbour = this.#towards(buf, ip, v4)
    const mac = neighbour === null ? groupMac(buf, ip, v4) : neighbour.mac
    if (neighbour !== null && mac === null) {
      if (neighbour.held.length >= HELD_MAX) neighbour.held.shift()
      neighbour.held.push({ frame: buf.slice(start, end), header: header - start })
      return false
    }
    if (mac !== null) this.#writeHeader(buf, header, mac, v4 ? EtherType.IPV4 : EtherType.IPV6)
    return true
  }

  /** Who takes a packet; null for a group. */
  #towards(buf: Uint8Array, ip: number, v4: boolean): Neighbour | null {
    const [w0, w1, w2, w3] = v4
      ? [0, 0, 0xffff, word(buf, ip + 16)]
      : [word(buf, ip + 24), word(buf, ip + 28), word(buf, ip + 32), word(buf, ip + 36)]
    const last = this.#lastWords
    const known = this.#last !== null && w3 === last[3] && w2 === last[2] && w1 === last[1] && w0 === last[0]
    const neighbour = known ? this.#last : this.#lookUp(new Address(w0, w1, w2, w3, v4))
    this.#last = neighbour
    last.set([w0, w1, w2, w3])
    if (neighbour !== null && neighbour.dueAt === Number.POSITIVE_INFINITY && this.#isDoubtful(neighbour))
      this.#ask(neighbour)
    return neighbour
  }

  #isDoubtful(neighbour: Neighbour): boolean {
    return neighbour.mac === null || this.now - neighbour.confirmedAt > REACHABLE_US
  }

  #lookUp(destination: Address): Neighbour | null {
    const { own, gateways } = this.#options
    if (destination.isMulticast || destination.isBroadcast || own.some((net) => isForAllOf(net, destination)))
      return null
    const near = own.some(({ address, bits }) => address.v4 === destination.v4 && destination.inPrefix(address, bits))
    const hop = near ? destination : (gateways.find((one) => one.v4 === destination.v4) ?? destination)
    const key = hop.toString()
    const known = this.#neighbours.get(key)
    if (known !== undefined) return known
    if (this.#neighbours.size >= NEIGHBOURS_MAX) this.#forgetOne()
    const made: Neighbour = {
      address: hop,
      mac: null,
      confirmedAt: 0,
      asked: 0,
      dueAt: Number.POSITIVE_INFINITY,
      held: [],
    }
    this.#neighbours.set(key, made)
    return made
  }

  /** Whoever was heard of longest ago gives way. */
  #forgetOne(): void {
    let oldest: Neighbour | null = null
    for (const one of this.#neighbours.values())
      if (oldest === null || one.confirmedAt < oldest.confirmedAt) oldest = one
    if (oldest !== null) this.#forget(oldest)
  }

  /** What waits for it is lost. */
  #forget({ address, held }: Neighbour): void {
    this.#neighbours.delete(address.toString())
    this.#last = null
    for (const { frame, header } of held) this.#options.unreachable?.(frame.subarray(header + ETHERNET_HEADER_LENGTH))
  }

  #writeHeader(buf: Uint8Array, at: number, to: Mac, etherType: number): void {
    const { mac } = this.#options
    writeEthernet(buf, at, to.high, to.low, mac.high, mac.low, etherType)
  }

  // ---- in

  /**
   * Takes a frame. ARP and neighbour discovery are answered here.
   * @returns octets of the IP packet that lies 14 octets from `start`, 0 when there is none for the stack
   */
  receive(buf: Uint8Array, start: number, length: number): number {
    const header = this.#header
    if (parseEthernet(buf, start, length, header) !== DropReason.NONE || !this.#isForUs(header)) return 0
    if (header.etherType === EtherType.ARP) this.#arpArrives(buf, header.payloadStart, header.payloadLength)
    // A VLAN's frames are not for a port that is in none.
    if (header.payloadStart !== start + ETHERNET_HEADER_LENGTH) return 0
    if (header.etherType === EtherType.IPV4) return header.payloadLength
    if (header.etherType !== EtherType.IPV6) return 0
    return this.#isNeighbourDiscovery(buf, header.payloadStart, header.payloadLength) ? 0 : header.payloadLength
  }

  #isForUs({ destinationHigh, destinationLow }: EthernetHeader): boolean {
    const { mac } = this.#options
    // The lowest bit of the first octet marks groups.
    return (destinationHigh === mac.high && destinationLow === mac.low) || (destinationHigh & 0x100) !== 0
  }

  #arpArrives(buf: Uint8Array, start: number, length: number): void {
    const arp = this.#arp
    if (parseArp(buf, start, length, arp) !== DropReason.NONE) return
    const sender: Mac = { high: arp.senderHigh, low: arp.senderLow }
    const target = this.#isOwn(Address.v4(arp.targetIp))
    this.#heard(Address.v4(arp.senderIp), sender, target)
    if (target && arp.operation === ArpOperation.REQUEST)
      this.#sendArp(ArpOperation.REPLY, arp.targetIp, sender, arp.senderIp)
  }

  /** Whether the packet is neighbour discovery; then it is dealt with. */
  #isNeighbourDiscovery(buf: Uint8Array, start: number, length: number): boolean {
    const ip = this.#ip
    if (parseIp(buf, start, length, ip) !== DropReason.NONE || ip.protocol !== Protocol.ICMPV6) return false
    const type = buf[ip.payloadStart] as number
    if (type < Icmpv6Type.ROUTER_SOLICITATION || type > Icmpv6Type.REDIRECT) return false
    const pseudo = ip.pseudoSum()
    const intact = foldChecksum(sumOctets(buf, ip.payloadStart, ip.payloadLength, pseudo)) === 0
    const ndp = this.#ndp
    if (!intact || parseNdp(buf, ip.payloadStart, ip.payloadLength, ip.ttl, ndp) !== DropReason.NONE) return true
    const target = new Address(ndp.t0, ndp.t1, ndp.t2, ndp.t3, false)
    const mac: Mac = { high: ndp.linkHigh, low: ndp.linkLow }
    if (type === Icmpv6Type.NEIGHBOUR_ADVERTISEMENT) {
      if (ndp.hasLink) this.#heard(target, mac, false)
    } else if (this.#isOwn(target)) {
      if (ndp.hasLink) this.#heard(ip.source(), mac, true)
      this.#advertise(target, ip.source())
    }
    return true
  }

  #isOwn(address: Address): boolean {
    return this.#options.own.some((own) => own.address.v4 === address.v4 && own.address.equals(address))
  }

  /** A neighbour has told its address: what waited for it can go. @param asks who asks us will talk to us: it is remembered too */
  #heard(address: Address, mac: Mac, asks: boolean): void {
    const neighbour = this.#neighbours.get(address.toString()) ?? (asks ? this.#lookUp(address) : null)
    if (neighbour === null || !neighbour.address.equals(address)) return
    Object.assign(neighbour, { mac, confirmedAt: this.now, asked: 0, dueAt: Number.POSITIVE_INFINITY })
    for (const { frame, header } of neighbour.held.splice(0)) {
      const v4 = address.v4
      this.#writeHeader(frame, header, mac, v4 ? EtherType.IPV4 : EtherType.IPV6)
      this.#options.send(frame, header, frame.length - header)
    }
  }

  // ---- questions, answers and time

  /** When `advance` must be called next. */
  nextDeadline(): Micros {
    return this.#deadline
  }

  /** Asks again, or gives up. */
  advance(now: Micros): void {
    this.now = now
    if (now < this.#deadline) return
    this.#deadline = Number.POSITIVE_INFINITY
    for (const neighbour of this.#neighbours.values()) {
      if (neighbour.dueAt > now) {
        this.#deadline = Math.min(this.#deadline, neighbour.dueAt)
      } else if (neighbour.asked < ASK_TIMES) {
        this.#ask(neighbour)
      } else {
        this.#forget(neighbour)
      }
    }
  }

  #ask(neighbour: Neighbour): void {
    neighbour.asked++
    neighbour.dueAt = this.now + ASK_EVERY_US
    this.#deadline = Math.min(this.#deadline, neighbour.dueAt)
    const { address } = neighbour
    const source = this.#sourceFor(address)
    if (source === undefined) return
    if (address.v4) this.#sendArp(ArpOperation.REQUEST, source.w3, BROADCAST, address.w3)
    else this.#solicit(source, address)
  }

  #sourceFor(address: Address): Address | undefined {
    const family = this.#options.own.filter((own) => own.address.v4 === address.v4)
    return (family.find((own) => address.inPrefix(own.address, own.bits)) ?? family[0])?.address
  }

  #sendArp(operation: number, from: number, to: Mac, target: number): void {
    const { mac, send } = this.#options
    const frame = new Uint8Array(ETHERNET_HEADER_LENGTH + ARP_LENGTH)
    this.#writeHeader(frame, 0, to, EtherType.ARP)
    const known = operation === ArpOperation.REPLY ? to : { high: 0, low: 0 }
    writeArp(frame, ETHERNET_HEADER_LENGTH, operation, mac.high, mac.low, from, known.high, known.low, target)
    send(frame, 0, frame.length)
  }

  /** To the group of all whose address ends as the target's does (RFC 4291 §2.7.1). */
  #solicit(source: Address, target: Address): void {
    const group = new Address(0xff020000 | 0, 0, 1, 0xff000000 | (target.w3 & 0xffffff), false)
    this.#sendNdp(source, group, Icmpv6Type.NEIGHBOUR_SOLICITATION, 0, target)
  }

  #advertise(target: Address, to: Address): void {
    const everybody = new Address(0xff020000 | 0, 0, 0, 1, false)
    // Who has no address yet is asking whether it may take one (RFC 4862 §5.4): everybody is told.
    const destination = to.isUnspecified ? everybody : to
    const flags = NdpFlag.OVERRIDE | (to.isUnspecified ? 0 : NdpFlag.SOLICITED)
    this.#sendNdp(target, destination, Icmpv6Type.NEIGHBOUR_ADVERTISEMENT, flags, target)
  }

  #sendNdp(from: Address, to: Address, type: number, flags: number, target: Address): void {
    const { mac, send } = this.#options
    const ip = ETHERNET_HEADER_LENGTH
    const icmp = ip + IPV6_HEADER_LENGTH
    const frame = new Uint8Array(icmp + NDP_LENGTH)
    const { w0, w1, w2, w3 } = from
    writeIpv6(frame, ip, 0, 0, NDP_LENGTH, Protocol.ICMPV6, HOP_LIMIT, w0, w1, w2, w3, to.w0, to.w1, to.w2, to.w3)
    writeNdp(frame, icmp, type, flags, target.w0, target.w1, target.w2, target.w3, mac.high, mac.low)
    const pseudo = pseudoSum(w0, w1, w2, w3, to.w0, to.w1, to.w2, to.w3, Protocol.ICMPV6, NDP_LENGTH)
    finishIcmpChecksum(frame, icmp, NDP_LENGTH, pseudo)
    const link = to.isMulticast ? groupMac(frame, ip, false) : (this.#neighbours.get(to.toString())?.mac ?? null)
    if (link === null) return
    this.#writeHeader(frame, 0, link, EtherType.IPV6)
    send(frame, 0, frame.length)
  }
}

/** The hardware address of the group that a packet is for (RFC 1112 §6.4, RFC 2464 §7), or of everybody. */
function groupMac(buf: Uint8Array, ip: number, v4: boolean): Mac {
  if (!v4) return { high: 0x3333, low: word(buf, ip + 36) }
  const destination = word(buf, ip + 16)
  return destination >>> 28 === 14 ? { high: 0x0100, low: 0x5e000000 | (destination & 0x7fffff) } : BROADCAST
}

/** All ones behind an IPv4 net's prefix: everybody there (RFC 919 §7). */
function isForAllOf({ address, bits }: Cidr, destination: Address): boolean {
  if (!address.v4 || !destination.v4 || bits > 30 || !destination.inPrefix(address, bits)) return false
  const host = (0xffffffff >>> bits) | 0
  return (destination.w3 & host) === host
}

function word(buf: Uint8Array, at: number): number {
  return (
    ((buf[at] as number) << 24) |
    ((buf[at + 1] as number) << 16) |
    ((buf[at + 2] as number) << 8) |
    (buf[at + 3] as number)
  )
}
