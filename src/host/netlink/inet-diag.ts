/**
 * `inet_diag`: TCP and UDP sockets. Bytes to rows and nothing else, so that the bytes may come from a netlink socket, from
 * `ss -D`, or from another thread. Formats: linux/inet_diag.h.
 */
import type { BbrInfo, Endpoint, RowSource, RowTimer, SocketMemory } from '../../inspect/index.ts'
import type { AddressTexts } from '../address-texts.ts'
import { LITTLE_ENDIAN } from '../byte-order.ts'
import { type MutableRow, plainRowState, tcpRowState } from '../snapshot.ts'
import { aligned, NLMSG_HEADER, SOCK_DIAG_BY_FAMILY } from './message.ts'
import { parseTcpInfo } from './tcp-info.ts'

const AF_INET = 2
const AF_INET6 = 10
/** The protocol number of TCP, for a request. */
export const IPPROTO_TCP = 6
/** The protocol number of UDP, for a request. */
export const IPPROTO_UDP = 17

const REQUEST_LENGTH = 56
const MESSAGE_LENGTH = 72

const ATTR_INFO = 2
/** Asks for what the congestion control tells of itself; the answer has a number of its own, 16 for BBR. */
const ATTR_VEGASINFO = 3
const ATTR_CONG = 4
const ATTR_SKMEMINFO = 7
const ATTR_SHUTDOWN = 8
const ATTR_SKV6ONLY = 11
const ATTR_MARK = 15
const ATTR_BBRINFO = 16
const ATTR_CGROUP_ID = 21
/** NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
const ATTR_TYPE_MASK = 0x3fff

/** The least octets of the attributes that are single values; a shorter one is no such attribute. */
const ATTR_SIZES: Readonly<Record<number, number>> = {
  [ATTR_SHUTDOWN]: 1,
  [ATTR_SKV6ONLY]: 1,
  [ATTR_MARK]: 4,
  [ATTR_CGROUP_ID]: 8,
}

/** What to ask of `inet_diag`. */
export interface InetDiagRequest {
  readonly family: 4 | 6
  readonly protocol: typeof IPPROTO_TCP | typeof IPPROTO_UDP
  readonly states: number
  readonly tcpInfo: boolean
  readonly memory: boolean
}

/** `struct inet_diag_req_v2`: every socket of a family whose state is in the mask. */
export function inetDiagRequest(request: InetDiagRequest): Uint8Array {
  const body = new Uint8Array(REQUEST_LENGTH)
  body[0] = request.family === 4 ? AF_INET : AF_INET6
  body[1] = request.protocol
  // Attribute n is asked for by bit n − 1. Those beyond 8 come unasked.
  const info = request.tcpInfo ? askFor(ATTR_INFO) | askFor(ATTR_VEGASINFO) | askFor(ATTR_CONG) : 0
  body[2] = info | (request.memory ? askFor(ATTR_SKMEMINFO) : 0)
  // A half-open connection is a request socket, NEW_SYN_RECV (12), that is told as SYN_RECV (3).
  const states = (request.states & (1 << 3)) !== 0 ? request.states | (1 << 12) : request.states
  new DataView(body.buffer).setUint32(4, states, LITTLE_ENDIAN)
  return body
}

function askFor(attribute: number): number {
  return 1 << (attribute - 1)
}

/** How to read the messages of a dump. */
export interface InetDiagContext {
  readonly netid: 'tcp' | 'udp'
  readonly source: RowSource
  /** Rows in other states are left out; the kernel's own filter has usually seen to that. */
  readonly states: number
  readonly families: readonly (4 | 6)[]
  /** The name of a network device. */
  readonly device: (index: number) => string
  /** The path of a control group; undefined: rows go without. */
  readonly cgroup?: ((id: bigint) => string) | undefined
  readonly addresses: AddressTexts
}

/**
 * Append a row for every socket in the messages.
 * @param bytes whole messages
 */
export function parseInetDiag(bytes: Uint8Array, context: InetDiagContext, rows: MutableRow[]): void {
  const reader = new InetDiagReader(bytes, context)
  const view = reader.view
  for (let at = 0; at + NLMSG_HEADER <= bytes.length; ) {
    const length = view.getUint32(at, LITTLE_ENDIAN)
    if (length < NLMSG_HEADER || at + length > bytes.length) return
    const type = view.getUint16(at + 4, LITTLE_ENDIAN)
    if (type === SOCK_DIAG_BY_FAMILY && length >= NLMSG_HEADER + MESSAGE_LENGTH) {
      const row = reader.row(at + NLMSG_HEADER, at + length)
      if (row !== undefined) rows.push(row)
    }
    at += aligned(length)
  }
}

const TIMER_KINDS: readonly RowTimer['kind'][] = ['unknown', 'on', 'keepalive', 'timewait', 'persist']

class InetDiagReader {
  readonly view: DataView
  readonly #bytes: Uint8Array
  readonly #context: InetDiagContext

