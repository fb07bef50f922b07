import type { SimHost, World } from '../../../src/sim/index.ts'
import { Address } from '../../../src/wire/index.ts'
import type { Draw } from './draw.ts'
import { icmpPacket } from './icmp.ts'

const ROUTERS = { 4: '10.0.0.99', 6: 'fd00::99' } as const
const WIDTHS4 = [296, 552, 576, 1006, 1492, 1500]
const WIDTHS6 = [1280, 1400, 1492, 1500]
const SECOND = 1_000_000
const ECT0 = 2
const CE = 3

/**
 * Lays a router before a host, which does what routers may: it marks what may be marked (RFC 3168), and becomes narrower and wider, telling
 * senders of what it could not pass on, or keeping it for itself.
 */
export function layRouter(world: World, host: SimHost, sender: SimHost, draw: Draw, family: 4 | 6): string {
  const marks = draw.chance(0.3) ? draw.upTo(0.5) : 0
  const tells = draw.chance(0.8)
  let width = 65_535
  for (let left = draw.chance(0.4) ? 1 + draw.below(4) : 0; left > 0; left--)
    world.at(draw.below(40 * SECOND), () => {
      width = draw.one(family === 4 ? WIDTHS4 : WIDTHS6)
    })
  const router = Address.parse(ROUTERS[family]) as Address
  const receive = host.receive.bind(host)
  host.receive = (port, packet) => {
    const { bytes } = packet
    if (bytes.length > width) {
      const [type, code] = family === 4 ? [3, 4] : [2, 0]
      const error = { type, code, rest: width, about: bytes, quoteMost: family === 4 ? 28 : 1232 }
      const told = icmpPacket(router, Address.parse(sender.addresses[0] as string) as Address, error)
      if (tells) world.at(world.now + 1000, () => sender.receive(0, { bytes: told, number: 0 }))
      return
    }
    receive(port, marks > 0 && draw.chance(marks) ? { ...packet, bytes: marked(bytes, family) } : packet)
  }
  return `before ${host.name} a router that marks ${marks.toFixed(2)} and ${tells ? 'tells' : 'keeps silent'} of what is too large`
}

/** The packet with CE in place of ECT(0) or ECT(1); others stay as they are. */
function marked(bytes: Uint8Array, family: 4 | 6): Uint8Array {
  const copy = bytes.slice()
  if (family === 6) {
    const bits = ((copy[1] as number) >> 4) & CE
    if (bits === 1 || bits === ECT0) copy[1] = (copy[1] as number) | (CE << 4)
    return copy
  }
  const tos = copy[1] as number
  if ((tos & CE) === 0 || (tos & CE) === CE) return copy
  copy[1] = tos | CE
  // RFC 1624: the sum follows the one word that has changed.
  const before = ((copy[10] as number) << 8) | (copy[11] as number)
  let sum = (~before & 0xffff) + (~(((copy[0] as number) << 8) | tos) & 0xffff)
  sum += ((copy[0] as number) << 8) | (copy[1] as number)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16)
  const after = ~sum & 0xffff
  copy[10] = after >> 8
  copy[11] = after & 255
  return copy
}
