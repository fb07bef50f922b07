/** The kernel's counters, as `ss -s` and `netstat -s` print them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode, HostError } from '../errors.ts'

/** Counters by group and name: `counters.Tcp.ActiveOpens`. Numbers beyond 2^53 lose their last digits. */
export type CounterGroups = Readonly<Record<string, Readonly<Record<string, number>>>>

/** Every file of counters. One that this kernel does not have (no IPv6) is empty. */
export interface HostCounters {
  /** /proc/net/sockstat: `sockets`, `TCP`, `UDP`, `RAW`, `FRAG`. The count of TIME-WAIT is `TCP.tw`. */
  readonly sockstat: CounterGroups
  /** /proc/net/sockstat6: `TCP6`, `UDP6`, … */
  readonly sockstat6: CounterGroups
  /** /proc/net/snmp: `Ip`, `Icmp`, `IcmpMsg`, `Tcp`, `Udp`, `UdpLite`. */
  readonly snmp: CounterGroups
  /** /proc/net/netstat: `TcpExt`, `IpExt`, `MPTcpExt`. */
  readonly netstat: CounterGroups
  /** /proc/net/snmp6: `Ip6`, `Icmp6`, `Udp6`, `UdpLite6`. */
  readonly snmp6: CounterGroups
}

/**
 * Read them all.
 * @param root where proc is mounted
 * @throws HostError when the machine has no such files (not Linux), or one that does not read as such
 */
export function readCounters(root: string = '/proc'): HostCounters {
  const net = join(root, 'net')
  return {
    sockstat: parseSockstat(textOf(join(net, 'sockstat'), true)),
    sockstat6: parseSockstat(textOf(join(net, 'sockstat6'), false)),
    snmp: parseHeadedPairs(textOf(join(net, 'snmp'), true)),
    netstat: parseHeadedPairs(textOf(join(net, 'netstat'), true)),
    snmp6: parseSnmp6(textOf(join(net, 'snmp6'), false)),
  }
}

function textOf(path: string, required: boolean): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    if (required) throw new HostError(`${path}: not there; the kernel's counters are read from Linux's /proc`)
    return ''
  }
}

type Groups = Record<string, Record<string, number>>

/** `TCP: inuse 5 orphan 0 tw 3`: a group and then names with their values. */
export function parseSockstat(text: string): CounterGroups {
  const groups: Groups = {}
  for (const line of lines(text)) {
    const { group, words } = split(line)
    const counters = groupIn(groups, group)
    for (let i = 0; i + 1 < words.length; i += 2) counters[words[i] as string] = numberOf(words[i + 1], line)
  }
  return groups
}

/** Two lines a group: `Tcp: RtoMin RtoMax …`, then `Tcp: 200 120000 …`. */
export function parseHeadedPairs(text: string): CounterGroups {
  const groups: Groups = {}
  const all = lines(text)
  for (let i = 0; i + 1 < all.length; i += 2) {
    const names = split(all[i] as string)
    const values = split(all[i + 1] as string)
    if (names.group !== values.group || names.words.length !== values.words.length) {
      throw new HostError(`counters: "${names.group}:" is followed by a line that does not match it`)
    }
    const counters = groupIn(groups, names.group)
    names.words.forEach((name, column) => {
      counters[name] = numberOf(values.words[column], all[i + 1] as string)
    })
  }
  return groups
}

/** `Ip6InReceives 123`: the group is the part up to and with the 6. */
export function parseSnmp6(text: string): CounterGroups {
  const groups: Groups = {}
  for (const line of lines(text)) {
    const match = /^([A-Za-z]+6)(\S+)\s+(-?\d+)\s*$/.exec(line)
    if (match === null) throw new HostError(`counters: "${line}": expected a name with a 6 in it and a number`)
    groupIn(groups, match[1] as string)[match[2] as string] = Number(match[3])
  }
  return groups
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

function split(line: string): { group: string; words: readonly string[] } {
  const colon = line.indexOf(':')
  if (colon < 0) throw new HostError(`counters: "${line}": expected a group and a colon`)
  return {
    group: line.slice(0, colon),
    words: line
      .slice(colon + 1)
      .split(' ')
      .filter((word) => word !== ''),
  }
}

function groupIn(groups: Groups, name: string): Record<string, number> {
  groups[name] ??= {}
  return groups[name]
}

function numberOf(word: string | undefined, line: string): number {
  const value = Number(word)
  if (word === undefined || !Number.isFinite(value)) throw new HostError(`counters: "${line}": expected numbers`)
  return value
}
