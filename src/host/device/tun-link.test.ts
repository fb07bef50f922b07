import { expect, test } from 'vitest'
import { scratch } from '../../base/index.ts'
import type { Crossing } from './crossing.ts'
import type { TunDevice } from './tun-device.ts'
import { TunLink } from './tun-link.ts'
import { VNET_HEADER } from './virtio-header.ts'

/** Where one view's memory ends and another's begins. */
const APART = 2 ** 24

/** What a kernel takes of the frames that it is given, as far as it has room. */
class Kernel {
  readonly offload: boolean
  readonly taken: Uint8Array[] = []
  room = Number.POSITIVE_INFINITY
  readonly #views: Uint8Array[] = []

  constructor(offload: boolean) {
    this.offload = offload
  }

  addressOf(view: Uint8Array): number {
    return this.#views.push(view) * APART
  }

  send(address: number, length: number): boolean {
    if (this.room-- <= 0) return false
    const view = this.#views[Math.floor(address / APART) - 1] as Uint8Array
    const start = address % APART
    this.taken.push(view.slice(start, start + length))
    return true
  }
}

function linked(offload: boolean, crossing: Crossing = {}): { kernel: Kernel; link: TunLink } {
  const kernel = new Kernel(offload)
  return { kernel, link: new TunLink(kernel as unknown as TunDevice, 1500, crossing) }
}

/** A packet of one octet's value. */
function packet(value: number): Uint8Array {
  return new Uint8Array(20).fill(value)
}

test.each([false, true])(
  'a packet goes as it is, with offloads behind a header that asks for nothing (%s)',
  (offload) => {
    const { kernel, link } = linked(offload)
    const header = new Array(offload ? VNET_HEADER : 0).fill(0)
    // What lay there before is not what is asked of the kernel.
    scratch.bytes.fill(0xff, scratch.OUT, scratch.OUT + 120)
    scratch.bytes.set(packet(7), scratch.OUT + 100)
    expect(link.transmit(scratch.bytes, scratch.OUT + 100, 20)).toBe(true)
    expect(link.transmit(packet(8), 0, 20)).toBe(true)
    expect(kernel.taken.map((frame) => [...frame])).toEqual([
      [...header, ...packet(7)],
      [...header, ...packet(8)],
    ])
    // A packet that lies in the scratch is sent from there.
    expect(scratch.bytes[scratch.OUT + 99]).toBe(offload ? 0 : 0xff)
  },
)

test('what the kernel has no room for waits in its order, and the link is full as long', () => {
  const { kernel, link } = linked(false)
  kernel.room = 1
  for (const value of [1, 2, 3]) expect(link.transmit(packet(value), 0, 20)).toBe(true)
  expect([kernel.taken.length, link.full]).toEqual([1, true])
  // Who comes later does not overtake.
  kernel.room = 1
  link.transmit(packet(4), 0, 20)
  expect(kernel.taken.length).toBe(1)
  link.flush()
  expect(link.full).toBe(true)
  kernel.room = 9
  link.flush()
  expect([kernel.taken.map(([value]) => value), link.full, link.drops]).toEqual([[1, 2, 3, 4], false, 0])
})

test('256 packets wait, and what comes then is lost and counted', () => {
  const { kernel, link } = linked(false)
  kernel.room = 0
  const taken = Array.from({ length: 258 }, () => link.transmit(packet(1), 0, 20))
  expect([taken.indexOf(false), link.drops]).toEqual([256, 2])
})

test('what is lost on purpose is seen and does not leave; who looks or loses does so segment by segment', () => {
  const seen: number[] = []
  const tap: Crossing['tap'] = (buf, start) => seen.push(buf[start] as number)
  const lossy = linked(true, { tap, loses: () => seen.length === 1 })
  for (const value of [5, 6]) expect(lossy.link.transmit(packet(value), 0, 20)).toBe(true)
  expect([seen, lossy.kernel.taken.map((frame) => frame[VNET_HEADER])]).toEqual([[5, 6], [6]])
  const cuts = [linked(true), linked(false), linked(true, { tap }), linked(true, { loses: () => false })]
  expect(cuts.map(({ link }) => link.cuts)).toEqual([true, false, false, false])
})
