import type { Program, Running, SimHost } from '../../../src/sim/index.ts'
import {
  AF_INET,
  AF_INET6,
  Ioctl,
  Level,
  Msg,
  Poll,
  So,
  type SocketAddress,
  TcpOption,
} from '../../../src/stack/index.ts'
import { Address } from '../../../src/wire/index.ts'
import type { Draw } from './draw.ts'

const SLEEPS = [0, 1, 100, 1000, 10_000, 50_000, 300_000, 2_000_000, 20_000_000]
const VALUES = [0, 1, 1, 2, 3, 5, 10, 16, 100, 536, 1000, 4096, 65_536, 1 << 20, -1, 2_147_483_647]
const LEVELS = [Level.IPPROTO_TCP, Level.IPPROTO_TCP, Level.SOL_SOCKET, Level.IPPROTO_IP, Level.IPPROTO_IPV6]
const LARGEST = 70_000
const MD5_LENGTH = 216
const KEY = Uint8Array.from('a key', (letter) => letter.charCodeAt(0))

/** One connection's two streams: how far each side has written and read, by side. */
export interface Streams {
  readonly written: [number, number]
  readonly read: [number, number]
}

/** What a conversation is about. */
export interface Topic {
  readonly draw: Draw
  readonly streams: Streams
  /** 0: the client. */
  readonly side: 0 | 1
  readonly server: SimHost
  /** False: only calls after which each octet read must be the next one written. */
  readonly anything: boolean
}

/** The octet at a place of a stream: a stream out of order, or with a hole, cannot look right. */
function octetAt(place: number, side: number): number {
  return (place * 167 + (place >>> 8) * 31 + (place >>> 16) * 7 + side * 92) & 255
}

/** Makes calls on a connection as chance has it, sleeps between them, and closes it or forgets to. */
export function* converse(p: Program, fd: number, topic: Topic): Running<void> {
  const { draw } = topic
  for (let left = 3 + draw.below(30); left > 0; left--) {
    const kind = draw.below(100)
    if (kind < 35) write(p, fd, topic)
    else if (kind < 65) read(p, fd, topic)
    else if (kind < 72) turnOptions(p, fd, topic)
    else if (kind < 75) p.shutdown(fd, draw.one(['read', 'write', 'both', 'write']))
    else if (kind < 78) look(p, fd)
    else if (kind < 84 && topic.anything) doOddly(p, fd, draw)
    else if (kind === 84) break
    yield* p.sleep(draw.one(SLEEPS))
  }
  if (draw.chance(0.7)) p.close(fd)
}

/** Opens a connection: by connect(), or by Fast Open, with data in the SYN. */
export function open(p: Program, fd: number, to: SocketAddress, { draw, streams }: Topic): void {
  const kind = draw.below(10)
  if (kind === 0) {
    p.process.setsockopt(fd, Level.IPPROTO_TCP, TcpOption.FASTOPEN_CONNECT, 1)
  } else if (kind <= 2) {
    const data = Uint8Array.from({ length: draw.one([1, 100, 1460, 5000, 20_000]) }, (_, i) => octetAt(i, 0))
    streams.written[0] += Math.max(p.process.sendto(fd, data, Msg.FASTOPEN, to), 0)
    return
  }
  p.process.connect(fd, to)
}

/** TCP_MD5SIG: the key that both ends use. */
export function agreeOnKey(p: Program, fd: number, peer: string): void {
  const address = Address.parse(peer) as Address
  const octets = new Uint8Array(MD5_LENGTH)
  const view = new DataView(octets.buffer)
  view.setUint16(0, address.v4 ? AF_INET : AF_INET6, true)
  if (address.v4) view.setInt32(4, address.w3)
  else {
    for (const [i, word] of [address.w0, address.w1, address.w2, address.w3].entries()) view.setInt32(8 + i * 4, word)
  }
  view.setUint16(130, KEY.length, true)
  octets.set(KEY, 136)
  p.process.setsockopt(fd, Level.IPPROTO_TCP, TcpOption.MD5SIG, octets)
}

