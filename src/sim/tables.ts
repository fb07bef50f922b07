import { buildLadder, parseNetstat, parseSs, printLadder, printNetstat, printSs } from '../inspect/index.ts'
import type { BareWorld } from './bare-world.ts'
import type { SimHost } from './host.ts'

// Functions, not methods of the world and its hosts: a user that prints in its own way, as the console does, need not load these.

/** `netstat`, as root would see it on that host: `netstat(server, '-tnp')`. */
export function netstat(host: SimHost, options = '-tan'): string {
  return printNetstat(parseNetstat(options.split(/\s+/)), host.rows())
}

/** `ss`, likewise: `ss(server, '-tan state time-wait')`. */
export function ss(host: SimHost, options = '-tan'): string {
  return printSs(parseSs(options.split(/\s+/)), host.rows())
}

/** The sequence diagram of a world's first two hosts: of everything, or of the last so many trace events. */
export function ladder(world: BareWorld, last: number = Number.POSITIVE_INFINITY): string {
  const { stations, hosts, recorder } = world
  const [left, right] = hosts.map((host) => host.index)
  const from = Math.max(recorder.first, recorder.total - last)
  const lanes = [left ?? 0, right ?? left ?? 0] as const
  return printLadder(buildLadder(recorder.toArray(from), { hosts: stations.map(({ name }) => name), lanes }))
}
