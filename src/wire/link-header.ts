import { LinkType } from './capture-format.ts'
import { DropReason } from './drop.ts'
import { EthernetHeader, EtherType, isVlanTag, parseEthernet } from './ethernet.ts'
import { get16, get32 } from './octets.ts'

const SLL_PROTOCOL = 14
const SLL_LENGTH = 16
const SLL2_LENGTH = 20
const SLL2_INTERFACE = 4
const LOOP_LENGTH = 4
const PPPOE_LENGTH = 6
const C_HDLC_LENGTH = 4
const PPP_IPV4 = 0x21
const PPP_IPV6 = 0x57
/** Behind a cooked header a tag is its value and the type of what follows. */
const VLAN_TAG_LENGTH = 4
const KNOWN: ReadonlySet<number> = new Set(Object.values(LinkType))

/**
 * Where the IP packet begins in a frame of the given link type, which begins at `start`: an offset from the first octet of `frame`, −1 if
 * it carries none or the link type is not known here.
 */
export function ipOffset(linkType: number, frame: Uint8Array, start = 0): number {
  switch (linkType) {
    case LinkType.RAW:
    case LinkType.DLT_RAW:
    case LinkType.DLT_RAW_OPENBSD:
    case LinkType.IPV4:
    case LinkType.IPV6:
      return ipAt(frame, start)
    case LinkType.NULL:
    case LinkType.LOOP:
      // Its family numbers differ between systems; the IP version says the same and does not.
      return ipAt(frame, start + LOOP_LENGTH)
    case LinkType.ETHERNET: {
      const ethernet = new EthernetHeader()
      const whole = parseEthernet(frame, start, frame.length - start, ethernet) === DropReason.NONE
      return whole ? behindType(frame, ethernet.etherType, ethernet.payloadStart) : -1
    }
    case LinkType.LINUX_SLL:
      return behindTags(frame, start + SLL_PROTOCOL, start + SLL_LENGTH)
    case LinkType.LINUX_SLL2:
      return behindTags(frame, start, start + SLL2_LENGTH)
    case LinkType.PPP:
    case LinkType.PPP_HDLC:
      return behindPpp(frame, start)
    case LinkType.PPP_WITH_DIRECTION:
      return behindPpp(frame, start + 1)
    case LinkType.PPP_ETHER:
      return behindPpp(frame, start + PPPOE_LENGTH)
    case LinkType.C_HDLC:
      return frame.length < start + C_HDLC_LENGTH
        ? -1
        : behindType(frame, get16(frame, start + 2), start + C_HDLC_LENGTH)
    default:
      return -1
  }
}

/** The number of the interface that a frame of Linux's "any" device names; 0 where none is named. */
export function cookedInterface(linkType: number, frame: Uint8Array): number {
  return linkType === LinkType.LINUX_SLL2 && frame.length >= SLL2_LENGTH ? get32(frame, SLL2_INTERFACE) >>> 0 : 0
}

/** Whether captures of a link type can be read here. */
export function isKnownLinkType(linkType: number): boolean {
  return KNOWN.has(linkType)
}

/** Where IP begins behind a cooked header and the VLAN tags that the kernel has left behind it. */
function behindTags(frame: Uint8Array, typeAt: number, headerLength: number): number {
  let type = typeAt + 2 <= frame.length ? get16(frame, typeAt) : 0
  let at = headerLength
  for (; isVlanTag(type) && at + VLAN_TAG_LENGTH <= frame.length; at += VLAN_TAG_LENGTH) type = get16(frame, at + 2)
  return behindType(frame, type, at)
}

/** Where IP begins in what follows an EtherType. */
function behindType(frame: Uint8Array, etherType: number, at: number): number {
  if (etherType === EtherType.PPPOE) return behindPpp(frame, at + PPPOE_LENGTH)
  return etherType === EtherType.IPV4 || etherType === EtherType.IPV6 ? ipAt(frame, at) : -1
}

/** Where IP begins behind PPP (RFC 1661): address and control may be left out, and the upper octet of the protocol too. */
function behindPpp(frame: Uint8Array, start: number): number {
  const hasControl = frame[start] === 0xff && frame[start + 1] === 0x03
  const at = hasControl ? start + 2 : start
  const isShort = ((frame[at] ?? 0) & 1) === 1
  const end = isShort ? at + 1 : at + 2
  const protocol = frame[end - 1]
  const isIp = (isShort || frame[at] === 0) && (protocol === PPP_IPV4 || protocol === PPP_IPV6)
  return isIp ? ipAt(frame, end) : -1
}

function ipAt(frame: Uint8Array, at: number): number {
  const version = at < frame.length ? (frame[at] as number) >>> 4 : 0
  return version === 4 || version === 6 ? at : -1
}
