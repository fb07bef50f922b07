import type { Host } from '../../stack/index.ts'
import { Unsupported } from '../run/outcome.ts'
import type { CommandResult } from './grep.ts'

const DONE: CommandResult = { output: '', status: 0 }
const SETS: readonly string[] = ['add', 'change', 'chg', 'replace', 'append', 'prepend']
/** What stands between the net and its metrics, each with a value. */
const ELSEWHERE: readonly string[] = ['via', 'dev', 'src', 'proto', 'scope', 'metric', 'table', 'type', 'pref', 'from']
/** Known to `ip`, and without counterpart here. */
const OTHER_METRICS: readonly string[] = [
  ...['initrwnd', 'window', 'rto_min', 'quickack', 'congctl', 'cwnd', 'ssthresh', 'hoplimit', 'reordering', 'rtt'],
  ...['rttvar', 'fastopen_no_cookie', 'blackhole', 'unreachable', 'prohibit'],
]
const INTERFACE = 'tun0'

/** `ip route add|change|replace NET … [mtu [lock] N] [advmss N] [initcwnd N] [features ecn]`; what else `ip route` does changes no path. */
export function setRoute(host: Host, words: readonly string[]): CommandResult {
  const other = words.filter((word) => OTHER_METRICS.includes(word))
  if (other.length > 0) throw new Unsupported(`command ip route with ${other.join(', ')}`)
  if (!SETS.includes(words[0] ?? '') || words[1] === undefined) return DONE
  const metrics = { mtu: 0, mtuLocked: false, advertisedMss: 0, initialWindow: 0, ecn: false }
  for (let i = 2; i < words.length; i++) {
    const name = words[i] as string
    const value = words[i + 1] === 'lock' ? (words[i + 2] ?? '') : (words[i + 1] ?? '')
    if (name === 'mtu') {
      metrics.mtu = Number(value)
      metrics.mtuLocked = words[i + 1] === 'lock'
    } else if (name === 'advmss') metrics.advertisedMss = Number(value)
    else if (name === 'initcwnd') metrics.initialWindow = Number(value)
    else if (name === 'features') metrics.ecn = value === 'ecn'
    else if (!ELSEWHERE.includes(name)) throw new Unsupported(`command ip route with ${name}`)
    i += words[i + 1] === 'lock' ? 2 : 1
  }
  const numbers = [metrics.mtu, metrics.advertisedMss, metrics.initialWindow]
  if (numbers.some((value) => !Number.isInteger(value) || value < 0))
    throw new Unsupported(`command ip route ${words.join(' ')}`)
  const says = metrics.ecn || numbers.some((value) => value > 0)
  for (const net of netsOf(words[1])) host.replaceRoute(net, INTERFACE, says ? metrics : null)
  return DONE
}

function netsOf(text: string): string[] {
  if (text === 'default') return ['0.0.0.0/0', '::/0']
  if (text.includes('/')) return [text]
  return [`${text}/${text.includes(':') ? 128 : 32}`]
}
