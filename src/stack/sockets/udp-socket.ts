import { Errno } from '../../base/index.ts'
import { type Address, LOOPBACK4, LOOPBACK6 } from '../../wire/index.ts'
import { AF_INET, AF_INET6, Msg, Poll, SHUT_RDWR } from '../constants.ts'
import { bindsAddressAlone } from '../ports/port-range.ts'
import type { PortTable } from '../ports/port-table.ts'
import { Socket } from './socket.ts'
import { anyAddress, type SocketName, writeName } from './socket-address.ts'

/** Octets that a UDP datagram can carry: 65535 less UDP's header, and over IPv4 less IP's. */
const DATAGRAM_MAX_V4 = 65_507
const DATAGRAM_MAX_V6 = 65_527

/** What no length field of IP can say. */
const UDP_LENGTH_MAX = 65_535

/** What a waiting datagram takes of the receive buffer beside its octets, so that empty ones cannot fill the memory (Linux). */
const BOOKKEEPING = 512

/** A datagram that waits to be read. */
interface Waiting {
  readonly data: Uint8Array
  readonly from: Address
  readonly fromPort: number
  /** As it came. */
  readonly ttl: number
  readonly tos: number
}

/** What MSG_MORE or UDP_CORK keeps back: one datagram, whose last part sends it. */
interface Pending {
  data: Uint8Array
  source: Address
  remote: Address
  remotePort: number
}

/** A datagram socket. */
export class UdpSocket extends Socket {
  readonly protocol = 'udp'
  readonly conn = 0
  #remote: Address | null = null
  #remotePort = 0
  /** The source address that connect() chose. */
  #source: Address | null = null
  readonly #waiting: Waiting[] = []
  #pending: Pending | null = null
  #octets = 0
  #held = false
  #receiveShutdown = false
  #sendShutdown = false
  /** Datagrams lost because the receive buffer was full. */
  drops = 0

  /** Directions that are shut: reading 1, writing 2. */
  get shut(): number {
    return (this.#receiveShutdown ? 1 : 0) | (this.#sendShutdown ? 2 : 0)
  }

  protected get ports(): PortTable {
    return this.host.ports.udp
  }

  /** The peer that connect() named. */
  get remote(): Address | null {
    return this.#remote
  }

  get remotePort(): number {
    return this.#remotePort
  }

  /** The number of the address it hears on. */
  get local(): number {
    return this.localNumber(this.#source ?? this.boundAddress)
  }

  bind(address: Address, port: number, uid: number): number {
    const refused = this.mayBind(address, port, uid)
    if (refused !== 0) return refused
    if (this.boundPort !== 0) return -Errno.EINVAL
    if (port !== 0 || !bindsAddressAlone(this.options)) return this.#claim(address, port)
    this.boundAddress = address
    this.addressNamed = !address.isUnspecified
    return 0
  }

  /** Takes a port; 0: any. @returns 0 or −errno */
  #claim(address: Address, port: number): number {
    const local = this.localNumber(address)
    const chosen = port === 0 ? this.host.ports.forBind(this.ports, local, this.options) : port
    const { bind } = this.host.personality
    if (chosen === 0) return -bind.bindExhausted
    const conflict = port === 0 ? 0 : this.ports.conflict(port, local, this.options, bind.datagramConflict)
    if (conflict !== 0) return -conflict
    this.boundAddress = address
    this.shownPort = chosen
    this.boundPort = chosen
    this.portNamed = port !== 0
    this.addressNamed = !address.isUnspecified
    this.#hold(true)
    return 0
  }

  #hold(held: boolean): void {
    if (held === this.#held) return
    this.#held = held
    const local = this.localNumber(this.boundAddress)
    if (held) {
      this.ports.acquire(this.boundPort, local, 'bound', false, this.options)
      this.host.udp.add(this.boundPort, this)
    } else {
      this.ports.release(this.boundPort, local, 'bound', false, this.options)
      this.host.udp.remove(this.boundPort, this)
    }
  }

  /** Changes what the port table knows of this socket. */
  changeClaim(change: (options: this['options']) => void): void {
    const held = this.#held
    this.#hold(false)
    change(this.options)
    this.#hold(held)
  }

  /** Binds to a port that nobody named. */
  #autobind(): number {
    if (this.boundPort !== 0) return 0
    return this.#claim(this.boundAddress, 0) === 0 ? 0 : -Errno.EAGAIN
  }

