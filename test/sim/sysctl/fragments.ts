import {
  Address,
  FRAGMENT_HEADER,
  FRAGMENT_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  Protocol,
  writeFragmentHeader,
  writeIpv4,
  writeIpv4Fragment,
  writeIpv6,
} from '../../../src/wire/index.ts'
import { HOST, hostAndRaw, type Measures, MS, PEER, rounded, SECOND, type Subject } from './bench.ts'

/** As large as IP allows, so that few fill the memory. */
const LARGE = 60_000
const MANY = 80
const PEER6 = 'fd00::2'
const HOST6 = 'fd00::1'

/** How long a host waits for what is missing, and how many packets it waits for. */
export function fragments(subject: Subject): Measures {
  const measures: Record<string, number> = {}
  for (const version of [4, 6] as const) {
    const { world, host, peer } = hostAndRaw(subject, version)
    const first = version === 4 ? firstOf4 : firstOf6
    peer.sendRaw(first(8, 0))
    world.run({ forUs: 200 * SECOND })
    const told = peer.heard.at(-1)?.at ?? 0
    measures[`IPv${version}: fragments wait for`] = rounded(told - 20 * MS, MS) / MS
    for (let id = 1; id <= MANY; id++) peer.sendRaw(first(LARGE, id))
    world.run({ forUs: SECOND })
    measures[`IPv${version}: packets of 60,000 octets that are waited for`] = MANY - host.stack.counts.ip.ReasmFails + 1
  }
  return measures
}

function word(address: string): number {
  return (Address.parse(address) as Address).w3
}

/** The first piece of a packet of which nothing else comes. */
function firstOf4(length: number, id: number): Uint8Array {
  const packet = new Uint8Array(20 + length)
  writeIpv4(packet, 0, 0, packet.length, id, false, 64, Protocol.UDP, word(PEER), word(HOST))
  writeIpv4Fragment(packet, 0, 0, true, length)
  return packet
}

function firstOf6(length: number, id: number): Uint8Array {
  const payload = FRAGMENT_HEADER_LENGTH + length
  const packet = new Uint8Array(IPV6_HEADER_LENGTH + payload)
  const { w0, w1, w2, w3 } = Address.parse(PEER6) as Address
  const to = Address.parse(HOST6) as Address
  writeIpv6(packet, 0, 0, 0, payload, FRAGMENT_HEADER, 64, w0, w1, w2, w3, to.w0, to.w1, to.w2, to.w3)
  writeFragmentHeader(packet, IPV6_HEADER_LENGTH, Protocol.UDP, id, 0, true)
  return packet
}