function write(p: Program, fd: number, { draw, streams, side, anything }: Topic): void {
  const place = streams.written[side]
  const data = Uint8Array.from({ length: draw.one([1, 10, 100, 1000, 1460, 3000, 20_000, 65_536]) }, (_, i) =>
    octetAt(place + i, side),
  )
  const urgent = anything && draw.chance(0.15) ? Msg.OOB : 0
  const flags = urgent | (draw.chance(0.15) ? Msg.MORE : 0) | (draw.chance(0.1) ? Msg.EOR : 0)
  streams.written[side] += Math.max(p.process.send(fd, data, flags), 0)
}

/**
 * A SYN cookie proves no more than how far apart the two ends' numbers are, and that but for two bits (Linux): from the midst of a connection that
 * one end has forgotten an ACK may open it again, and an ACK behind a lost first octet opens it without that octet.
 */
function trustsCookies(server: SimHost): boolean {
  return server.stack.counters.SyncookiesRecv > 0
}

/** @throws if what comes is not what the other side wrote */
function read(p: Program, fd: number, { draw, streams, side, server, anything }: Topic): void {
  const into = new Uint8Array(draw.one([1, 100, 3000, LARGEST]))
  const flags = (draw.chance(0.15) ? Msg.PEEK : 0) | (anything && draw.chance(0.1) ? Msg.OOB : 0)
  const got = p.process.recv(fd, into, flags)
  if (got <= 0 || flags !== 0) return
  const place = streams.read[side]
  streams.read[side] += got
  if (anything || trustsCookies(server)) return
  const other = 1 - side
  const wrong = into.subarray(0, got).findIndex((octet, i) => octet !== octetAt(place + i, other))
  if (wrong >= 0) throw new Error(`octet ${place + wrong} of what side ${other} wrote came as ${into[wrong]}`)
  if (place + got > streams.written[other as 0 | 1]) throw new Error(`side ${side} read what nobody wrote`)
}

/** Sets and reads options by any number, whether there is such an option or not. */
export function turnOptions(p: Program, fd: number, { draw, anything }: Topic): void {
  for (let left = draw.below(4); left > 0; left--) {
    const level = draw.one(LEVELS)
    const name = draw.below(level === Level.SOL_SOCKET ? 80 : 50)
    // Urgent octets among the others are another stream.
    if (!anything && level === Level.SOL_SOCKET && name === So.OOBINLINE) continue
    const octets = anything && draw.chance(0.2)
    p.process.setsockopt(fd, level, name, octets ? someOctets(draw) : draw.one(VALUES))
    p.process.getsockopt(fd, level, name, { value: 0 })
  }
}

function someOctets(draw: Draw): Uint8Array {
  return Uint8Array.from({ length: draw.one([0, 1, 3, 4, 8, 16, 32, 216]) }, () => draw.one([0, 0, 1, 2, 10, 255]))
}

function look(p: Program, fd: number): void {
  p.process.poll([{ fd, events: Poll.IN | Poll.OUT | Poll.PRI, revents: 0 }])
  p.process.ioctl(fd, Ioctl.SIOCINQ)
  p.process.recvmsg(fd, new Uint8Array(LARGEST), Msg.ERRQUEUE)
}

/** Calls that no program should make on a connection, or not twice. */
function doOddly(p: Program, fd: number, draw: Draw): void {
  const kind = draw.below(3)
  if (kind === 0) p.process.setsockopt(fd, Level.SOL_SOCKET, So.LINGER, { on: true, seconds: draw.one([0, 0, 1, 5]) })
  else if (kind === 1) p.process.connect(fd, { address: draw.one(['10.0.0.1', '10.0.0.2', 'fd00::2']), port: 80 })
  else p.process.listen(fd, draw.below(3))
}
