import type { EthernetLayer } from '../../stack/index.ts'

/** Called with every packet, as it comes or goes; the octets are good until it returns. */
export type PacketTap = (buf: Uint8Array, start: number, length: number, direction: 'in' | 'out') => void

/** What happens to packets on their way between stack and device. */
export interface Crossing {
  /** Sees every IP packet, those that are lost included. */
  readonly tap?: PacketTap | undefined
  /** Asked for every packet in either direction whether it is lost. */
  readonly loses?: (() => boolean) | undefined
  /** What lies below IP on a TAP. */
  readonly ethernet?: EthernetLayer | undefined
}
