/** The last source, which every Linux has: the text tables under /proc/net. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stateBit } from '../../inspect/index.ts'
import { errorCode, HostError, reasonOf } from '../errors.ts'
import type { Reading, SocketKind } from '../reading.ts'

import { parseInetTable } from './inet-table.ts'
import { parseUnixTable } from './unix-table.ts'

/**
 * Read one kind of socket.
 * @throws HostError when a table is not there or is no such table
 */
export function readProc(kind: Exclude<SocketKind, 'mptcp'>, reading: Reading): void {
  if (kind === 'unix') readUnixTable(reading)
  else readInetTables(kind, reading)
  for (const sentence of lacksOf(kind, reading)) reading.lacks.add(sentence)
}

function readInetTables(kind: 'tcp' | 'udp', reading: Reading): void {
  const { query, machine, addresses, rows } = reading
  for (const family of query.families) {
    const name = join(machine.procRoot, 'net', family === 4 ? kind : `${kind}6`)
    const text = tableText(name, family === 6)
    if (text !== undefined) parseInetTable(text, { name, netid: kind, family, states: query.states, addresses }, rows)
  }
}

function readUnixTable(reading: Reading): void {
  const { query, machine, rows } = reading
  const name = join(machine.procRoot, 'net', 'unix')
  const text = tableText(name, false)
  if (text !== undefined) parseUnixTable(text, { name, netids: query.netids, states: query.states }, rows)
}

/** The table's text; undefined when it may be absent and is: a kernel without IPv6 has no tcp6. */
function tableText(name: string, mayBeAbsent: boolean): Uint8Array | undefined {
  try {
    return readFileSync(name)
  } catch (error) {
    if (mayBeAbsent && errorCode(error) === 'ENOENT') return undefined
    throw new HostError(`${name} could not be read: ${reasonOf(error)}`)
  }
}

function* lacksOf(kind: Exclude<SocketKind, 'mptcp'>, reading: Reading): Generator<string> {
  const { query } = reading
  if (kind === 'unix') {
    yield '/proc/net/unix has neither the queues nor the peers nor the users of unix sockets.'
    if (query.memory === true) yield '/proc/net/unix has no memory and no drops.'
    return
  }
  const wanted = [
    'cookies',
    'devices',
    query.tcpInfo !== false && kind === 'tcp' ? 'TCP_INFO' : '',
    query.memory !== false ? 'memory, drops' : '',
    query.cgroup === true ? 'control groups' : '',
  ]
  yield `/proc/net/${kind} has no ${listed(wanted.filter((what) => what !== ''))}.`
  if (kind === 'udp') return
  if ((query.states & stateBit('LISTEN')) !== 0) {
    yield "/proc/net/tcp has no limit of a listener's accept queue: Send-Q of LISTEN rows reads 0."
  }
  if ((query.states & stateBit('BOUND-INACTIVE')) !== 0) {
    yield '/proc/net/tcp has no bound but not listening TCP sockets.'
  }
}

/** `a, b or c`. */
function listed(words: readonly string[]): string {
  return words.join(', ').replace(/, ([^,]*)$/, ' or $1')
}
