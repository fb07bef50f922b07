/**
 * `inet_diag`: what to ask for, and the messages that answer. Bytes to rows and nothing else, so that the bytes may come from a netlink
 * socket, from `ss -D`, or from another thread. Formats: linux/inet_diag.h.
 */
import { LITTLE_ENDIAN } from '../byte-order.ts'
import { type MutableRow, tcpRowState } from '../snapshot.ts'
import { AF_INET, AF_INET6 } from '../socket-numbers.ts'
import {
  ATTR_HEADER,
  ATTR_INFO,
  ATTR_SHUTDOWN,
  ATTR_SKV6ONLY,
  InetRow,
  MESSAGE_LENGTH,
  type MessageBytes,
  type RowContext,
} from './inet-row.ts'
import { aligned, dumpRequest, NLMSG_HEADER, SOCK_DIAG_BY_FAMILY, TCPDIAG_GETSOCK } from './message.ts'
import { TCP_INFO_MIN } from './tcp-info.ts'

/** The protocol number of TCP, for a request. */
export const IPPROTO_TCP = 6
/** The protocol number of UDP, for a request. */
export const IPPROTO_UDP = 17

const REQUEST_LENGTH = 56
/** Octets of `struct inet_diag_req`, and where it has the states. */
const OLD_REQUEST_LENGTH = 60
const OLD_STATES_AT = 52

/** Asks for what the congestion control tells of itself; the answer has a number of its own, 16 for BBR. */
const ATTR_VEGASINFO = 3
const ATTR_CONG = 4
const ATTR_SKMEMINFO = 7

/** What to ask of `inet_diag`. */
export interface InetDiagRequest {
  readonly family: 4 | 6
  readonly protocol: typeof IPPROTO_TCP | typeof IPPROTO_UDP
  readonly states: number
  /** `brief`: without what congestion control tells of itself. */
  readonly tcpInfo: boolean | 'brief'
  readonly memory: boolean
}

/** `struct inet_diag_req_v2`: every socket of a family whose state is in the mask. */
export function inetDiagRequest(request: InetDiagRequest): Uint8Array {
  const body = new Uint8Array(REQUEST_LENGTH)
  body[0] = request.family === 4 ? AF_INET : AF_INET6
  body[1] = request.protocol
  body[2] = attributesOf(request)
  new DataView(body.buffer).setUint32(4, kernelStates(request.states), LITTLE_ENDIAN)
  return body
}

/**
 * The dump request for the TCP sockets of both families, IPv4's and IPv6's mixed: `struct inet_diag_req`, whose family 0 is any. It costs
 * the kernel one pass over its table where `inetDiagRequest` costs one for each family.
 */
export function tcpDumpRequest(request: Omit<InetDiagRequest, 'family' | 'protocol'>): Uint8Array {
  const body = new Uint8Array(OLD_REQUEST_LENGTH)
  body[3] = attributesOf(request)
  new DataView(body.buffer).setUint32(OLD_STATES_AT, kernelStates(request.states), LITTLE_ENDIAN)
  return dumpRequest(body, 1, TCPDIAG_GETSOCK)
}

/** Attribute n is asked for by bit n − 1. Those beyond 8 come unasked. */
function attributesOf({ tcpInfo, memory }: Pick<InetDiagRequest, 'tcpInfo' | 'memory'>): number {
  const congestion = tcpInfo === true ? askFor(ATTR_VEGASINFO) | askFor(ATTR_CONG) : 0
  const info = tcpInfo === false ? 0 : askFor(ATTR_INFO) | congestion
  return info | (memory ? askFor(ATTR_SKMEMINFO) : 0)
}

/** A half-open connection is a request socket, NEW_SYN_RECV (12), that is told as SYN_RECV (3). */
function kernelStates(states: number): number {
  return (states & (1 << 3)) !== 0 ? states | (1 << 12) : states
}

function askFor(attribute: number): number {
  return 1 << (attribute - 1)
}

/** How to read the messages of a dump. */
export interface InetDiagContext extends RowContext {
  /** Rows in other states are left out; the kernel's own filter has usually seen to that. */
  readonly states: number
  readonly families: readonly (4 | 6)[]
  /** TCP_INFO beyond what Linux 2.6 had is dropped, and more: of half a million sockets it would take a hundred megabytes. */
  readonly brief?: boolean | undefined
}

