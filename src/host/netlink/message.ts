/**
 * Framing of netlink: requests to bytes, and the run of messages in a received datagram. Offsets are in octets unless a
 * name says words. Formats: linux/netlink.h.
 */
import { LITTLE_ENDIAN } from '../byte-order.ts'

/** Octets of `struct nlmsghdr`: length u32, type u16, flags u16, sequence u32, port id u32. */
export const NLMSG_HEADER = 16

/** The type of requests for socket tables, and of each row that answers. */
export const SOCK_DIAG_BY_FAMILY = 20
/** The same, of Linux 2.4 and ever since: for TCP alone, and of both families in one pass over the kernel's table. */
export const TCPDIAG_GETSOCK = 18

const NLMSG_ERROR = 2
const NLMSG_DONE = 3

/** The type of requests to end a socket. */
const SOCK_DESTROY = 21

const NLM_F_REQUEST = 0x001
const NLM_F_ACK = 0x004
const NLM_F_DUMP = 0x300
const NLM_F_DUMP_INTR = 0x010

/** A dump request: a header around `body`. */
export function dumpRequest(body: Uint8Array, sequence: number, type: number = SOCK_DIAG_BY_FAMILY): Uint8Array {
  return request(body, sequence, type, NLM_F_DUMP)
}

/** A request to end the one socket that `body` names, to be acknowledged. */
export function destroyRequest(body: Uint8Array, sequence: number): Uint8Array {
  return request(body, sequence, SOCK_DESTROY, NLM_F_ACK)
}

/** A request of any type that answers nothing but whether it was done. @param flags beyond NLM_F_REQUEST and NLM_F_ACK */
export function acknowledgedRequest(body: Uint8Array, sequence: number, type: number, flags: number): Uint8Array {
  return request(body, sequence, type, NLM_F_ACK | flags)
}

function request(body: Uint8Array, sequence: number, type: number, flags: number): Uint8Array {
  const message = new Uint8Array(NLMSG_HEADER + body.length)
  const words = new Uint32Array(message.buffer, 0, NLMSG_HEADER >> 2)
  const halves = new Uint16Array(message.buffer, 0, NLMSG_HEADER >> 1)
  words[0] = message.length
  halves[2] = type
  halves[3] = NLM_F_REQUEST | flags
  words[2] = sequence
  message.set(body, NLMSG_HEADER)
  return message
}

/** Where a dump stands after some of its messages. */
export interface DumpProgress {
  /** NLMSG_DONE messages seen: each ends one dump. */
  done: number
  /** The kernel said that the table changed under the dump (NLM_F_DUMP_INTR): rows may be missing or doubled. */
  interrupted: boolean
  /** The errno that ended the dump, 0 for none. */
  errno: number
  /** A request that is no dump was acknowledged. */
  acknowledged?: boolean
}

/**
 * Walk the messages of received bytes, for their framing only, and note the end of the dump, an interruption or an error.
 * @param bytes messages, whole but perhaps for the last
 * @returns the octets that whole messages fill: fewer than `bytes.length` when the last one is cut off
 */
export function scanMessages(bytes: Uint8Array, progress: DumpProgress): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  while (at + NLMSG_HEADER <= bytes.length) {
    const length = hostUint32(view, at)
    if (length < NLMSG_HEADER || at + length > bytes.length) return at
    const type = hostUint16(view, at + 4)
    if ((hostUint16(view, at + 6) & NLM_F_DUMP_INTR) !== 0) progress.interrupted = true
    if (type === NLMSG_ERROR || type === NLMSG_DONE) {
      // Both carry an int first: −errno, and 0 (or the count so far) when all went well.
      const code = length >= NLMSG_HEADER + 4 ? hostUint32(view, at + NLMSG_HEADER) | 0 : 0
      if (code < 0) progress.errno = -code
      else if (type === NLMSG_ERROR) progress.acknowledged = true
      if (type === NLMSG_DONE) progress.done++
    }
    at += aligned(length)
  }
  return Math.min(at, bytes.length)
}

/** The next multiple of four, to which messages and attributes are padded. */
export function aligned(length: number): number {
  return (length + 3) & ~3
}

function hostUint32(view: DataView, at: number): number {
  return view.getUint32(at, LITTLE_ENDIAN)
}

function hostUint16(view: DataView, at: number): number {
  return view.getUint16(at, LITTLE_ENDIAN)
}
