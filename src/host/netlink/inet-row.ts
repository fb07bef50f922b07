/** One message of `inet_diag` as a row: struct inet_diag_msg and the attributes behind it. Formats: linux/inet_diag.h. */
import type {
  BbrInfo,
  Endpoint,
  MptcpInfo,
  NetId,
  RowSource,
  RowState,
  RowTimer,
  SocketMemory,
  SocketOwner,
  SocketRow,
  TcpInfo,
  UpperLayer,
} from '../../inspect/index.ts'
import type { AddressTexts } from '../address-texts.ts'
import { LITTLE_ENDIAN } from '../byte-order.ts'
import { plainRowState, tcpRowState } from '../snapshot.ts'
import { AF_INET } from '../socket-numbers.ts'
import { fieldsOf } from './fields.ts'
import { aligned, NLMSG_HEADER } from './message.ts'
import { mptcpInfoAt, subflowAt } from './mptcp-info.ts'
import { tcpInfoAt } from './tcp-info.ts'

/** Octets of `struct inet_diag_msg`. */
export const MESSAGE_LENGTH = 72

/** The attribute that is `struct tcp_info`. */
export const ATTR_INFO = 2
const ATTR_CONG = 4
const ATTR_SKMEMINFO = 7
/** The attribute that says which directions are shut down. */
export const ATTR_SHUTDOWN = 8
/** The attribute that is there for IPv6 sockets alone: whether they leave IPv4 out. */
export const ATTR_SKV6ONLY = 11
const ATTR_MARK = 15
const ATTR_BBRINFO = 16
const ATTR_ULP_INFO = 19
const ATTR_CGROUP_ID = 21
// Within ATTR_ULP_INFO.
const ULP_NAME = 1
const ULP_MPTCP = 3
/** NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
const ATTR_TYPE_MASK = 0x3fff
/** Octets of the header of an attribute: its length and its type. */
export const ATTR_HEADER = 4

const TIMER_KINDS: readonly RowTimer['kind'][] = ['unknown', 'on', 'keepalive', 'timewait', 'persist']

/** Where the messages of a dump lie, and how to read them. */
export interface MessageBytes {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly context: RowContext
}

/** What a message does not tell of itself. */
export interface RowContext {
  readonly netid: 'tcp' | 'mptcp' | 'udp'
  readonly source: RowSource
  /** The state of every row, whatever its message says: for those that have ended. */
  readonly state?: RowState | undefined
  /** The name of a network device. */
  readonly device: (index: number) => string
  /** The path of a control group; undefined: rows go without. */
  readonly cgroup?: ((id: bigint) => string) | undefined
  readonly addresses: AddressTexts
}

/**
 * A row that is a window onto the kernel's message and reads a field when it is asked for: of some eighty that a connection has, who
 * lists sockets wants six. The bytes must stay as they are.
 */
export class InetRow implements SocketRow {
  owners: readonly SocketOwner[] | undefined = undefined
  netns: string | undefined = undefined
  readonly #message: MessageBytes
  /** Where `struct inet_diag_msg` begins. */
  readonly #at: number

  constructor(message: MessageBytes, at: number) {
    this.#message = message
    this.#at = at
  }

  get source(): RowSource {
    return this.#message.context.source
  }

  get netid(): NetId {
    return this.#message.context.netid
  }

  get family(): 4 | 6 {
    return this.#message.bytes[this.#at] === AF_INET ? 4 : 6
  }