  constructor(bytes: Uint8Array, context: InetDiagContext) {
    this.#bytes = bytes
    this.#context = context
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** The row of the `struct inet_diag_msg` at `at` with its attributes up to `end`. */
  row(at: number, end: number): MutableRow | undefined {
    const { view } = this
    const context = this.#context
    const tcp = context.netid === 'tcp'
    const family = view.getUint8(at) === AF_INET ? 4 : 6
    const number = view.getUint8(at + 1)
    const state = tcp ? tcpRowState(number) : plainRowState(number)
    // A bound-only socket says TCP_CLOSE and was asked for by bit 13; half-open ones say SYN_RECV and were asked for by 3.
    const bits = state === 'BOUND-INACTIVE' ? 1 << 13 : 1 << number
    if ((context.states & bits) === 0 || !context.families.includes(family)) return undefined
    const device = this.#u32(at + 40)
    const row: MutableRow = {
      source: context.source,
      netid: context.netid,
      family,
      state,
      local: this.#endpoint(at + 8, at + 4, family, device === 0 ? undefined : context.device(device)),
      peer: this.#endpoint(at + 24, at + 6, family, undefined),
      recvQueue: this.#u32(at + 56),
      sendQueue: this.#u32(at + 60),
      timer: this.#timer(at),
      uid: this.#u32(at + 64),
      inode: this.#u32(at + 68),
      cookie: view.getBigUint64(at + 44, LITTLE_ENDIAN),
      v6only: undefined,
      mark: undefined,
      cgroup: undefined,
      owners: undefined,
      tcpInfo: undefined,
      congestion: undefined,
      bbr: undefined,
      memory: undefined,
      shutdown: undefined,
    }
    this.#attributes(row, at + MESSAGE_LENGTH, end)
    return row
  }

  #u32(at: number): number {
    return this.view.getUint32(at, LITTLE_ENDIAN)
  }

  #endpoint(at: number, portAt: number, family: 4 | 6, device: string | undefined): Endpoint {
    const texts = this.#context.addresses
    const address = family === 4 ? texts.v4(this.view, at) : texts.v6(this.view, at)
    return { address, port: this.view.getUint16(portAt, false), device }
  }

  #timer(at: number): RowTimer | undefined {
    const kind = this.view.getUint8(at + 2)
    if (kind === 0) return undefined
    return {
      kind: TIMER_KINDS[kind] ?? 'unknown',
      expiresMs: this.#u32(at + 52),
      retransmits: this.view.getUint8(at + 3),
    }
  }

  #attributes(row: MutableRow, start: number, end: number): void {
    const { view } = this
    for (let at = start; at + 4 <= end; ) {
      const length = view.getUint16(at, LITTLE_ENDIAN)
      if (length < 4 || at + length > end) return
      this.#attribute(row, view.getUint16(at + 2, LITTLE_ENDIAN) & ATTR_TYPE_MASK, at + 4, length - 4)
      at += aligned(length)
    }
  }

  #attribute(row: MutableRow, type: number, at: number, length: number): void {
    const { view } = this
    if (length < (ATTR_SIZES[type] ?? 0)) return
    switch (type) {
      case ATTR_INFO:
        row.tcpInfo = parseTcpInfo(view, at, length)
        break
      case ATTR_CONG:
        row.congestion = textOf(this.#bytes, at, length)
        break
      case ATTR_BBRINFO:
        row.bbr = parseBbr(view, at, length)
        break
      case ATTR_SKMEMINFO:
        row.memory = parseMemory(view, at, length)
        break
      case ATTR_SHUTDOWN:
        row.shutdown = view.getUint8(at)
        break
      case ATTR_SKV6ONLY:
        row.v6only = view.getUint8(at) !== 0
        break
      case ATTR_MARK:
        row.mark = this.#u32(at)
        break
      case ATTR_CGROUP_ID:
        row.cgroup = this.#context.cgroup?.(view.getBigUint64(at, LITTLE_ENDIAN))
        break
    }
  }
}

/** `struct tcp_bbr_info`. */
function parseBbr(view: DataView, at: number, length: number): BbrInfo | undefined {
  if (length < 20) return undefined
  const u32 = (index: number): number => view.getUint32(at + 4 * index, LITTLE_ENDIAN)
  return {
    bandwidth: (BigInt(u32(1)) << 32n) | BigInt(u32(0)),
    min_rtt: u32(2),
    pacing_gain: u32(3),
    cwnd_gain: u32(4),
  }
}

/** `struct sk_meminfo`; kernels before 4.7 end before the drops. */
export function parseMemory(view: DataView, at: number, length: number): SocketMemory {
  const u32 = (index: number): number => (length >= 4 * index + 4 ? view.getUint32(at + 4 * index, LITTLE_ENDIAN) : 0)
  return {
    rmemAlloc: u32(0),
    rcvbuf: u32(1),
    wmemAlloc: u32(2),
    sndbuf: u32(3),
    fwdAlloc: u32(4),
    wmemQueued: u32(5),
    optmem: u32(6),
    backlog: u32(7),
    drops: u32(8),
  }
}

/** The text of an attribute, without the NUL that ends it. */
export function textOf(bytes: Uint8Array, at: number, length: number): string {
  const end = bytes.subarray(at, at + length).indexOf(0)
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, end < 0 ? length : end).toString()
}
