import type { Micros } from '../../base/index.ts'
import { LinkType, PcapngWriter } from '../../wire/index.ts'

/** A tap on every link of a world: one pcapng interface per link, each packet as its sender put it on the wire. */
export class Capture {
  private readonly writer: PcapngWriter
  private written: Uint8Array = new Uint8Array(0)

  /** @param comment about the whole file: the seed, so that a capture can be made again. */
  constructor(comment: string) {
    this.writer = new PcapngWriter('lastack', comment)
  }

  /** Adds a link; its number is what `packet` takes. */
  addLink(name: string): number {
    return this.writer.addInterface(name, LinkType.RAW)
  }

  /** Writes down a packet, with what became of it if that was not the usual. */
  packet(link: number, time: Micros, bytes: Uint8Array, comment: string): void {
    this.writer.addPacket(link, time, bytes, 0, bytes.length, comment === '' ? undefined : { comment })
  }

  /** The file so far. */
  file(): Uint8Array {
    const more = this.writer.take()
    const all = new Uint8Array(this.written.length + more.length)
    all.set(this.written)
    all.set(more, this.written.length)
    this.written = all
    return all.slice()
  }
}
