/**
 * The kernel's side of a device: up, with an address in each of the stack's nets, so that programs of this machine reach the stack.
 * By rtnetlink; formats: linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h.
 */
import { networkInterfaces } from 'node:os'
import { Address, type Cidr, parseCidr } from '../../wire/index.ts'
import { HostError } from '../errors.ts'
import { netlinkAddress } from '../netlink/dump.ts'
import { errnoName, type Libc } from '../netlink/libc.ts'
import { acknowledgedRequest, type DumpProgress, NLMSG_HEADER, scanMessages } from '../netlink/message.ts'
import { AF_INET, AF_INET6, AF_NETLINK, SOCK_CLOEXEC, SOCK_RAW } from '../socket-numbers.ts'

const NETLINK_ROUTE = 0

const RTM_NEWLINK = 16
const RTM_NEWADDR = 20
const NLM_F_EXCL = 0x200
const NLM_F_CREATE = 0x400
const IFF_UP = 1
const IFLA_MTU = 4
const IFLA_TXQLEN = 13
const IFA_ADDRESS = 1
const IFA_LOCAL = 2
/** No duplicate address detection: nobody else is on this wire, and the address is to serve at once. */
const IFA_F_NODAD = 0x02

/** `struct ifinfomsg` and `struct ifaddrmsg`. */
const LINK_MESSAGE = 16
const ADDRESS_MESSAGE = 8

/** Packets that the kernel keeps for us while we are busy; its own 1000 are less than one large window. */
const QUEUE_PACKETS = 10_000

const EEXIST = 17

/** An address of the stack, and what the kernel has in the same net. */
export interface NetPair {
  readonly stack: Cidr
  readonly kernel: Address
}

/**
 * The stack's addresses, each with the kernel's counterpart: the first other address of its net that a host can have.
 * @throws HostError with one line: no address with a prefix, a net without room for two, an address or net that is taken
 */
export function planAddresses(texts: readonly string[]): NetPair[] {
  const pairs: NetPair[] = []
  for (const text of texts) {
    const stack = parseCidr(text)
    const example = 'expected one with a prefix, such as 10.91.0.2/24 or fd91::2/64'
    if (stack === undefined || !text.includes('/')) throw new HostError(`address '${text}': ${example}`)
    const { address, bits } = stack
    if (address.isLoopback || address.isMulticast || address.isUnspecified || address.isBroadcast) {
      throw new HostError(`address '${text}': no host can have it; ${example}`)
    }
    refuseTaken(text, stack)
    const before = pairs.find((pair) => overlaps(pair.stack, stack))
    if (before !== undefined)
      throw new HostError(`address '${text}': its net is that of ${before.stack.address.toString()}`)
    const size = (address.v4 ? 32 : 128) - bits
    if (size < 1) throw new HostError(`address '${text}': its net has no room for this host: expected a shorter prefix`)
    const first = inNet(stack, 0)
    if (size === 1) {
      // RFC 3021, RFC 6164: both addresses of such a net are hosts.
      pairs.push({ stack, kernel: first.equals(address) ? inNet(stack, 1) : first })
      continue
    }
    if (first.equals(address)) throw new HostError(`address '${text}': it names the net, no host in it; ${example}`)
    if (address.v4 && (address.w3 | (size === 32 ? 0 : -1 << size)) === -1) {
      throw new HostError(`address '${text}': it is the net's broadcast address, no host's; ${example}`)
    }
    const kernel = inNet(stack, 1)
    pairs.push({ stack, kernel: kernel.equals(address) ? inNet(stack, 2) : kernel })
  }
  return pairs
}

/** The net's `host`-th address. */
function inNet({ address, bits }: Cidr, host: number): Address {
  const mask = (word: number): number => {
    const left = bits - word * 32
    return left >= 32 ? -1 : left <= 0 ? 0 : -1 << (32 - left)
  }
  if (address.v4) return Address.v4((address.w3 & mask(0)) | host)
  const { w0, w1, w2, w3 } = address
  return new Address(w0 & mask(0), w1 & mask(1), w2 & mask(2), (w3 & mask(3)) | host, false)
}

