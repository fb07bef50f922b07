import { createWriteStream, openSync, type WriteStream } from 'node:fs'
import { LinkType, PcapngWriter } from '../../wire/index.ts'
import type { PacketTap } from '../device/crossing.ts'
import { errorCode, HostError } from '../errors.ts'

/** Octets that may wait for the disk before packets are left out. */
const WAITING_MAX = 1 << 28

/** A pcapng file that is written while packets come. Close it. */
export class CaptureWriter {
  readonly #writer = new PcapngWriter('lastack')
  readonly #file: WriteStream
  readonly #interface: number
  #flushing = false
  /** Writes down a packet; its time is the wall clock's. */
  readonly tap: PacketTap

  /**
   * @param name of the interface
   * @param failed told once when the file cannot be written any further
   * @throws HostError with one line when the file cannot be made
   */
  constructor(path: string, name: string, failed?: (error: HostError) => void) {
    try {
      this.#file = createWriteStream(path, { fd: openSync(path, 'w') })
    } catch (error) {
      throw new HostError(`capture ${path}: cannot be written: ${errorCode(error)}`)
    }
    this.#file.on('error', (error) => {
      failed?.(new HostError(`capture ${path}: ${errorCode(error)}: nothing more is written to it; the stack goes on`))
    })
    this.#interface = this.#writer.addInterface(name, LinkType.RAW)
    this.tap = (buf, start, length, direction) => {
      if (!this.#file.writable || this.#file.writableLength > WAITING_MAX) return
      const now = Math.floor((performance.timeOrigin + performance.now()) * 1000)
      this.#writer.addPacket(this.#interface, now, buf, start, length, { direction })
      if (!this.#flushing) setImmediate(() => this.#flush())
      this.#flushing = true
    }
    this.#file.write(this.#writer.take())
  }

  #flush(): void {
    this.#flushing = false
    const octets = this.#writer.take()
    if (this.#file.writable) this.#file.write(octets)
  }

  async close(): Promise<void> {
    this.#flush()
    if (!this.#file.writable) return
    return new Promise((resolve) => this.#file.end(resolve))
  }
}
