import { expect, test } from 'vitest'
import { linkPair } from './index.ts'
import { octets, TwoHosts, text } from './two-hosts.testing.ts'

test('nothing is delivered before pump, and answers wait for the next one', () => {
  const world = new TwoHosts()
  world.listen()
  world.nc.connect(world.nc.socket(2, 1), { address: '10.0.0.2', port: 80 })
  expect([world.a.link.waiting, world.server.counts.ip.InReceives]).toEqual([1, 0])
})

test('a megabyte arrives as it was sent, whatever the MTU', () => {
  for (const mtu of [576, 1500, 9000, 65_535]) {
    const world = new TwoHosts({ mtu })
    const [c, s] = world.connect(world.listen())
    const data = Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * 31 + (i >> 8)) & 255)
    const got = new Uint8Array(data.length)
    let sent = 0
    let received = 0
    const into = new Uint8Array(65_536)
    while (received < data.length) {
      if (sent < data.length) sent += Math.max(0, world.nc.send(c, data.subarray(sent)))
      world.pass(1000)
      for (let n = world.httpd.recv(s, into); n > 0; n = world.httpd.recv(s, into)) {
        got.set(into.subarray(0, n), received)
        received += n
      }
    }
    expect(Buffer.compare(got, data)).toBe(0)
  }
})

test('a packet larger than the link’s MTU is not sent', () => {
  const [link] = linkPair({ mtu: 100 })
  expect(link.mtu).toBe(100)
  const world = new TwoHosts({ mtu: 100 })
  const udp = world.nc.socket(2, 2)
  expect(world.nc.sendto(udp, new Uint8Array(100), 0, { address: '10.0.0.2', port: 9 })).toBe(-90)
  expect(text(world.nc, udp)).toBe('EAGAIN')
  expect(world.nc.sendto(udp, octets('fits'), 0, { address: '10.0.0.2', port: 9 })).toBe(4)
})

test('a full queue refuses packets', () => {
  const [link] = linkPair({ queueOctets: 8192 })
  let taken = 0
  while (link.transmit(new Uint8Array(1000), 0, 1000)) taken++
  expect(taken).toBe(8)
})
