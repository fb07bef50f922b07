import { scratch } from '../../base/index.ts'
import type { Link } from '../../stack/index.ts'
import type { Crossing, PacketTap } from './crossing.ts'
import { SegmentMerger } from './segment-merger.ts'
import type { TunDevice } from './tun-device.ts'
import { VNET_HEADER, writePlainHeader } from './virtio-header.ts'

/** Packets that wait while the kernel has no room. */
const WAITING_MAX = 256

/**
 * What a stack sends through a TUN. With offloads, segments that follow one another are joined, and leave at `flush` at the latest.
 */
export class TunLink implements Link {
  readonly mtu: number
  /** Packets lost because the kernel had no room, and those that waited before them had taken ours. */
  drops = 0
  readonly #device: TunDevice
  readonly #tap: PacketTap | null
  readonly #loses: (() => boolean) | null
  readonly #merger = new SegmentMerger()
  readonly #mergerAt: number
  readonly #scratchAt: number
  /** As they go to the device, oldest first. */
  readonly #waiting: Uint8Array[] = []

  constructor(device: TunDevice, mtu: number, { tap, loses }: Crossing) {
    this.#device = device
    this.mtu = mtu
    this.#tap = tap ?? null
    this.#loses = loses ?? null
    this.#mergerAt = device.addressOf(this.#merger.frame) + this.#merger.start
    this.#scratchAt = device.addressOf(scratch.bytes)
  }

  /** Whether packets wait for the kernel to have room. */
  get isBlocked(): boolean {
    return this.#waiting.length > 0
  }

  transmit(buf: Uint8Array, start: number, length: number): boolean {
    this.#tap?.(buf, start, length, 'out')
    if (this.#loses?.() === true) return true
    if (!this.#device.offload) return this.#put(buf, start, length)
    if (this.#merger.take(buf, start, length)) return true
    const sent = this.#sendMerged()
    if (this.#merger.take(buf, start, length)) return sent
    return this.#putPlain(buf, start, length)
  }

  /** Sends what is held back: the burst is over. */
  flush(): void {
    if (!this.#merger.isEmpty) this.#sendMerged()
    while (this.#waiting.length > 0) {
      const frame = this.#waiting[0] as Uint8Array
      if (!this.#device.send(this.#device.addressOf(frame), frame.length)) return
      this.#waiting.shift()
    }
  }

  #sendMerged(): boolean {
    const { frame, start } = this.#merger
    if (this.#merger.isEmpty) return true
    const length = this.#merger.finish()
    if (!this.isBlocked && this.#device.send(this.#mergerAt, length)) return true
    return this.#wait(frame, start, length)
  }

  /** A packet on its own, behind a virtio header that asks for nothing. */
  #putPlain(buf: Uint8Array, start: number, length: number): boolean {
    if (buf === scratch.bytes) {
      writePlainHeader(buf, start - VNET_HEADER)
      return this.#put(buf, start - VNET_HEADER, length + VNET_HEADER)
    }
    const frame = new Uint8Array(VNET_HEADER + length)
    frame.set(buf.subarray(start, start + length), VNET_HEADER)
    return this.#put(frame, 0, frame.length)
  }

  #put(buf: Uint8Array, start: number, length: number): boolean {
    const address = buf === scratch.bytes ? this.#scratchAt : this.#device.addressOf(buf)
    if (!this.isBlocked && this.#device.send(address + start, length)) return true
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
