/** Called with every packet, as it comes or goes; the octets are good until it returns. */
export type PacketTap = (buf: Uint8Array, start: number, length: number, direction: 'in' | 'out') => void

/** What happens to packets on their way between stack and device. */
export interface Crossing {
  /** Sees every packet, those that are lost included, before they are joined or after. */
  readonly tap?: PacketTap | undefined
  /** Asked for every packet in either direction whether it is lost. */
  readonly loses?: (() => boolean) | undefined
}