  get state(): RowState {
    const { bytes, context } = this.#message
    if (context.state !== undefined) return context.state
    const number = bytes[this.#at + 1] as number
    return context.netid === 'udp' ? plainRowState(number) : tcpRowState(number)
  }

  get local(): Endpoint {
    return this.#endpoint(this.#at + 8, this.#at + 4, this.#device())
  }

  get peer(): Endpoint {
    return this.#endpoint(this.#at + 24, this.#at + 6, undefined)
  }

  get recvQueue(): number {
    return this.#u32(56)
  }

  get sendQueue(): number {
    return this.#u32(60)
  }

  get timer(): RowTimer | undefined {
    const { bytes } = this.#message
    const kind = bytes[this.#at + 2] as number
    if (kind === 0) return undefined
    return {
      kind: TIMER_KINDS[kind] ?? 'unknown',
      expiresMs: this.#u32(52),
      retransmits: bytes[this.#at + 3] as number,
    }
  }

  get uid(): number {
    return this.#u32(64)
  }

  get inode(): number {
    return this.#u32(68)
  }

  get cookie(): bigint {
    return this.#message.view.getBigUint64(this.#at + 44, LITTLE_ENDIAN)
  }

  get v6only(): boolean | undefined {
    const at = this.#attribute(ATTR_SKV6ONLY, 1)
    return at < 0 ? undefined : this.#message.bytes[at] !== 0
  }

  get mark(): number | undefined {
    const at = this.#attribute(ATTR_MARK, 4)
    return at < 0 ? undefined : this.#message.view.getUint32(at, LITTLE_ENDIAN)
  }

  get cgroup(): string | undefined {
    const { view, context } = this.#message
    if (context.cgroup === undefined) return undefined
    const at = this.#attribute(ATTR_CGROUP_ID, 8)
    return at < 0 ? undefined : context.cgroup(view.getBigUint64(at, LITTLE_ENDIAN))
  }

  get tcpInfo(): TcpInfo | undefined {
    // One and the same attribute is struct mptcp_info for the other.
    if (this.netid !== 'tcp') return undefined
    const at = this.#attribute(ATTR_INFO, 0)
    return at < 0 ? undefined : tcpInfoAt(this.#message.view, at, this.#lengthOf(at))
  }

  get mptcpInfo(): MptcpInfo | undefined {
    if (this.netid !== 'mptcp') return undefined
    const at = this.#attribute(ATTR_INFO, 0)
    return at < 0 ? undefined : mptcpInfoAt(this.#message.view, at, this.#lengthOf(at))
  }

  get upperLayer(): UpperLayer | undefined {
    const at = this.#attribute(ATTR_ULP_INFO, 0)
    return at < 0 ? undefined : upperLayerAt(this.#message, at, this.#lengthOf(at))
  }

  get congestion(): string | undefined {
    const at = this.#attribute(ATTR_CONG, 0)
    return at < 0 ? undefined : textAt(this.#message.bytes, at, this.#lengthOf(at))
  }

  get bbr(): BbrInfo | undefined {
    const at = this.#attribute(ATTR_BBRINFO, 20)
    return at < 0 ? undefined : bbrAt(this.#message.view, at)
  }

  get memory(): SocketMemory | undefined {
    const at = this.#attribute(ATTR_SKMEMINFO, 0)
    return at < 0 ? undefined : memoryAt(this.#message.view, at, this.#lengthOf(at))
  }

  get shutdown(): number | undefined {
    const at = this.#attribute(ATTR_SHUTDOWN, 1)
    return at < 0 ? undefined : this.#message.bytes[at]
  }

  toJSON(): Record<string, unknown> {
    return fieldsOf(this)
  }

  #u32(offset: number): number {
    return this.#message.view.getUint32(this.#at + offset, LITTLE_ENDIAN)
  }

  #device(): string | undefined {
    const index = this.#u32(40)
    return index === 0 ? undefined : this.#message.context.device(index)
  }

  #endpoint(at: number, portAt: number, device: string | undefined): Endpoint {
    const { view, context } = this.#message
    const address = this.family === 4 ? context.addresses.v4(view, at) : context.addresses.v6(view, at)
    return { address, port: view.getUint16(portAt, false), device }
  }

  /** Where the value of an attribute begins; −1 when there is none, or one shorter than any such is. */
  #attribute(wanted: number, least: number): number {
    const { view } = this.#message
    const end = this.#at - NLMSG_HEADER + this.#u32(-NLMSG_HEADER)
    const at = findAttribute(view, this.#at + MESSAGE_LENGTH, end, wanted)
    return at < 0 || view.getUint16(at, LITTLE_ENDIAN) - ATTR_HEADER < least ? -1 : at + ATTR_HEADER
  }

  #lengthOf(at: number): number {
    return this.#message.view.getUint16(at - ATTR_HEADER, LITTLE_ENDIAN) - ATTR_HEADER
  }
}

/** Where an attribute begins, among those from `start` to `end`; −1 when it is not there, whole. */
function findAttribute(view: DataView, start: number, end: number, wanted: number): number {
  for (let at = start; at + ATTR_HEADER <= end; ) {
    const length = view.getUint16(at, LITTLE_ENDIAN)
    if (length < ATTR_HEADER || at + length > end) break
    if ((view.getUint16(at + 2, LITTLE_ENDIAN) & ATTR_TYPE_MASK) === wanted) return at
    at += aligned(length)
  }
  return -1
}

/** INET_DIAG_ULP_INFO; undefined when it has no name. */
function upperLayerAt({ bytes, view }: MessageBytes, start: number, length: number): UpperLayer | undefined {
  const name = findAttribute(view, start, start + length, ULP_NAME)
  if (name < 0) return undefined
  const lengthAt = (at: number): number => view.getUint16(at, LITTLE_ENDIAN)
  const paths = findAttribute(view, start, start + length, ULP_MPTCP)
  const find = (wanted: number): number => {
    const at = findAttribute(view, paths + ATTR_HEADER, paths + lengthAt(paths), wanted)
    return at < 0 ? -1 : at + ATTR_HEADER
  }
  return {
    name: textAt(bytes, name + ATTR_HEADER, lengthAt(name) - ATTR_HEADER),
    subflow: paths < 0 ? undefined : subflowAt(view, find),
  }
}

/** `struct tcp_bbr_info`. */
function bbrAt(view: DataView, at: number): BbrInfo {
  const u32 = (index: number): number => view.getUint32(at + 4 * index, LITTLE_ENDIAN)
  return {
    bandwidth: (BigInt(u32(1)) << 32n) | BigInt(u32(0)),
    min_rtt: u32(2),
    pacing_gain: u32(3),
    cwnd_gain: u32(4),
  }
}

/** `struct sk_meminfo`; kernels before 4.7 end before the drops. */
export function memoryAt(view: DataView, at: number, length: number): SocketMemory {
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
export function textAt(bytes: Uint8Array, at: number, length: number): string {
  const end = bytes.subarray(at, at + length).indexOf(0)
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, end < 0 ? length : end).toString()
}