/**
 * Append a row for every socket in the messages.
 * @param bytes whole messages; they may be overwritten afterwards
 */
export function parseInetDiag(
  bytes: Uint8Array,
  context: InetDiagContext,
  rows: { push(row: MutableRow): unknown },
): void {
  // The rows read when they are asked: they get a copy of their own.
  const own = context.brief === true ? abridged(bytes) : new Uint8Array(bytes)
  const view = new DataView(own.buffer)
  const message: MessageBytes = { bytes: own, view, context }
  for (let at = 0; at + NLMSG_HEADER <= own.length; ) {
    const length = view.getUint32(at, LITTLE_ENDIAN)
    if (length < NLMSG_HEADER || at + length > own.length) return
    const body = at + NLMSG_HEADER
    const isRow = isInetMessage(view.getUint16(at + 4, LITTLE_ENDIAN)) && length >= NLMSG_HEADER + MESSAGE_LENGTH
    if (isRow && isWanted(own[body] as number, own[body + 1] as number, context)) rows.push(new InetRow(message, body))
    at += aligned(length)
  }
}

/** Whether a message of that type is a `struct inet_diag_msg`. */
export function isInetMessage(type: number): boolean {
  return type === SOCK_DIAG_BY_FAMILY || type === TCPDIAG_GETSOCK
}

/** What a row in brief has beyond `struct inet_diag_msg`. */
const BRIEF: ReadonlySet<number> = new Set([ATTR_INFO, ATTR_SKMEMINFO, ATTR_SHUTDOWN, ATTR_SKV6ONLY])

/** Where messages are abridged, before what is left of them is copied out of it. */
let scratch = new Uint8Array(0)

/** A copy of whole messages in which TCP_INFO is as short as it ever was, without the attributes that no field of a brief row has. */
function abridged(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const from = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (scratch.length < bytes.length) scratch = new Uint8Array(bytes.length)
  const to = new DataView(scratch.buffer)
  let filled = 0
  for (let at = 0; at + NLMSG_HEADER <= bytes.length; ) {
    const end = at + from.getUint32(at, LITTLE_ENDIAN)
    if (end < at + NLMSG_HEADER || end > bytes.length) break
    const start = filled
    const fixed = Math.min(end - at, NLMSG_HEADER + MESSAGE_LENGTH)
    filled = copyOctets(bytes, at, fixed, filled)
    for (let attribute = at + fixed; attribute + ATTR_HEADER <= end; ) {
      const length = from.getUint16(attribute, LITTLE_ENDIAN)
      if (length < ATTR_HEADER || attribute + length > end) break
      const type = from.getUint16(attribute + 2, LITTLE_ENDIAN)
      if (BRIEF.has(type)) {
        const kept = type === ATTR_INFO ? Math.min(length, ATTR_HEADER + TCP_INFO_MIN) : length
        const place = filled
        filled = aligned(copyOctets(bytes, attribute, kept, place))
        to.setUint16(place, kept, LITTLE_ENDIAN)
      }
      attribute += aligned(length)
    }
    to.setUint32(start, filled - start, LITTLE_ENDIAN)
    filled = aligned(filled)
    at = aligned(end)
  }
  return scratch.slice(0, filled)
}

/** Copies into the scratch area; where the next goes. A call of the platform for so few octets would cost more. */
function copyOctets(bytes: Uint8Array, from: number, length: number, to: number): number {
  const into = scratch
  for (let i = 0; i < length; i++) into[to + i] = bytes[from + i] as number
  return to + length
}

/** A bound-only socket says TCP_CLOSE and was asked for by bit 13; half-open ones say SYN_RECV and were asked for by 3. */
function isWanted(family: number, state: number, { netid, states, families }: InetDiagContext): boolean {
  const isBound = netid === 'tcp' && tcpRowState(state) === 'BOUND-INACTIVE'
  const bit = isBound ? BOUND_INACTIVE_BIT : 1 << state
  return (states & bit) !== 0 && families.includes(family === AF_INET ? 4 : 6)
}

const BOUND_INACTIVE_BIT = 1 << 13
