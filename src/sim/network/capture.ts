import type { Micros } from '../../base/index.ts'
import { LinkType, PcapngWriter } from '../../wire/index.ts'

/** A packet as it was put on a wire. */
interface Seen {
  readonly link: number
  readonly time: Micros
  readonly bytes: Uint8Array
  readonly comment: string
}

/** A tap on every link of a world: one pcapng interface per link, each packet as its sender put it on the wire. */
export class Capture {
  private readonly comment: string
  private readonly links: string[] = []
  /** Packets are changed by nobody once they are on a wire: a file is made of them when somebody asks for one. */
  private readonly seen: Seen[] = []

  /** @param comment about the whole file: the seed, so that a capture can be made again. */
  constructor(comment: string) {
    this.comment = comment
  }

  /** Adds a link; its number is what `packet` takes. */
  addLink(name: string): number {
    return this.links.push(name) - 1
  }

  /** Writes down a packet, with what became of it if that was not the usual. */
  packet(link: number, time: Micros, bytes: Uint8Array, comment: string): void {
    this.seen.push({ link, time, bytes, comment })
  }

  /** The file so far. */
  file(): Uint8Array {
    const writer = new PcapngWriter('lastack', this.comment)
    for (const name of this.links) writer.addInterface(name, LinkType.RAW)
    for (const { link, time, bytes, comment } of this.seen) {
      writer.addPacket(link, time, bytes, 0, bytes.length, comment === '' ? undefined : { comment })
    }
    return writer.finish()
  }
}
