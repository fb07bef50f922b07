import { scratch } from '../../base/index.ts'
import type { EthernetLayer, Link } from '../../stack/index.ts'
import { ETHERNET_HEADER_LENGTH } from '../../wire/index.ts'
import type { Crossing, PacketTap } from './crossing.ts'
import type { TunDevice } from './tun-device.ts'
import { VNET_HEADER, writeCuttingHeader, writePlainHeader } from './virtio-header.ts'

/** Packets that wait while the kernel has no room. */
const WAITING_MAX = 256

/** What a stack sends through a TUN. With offloads, a burst of segments costs one call, and one walk through the kernel. */
export class TunLink implements Link {
  readonly mtu: number
  /** Packets lost because the kernel had no room, and those that waited before them had taken ours. */
  drops = 0
  readonly #device: TunDevice
  readonly #tap: PacketTap | null
  readonly #loses: (() => boolean) | null
  readonly #ethernet: EthernetLayer | null
  /** Octets before a packet: the virtio header, and Ethernet's. */
  readonly #before: number
  readonly #linkHeader: number
  readonly #scratchAt: number
  /** As they go to the device, oldest first. */
  readonly #waiting: Uint8Array[] = []

  constructor(device: TunDevice, mtu: number, { tap, loses, ethernet }: Crossing) {
    const header = ethernet === undefined ? 0 : ETHERNET_HEADER_LENGTH
    this.#device = device
    this.#ethernet = ethernet ?? null
    this.#before = (device.offload ? VNET_HEADER : 0) + header
    this.#linkHeader = header
    this.mtu = mtu
    this.#tap = tap ?? null
    this.#loses = loses ?? null
    this.#scratchAt = device.addressOf(scratch.bytes)
  }

  /** Whether packets wait for the kernel to have room; senders hold back then. */
  get full(): boolean {
    return this.#waiting.length > 0
  }

  /** Where packets are looked at, or some are lost, they leave one by one. */
  get cuts(): boolean {
    return this.#device.offload && this.#tap === null && this.#loses === null
  }

  transmit(buf: Uint8Array, start: number, length: number, cut = 0): boolean {
    this.#tap?.(buf, start, length, 'out')
    if (this.#loses?.() === true) return true
    let [packet, at] = [buf, start]
    // Before a packet in `scratch` there is room for the headers of a link.
    if (buf !== scratch.bytes && this.#before > 0) {
      at = this.#before
      packet = new Uint8Array(at + length)
      packet.set(buf.subarray(start, start + length), at)
    }
    const header = at - this.#before
    if (cut > 0) writeCuttingHeader(packet, header, at, this.#linkHeader, cut)
    else if (this.#device.offload) writePlainHeader(packet, header)
    if (this.#ethernet?.cover(packet, header, at, at + length) === false) return true
    const address = packet === scratch.bytes ? this.#scratchAt : this.#device.addressOf(packet)
    return this.#put(packet, address, header, length + this.#before)
  }

  /** Sends a frame of the layer below IP. @param header where it begins; with offloads there is room for the virtio header before it */
  sendFrame(frame: Uint8Array, header: number, length: number): void {
    if (!this.#device.offload) {
      this.#put(frame, this.#device.addressOf(frame), header, length)
    } else if (header >= VNET_HEADER) {
      this.#put(frame, this.#device.addressOf(frame), header - VNET_HEADER, length + VNET_HEADER)
    } else {
      const whole = new Uint8Array(VNET_HEADER + length)
      whole.set(frame.subarray(header, header + length), VNET_HEADER)
      this.#put(whole, this.#device.addressOf(whole), 0, whole.length)
    }
  }

  /** Sends what waited for the kernel to have room. */
  flush(): void {
    while (this.#waiting.length > 0) {
      const frame = this.#waiting[0] as Uint8Array
      if (!this.#device.send(this.#device.addressOf(frame), frame.length)) return
      this.#waiting.shift()
    }
  }

  /** @param address where `buf` lies in memory */
  #put(buf: Uint8Array, address: number, start: number, length: number): boolean {
    if (!this.full && this.#device.send(address + start, length)) return true
    return this.#wait(buf, start, length)
  }

  #wait(buf: Uint8Array, start: number, length: number): boolean {
    if (this.#waiting.length >= WAITING_MAX) {
      this.drops++
      return false
    }
    this.#waiting.push(buf.slice(start, start + length))
    return true
  }
}
