import { parseNetstat, parseSs, printNetstat, printSs } from '../inspect/index.ts'
import type { SimHost } from './host.ts'

// Functions beside the host, not methods of it: who draws its rows otherwise, as the console does, need not load what prints them.

/** `netstat`, as root would see it on that host: `netstat(server, '-tnp')`. */
export function netstat(host: SimHost, options = '-tan'): string {
  return printNetstat(parseNetstat(options.split(/\s+/)), host.rows())
}

/** `ss`, likewise: `ss(server, '-tan state time-wait')`. */
export function ss(host: SimHost, options = '-tan'): string {
  return printSs(parseSs(options.split(/\s+/)), host.rows())
}
