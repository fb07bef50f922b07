import type { SimHost } from '../../../src/sim/index.ts'
import type { Tcb } from '../../../src/tcp/index.ts'
import { Address, buildTcpPacket, Ctl } from '../../../src/wire/index.ts'
import type { Draw } from './draw.ts'
import { icmpPacket } from './icmp.ts'

const MTUS = [0, 1, 67, 68, 296, 552, 576, 1000, 1279, 1280, 1499, 1500, 9000, 65_535]
/** Type and most code: unreachable, source quench, redirect, exceeded, parameters, and two that are no errors. */
const TYPES4 = [
  ...[
    [3, 15],
    [3, 15],
    [3, 4],
    [3, 4],
    [4, 0],
    [5, 3],
    [11, 1],
    [12, 2],
    [0, 0],
    [8, 0],
  ],
] as const
const TYPES6 = [
  ...[
    [1, 7],
    [1, 7],
    [2, 0],
    [2, 0],
    [2, 0],
    [3, 1],
    [4, 2],
    [100, 0],
  ],
] as const
const DISTANCES = [0, 0, 0, 1, -1, 1460, -1460, 65_535, 1 << 30]

function connectionsOf(host: SimHost): Tcb[] {
  const connections: Tcb[] = []
  host.stack.connections.forEach((tcb) => {
    connections.push(tcb)
  })
  return connections
}

/** Lets an ICMP error arrive that is about one of the host's connections, near the truth. */
export function slander(host: SimHost, draw: Draw): void {
  const connections = connectionsOf(host)
  if (connections.length === 0) return
  const tcb = draw.one(connections)
  const { v4 } = tcb.local
  const about = buildTcpPacket({
    source: tcb.local,
    sourcePort: tcb.localPort,
    destination: tcb.remote,
    destinationPort: tcb.remotePort,
    seq: (draw.one([tcb.snd.una, tcb.snd.nxt]) + draw.one(DISTANCES)) | 0,
    ack: tcb.rcv.nxt,
    ctl: draw.one([Ctl.ACK, Ctl.SYN, Ctl.ACK | Ctl.FIN]),
    data: new Uint8Array(draw.one([0, 100, 1400])),
  })
  const [type, most] = draw.one<readonly [number, number]>(v4 ? TYPES4 : TYPES6)
  const told = { type, code: type === 3 && most === 4 ? 4 : draw.below(most + 1), rest: draw.one(MTUS), about }
  const router = draw.chance(0.3) ? tcb.remote : (Address.parse(v4 ? '10.0.0.99' : 'fd00::99') as Address)
  const quoteMost = draw.one([28, 28, 48, 60, 500, 20, 7])
  host.receive(0, { bytes: icmpPacket(router, tcb.local, { ...told, quoteMost }), number: 0 })
}

/** Lets SYNs arrive at a listener from addresses where nobody answers, or where somebody resets what was never asked for. */
export function flood(host: SimHost, draw: Draw, family: 4 | 6): void {
  const destination = Address.parse(host.addresses[0] as string) as Address
  for (let left = 1 + draw.below(40); left > 0; left--) {
    const last = 10 + draw.below(200)
    const source = Address.parse(family === 4 ? `10.0.0.${last}` : `fd00::${last.toString(16)}`) as Address
    const bytes = buildTcpPacket({
      ...{ source, sourcePort: 1 + draw.below(5), destination, destinationPort: 80, seq: draw.one([0, -1, 77]) },
      ...{ ctl: draw.one([Ctl.SYN, Ctl.SYN, Ctl.SYN, Ctl.ACK, Ctl.RST]), wnd: 1000, mss: draw.one([0, 1, 536, 1460]) },
      ...(draw.chance(0.5) ? { timestamps: { tsVal: draw.below(1000), tsEcr: 0 }, wscale: draw.below(15) } : {}),
      ...{ ack: draw.below(1000), data: new Uint8Array(draw.one([0, 0, 0, 100])) },
    })
    host.receive(0, { bytes, number: 0 })
  }
}

const NETS = { 4: ['0.0.0.0/0', '10.0.0.0/24', '10.0.0.2/32'], 6: ['::/0', 'fd00::/64', 'fd00::2/128'] } as const

/** An administrator says something of a path (`ip route replace`), or of the interface (`ip link set mtu`). */
export function reroute(host: SimHost, draw: Draw, family: 4 | 6): void {
  const [, iface] = host.stack.interfaces.all
  if (iface === undefined) return
  if (draw.chance(0.3)) {
    iface.mtu = Math.min(draw.one([family === 4 ? 576 : 1280, 1280, 1500]), iface.link.mtu)
    host.stack.interfaces.generation++
    return
  }
  const said = {
    mtu: draw.one(family === 4 ? [0, 296, 576, 1000, 1500] : [0, 1280, 1400, 1500]),
    mtuLocked: draw.chance(0.3),
    advertisedMss: draw.one([0, 0, 536, 1000]),
    initialWindow: draw.one([0, 1, 3, 30]),
    ecn: draw.chance(0.3),
    initialReceiveWindow: draw.one([0, 2, 40]),
    windowMost: draw.one([0, 0, 3000, 60_000]),
    quickAck: draw.chance(0.3),
    rtoMinUs: draw.one([0, 0, 5000, 1_000_000]),
  }
  host.stack.replaceRoute(draw.one(NETS[family]), iface.name, draw.chance(0.2) ? null : said)
}
