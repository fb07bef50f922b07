import { LinkType } from './capture-format.ts'
import { DropReason } from './drop.ts'
import { EthernetHeader, EtherType, parseEthernet } from './ethernet.ts'
import { get16 } from './octets.ts'

const SLL_PROTOCOL = 14
const SLL_LENGTH = 16
const SLL2_LENGTH = 20
const LOOP_LENGTH = 4

/**
 * Where the IP packet begins in a frame of the given link type: an offset from the start of `frame`, −1 if it carries none
 * or the link type is not known here.
 */
export function ipOffset(linkType: number, frame: Uint8Array): number {
  switch (linkType) {
    case LinkType.RAW:
    case LinkType.IPV4:
    case LinkType.IPV6:
      return ipAt(frame, 0)
    case LinkType.NULL:
    case LinkType.LOOP:
      // Its family numbers differ between systems; the IP version says the same and does not.
      return ipAt(frame, LOOP_LENGTH)
    case LinkType.ETHERNET: {
      const ethernet = new EthernetHeader()
      const whole = parseEthernet(frame, 0, frame.length, ethernet) === DropReason.NONE
      return whole && isIp(ethernet.etherType) ? ipAt(frame, ethernet.payloadStart) : -1
    }
    case LinkType.LINUX_SLL:
      return isIp(get16(frame, SLL_PROTOCOL)) ? ipAt(frame, SLL_LENGTH) : -1
    case LinkType.LINUX_SLL2:
      return isIp(get16(frame, 0)) ? ipAt(frame, SLL2_LENGTH) : -1
    default:
      return -1
  }
}

function isIp(etherType: number): boolean {
  return etherType === EtherType.IPV4 || etherType === EtherType.IPV6
}

function ipAt(frame: Uint8Array, at: number): number {
  const version = at < frame.length ? (frame[at] as number) >>> 4 : 0
  return version === 4 || version === 6 ? at : -1
}
