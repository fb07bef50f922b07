import { DropReason } from './drop.ts'
import { EtherType } from './ethernet.ts'
import { get16, get32, put16, put32 } from './octets.ts'

/** ARP operations (RFC 826). */
export const ArpOperation = { REQUEST: 1, REPLY: 2 } as const

/** Octets of an ARP message for IPv4 over Ethernet. */
export const ARP_LENGTH = 28

const HARDWARE_ETHERNET = 1

/** The fields of one ARP message for IPv4 over Ethernet; one instance is read into again and again. */
export class ArpMessage {
  operation = 0
  senderHigh = 0
  senderLow = 0
  /** IPv4 address, int32. */
  senderIp = 0
  targetHigh = 0
  targetLow = 0
  /** IPv4 address, int32. */
  targetIp = 0
}

/** Reads an ARP message. Returns 0, or why it is to be dropped: other hardware or protocols than ours among the reasons. */
export function parseArp(buf: Uint8Array, start: number, length: number, into: ArpMessage): DropReason {
  if (length < ARP_LENGTH) return DropReason.TRUNCATED
  const ours =
    get16(buf, start) === HARDWARE_ETHERNET &&
    get16(buf, start + 2) === EtherType.IPV4 &&
    buf[start + 4] === 6 &&
    buf[start + 5] === 4
  if (!ours) return DropReason.BAD_LINK_MESSAGE
  into.operation = get16(buf, start + 6)
  into.senderHigh = get16(buf, start + 8)
  into.senderLow = get32(buf, start + 10)
  into.senderIp = get32(buf, start + 14)
  into.targetHigh = get16(buf, start + 18)
  into.targetLow = get32(buf, start + 20)
  into.targetIp = get32(buf, start + 24)
  return DropReason.NONE
}

/** Writes an ARP message. Returns its length, 28. */
export function writeArp(
  buf: Uint8Array,
  at: number,
  operation: number,
  senderHigh: number,
  senderLow: number,
  senderIp: number,
  targetHigh: number,
  targetLow: number,
  targetIp: number,
): number {
  put16(buf, at, HARDWARE_ETHERNET)
  put16(buf, at + 2, EtherType.IPV4)
  buf[at + 4] = 6
  buf[at + 5] = 4
  put16(buf, at + 6, operation)
  put16(buf, at + 8, senderHigh)
  put32(buf, at + 10, senderLow)
  put32(buf, at + 14, senderIp)
  put16(buf, at + 18, targetHigh)
  put32(buf, at + 20, targetLow)
  put32(buf, at + 24, targetIp)
  return ARP_LENGTH
}
