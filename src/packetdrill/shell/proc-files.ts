import { type Host, State, stateName } from '../../stack/index.ts'
import { Address } from '../../wire/index.ts'
import { mibOf } from './tables.ts'

/** The numbers of states are Linux's own; of what is merely bound its table says nothing. */
const PROC_STATES: ReadonlyMap<string, number> = new Map(Object.values(State).map((state) => [stateName(state), state]))
const MIB_GROUPS: Readonly<Record<string, readonly string[]>> = {
  '/proc/net/netstat': ['TcpExt'],
  '/proc/net/snmp': ['Ip', 'Icmp', 'Tcp', 'Udp'],
}

/** What is read from a file of /proc/net; undefined: this host has no such file. */
export function procFile(host: Host, path: string): string | undefined {
  if (path === '/proc/net/tcp') return procNetTcp(host, 4)
  if (path === '/proc/net/tcp6') return procNetTcp(host, 6)
  if (path === '/proc/net/sockstat') return sockstat(host)
  if (path === '/proc/net/sockstat6') return sockstat6(host)
  if (path === '/proc/uptime') return `${(host.now / 1e6).toFixed(2)} 0.00\n`
  if (path === '/proc/version') return 'Linux version 6.18.0\n'
  const device = /^\/sys\/class\/net\/([^/]+)\/(mtu|operstate)$/.exec(path)
  const iface = host.interfaces.byName(device?.[1] ?? '')
  if (iface !== undefined) return device?.[2] === 'mtu' ? `${iface.mtu}\n` : `${iface.up ? 'unknown' : 'down'}\n`
  return MIB_GROUPS[path]?.map((group) => mibLines(host, group)).join('')
}

function hex(value: number, digits: number): string {
  return (value >>> 0).toString(16).toUpperCase().padStart(digits, '0')
}

/** A word as a machine with its least octet first prints it. */
function swapped(word: number): string {
  return hex(((word & 255) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24), 8)
}

function endOf(text: string, port: number, family: number): string {
  const address = Address.parse(text) ?? Address.v4(0)
  const { w0, w1, w2, w3 } = family === 6 ? address.asV6() : address
  return `${(family === 6 ? [w0, w1, w2, w3] : [w3]).map(swapped).join('')}:${hex(port, 4)}`
}

/** /proc/net/tcp and tcp6 as far as scripts look: ends, state, queues. */
function procNetTcp(host: Host, family: number): string {
  const rows = host
    .describeSockets()
    .filter((row) => row.netid === 'tcp' && row.family === family && PROC_STATES.has(row.state))
  const lines = rows.map(({ local, peer, state, sendQueue, recvQueue }, i) => {
    const ends = `${endOf(local.address, local.port, family)} ${endOf(peer.address, peer.port, family)}`
    return `${String(i).padStart(4)}: ${ends} ${hex(PROC_STATES.get(state) ?? State.CLOSED, 2)} ${hex(sendQueue, 8)}:${hex(recvQueue, 8)}\n`
  })
  return `  sl  local_address rem_address   st tx_queue:rx_queue\n${lines.join('')}`
}

function sockstat(host: Host): string {
  const rows = host.describeSockets()
  const tcp = rows.filter(({ netid }) => netid === 'tcp')
  const waiting = tcp.filter(({ state }) => state === 'TIME-WAIT').length
  const orphans = tcp.filter(({ state, owners }) => owners.length === 0 && !/LISTEN|TIME-WAIT/.test(state)).length
  const used = tcp.length - waiting
  return `sockets: used ${rows.length - waiting}\nTCP: inuse ${used} orphan ${orphans} tw ${waiting} alloc ${used}\nUDP: inuse ${rows.length - tcp.length}\n`
}

function sockstat6(host: Host): string {
  const six = host.describeSockets().filter(({ family, state }) => family === 6 && state !== 'TIME-WAIT')
  const count = (netid: string): number => six.filter((row) => row.netid === netid).length
  return `TCP6: inuse ${count('tcp')}\nUDP6: inuse ${count('udp')}\nUDPLITE6: inuse 0\nRAW6: inuse 0\nFRAG6: inuse 0 memory 0\n`
}

/** Two lines a group, as in /proc/net/netstat: names, and what they are. */
function mibLines(host: Host, group: string): string {
  const found = [...mibOf(host)].filter(
    ([name]) => name.startsWith(group) && (group !== 'Tcp' || !name.startsWith('TcpExt')),
  )
  const names = found.map(([name]) => name.slice(group.length))
  return `${group}: ${names.join(' ')}\n${group}: ${found.map(([, value]) => value).join(' ')}\n`
}
