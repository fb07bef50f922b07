import { DropReason } from './drop.ts'
import { get16, get32, put16, put32 } from './octets.ts'

/** EtherTypes (IANA). */
export const EtherType = {
  IPV4: 0x0800,
  ARP: 0x0806,
  IPV6: 0x86dd,
  VLAN: 0x8100,
  QINQ: 0x88a8,
  QINQ_OLD: 0x9100,
  /** A PPPoE session (RFC 2516). */
  PPPOE: 0x8864,
} as const

/** Whether a type announces a VLAN tag, and the true type behind it. */
export function isVlanTag(etherType: number): boolean {
  return etherType === EtherType.VLAN || etherType === EtherType.QINQ || etherType === EtherType.QINQ_OLD
}

/** Octets of an Ethernet header without VLAN tags. */
export const ETHERNET_HEADER_LENGTH = 14

/**
 * The fields of one Ethernet header; one instance is read into again and again. A hardware address is two numbers, its
 * upper 16 bits and its lower 32 as an int32.
 */
export class EthernetHeader {
  destinationHigh = 0
  destinationLow = 0
  sourceHigh = 0
  sourceLow = 0
  /** The payload's type, behind any VLAN tags. */
  etherType = 0
  /** Index of the first octet of the payload. */
  payloadStart = 0
  /** Octets of payload, padding to the minimum frame included. */
  payloadLength = 0
}

/** Reads an Ethernet header; VLAN tags are passed over. Returns 0, or why the frame is to be dropped. */
export function parseEthernet(buf: Uint8Array, start: number, length: number, into: EthernetHeader): DropReason {
  if (length < ETHERNET_HEADER_LENGTH) return DropReason.TRUNCATED
  into.destinationHigh = get16(buf, start)
  into.destinationLow = get32(buf, start + 2)
  into.sourceHigh = get16(buf, start + 6)
  into.sourceLow = get32(buf, start + 8)
  let at = start + 12
  let etherType = get16(buf, at)
  while (isVlanTag(etherType)) {
    at += 4
    if (at + 2 > start + length) return DropReason.TRUNCATED
    etherType = get16(buf, at)
  }
  into.etherType = etherType
  into.payloadStart = at + 2
  into.payloadLength = start + length - (at + 2)
  return DropReason.NONE
}

/** Writes an Ethernet header. Returns its length, 14. */
export function writeEthernet(
  buf: Uint8Array,
  at: number,
  destinationHigh: number,
  destinationLow: number,
  sourceHigh: number,
  sourceLow: number,
  etherType: number,
): number {
  put16(buf, at, destinationHigh)
  put32(buf, at + 2, destinationLow)
  put16(buf, at + 6, sourceHigh)
  put32(buf, at + 8, sourceLow)
  put16(buf, at + 12, etherType)
  return ETHERNET_HEADER_LENGTH
}

/** A hardware address in two numbers. */
export interface Mac {
  /** The upper 16 bits. */
  readonly high: number
  /** The lower 32 bits, int32. */
  readonly low: number
}

/** Reads `02:00:00:00:00:01`; undefined for anything else. */
export function parseMac(text: string): Mac | undefined {
  if (!/^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$/.test(text)) return undefined
  const octets = text.split(':').map((part) => Number.parseInt(part, 16))
  const bytes = Uint8Array.from(octets)
  return { high: get16(bytes, 0), low: get32(bytes, 2) }
}

/** `02:00:00:00:00:01`. */
export function formatMac(high: number, low: number): string {
  const octets = [high >>> 8, high, low >>> 24, low >>> 16, low >>> 8, low]
  return octets.map((octet) => (octet & 255).toString(16).padStart(2, '0')).join(':')
}
