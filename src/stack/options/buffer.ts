import { Errno } from '../../base/index.ts'
import type { Socket } from '../sockets/socket.ts'

/**
 * How many octets a buffer gets when `asked` are asked for: no more than the system grants, no fewer than it needs, and on
 * Linux twice as many, the second half for its own bookkeeping.
 */
export function granted(socket: Socket, asked: number, most: number, least: number): number {
  // The kernel takes the value as unsigned: −1 asks for everything.
  const wanted = Math.min(asked >>> 0, most)
  const size = socket.host.personality.sockets.doublesBuffers ? wanted * 2 : wanted
  return Math.max(size, least)
}

/** Of a socket buffer of the largest size so much is text, where bookkeeping counts: mbufs of 256 octets to clusters of 2048. */
const TEXT = 2048
const WITH_BOOKKEEPING = 2304

/** Whether a system that cuts nothing takes that size: 0, or −EINVAL for none, −ENOBUFS for too much. */
export function refusal(socket: Socket, asked: number, most: number): number {
  if (!socket.host.personality.sockets.bufferRefusal) return 0
  if (asked < 1) return -Errno.EINVAL
  return asked > Math.floor((most * TEXT) / WITH_BOOKKEEPING) ? -Errno.ENOBUFS : 0
}