  connect(given: Address | null, port: number): number {
    if (given === null) return this.#disconnect()
    if (this.family === AF_INET6 && !given.v4 && given.isMulticast) return -Errno.EINVAL
    const remote = this.#reachable(given)
    if (typeof remote === 'number') return remote
    const source = this.host.sourceFor(remote, this.addressNamed ? this.boundAddress : null)
    if (typeof source === 'number') return source
    const bound = this.#autobind()
    if (bound !== 0) return bound
    this.#remote = remote
    this.#remotePort = port
    this.#source = source
    // What is kept back goes there, too.
    if (this.#pending !== null) Object.assign(this.#pending, { source, remote, remotePort: port })
    return 0
  }

  /** The address that a program means, or −errno. */
  #reachable(given: Address): Address | number {
    const remote = given.isUnspecified ? (given.v4 ? LOOPBACK4 : LOOPBACK6) : given
    if (this.family === AF_INET6 && remote.v4 && this.options.v6only) return -Errno.ENETUNREACH
    if (remote.v4 && (remote.isBroadcast || this.host.interfaces.isBroadcast(remote)) && !this.options.broadcast) {
      return this.host.output.towards(remote) === null ? -Errno.ENETUNREACH : -Errno.EACCES
    }
    return remote
  }

  #disconnect(): number {
    this.#remote = null
    this.#remotePort = 0
    this.#source = null
    if (!this.addressNamed) this.#rebind(anyAddress(this.family))
    if (!this.portNamed && this.boundPort !== 0) {
      this.#hold(false)
      this.boundPort = 0
      this.shownPort = 0
    }
    return 0
  }

  #rebind(address: Address): void {
    const held = this.#held
    this.#hold(false)
    this.boundAddress = address
    this.#hold(held)
  }

  listen(_backlog: number): number {
    return -Errno.EOPNOTSUPP
  }

  accept(): number {
    return -Errno.EOPNOTSUPP
  }

  send(data: Uint8Array, flags: number, to: Address | null, toPort: number): number {
    if (this.family === AF_INET && data.length > UDP_LENGTH_MAX) return -Errno.EMSGSIZE
    if (this.family === AF_INET && (flags & Msg.OOB) !== 0) return -Errno.EOPNOTSUPP
    if (this.#pending !== null) return this.#goOn(this.#pending, data, flags)
    if (to === null && this.#remote === null) return -Errno.EDESTADDRREQ
    if (to !== null && toPort === 0) return -Errno.EINVAL
    const remote = to === null ? (this.#remote as Address) : this.#reachable(to)
    if (typeof remote === 'number') return remote
    if (remote.v4 && (flags & Msg.OOB) !== 0) return -Errno.EOPNOTSUPP
    if (data.length > (remote.v4 ? DATAGRAM_MAX_V4 : DATAGRAM_MAX_V6)) return -Errno.EMSGSIZE
    const fixed = to === null ? this.#source : this.addressNamed ? this.boundAddress : null
    const source = this.host.sourceFor(remote, fixed)
    if (typeof source === 'number') return source
    const bound = this.#autobind()
    if (bound !== 0) return bound
    const pending = this.takeError()
    if (pending !== 0) return -pending
    if (this.#sendShutdown) return -Errno.EPIPE
    const remotePort = to === null ? this.#remotePort : toPort
    if (!this.#waitsForMore(flags) || !this.host.personality.sockets.corksDatagrams)
      return this.host.udp.send(this, source, this.boundPort, remote, remotePort, data)
    this.#pending = { data: data.slice(), source, remote, remotePort }
    return data.length
  }

  /** The next part of a datagram that is kept back: where it goes has been said. One that grows too long is thrown away. */
  #goOn(pending: Pending, data: Uint8Array, flags: number): number {
    const { source, remote, remotePort } = pending
    const whole = new Uint8Array(pending.data.length + data.length)
    whole.set(pending.data)
    whole.set(data, pending.data.length)
    pending.data = whole
    const tooLong = whole.length > (remote.v4 ? DATAGRAM_MAX_V4 : DATAGRAM_MAX_V6)
    if (this.#waitsForMore(flags) && !tooLong) return data.length
    this.#pending = null
    if (tooLong) return -Errno.EMSGSIZE
    const result = this.host.udp.send(this, source, this.boundPort, remote, remotePort, whole)
    return result < 0 ? result : data.length
  }

  #waitsForMore(flags: number): boolean {
    return this.options.cork || (flags & Msg.MORE) !== 0
  }

  /** UDP_CORK is off: what was kept back leaves, and nobody is told if it cannot. */
  uncork(): void {
    const pending = this.#pending
    this.#pending = null
    if (pending === null) return
    const { source, remote, remotePort, data } = pending
    this.host.udp.send(this, source, this.boundPort, remote, remotePort, data)
  }

  /** A datagram has arrived for this socket. */
  deliver(
    buf: Uint8Array,
    start: number,
    length: number,
    from: Address,
    fromPort: number,
    ttl: number,
    tos: number,
  ): void {
    const charge = length + BOOKKEEPING
    if (this.#octets + charge > this.options.receiveBuffer) {
      this.drops++
      this.host.counts.udp.RcvbufErrors++
      return
    }
    this.#octets += charge
    this.#waiting.push({ data: buf.slice(start, start + length), from, fromPort, ttl, tos })
    this.host.counts.udp.InDatagrams++
    this.notify()
  }

  /** An ICMP error quotes a datagram of this socket; only a connected socket can be told (RFC 1122 §4.1.3.3). */
  fail(error: number, asked = false): void {
    if (this.#remote === null && !asked) return
    this.error = error
    this.notify()
  }

  /** The datagram that is read next: where it came from, and its TTL and TOS. */
  get first(): { readonly from: Address; readonly ttl: number; readonly tos: number } | undefined {
    return this.#waiting[0]
  }

  receive(into: Uint8Array, flags: number, from: SocketName | null): number {
    const pending = this.takeError()
    if (pending !== 0) return -pending
    const first = this.#waiting[0]
    if (first === undefined) return -Errno.EAGAIN
    const length = Math.min(into.length, first.data.length)
    into.set(first.data.subarray(0, length))
    if (from !== null) writeName(from, this.family, first.from, first.fromPort)
    if ((flags & Msg.PEEK) === 0) {
      this.#waiting.shift()
      this.#octets -= first.data.length + BOOKKEEPING
    }
    return (flags & Msg.TRUNC) !== 0 ? first.data.length : length
  }

  shutdown(how: number): number {
    if (how < 0 || how > SHUT_RDWR) return -Errno.EINVAL
    const bits = how + 1
    if ((bits & 1) !== 0) this.#receiveShutdown = true
    if ((bits & 2) !== 0) this.#sendShutdown = true
    this.notify()
    return this.#remote === null ? -Errno.ENOTCONN : 0
  }

  close(): void {
    this.#hold(false)
    this.boundPort = 0
    this.#pending = null
    this.#waiting.length = 0
  }

  takeError(): number {
    const error = this.error
    this.error = 0
    return error
  }

  poll(): number {
    let bits = Poll.OUT
    if (this.#waiting.length > 0) bits |= Poll.IN
    if (this.#receiveShutdown) bits |= Poll.IN | Poll.RDHUP
    if (this.#receiveShutdown && this.#sendShutdown) bits |= Poll.HUP
    if (this.error !== 0) bits |= Poll.ERR
    return bits
  }

  localName(into: SocketName): number {
    writeName(into, this.family, this.#source ?? this.boundAddress, this.shownPort)
    return 0
  }

  peerName(into: SocketName): number {
    if (this.#remote === null) return -Errno.ENOTCONN
    writeName(into, this.family, this.#remote, this.#remotePort)
    return 0
  }

  /** Octets of the next datagram, as SIOCINQ tells it. */
  inputQueue(): number {
    return this.#waiting[0]?.data.length ?? 0
  }

  outputQueue(): number {
    return 0
  }

  /** Octets of memory that waiting datagrams take, bookkeeping included: Recv-Q. */
  get memory(): number {
    return this.#octets
  }

  /** How well a datagram fits: 0 not at all; a connected socket hears its peer alone, and best. */
  score(local: number, any: number, remote: Address, remotePort: number): number {
    if (this.#remote !== null) {
      const fits = this.#remotePort === remotePort && this.#remote.equals(remote) && this.local === local
      return fits ? 8 : 0
    }
    const mine = this.local
    if (mine === local) return 4
    return mine === any ? 2 : this.family === AF_INET || !this.boundAddress.isUnspecified || this.options.v6only ? 0 : 1
  }
}
