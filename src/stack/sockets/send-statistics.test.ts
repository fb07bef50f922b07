import { expect, test } from 'vitest'
import { Level, Msg, So } from '../constants.ts'
import { TwoHosts } from '../two-hosts.testing.ts'
import { Timestamping } from './timestamping.ts'

/** Numbers by attribute. */
function attributes(octets: Uint8Array): Map<number, number> {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length)
  const found = new Map<number, number>()
  for (let at = 0; at < octets.length; ) {
    const length = view.getUint16(at, true)
    const bytes = [...octets.subarray(at + 4, at + length)]
    found.set(
      view.getUint16(at + 2, true),
      bytes.reduceRight((sum, byte) => sum * 256 + byte, 0),
    )
    at += (length + 3) & ~3
  }
  return found
}

test('beside a time of departure and of arrival stand the numbers of that moment', () => {
  const wire = new TwoHosts()
  const { nc } = wire
  const [fd] = wire.connect(wire.listen())
  const asked =
    Timestamping.TX_SOFTWARE |
    Timestamping.TX_ACK |
    Timestamping.SOFTWARE |
    Timestamping.OPT_TSONLY |
    Timestamping.OPT_STATS
  expect(nc.setsockopt(fd, Level.SOL_SOCKET, So.TIMESTAMPING, asked)).toBe(0)
  expect(nc.send(fd, new Uint8Array(3000))).toBe(3000)
  wire.settle()
  const [left, arrived] = [0, 1].map(() => {
    const { control } = nc.recvmsg(fd, new Uint8Array(500), Msg.ERRQUEUE)
    const { value } = control.find(({ type }) => type === So.TIMESTAMPING_OPT_STATS) ?? {}
    return attributes(value as Uint8Array)
  })
  // In netlink's numbers: segments sent, what waits for acknowledgment, octets sent, octets not sent before, hops.
  expect([4, 13, 18, 24, 26].map((kind) => left?.get(kind))).toEqual([3, 3000, 3000, 3000, undefined])
  expect([4, 13, 18, 24, 26].map((kind) => arrived?.get(kind))).toEqual([3, 0, 3000, 0, 64])
  expect(left?.size).toBe(26)
  // The SYN and three segments are delivered.
  expect(arrived?.get(16)).toBe(4)
})
