/** The ways out that several rules offer. Each names the command as it is to be typed and what it costs. */
import { counted } from '../base/index.ts'
import { formatEndpoint, type SocketRow } from '../inspect/index.ts'
import { shellWord } from './commands.ts'
import type { Side } from './socket-table.ts'
import type { FindingOwner, Gentleness, Remedy } from './types.ts'

const GENTLE_FIRST: readonly Gentleness[] = ['code', 'setting', 'shutdown', 'destroy', 'restart', 'kill']

/** Remedies as they are to be tried: the gentlest first. */
export function gentleFirst(remedies: readonly Remedy[]): Remedy[] {
  return [...remedies].sort((a, b) => GENTLE_FIRST.indexOf(a.gentleness) - GENTLE_FIRST.indexOf(b.gentleness))
}

/** Change the program. */
export function fixCode(title: string): Remedy {
  return { title, commands: [], cost: 'A release of the program; nothing that runs is touched.', gentleness: 'code' }
}

/**
 * Change the program that leaks sockets in CLOSE-WAIT. Of Node lastack names the lines, of others it says what their own tools would
 * be asked.
 */
export function fixLeak(title: string, owner: FindingOwner): Remedy {
  const process = owner.kind === 'processes' ? owner.processes[0] : undefined
  const commands = process === undefined ? [] : [`lastack code ${process.pid}`]
  return { ...fixCode(title), commands }
}

/** Change the program that hangs: strace names the call that it is in, whatever it is written in. */
export function findHang(title: string, owner: FindingOwner): Remedy {
  const process = owner.kind === 'processes' ? owner.processes[0] : undefined
  if (process === undefined) return fixCode(title)
  const cost = 'A release of the program. strace slows down what it looks at, until Ctrl-C.'
  return { ...fixCode(title), commands: [`strace -f -p ${process.pid}`], cost }
}

/** Set a sysctl, now and for good. */
export function setSysctl(title: string, name: string, value: string, cost: string): Remedy {
  return { title, commands: [`sysctl -w ${name}=${quotedValue(value)}`], cost, gentleness: 'setting' }
}

function quotedValue(value: string): string {
  return /^[\w.,-]+$/.test(value) ? value : `"${value}"`
}

/** shutdown() on the owner's descriptors: a proper FIN. */
export function healByShutdown(id: string, hasUnread: boolean): Remedy {
  const later = hasUnread ? ' Data is unread: the close() that follows later resets the peer.' : ''
  return {
    title: 'End them gently from outside (root)',
    commands: [`lastack heal ${shellWord(id)} --how shutdown`],
    cost: `Sends FIN; a peer that has gone answers RST. The descriptors stay open in the process.${later}`,
    gentleness: 'shutdown',
  }
}

/** What SOCK_DESTROY costs, by who has the sockets: a process, nobody who could be told, or nobody who would send anything. */
const DESTROY_COSTS = {
  held: 'Sends RST: data under way is lost. The descriptors stay open in the process, in no table any more.',
  orphaned: 'Sends RST: what was still to be sent is lost.',
  silent: 'None but that a peer which comes back finds nothing, and is answered RST.',
} as const

/** SOCK_DESTROY by ss, or by lastack for just these. */
export function destroy(id: string, filter: string, whose: keyof typeof DESTROY_COSTS = 'held'): Remedy {
  return {
    title: 'Destroy them (root)',
    commands: [`lastack heal ${shellWord(id)} --how destroy`, `ss -tK ${filter}`],
    cost: DESTROY_COSTS[whose],
    gentleness: 'destroy',
  }
}

/** The filter of ss for connections of a service in a state. */
export function ssFilter(state: string, row: SocketRow, side: Side): string {
  const where =
    side === 'server'
      ? `sport = :${row.local.port}`
      : `dst ${shellWord(formatEndpoint(row.peer.address, row.peer.port))}`
  return `state ${state} ${where}`
}

/** Restart the owner in the way that it is run; nothing for one that is not known. */
export function restart(owner: FindingOwner): Remedy[] {
  if (owner.kind !== 'processes') return []
  const { processes } = owner
  const [first] = processes
  if (first === undefined) return []
  const cost = `Ends every connection of ${first.command}, the good ones too; the fault comes back until the code is fixed.`
  if (first.container !== undefined) {
    return [restartBy(`docker restart ${shellWord(first.container)}`, cost)]
  }
  if (first.unit?.endsWith('.service')) return [restartBy(`systemctl restart ${shellWord(first.unit)}`, cost)]
  const pids = processes.slice(0, PIDS_MAX).map(({ pid }) => pid)
  const more = processes.length - pids.length
  const rest = more > 0 ? ` ${counted(more, 'process has', 'processes have')} to follow.` : ''
  return [
    { title: 'Kill and start it again', commands: [`kill ${pids.join(' ')}`], cost: cost + rest, gentleness: 'kill' },
  ]
}

const PIDS_MAX = 8

function restartBy(command: string, cost: string): Remedy {
  return { title: 'Restart it', commands: [command], cost, gentleness: 'restart' }
}
