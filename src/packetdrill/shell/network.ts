import type { Host, NetworkInterface } from '../../stack/index.ts'
import { Unsupported } from '../run/outcome.ts'
import { type CommandResult, DONE } from './result.ts'
import { routesText, setRoute } from './routes.ts'

/** What `ip` calls its objects in short. */
const OBJECTS: readonly (readonly [name: string, least: number])[] = [
  ['address', 1],
  ['link', 1],
  ['route', 1],
  ['rule', 2],
  ['neighbour', 1],
  ['neighbor', 1],
  ['maddress', 1],
  ['tcp_metrics', 2],
  ['tcpmetrics', 4],
  ['ntable', 2],
  ['addrlabel', 5],
]
const LOOKS = /^(?:show|list|lst|ls|get|flush|monitor|save)$/
/** Of a device: nothing here hangs on them. */
const IDLE_SETTINGS: readonly string[] = [
  'txqueuelen',
  'qlen',
  'alias',
  'group',
  'arp',
  'multicast',
  'promisc',
  'numtxqueues',
  ...['gso_max_size', 'gso_max_segs', 'gro_max_size', 'gso_ipv4_max_size', 'gro_ipv4_max_size', 'allmulticast'],
]

/** `ip tcp_metrics`, `ip route`, `ip link set`; what only looks, and what a host without neighbours has no use for, does nothing. */
export function ipCommand(host: Host, args: readonly string[], command: string): CommandResult {
  const words = args.filter((arg) => !/^-/.test(arg))
  const [given = '', ...rest] = words
  const object = OBJECTS.find(([name, least]) => given.length >= least && name.startsWith(given))?.[0] ?? ''
  const looks = rest[0] === undefined || LOOKS.test(rest[0])
  switch (object) {
    case 'tcp_metrics':
    case 'tcpmetrics':
      if (/^(?:flush|del)/.test(rest[0] ?? '')) forgetPaths(host)
      return DONE
    case 'route':
      if (rest[0] === undefined || /^(?:show|list|lst|ls)$/.test(rest[0]))
        return { output: routesText(host, args.includes('-6') ? 6 : 4), status: 0 }
      return setRoute(host, rest)
    case 'link':
      if (looks) return { output: links(host), status: 0 }
      if (rest[0] === 'set') return linkSet(host, rest.slice(1), command)
      break
    case 'address':
      if (looks) return { output: addresses(host), status: 0 }
      break
    case '':
      if (args.some((arg) => /^-V(?:ersion)?$/.test(arg))) return { output: 'ip utility, iproute2-6.18.0\n', status: 0 }
      break
    default:
      if (looks) return DONE
  }
  throw new Unsupported(`command ${command}`)
}

/** `ip tcp_metrics flush` */
function forgetPaths(host: Host): void {
  host.fastOpen.forget()
  host.learnedPaths.forget()
}

/** `ip link set [dev] NAME mtu N up …` */
function linkSet(host: Host, words: readonly string[], command: string): CommandResult {
  // `dev NAME` may stand anywhere, a bare name at the beginning alone.
  const at = words.indexOf('dev')
  const name = at < 0 ? words[0] : words[at + 1]
  const settings = at < 0 ? words.slice(1) : words.toSpliced(at, 2)
  const iface = host.interfaces.byName(name ?? '')
  if (iface === undefined) throw new Unsupported(`command ${command}`)
  for (let i = 0; i < settings.length; i++) {
    const word = settings[i] as string
    if (word === 'up') host.interfaces.up(iface)
    else if (word === 'down') host.interfaces.down(iface)
    else if (word === 'mtu') setMtu(host, iface, settings[++i], command)
    else if (IDLE_SETTINGS.includes(word)) i++
    else throw new Unsupported(`command ${command}`)
  }
  return DONE
}

function setMtu(host: Host, iface: NetworkInterface, text: string | undefined, command: string): void {
  const mtu = Number(text)
  if (!Number.isInteger(mtu) || mtu < 68 || mtu > 65_535) throw new Unsupported(`command ${command}`)
  host.changeMtu(iface, mtu)
}

/** `ifconfig NAME [mtu N] [up]` */
export function ifconfig(host: Host, args: readonly string[], command: string): CommandResult {
  const [name = '', ...rest] = args.filter((arg) => !/^-/.test(arg))
  const iface = host.interfaces.byName(name)
  const at = rest.indexOf('mtu')
  if (at < 0) return iface === undefined && rest.length > 0 ? DONE : { output: addresses(host), status: 0 }
  if (iface === undefined) throw new Unsupported(`command ${command}`)
  setMtu(host, iface, rest[at + 1], command)
  return DONE
}

function links(host: Host): string {
  return host.interfaces.all
    .map(
      ({ index, name, mtu, up }) =>
        `${index + 1}: ${name}: <${up ? 'UP,LOWER_UP' : ''}> mtu ${mtu} qdisc pfifo state UNKNOWN\n`,
    )
    .join('')
}

function addresses(host: Host): string {
  return host.interfaces.all
    .map(({ index, name, mtu, up, addresses: own }) => {
      const lines = own.map(
        ({ address, bits }) =>
          `    ${address.v4 ? 'inet' : 'inet6'} ${address.toString()}/${bits} scope global ${name}\n`,
      )
      return `${index + 1}: ${name}: <${up ? 'UP,LOWER_UP' : ''}> mtu ${mtu}\n${lines.join('')}`
    })
    .join('')
}
