import type { Host } from '../../stack/index.ts'
import { Unsupported } from '../run/outcome.ts'
import { type CommandResult, DONE } from './result.ts'
import { netsOf } from './routes.ts'

const INTERFACE = 'tun0'
const SETS: readonly string[] = ['add', 'change']
/** What looks, or takes back what the script's end takes back too. */
const IDLE: readonly string[] = ['get', 'show', 'monitor', 'flush', 'del', 'delete']
/** Modifiers without a value that change no path here. */
const PLAIN =
  /^-(?:host|net|inet6?|[46]|static|nostatic|interface|iface|lock|lockrest|cloning|llinfo|proto[12]|xresolve)$/
/** Modifiers with one. */
const VALUED = /^-(?:fib|ifa|ifp|hopcount|expire|sendpipe|recvpipe|ssthresh|rtt|rttvar|weight|genmask)$/

/** FreeBSD's `route [-nqv] add|change [-inet|-inet6] [-host|-net] NET[/BITS] [GATEWAY] [-mtu N] …`: what a path's MTU is. */
export function bsdRoute(host: Host, args: readonly string[], command: string): CommandResult {
  const words = args.slice(args.findIndex((arg) => !/^-[46dnqtv]+$/.test(arg)))
  const verb = words.shift() ?? ''
  if (IDLE.includes(verb)) return DONE
  if (!SETS.includes(verb)) throw new Unsupported(`command ${command}`)
  const places: string[] = []
  let [bits, mtu] = ['', '']
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '-mtu') mtu = words.shift() ?? ''
    else if (word === '-prefixlen') bits = `/${words.shift() ?? ''}`
    else if (VALUED.test(word)) words.shift()
    else if (!word.startsWith('-')) places.push(word)
    else if (!PLAIN.test(word)) throw new Unsupported(`command ${command}`)
  }
  const [destination] = places
  if (destination === undefined || !/^\d*$/.test(mtu)) throw new Unsupported(`command ${command}`)
  const nets = netsOf(destination, bits === '' ? undefined : bits)
  if (nets === undefined) throw new Unsupported(`command ${command}`)
  for (const net of nets) {
    const metrics = { mtu: Number(mtu), mtuLocked: false, advertisedMss: 0, initialWindow: 0, ecn: false }
    host.replaceRoute(net, INTERFACE, mtu === '' ? null : metrics)
  }
  return DONE
}
