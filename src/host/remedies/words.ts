/** What is said of a remedy, by whoever asks before it and reports after it: the command and the console. Sentences, not laid out. */
import { counted } from '../../base/index.ts'
import { bracketed, type SocketRow } from '../../inspect/index.ts'
import type { RemedyOutcome } from './apply.ts'
import type { RemedyPlan, RemedyStep } from './plan.ts'

const VERBS: Readonly<Record<RemedyPlan['how'], string>> = {
  shutdown: 'Shut down',
  destroy: 'Destroy',
  kill: 'End the owners of',
}

/** What to agree to. */
export function remedyQuestion(plan: RemedyPlan): string {
  const count = plan.steps.filter(({ obstacle }) => obstacle === undefined).length
  return `${VERBS[plan.how]} ${counted(count, 'socket')}?`
}

/** What would be done to one socket, and through whom. */
export function stepSentence(step: RemedyStep): string {
  return `${ownersOf(step.row)}: ${step.obstacle === undefined ? step.consequence : `left alone: ${step.obstacle}`}.`
}

/** What `kill` ends beyond the sockets that were meant; none for other remedies. */
export function sideEffects(plan: RemedyPlan): string[] {
  if (plan.how !== 'kill') return []
  return plan.processes.map(
    ({ command, pid, sockets }) =>
      `SIGTERM to ${command} (pid ${pid}) ends all of its ${counted(sockets, 'socket')}, of every kind, not only these.`,
  )
}

/** What will stay open in the owners when it is done: nothing closes a descriptor from outside. */
export function expectedLeaks(plan: RemedyPlan): string[] {
  if (plan.how === 'kill') return []
  return leakSentences(plan.steps.filter(({ obstacle }) => obstacle === undefined).map(({ row }) => row))
}

/** What is still open in the owners, whatever became of the sockets. */
export function leftOpen(outcomes: readonly RemedyOutcome[]): string[] {
  return leakSentences(outcomes.filter(({ leaked }) => leaked).map(({ step }) => step.row))
}

function leakSentences(rows: readonly SocketRow[]): string[] {
  const open = new Map<number, { readonly command: string; count: number }>()
  for (const { pid, command } of rows.flatMap(({ owners }) => owners ?? [])) {
    const known = open.get(pid)
    if (known === undefined) open.set(pid, { command, count: 1 })
    else known.count++
  }
  return [...open].map(([pid, { command, count }]) => {
    const [stay, them] = count === 1 ? ['stays', 'it'] : ['stay', 'them']
    return `${counted(count, 'descriptor')} of ${command} (pid ${pid}) ${stay} open until it closes ${them} or ends: the leak itself is in its code.`
  })
}

/** `127.0.0.1:80 - 127.0.0.1:40000`; of what has no peer its own end. */
export function endpointsText({ state, local, peer }: SocketRow): string {
  const text = ({ address, port }: SocketRow['local']): string => `${bracketed(address)}:${port}`
  return state === 'LISTEN' || state === 'BOUND-INACTIVE' ? text(local) : `${text(local)} - ${text(peer)}`
}

function ownersOf({ owners }: SocketRow): string {
  if (owners === undefined) return 'owner unknown'
  if (owners.length === 0) return 'no owner'
  return owners.map(({ command, pid, fd }) => `${command} (pid ${pid}, fd ${fd})`).join(', ')
}
