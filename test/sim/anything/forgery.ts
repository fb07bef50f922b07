import type { Seq } from '../../../src/base/index.ts'
import type { SimHost } from '../../../src/sim/index.ts'
import type { Tcb } from '../../../src/tcp/index.ts'
import { buildTcpPacket, Ctl } from '../../../src/wire/index.ts'
import type { Draw } from './draw.ts'

const CONTROLS = [
  ...[Ctl.ACK, Ctl.ACK, Ctl.ACK | Ctl.PSH, Ctl.ACK | Ctl.FIN, Ctl.ACK | Ctl.URG, Ctl.FIN, 0],
  ...[Ctl.RST, Ctl.RST | Ctl.ACK, Ctl.SYN, Ctl.SYN | Ctl.ACK, Ctl.SYN | Ctl.FIN],
]
const DISTANCES = [0, 0, 0, 1, -1, 2, -2, 100, -100, 1460, -1460, 65_535, -65_536, 1 << 30, -(1 << 30)]

/** Lets a segment arrive that the peer of one of the host's connections never sent, but could have: its numbers are near the right ones. */
export function forge(host: SimHost, draw: Draw): void {
  const connections: Tcb[] = []
  host.stack.connections.forEach((tcb) => {
    connections.push(tcb)
  })
  if (connections.length === 0) return
  const tcb = draw.one(connections)
  const near = (seq: Seq): Seq => (seq + draw.one(DISTANCES)) | 0
  const bytes = buildTcpPacket({
    source: tcb.remote,
    sourcePort: tcb.remotePort,
    destination: tcb.local,
    destinationPort: tcb.localPort,
    seq: near(tcb.rcv.nxt),
    ack: near(draw.one([tcb.snd.nxt, tcb.snd.una])),
    ctl: draw.chance(0.1) ? draw.below(256) : draw.one(CONTROLS),
    wnd: draw.one([0, 1, 10, 1000, 65_535]),
    up: draw.below(3000),
    data: new Uint8Array(draw.one([0, 0, 1, 10, 1000, 1400])),
    ...options(tcb, draw, near),
  })
  host.receive(0, { bytes, number: 0 })
}

function options(tcb: Tcb, draw: Draw, near: (seq: Seq) => Seq): Partial<Parameters<typeof buildTcpPacket>[0]> {
  if (draw.chance(0.2)) return { mss: draw.one([0, 1, 536, 65_535]), wscale: draw.below(20), sackPermitted: true }
  const tsVal = (tcb.tsRecent + draw.one([0, 1, 100, -1, -100, 1 << 30])) | 0
  const left = near(tcb.snd.una)
  return {
    ...(draw.chance(0.6) ? { timestamps: { tsVal, tsEcr: draw.one([0, 1, tcb.tsOffset]) } } : {}),
    ...(draw.chance(0.4) ? { sack: [{ left, right: (left + draw.one([1, 1460, 5000, 0, -5])) | 0 }] } : {}),
  }
}
