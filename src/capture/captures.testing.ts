/** Captures for the tests, written as one reads them. */
import {
  Address,
  buildTcpPacket,
  Ctl,
  FRAGMENT_HEADER,
  FRAGMENT_HEADER_LENGTH,
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  LinkType,
  PcapngWriter,
  put16,
  writeFragmentHeader,
  writeIpv4Fragment,
} from '../wire/index.ts'
import type { ReplayedCapture, ReplayedConnection } from './index.ts'
import { CaptureReplay, type ReplayOptions } from './replay.ts'

/** Initial sequence numbers, near the end of the circle so that both wrap in every test. */
const ISS = [0xffff_fff0, 0x7fff_fff0] as const
const ADDRESSES = [Address.v4(0x0a000001), Address.v4(0x0a000002)] as const
const FLAGS: Readonly<Record<string, number>> = {
  ...{ F: Ctl.FIN, S: Ctl.SYN, R: Ctl.RST, P: Ctl.PSH, '.': Ctl.ACK, U: Ctl.URG },
}

/** One segment. */
export interface Line {
  /** ms. */
  readonly at: number
  /** `>` from the client, `<` from the server. */
  readonly way: '>' | '<'
  readonly packet: Uint8Array
}

/**
 * Reads lines such as `20 > S 0`, `30 < S. 0 1`, `40 > . 1 1 win 0`, `50 < P. 1+100 1`: milliseconds, way, flags as tcpdump writes them,
 * the sequence number counted from the initial one, `+` octets of data, the acknowledgment counted likewise, `sack 1:11,21:31` blocks of the acknowledgment.
 */
export function lines(text: string, ports: readonly [number, number] = [40_000, 80]): Line[] {
  return text
    .trim()
    .split('\n')
    .map((line): Line => {
      const found =
        /^\s*([\d.]+) ([<>]) ([FSRPU.]+) (\d+)(?:\+(\d+))?(?: (\d+))?(?: win (\d+))?(?: sack ([\d:,]+))?$/.exec(line)
      if (found === null) throw new Error(`no line of a capture: ${line}`)
      const [, at, way, flags = '', seq, length = '0', ack, window = '1000', sack = ''] = found
      const from = way === '>' ? 0 : 1
      const to = 1 - from
      const theirs = (number: string | undefined): number => ((ISS[to] as number) + Number(number)) | 0
      const packet = buildTcpPacket({
        source: ADDRESSES[from] as Address,
        destination: ADDRESSES[to] as Address,
        sourcePort: ports[from] as number,
        destinationPort: ports[to] as number,
        seq: ((ISS[from] as number) + Number(seq)) | 0,
        ack: ack === undefined ? 0 : ((ISS[to] as number) + Number(ack)) | 0,
        ctl: Array.from(flags).reduce((sum, flag) => sum | (FLAGS[flag] as number), 0),
        wnd: Number(window),
        sack: Array.from(sack.matchAll(/(\d+):(\d+)/g), ([, left, right]) => ({
          left: theirs(left),
          right: theirs(right),
        })),
        data: new Uint8Array(Number(length)),
      })
      return { at: Number(at), way: way as '>' | '<', packet }
    })
}

/** A pcapng file of them. */
export function fileOf(all: readonly Line[]): Uint8Array {
  const writer = new PcapngWriter('test')
  const nic = writer.addInterface('wire', LinkType.RAW)
  for (const { at, packet } of all) writer.addPacket(nic, Math.round(at * 1000), packet, 0, packet.length)
  return writer.finish()
}

/** What a classic pcap file is like. */
interface PcapForm {
  readonly big?: boolean
  readonly nanos?: boolean
  readonly linkType?: number
  /** Before each packet, and behind it. */
  readonly header?: readonly number[]
  readonly trailer?: readonly number[]
  /** Octets that are kept of each packet. */
  readonly snapLength?: number
}

/** A pcap file of them, of any kind that there is. */
export function pcapOf(all: readonly Pick<Line, 'at' | 'packet'>[], form: PcapForm = {}): Uint8Array {
  const { big = false, nanos = false, linkType = LinkType.RAW, header = [], trailer = [], snapLength = 65_535 } = form
  const frames = all.map(({ packet }) => Uint8Array.from([...header, ...packet, ...trailer]))
  const kept = frames.map((frame) => frame.subarray(0, snapLength))
  const file = new Uint8Array(24 + kept.reduce((sum, frame) => sum + 16 + frame.length, 0))
  const view = new DataView(file.buffer)
  let at = 0
  const put = (...words: readonly number[]): void => {
    for (const word of words) {
      view.setUint32(at, word, !big)
      at += 4
    }
  }
  // Two 16-bit numbers, version 2.4, in one word.
  put(nanos ? 0xa1b23c4d : 0xa1b2c3d4, big ? 0x00020004 : 0x00040002, 0, 0, snapLength, linkType)
  for (const [i, frame] of kept.entries()) {
    const us = Math.round((all[i] as Line).at * 1000)
    put(
      Math.floor(us / 1e6),
      nanos ? (us % 1e6) * 1000 + 999 : us % 1e6,
      frame.length,
      (frames[i] as Uint8Array).length,
    )
    file.set(frame, at)
    at += frame.length
  }
  return file
}

/** Plays a file back. */
export function played(file: Uint8Array, options: ReplayOptions = {}): ReplayedCapture {
  const replay = new CaptureReplay(options)
  replay.feed(file)
  return replay.finish()
}

/** The only connection of such lines. */
export function connectionOf(text: string): ReplayedConnection {
  const { connections } = played(fileOf(lines(text)))
  const [connection] = connections
  if (connection === undefined || connections.length > 1) throw new Error(`${connections.length} connections`)
  return connection
}

/** What is said to be wrong with it. */
export function told({ problems }: ReplayedConnection): string[] {
  return problems.map(({ text }) => text)
}

/** A handshake of 20 ms. */
export const HANDSHAKE = `
0 > S 0
10 < S. 0 1
20 > . 1 1
`

/** An IP packet without options, as a router or its sender cuts it: `octets` of it in each piece, a multiple of eight. */
export function cut(packet: Uint8Array, octets: number, id = 7): Uint8Array[] {
  const v4 = (packet[0] as number) >>> 4 === 4
  const headers = v4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH
  const total = packet.length - headers
  return Array.from({ length: Math.ceil(total / octets) }, (_, i) => {
    const offset = i * octets
    const data = packet.subarray(headers + offset, Math.min(packet.length, headers + offset + octets))
    const more = offset + octets < total
    const piece = new Uint8Array(headers + (v4 ? 0 : FRAGMENT_HEADER_LENGTH) + data.length)
    piece.set(packet.subarray(0, headers))
    piece.set(data, piece.length - data.length)
    if (v4) {
      put16(piece, 4, id)
      writeIpv4Fragment(piece, 0, offset, more, data.length)
      return piece
    }
    piece[6] = FRAGMENT_HEADER
    put16(piece, 4, piece.length - headers)
    writeFragmentHeader(piece, headers, packet[6] as number, id, offset, more)
    return piece
  })
}
