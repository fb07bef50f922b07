import { Errno } from '../../base/index.ts'
import { setMaxPacingRate } from '../../tcp/index.ts'
import { Address } from '../../wire/index.ts'
import { AF_INET6, Level, So } from '../constants.ts'
import type { Socket } from '../sockets/socket.ts'
import { newSocketName } from '../sockets/socket-address.ts'
import { memoryOf } from '../sockets/socket-memory.ts'
import { any, kept, told } from './kept-rules.ts'
import { octetText } from './octet-text.ts'
import { isStream, type SocketOption } from './option.ts'

const { SOL_SOCKET } = Level
const NET_COOKIE = 1
const NOBODY = -1

/** Numbers of 32 bits in the machine's order. */
function words(...values: readonly number[]): string {
  const octets = new Uint8Array(4 * values.length)
  const view = new DataView(octets.buffer)
  for (const [i, value] of values.entries()) view.setInt32(4 * i, value, true)
  return octetText(octets)
}

/** The peer's `sockaddr_in` or `sockaddr_in6`, or −ENOTCONN. */
function peerOctets(socket: Socket): string | number {
  const name = newSocketName()
  // Who is only on the way to a peer, or had one, names it here: getpeername() does not.
  const tcb = isStream(socket) ? socket.tcb : null
  if (tcb === null || tcb.remotePort === 0) {
    if (socket.peerName(name) !== 0) return -Errno.ENOTCONN
  } else {
    name.address = tcb.remote.toString()
    name.port = tcb.remotePort
  }
  const six = socket.family === AF_INET6
  const octets = new Uint8Array(six ? 28 : 16)
  const view = new DataView(octets.buffer)
  const address = Address.parse(name.address)
  view.setUint16(0, socket.family, true)
  view.setUint16(2, name.port)
  if (address === undefined) return -Errno.ENOTCONN
  const { w0, w1, w2, w3 } = six ? address.asV6() : address
  if (six) for (const [i, word] of [w0, w1, w2, w3].entries()) view.setInt32(8 + 4 * i, word)
  else view.setInt32(4, w3)
  return octetText(octets)
}

function memory(socket: Socket): string {
  const { rmemAlloc, rcvbuf, wmemAlloc, sndbuf, fwdAlloc, wmemQueued, optmem, backlog, drops } = memoryOf(
    isStream(socket) ? socket.tcb : null,
    socket.options,
    isStream(socket) ? socket.drops : 0,
    socket.optionMemory,
  )
  return words(rmemAlloc, rcvbuf, wmemAlloc, sndbuf, fwdAlloc, wmemQueued, optmem, backlog, drops)
}

const MAX_PACING_RATE = kept('SO_MAX_PACING_RATE', SOL_SOCKET, So.MAX_PACING_RATE, any, { initial: -1, length: 8 })

/** SO_MAX_PACING_RATE: octets a second at most that a stream sends; 4294967295: no bound. FreeBSD keeps the number, for devices that pace. */
const soMaxPacingRate: SocketOption = {
  ...MAX_PACING_RATE,
  get: ({ options, host }) =>
    options.kept.get(MAX_PACING_RATE.name) ?? (host.personality.sockets.pacesSockets ? -1 : 0),
  set(socket, value) {
    const result = MAX_PACING_RATE.set?.(socket, value) ?? 0
    if (!socket.host.personality.sockets.pacesSockets) return result
    const rate = value === -1 ? Number.POSITIVE_INFINITY : value < 0 ? value >>> 0 : value
    socket.options.maxPacingRate = rate
    if (isStream(socket) && socket.tcb !== null) setMaxPacingRate(socket.tcb, rate)
    return result
  },
}

/** What SOL_SOCKET tells in more than one int. */
export const soAnswers: readonly SocketOption[] = [
  // Whoever made the other end: over a network nobody knows.
  told('SO_PEERCRED', SOL_SOCKET, So.PEERCRED, words(0, NOBODY, NOBODY), 12),
  { name: 'SO_PEERNAME', level: SOL_SOCKET, number: So.PEERNAME, length: 28, ask: peerOctets },
  told('SO_MEMINFO', SOL_SOCKET, So.MEMINFO, memory, 36),
  { ...told('SO_COOKIE', SOL_SOCKET, So.COOKIE, ({ conn, inode }) => words(conn || inode, 0), 8), leastRoom: 8 },
  { ...told('SO_NETNS_COOKIE', SOL_SOCKET, So.NETNS_COOKIE, words(NET_COOKIE, 0), 8), exactRoom: true },
  soMaxPacingRate,
]