function overlaps(a: Cidr, b: Cidr): boolean {
  if (a.address.v4 !== b.address.v4) return false
  return a.address.inPrefix(b.address, Math.min(a.bits, b.bits))
}

function refuseTaken(text: string, wanted: Cidr): void {
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    for (const { cidr, scopeid } of addresses ?? []) {
      const own = cidr === null ? undefined : parseCidr(cidr)
      // A link-local address is in the same net on every interface.
      if (own === undefined || (scopeid !== undefined && scopeid !== 0)) continue
      if (own.address.equals(wanted.address))
        throw new HostError(`address '${text}': ${name} has it: choose another (--address)`)
      if (overlaps(own, wanted))
        throw new HostError(`address '${text}': its net is that of ${name} (${cidr}): choose another (--address)`)
    }
  }
}

/**
 * Brings the kernel's side of the device up.
 * @throws HostError with one line: what the kernel refused
 */
export function setUpInterface(libc: Libc, name: string, index: number, mtu: number, pairs: readonly NetPair[]): void {
  const socket = new RouteSocket(libc)
  try {
    socket.request(`interface ${name}`, RTM_NEWLINK, 0, linkMessage(index, mtu))
    for (const { stack, kernel } of pairs) {
      const body = addressMessage(index, kernel, stack.bits)
      socket.request(
        `address ${kernel.toString()}/${stack.bits} for ${name}`,
        RTM_NEWADDR,
        NLM_F_CREATE | NLM_F_EXCL,
        body,
      )
    }
  } finally {
    socket.close()
  }
}

function linkMessage(index: number, mtu: number): Uint8Array {
  const fixed = Buffer.alloc(LINK_MESSAGE)
  const words = new Uint32Array(fixed.buffer, fixed.byteOffset, LINK_MESSAGE >> 2)
  words.set([0, index, IFF_UP, IFF_UP])
  return Buffer.concat([fixed, attribute(IFLA_MTU, uint32(mtu)), attribute(IFLA_TXQLEN, uint32(QUEUE_PACKETS))])
}

function addressMessage(index: number, address: Address, bits: number): Uint8Array {
  const fixed = Buffer.alloc(ADDRESS_MESSAGE)
  fixed.set([address.v4 ? AF_INET : AF_INET6, bits, address.v4 ? 0 : IFA_F_NODAD, 0])
  new Uint32Array(fixed.buffer, fixed.byteOffset + 4, 1)[0] = index
  const value = address.toBytes()
  return Buffer.concat([fixed, attribute(IFA_LOCAL, value), attribute(IFA_ADDRESS, value)])
}

/** `struct rtattr` and its value, whose length is a multiple of four here. */
function attribute(type: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([new Uint8Array(Uint16Array.of(4 + value.length, type).buffer), value])
}

function uint32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer)
}

/** A NETLINK_ROUTE socket for requests that are done or refused. Close it. */
class RouteSocket {
  readonly #libc: Libc
  readonly #fd: number
  #sequence = 0

  constructor(libc: Libc) {
    this.#libc = libc
    this.#fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)
    if (this.#fd < 0) throw new HostError(`netlink: socket(AF_NETLINK, NETLINK_ROUTE): ${errnoName(-this.#fd)}`)
  }

  request(what: string, type: number, flags: number, body: Uint8Array): void {
    const message = acknowledgedRequest(body, ++this.#sequence, type, flags)
    this.#check(what, this.#libc.sendto(this.#fd, message, 0, netlinkAddress()))
    const answer = new Uint8Array(NLMSG_HEADER + message.length + 1024)
    const length = this.#libc.recv(this.#fd, answer, 0)
    this.#check(what, length)
    const progress: DumpProgress = { done: 0, interrupted: false, errno: 0 }
    scanMessages(answer.subarray(0, length), progress)
    this.#check(what, -progress.errno)
  }

  close(): void {
    this.#libc.close(this.#fd)
  }

  #check(what: string, result: number): void {
    if (result >= 0) return
    throw new HostError(`${what}: ${result === -EEXIST ? 'it is taken' : `the kernel refuses: ${errnoName(-result)}`}`)
  }
}
