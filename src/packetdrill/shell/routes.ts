import { entryOf } from '../../base/index.ts'
import { type Host, personalities } from '../../stack/index.ts'
import { parseCidr } from '../../wire/index.ts'
import { Unsupported } from '../run/outcome.ts'
import { type CommandResult, DONE } from './result.ts'

const SETS: readonly string[] = ['add', 'change', 'chg', 'replace', 'append', 'prepend']
/** Words between the net and its metrics that have a value, which decides nothing here. */
const ELSEWHERE: readonly string[] = ['via', 'dev', 'src', 'proto', 'scope', 'metric', 'table', 'type', 'pref', 'from']
/** What `ip` lays down as measured before; here a route has none of it, and connections learn of a path by themselves. */
const REMEMBERED: readonly string[] = ['rtt', 'rttvar', 'ssthresh', 'cwnd', 'reordering']
/** Kinds of routes that this stack does not have. */
const OTHER: readonly string[] = ['blackhole', 'unreachable', 'prohibit']
const INTERFACE = 'tun0'
const MS = 1000

type Metrics = NonNullable<Parameters<Host['replaceRoute']>[2]>
type Told = { -readonly [K in keyof Metrics]: Metrics[K] }

/** What a metric makes of its value; false: it is none. */
const METRICS: Readonly<Record<string, (told: Told, value: string, locked: boolean) => boolean>> = {
  mtu: (told, value, locked) => {
    told.mtuLocked = locked
    return whole(value, (n) => (told.mtu = n))
  },
  advmss: (told, value) => whole(value, (n) => (told.advertisedMss = n)),
  initcwnd: (told, value) => whole(value, (n) => (told.initialWindow = n)),
  initrwnd: (told, value) => whole(value, (n) => (told.initialReceiveWindow = n)),
  window: (told, value) => whole(value, (n) => (told.windowMost = n)),
  hoplimit: (told, value) => whole(value, (n) => (told.hopLimit = n)),
  quickack: (told, value) => whole(value, (n) => (told.quickAck = n > 0)),
  fastopen_no_cookie: (told, value) => whole(value, (n) => (told.fastOpenNoCookie = n > 0)),
  rto_min: (told, value) => {
    const match = /^(\d*\.?\d+)(us|ms|s|)$/.exec(value)
    const unit = { us: 1, ms: MS, s: MS * MS, '': MS }[match?.[2] ?? '']
    told.rtoMinUs = Number(match?.[1]) * (unit ?? MS)
    return match !== null
  },
  features: (told, value) => {
    told.ecn = value === 'ecn'
    return told.ecn
  },
  congctl: (told, value) => {
    const found = entryOf(personalities.linux.sockets.congestionNames, value)
    if (found !== undefined) told.congestionControl = found
    return found !== undefined
  },
}

function whole(text: string, take: (value: number) => void): boolean {
  const value = Number(text)
  take(value)
  return text !== '' && Number.isInteger(value) && value >= 0
}

/** `ip route add|change|replace NET … [METRIC [lock] VALUE] …`; what else `ip route` does changes no path. */
export function setRoute(host: Host, words: readonly string[]): CommandResult {
  const other = words.filter((word) => OTHER.includes(word))
  if (other.length > 0) throw new Unsupported(`command ip route with ${other.join(', ')}`)
  if (!SETS.includes(words[0] ?? '') || words[1] === undefined) return DONE
  const told: Told = { mtu: 0, mtuLocked: false, advertisedMss: 0, initialWindow: 0, ecn: false }
  let says = false
  for (let i = 2; i < words.length; i += 2) {
    const name = words[i] as string
    const locked = words[i + 1] === 'lock'
    if (locked) i++
    if (ELSEWHERE.includes(name) || REMEMBERED.includes(name)) continue
    const taken = entryOf(METRICS, name)?.(told, words[i + 1] ?? '', locked)
    if (taken === undefined) throw new Unsupported(`command ip route with ${name}`)
    if (!taken) throw new Unsupported(`command ip route ${words.join(' ')}`)
    says = true
  }
  const nets = netsOf(words[1])
  if (nets === undefined) throw new Unsupported(`command ip route to ${words[1]}`)
  for (const net of nets) host.replaceRoute(net, INTERFACE, says ? told : null)
  return DONE
}

/**
 * The nets that a command means: of both families by `default`, a host where there is no prefix.
 * @param prefix what stands for the prefix where `text` has none: `/24`
 * @returns undefined for what is no net
 */
export function netsOf(text: string, prefix: string = text.includes(':') ? '/128' : '/32'): string[] | undefined {
  if (text === 'default') return ['0.0.0.0/0', '::/0']
  const net = text.includes('/') ? text : text + prefix
  return parseCidr(net) === undefined ? undefined : [net]
}

/** `ip route show`: a line for each net of the family. */
export function routesText(host: Host, family: 4 | 6): string {
  return host.interfaces.routes
    .filter(({ destination }) => destination.address.v4 === (family === 4))
    .map(({ destination: { address, bits }, iface, permanent }) => {
      const net = bits === 0 ? 'default' : `${address.toString()}/${bits}`
      return `${net} dev ${iface.name}${permanent ? ' scope link' : ' proto kernel scope link'}\n`
    })
    .join('')
}
