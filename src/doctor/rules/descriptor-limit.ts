import { counted, grouped } from '../../base/index.ts'
import type { RowState } from '../../inspect/index.ts'
import { shellWord } from '../commands.ts'
import type { Context, Rule } from '../context.ts'
import { finding, holdersOf, number, ownerName, word } from '../evidence.ts'
import { growthOf } from '../history.ts'
import { fixCode, gentleFirst, restart } from '../remedies.ts'
import type { SocketTable } from '../socket-table.ts'
import { idPart, percent } from '../text.ts'
import type { Finding, FindingOwner, ProcessFacts, Remedy } from '../types.ts'

const ID = 'descriptor-limit'

/** A process near its limit of descriptors. */
export const descriptorLimit: Rule = {
  id: ID,
  about: 'processes that are about to run out of descriptors',
  needs: [],
  needsWhole: true,
  *measure(table) {
    for (const { pid, fdCount } of table.observation.processes) {
      if (fdCount !== undefined) yield [`${ID}|${pid}`, fdCount]
    }
  },
  judge: (context) => context.table.observation.processes.flatMap((process) => judgeProcess(context, process)),
}

function judgeProcess(context: Context, process: ProcessFacts): Finding[] {
  const { pid, command, fdCount, fdLimit } = process
  const { thresholds, history } = context
  if (fdCount === undefined || fdLimit === undefined || fdLimit <= 0) return []
  const share = fdCount / fdLimit
  if (share < thresholds.fdShare) return []
  const owner: FindingOwner = { kind: 'processes', processes: [process] }
  const growth = growthOf(history, `${ID}|${pid}`)
  return [
    finding({
      rule: ID,
      key: `${idPart(command)}-${pid}`,
      title: `${ownerName(owner)} has ${grouped(fdCount)} of its ${counted(fdLimit, 'descriptor')} open: ${percent(share)} %`,
      severity: share >= thresholds.fdCriticalShare ? 'critical' : 'warning',
      evidence: [
        number('descriptors', fdCount),
        number('limit', fdLimit),
        ...(growth !== undefined && growth > 0
          ? [number('limit reached in', Math.max(0, Math.round((fdLimit - fdCount) / growth)), 'min')]
          : []),
        word('TCP sockets', socketsOf(context, pid)),
      ],
      owner,
      growthPerMinute: growth,
      explanation: [
        'Every socket, file and pipe of a process counts against its limit of open descriptors.',
        'The states of its sockets tell whether that is load (ESTABLISHED) or a leak (CLOSE-WAIT, or in no table).',
        'At the limit accept(), connect() and open() fail with EMFILE, and clients wait in the accept queue.',
      ],
      remedies: gentleFirst([
        fixCode('Close what is no longer used, or cap connections'),
        raise(process),
        ...restart(owner),
      ]),
      rows: [],
    }),
  ]
}

function raise({ pid, fdLimit = 0, unit }: ProcessFacts): Remedy {
  const lasting = unit === undefined ? [] : [`systemctl edit ${shellWord(unit)}  # LimitNOFILE=${fdLimit * 4}`]
  return {
    title: 'Raise the limit of the running process (root)',
    commands: [`prlimit --pid ${pid} --nofile=${fdLimit * 4}`, ...lasting],
    cost: 'None at once; a leak only takes longer to fill it.',
    gentleness: 'setting',
  }
}

/** `900 CLOSE-WAIT, 20 ESTABLISHED`. */
function socketsOf({ table }: Context, pid: number): string {
  const some = [...(countsOf(table).get(pid) ?? [])].sort((a, b) => b[1] - a[1])
  return some.length === 0
    ? 'none in the tables'
    : some.map(([state, count]) => `${grouped(count)} ${state}`).join(', ')
}

type Counts = ReadonlyMap<number, ReadonlyMap<RowState, number>>

const known = new WeakMap<SocketTable, Counts>()

/** The sockets of each process by state, counted once a look: there may be many processes near their limits. */
function countsOf(table: SocketTable): Counts {
  const before = known.get(table)
  if (before !== undefined) return before
  const counts = new Map<number, Map<RowState, number>>()
  for (const state of table.states) {
    for (const row of table.in(state)) {
      for (const pid of holdersOf(row)) {
        const ofProcess = counts.get(pid) ?? new Map<RowState, number>()
        counts.set(pid, ofProcess.set(state, (ofProcess.get(state) ?? 0) + 1))
      }
    }
  }
  known.set(table, counts)
  return counts
}
