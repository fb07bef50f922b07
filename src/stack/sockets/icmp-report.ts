import { scratch } from '../../base/index.ts'
import type { IcmpMessage } from '../../wire/index.ts'
import { type ErrorReport, ReportOrigin } from './error-queue.ts'

/** Octets that a packet of ICMP takes beside what it quotes. */
const OVERHEAD = 768

/**
 * What the error queue tells of an ICMP error: errno, type and code, and the packet that it quotes.
 * @param skip octets of the quoted transport header that are left out
 */
export function icmpReport(message: IcmpMessage, errno: number, version: number, skip: number): ErrorReport {
  const start = message.quote.ip.payloadStart + skip
  const end = message.dataStart + message.dataLength
  const payload = scratch.bytes.slice(Math.min(start, end), end)
  return {
    errno,
    origin: version === 4 ? ReportOrigin.ICMP : ReportOrigin.ICMP6,
    type: message.type,
    code: message.code,
    info: message.mtu,
    data: 0,
    offender: null,
    at: null,
    payload,
    held: 0,
    memory: OVERHEAD + payload.length,
  }
}
