import type { LinkOptions, SimHost } from '../../../src/sim/index.ts'
import type { Draw } from './draw.ts'

/** What any sysctl may be asked to be; what it does not take it refuses. */
const VALUES = [
  ...['0', '1', '2', '3', '5', '7', '64', '500', '1460', '2048', '30000', '65535', '1000000', '-1'],
  ...['4096 4608 6000', '4096 16384 65536', '4096 131072 6291456', '1024 65535', 'cubic', 'reno', 'newreno'],
]

/** Writes some of a host's sysctls, with values of all kinds; returns those that took. */
export function turnSysctls(host: SimHost, draw: Draw): string[] {
  const turned: string[] = []
  for (let left = draw.below(8); left > 0; left--) {
    const name = draw.one(host.sysctlNames())
    const value = draw.one(VALUES)
    if (host.trySysctl(name, value)) turned.push(`${host.name} ${name}=${value}`)
  }
  return turned
}

/** A link of any kind: fast or slow, short or long, good or bad. */
export function anyLink(draw: Draw, family: 4 | 6): LinkOptions {
  return {
    delayUs: draw.below(60_000),
    jitterUs: draw.chance(0.4) ? draw.below(20_000) : 0,
    rateBitsPerSecond: draw.one([0, 0, 1_000_000, 100_000_000]),
    queuePackets: 2 + draw.below(50),
    loss: draw.chance(0.5) ? 0 : draw.upTo(0.25),
    reorder: draw.chance(0.4) ? draw.upTo(0.3) : 0,
    reorderUs: 1 + draw.below(30_000),
    duplicate: draw.chance(0.4) ? draw.upTo(0.3) : 0,
    corrupt: draw.chance(0.2) ? draw.upTo(0.1) : 0,
    mtu: draw.one([1500, 1500, 9000, 65_535, family === 4 ? 576 : 1280]),
  }
}
