import { expect, test } from 'vitest'
import { scratch } from '../../base/index.ts'
import { AF_INET, Host, type Link, SOCK_STREAM } from '../../stack/index.ts'
import { StackLoop } from './stack-loop.ts'
import type { TunDevice } from './tun-device.ts'
import { TunLink } from './tun-link.ts'

const MTU = 1500

/** Where a kernel would be: another stack, which answers whenever somebody looks at the device. */
class Far implements Link {
  readonly mtu = MTU
  readonly offload = false
  readonly host = new Host({ name: 'far', seed: 2 })
  readonly #iface = this.host.addInterface({ name: 'eth0', link: this, addresses: ['10.0.0.2/24'] }).index
  readonly #toFar: Uint8Array[] = []
  readonly #toNear: Uint8Array[] = []
  #woken: () => void = () => undefined

  transmit(buf: Uint8Array, start: number, length: number): boolean {
    this.#toNear.push(buf.slice(start, start + length))
    return true
  }

  addressOf(): number {
    return 0
  }

  send(address: number, length: number): boolean {
    this.#toFar.push(scratch.bytes.slice(address, address + length))
    return true
  }

  receive(at: number): number {
    const now = Math.floor(performance.now() * 1000)
    for (const packet of this.#toFar.splice(0)) this.host.input(now, this.#iface, packet, 0, packet.length)
    this.host.advance(now)
    const packet = this.#toNear.shift()
    if (packet !== undefined) scratch.bytes.set(packet, at)
    return packet?.length ?? 0
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#woken = resolve
      setTimeout(resolve, Math.min(ms, 1))
    })
  }

  wake(): void {
    this.#woken()
  }
}

test('a program that was held up hears what has arrived before its timers', async () => {
  const far = new Far()
  const device = far as unknown as TunDevice
  const near = new Host({ name: 'near', seed: 1 })
  const link = new TunLink(device, MTU, {})
  const { index } = near.addInterface({ name: 'tun0', link, addresses: ['10.0.0.1/24'] })
  const failures: unknown[] = []
  const loop = new StackLoop(near, device, link, index, { failed: (error) => failures.push(error) })
  loop.start()
  const server = far.host.spawn('server')
  const listener = server.socket(AF_INET, SOCK_STREAM, 0)
  server.bind(listener, { address: '0.0.0.0', port: 80 })
  server.listen(listener, 1)
  const client = near.spawn('client')
  const fd = client.socket(AF_INET, SOCK_STREAM, 0)
  loop.run(() => client.connect(fd, { address: '10.0.0.2', port: 80 }))
  for (let sent = -1; sent < 0; ) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    sent = loop.run(() => client.send(fd, new Uint8Array(100)))
  }
  // Longer than a probe or a timeout waits: the answer is there when the program goes on.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
  await new Promise((resolve) => setTimeout(resolve, 20))
  await loop.close()
  expect(failures).toEqual([])
  const { TCPTimeouts, TCPLossProbes, RetransSegs, OutSegs } = near.counters
  expect({ TCPTimeouts, TCPLossProbes, RetransSegs, OutSegs }).toEqual({
    TCPTimeouts: 0,
    TCPLossProbes: 0,
    RetransSegs: 0,
    OutSegs: 3,
  })
})
