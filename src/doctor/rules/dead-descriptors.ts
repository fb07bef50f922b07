import { counted, SECOND } from '../../base/index.ts'
import type { Context, Rule } from '../context.ts'
import { finding, number, ownerName } from '../evidence.ts'
import { deadKey, growthOf } from '../history.ts'
import { fixCode, gentleFirst, restart } from '../remedies.ts'
import { idPart } from '../text.ts'
import type { DeadDescriptor, Finding, FindingOwner, ProcessFacts } from '../types.ts'

const ID = 'dead-descriptors'

/** Descriptors of TCP sockets that have left every table. */
export const deadDescriptors: Rule = {
  id: ID,
  about: 'descriptors that processes keep of connections that have long ended',
  needs: [],
  needsWhole: true,
  *measure(table) {
    for (const [pid, dead] of byPid(table.observation.deadDescriptors)) yield [`${ID}|${pid}`, dead.length]
  },
  judge(context) {
    return [...byPid(context.table.observation.deadDescriptors)].flatMap(([pid, dead]) =>
      judgeProcess(context, pid, dead),
    )
  },
}

function byPid(all: readonly DeadDescriptor[]): Map<number, DeadDescriptor[]> {
  const groups = new Map<number, DeadDescriptor[]>()
  for (const one of all) {
    const group = groups.get(one.pid)
    if (group === undefined) groups.set(one.pid, [one])
    else group.push(one)
  }
  return groups
}

function judgeProcess(context: Context, pid: number, all: readonly DeadDescriptor[]): Finding[] {
  const { thresholds, history, now, table } = context
  const seen = (one: DeadDescriptor): number => history.deadDescriptors.get(deadKey(one)) ?? now
  // One look cannot tell a socket that has died from one that is about to connect; a history long enough can.
  const canWait = now - history.firstLook >= thresholds.deadDescriptorAge * SECOND
  const dead = canWait ? all.filter((one) => now - seen(one) >= thresholds.deadDescriptorAge * SECOND) : all
  if (dead.length < thresholds.deadDescriptorCount) return []
  const process: ProcessFacts = table.process(pid) ?? { pid, command: 'a process' }
  const owner: FindingOwner = { kind: 'processes', processes: [process] }
  const since = dead.reduce((first, one) => Math.min(first, seen(one)), now)
  return [
    finding({
      rule: ID,
      key: `${idPart(process.command)}-${pid}`,
      title: `${ownerName(owner)} holds ${counted(dead.length, 'descriptor')} of connections that have ended`,
      severity: 'warning',
      evidence: [
        number('dead TCP descriptors', dead.length),
        ...(process.fdCount === undefined ? [] : [number('descriptors in all', process.fdCount)]),
        ...(process.fdLimit === undefined ? [] : [number('their limit', process.fdLimit)]),
      ],
      owner,
      since: { at: since, precision: 'bound' },
      growthPerMinute: growthOf(history, `${ID}|${pid}`),
      explanation: [
        'These descriptors are TCP sockets that are in no table: not in ss, netstat or /proc/net/tcp.',
        'Their connections were closed by both sides, reset, timed out or destroyed, and the program has not closed the descriptors since.',
        'Nothing shows the leak until open() and accept() fail with EMFILE.',
      ],
      remedies: gentleFirst([
        fixCode('Close the descriptor when read() or write() fails, and on the error event'),
        ...restart(owner),
      ]),
      myth: 'keepalive-cures',
      rows: [],
    }),
  ]
}
