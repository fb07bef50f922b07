import type { Socket } from '../socket.ts'

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
