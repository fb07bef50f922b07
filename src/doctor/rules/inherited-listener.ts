import { formatEndpoint, type SocketRow } from '../../inspect/index.ts'
import type { Context, Rule } from '../context.ts'
import { finding, holdersOf, word } from '../evidence.ts'
import { isLauncher } from '../launchers.ts'
import { listenerId } from '../listener.ts'
import { fixCode, gentleFirst } from '../remedies.ts'
import { keyOf } from '../socket-table.ts'
import type { Finding, FindingOwner, ProcessFacts } from '../types.ts'

const ID = 'inherited-listener'

/** A listener that a child of the server holds too, by inheritance: it outlives the server and keeps the port. */
export const inheritedListener: Rule = {
  id: ID,
  about: 'listeners that a child process of another program has inherited: they keep the port when the server ends',
  // Who has connections of the listener accepts them.
  needs: ['LISTEN', 'ESTABLISHED', 'CLOSE-WAIT'],
  judge: (context) => context.table.in('LISTEN').flatMap((listener) => judgeListener(context, listener)),
}

function judgeListener(context: Context, listener: SocketRow): Finding[] {
  const processes = context.table.processesOf(listener).filter((process) => !isLauncher(process))
  const server = processes[0]
  if (server === undefined) return []
  const strangers = withoutServers(
    context,
    listener,
    processes.filter((process) => isOtherProgram(server, process)),
  )
  if (strangers.length > 0) return [findingOf(context, listener, strangers, server.command)]
  const past = context.history.listeners.get(keyOf(listener))?.holders
  const gone = [...(past ?? [])].find(
    ([pid, command]) =>
      !processes.some((process) => process.pid === pid) && command !== server.command && !isLauncher({ pid, command }),
  )
  return gone === undefined ? [] : [findingOf(context, listener, processes, gone[1])]
}

/** Those that do not accept: of a manager that hands its listener to workers of other programs, the workers are the server. */
function withoutServers({ table }: Context, listener: SocketRow, strangers: readonly ProcessFacts[]): ProcessFacts[] {
  if (strangers.length === 0) return []
  const serving = new Set<number>()
  for (const row of table.in('ESTABLISHED', 'CLOSE-WAIT')) {
    if (row.local.port !== listener.local.port || (row.owners?.length ?? 0) === 0) continue
    if (table.listenerOf(row) === listener) for (const pid of holdersOf(row)) serving.add(pid)
  }
  return strangers.filter(({ pid }) => !serving.has(pid))
}

/** Workers of one server share its name or its executable; a program that it started has neither. */
function isOtherProgram(server: ProcessFacts, process: ProcessFacts): boolean {
  if (process.command === server.command) return false
  return server.executable === undefined || process.executable === undefined || server.executable !== process.executable
}

function findingOf(context: Context, listener: SocketRow, heirs: readonly ProcessFacts[], server: string): Finding {
  const where = formatEndpoint(listener.local.address, listener.local.port)
  const owner: FindingOwner = { kind: 'processes', processes: heirs }
  const [heir] = heirs as [ProcessFacts]
  const isAlive = context.table.processesOf(listener).some(({ command }) => command === server)
  return finding({
    rule: ID,
    key: `${listenerId(context.table, listener)}/${heir.pid}`,
    title: `${heir.command} (pid ${heir.pid}) has inherited the listener ${where} of ${server}`,
    severity: isAlive ? 'info' : 'warning',
    evidence: [
      word('listener', where),
      word('held by', heirs.map(({ command, pid }) => `${command} (pid ${pid})`).join(', ')),
      word('opened by', isAlive ? server : `${server}, which has gone`),
    ],
    owner,
    explanation: [
      `${server} started ${heir.command} without closing the listening descriptor, so the child holds the port as well.`,
      'It never calls accept(): it only keeps the socket open.',
      isAlive
        ? `When ${server} ends, the port stays in use: clients connect and wait for ever, and a new ${server} gets EADDRINUSE.`
        : `${server} has ended and the port is still in use: clients connect and wait for ever, and a new ${server} gets EADDRINUSE.`,
    ],
    remedies: gentleFirst([
      fixCode('Open the listening socket with SOCK_CLOEXEC, or close it between fork() and exec()'),
      {
        title: 'End the child',
        commands: [`kill ${heirs.map(({ pid }) => pid).join(' ')}`],
        cost: `Ends what ${heir.command} does; the listener is ${isAlive ? `${server}'s alone then` : 'gone then, and the port free'}.`,
        gentleness: 'kill',
      },
    ]),
    rows: [listener],
  })
}
