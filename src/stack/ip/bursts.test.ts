import { expect, test } from 'vitest'
import { Ctl } from '../../wire/index.ts'
import { AF_INET, AF_INET6, Level, Msg, SHUT_WR, So } from '../index.ts'
import { Timestamping } from '../sockets/timestamping.ts'
import { Alone } from './alone.testing.ts'

interface Story {
  readonly family?: number
  readonly sysctl?: Record<string, number>
  /** What the program asks for before it connects. */
  readonly asks?: (alone: Alone, fd: number) => number
}

const WROTE = 130_001

/** Everything that leaves a host whose program writes and closes, and what its error queue says of it. */
function leaves(genericOffload: boolean, { asks, ...options }: Story): Uint8Array[] {
  const alone = new Alone({ genericOffload, ...options })
  const { program } = alone
  const fd = alone.socket()
  expect(asks?.(alone, fd) ?? 0).toBe(0)
  const ecn = options.sysctl?.['net.ipv4.tcp_ecn'] === 1 ? Ctl.ECE : 0
  alone.open(fd, ecn)
  const text = Uint8Array.from({ length: WROTE }, (_, i) => i * 7)
  let [written, acked] = [0, 0]
  for (let round = 0; acked < WROTE; round++) {
    if (written < WROTE) written += Math.max(0, program.send(fd, text.subarray(written)))
    if (written === WROTE) program.shutdown(fd, SHUT_WR)
    acked = Math.min(acked + 9000, written)
    alone.hears({ acked, ctl: round === 2 ? Ctl.ACK | ecn : Ctl.ACK })
  }
  for (let said = program.recvmsg(fd, text, Msg.ERRQUEUE); said.result >= 0; ) {
    alone.sent.push(text.slice(0, said.result))
    said = program.recvmsg(fd, text, Msg.ERRQUEUE)
  }
  return alone.sent
}

const route = (alone: Alone, fd: number): number =>
  alone.program.setsockopt(fd, Level.IPPROTO_IP, 4, Uint8Array.of(131, 7, 4, 10, 0, 0, 9, 0))

const times = (alone: Alone, fd: number): number => {
  const asked = Timestamping.TX_SOFTWARE | Timestamping.TX_ACK | Timestamping.SOFTWARE
  return alone.program.setsockopt(fd, Level.SOL_SOCKET, So.TIMESTAMPING, asked)
}

test.each<[what: string, story: Story]>([
  ['IPv4', {}],
  ['IPv6', { family: AF_INET6 }],
  ['ECN, and a window that it has cut', { sysctl: { 'net.ipv4.tcp_ecn': 1 } }],
  ['no timestamps', { family: AF_INET6, sysctl: { 'net.ipv4.tcp_timestamps': 0 } }],
  ["routers of the program's choice", { family: AF_INET, asks: route }],
  ['times of departure, with what departed', { asks: times }],
])('%s: what is cut right before the link is what TCP would have cut, octet by octet', (_, story) => {
  const packets = leaves(true, story)
  expect(packets.length).toBeGreaterThan(WROTE / 1500)
  expect(packets).toEqual(leaves(false, story))
})

test('a burst that meets a full link is lost from there on, and counted', () => {
  const alone = new Alone({ takes: (n) => n < 5 })
  const fd = alone.socket()
  alone.open(fd)
  alone.program.send(fd, new Uint8Array(14_480))
  // SYN, ACK, and three segments of the first five.
  expect([alone.sent.length, alone.host.counts.ip.OutDiscards]).toEqual([5, 2])
})
