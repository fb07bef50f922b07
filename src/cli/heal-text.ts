/** What `lastack heal` says: what it would do, and what was seen. Of many sockets alike, how many. */

import type { RemedyOutcome, RemedyPlan, RemedyStep } from '../host/index.ts'
import { bracketed, type SocketRow } from '../inspect/index.ts'
import { wrap } from './text.ts'

/** So many sockets are told one by one. */
const SINGLY_MAX = 20

const VERBS: Readonly<Record<RemedyPlan['how'], string>> = {
  shutdown: 'Shut down',
  destroy: 'Destroy',
  kill: 'End the owners of',
}

/** What to agree to. */
export function questionOf(plan: RemedyPlan): string {
  const count = plan.steps.filter(({ obstacle }) => obstacle === undefined).length
  return `${VERBS[plan.how]} ${counted(count, 'socket')}?`
}

/** What would be done to each socket, and to whom. */
export function planText(plan: RemedyPlan, width: number): string {
  const told = (step: RemedyStep): string =>
    `${ownersOf(step.row)}: ${step.obstacle === undefined ? step.consequence : `left alone: ${step.obstacle}`}.`
  const ends =
    plan.how !== 'kill'
      ? []
      : plan.processes.map(
          ({ command, pid, sockets }) =>
            `${wrap(`SIGTERM to ${command} (pid ${pid}) ends all of its ${counted(sockets, 'socket')}, of every kind, not only these.`, width)}\n`,
        )
  return [...blocks(plan.steps, told, headOf, width), ...ends].join('')
}

/** What became of each, and what stays open in the owners. */
export function outcomeText(plan: RemedyPlan, outcomes: readonly RemedyOutcome[], width: number): string {
  const seen = new Map(outcomes.map((outcome) => [outcome.step, outcome.seen]))
  const told = (step: RemedyStep): string => `${seen.get(step)}.`
  const steps = outcomes.map(({ step }) => step)
  return `\n${[...blocks(steps, told, ({ row }) => endpointsText(row), width), ...leaks(plan, outcomes, width)].join('')}`
}

/** A head for each socket with what is told of it below; of many sockets those that have the same told of them are one. */
function blocks(
  steps: readonly RemedyStep[],
  told: (step: RemedyStep) => string,
  head: (step: RemedyStep) => string,
  width: number,
): string[] {
  const block = (first: string, text: string): string => `${first}\n${wrap(text, width, '    ')}\n`
  if (steps.length <= SINGLY_MAX) return steps.map((step) => block(head(step), told(step)))
  const alike = new Map<string, RemedyStep[]>()
  for (const step of steps) {
    const text = withoutNumbers(told(step))
    const known = alike.get(text)
    if (known === undefined) alike.set(text, [step])
    else known.push(step)
  }
  return [...alike].map(([text, group]) => {
    const [first] = group as [RemedyStep]
    const more = group.length === 1 ? '' : ` and ${grouped(group.length - 1)} more`
    return block(`${head(first)}${more}`, group.length === 1 ? told(first) : text)
  })
}

/** Descriptors and counts of octets are each socket's own. */
function withoutNumbers(text: string): string {
  return text.replace(/, fd \d+\)/g, ')').replace(/\b\d+ octets?\b/g, 'some octets')
}

function headOf({ row }: RemedyStep): string {
  return `${row.state}  ${endpointsText(row)}  Recv-Q ${row.recvQueue}  Send-Q ${row.sendQueue}`
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

/** What is still open in the owners, whatever became of the sockets. */
function leaks({ processes }: RemedyPlan, outcomes: readonly RemedyOutcome[], width: number): string[] {
  const named = new Map(processes.map(({ pid, command }) => [pid, command]))
  const open = new Map<number, number>()
  for (const { leaked, step } of outcomes) {
    if (!leaked) continue
    for (const { pid, command } of step.row.owners ?? []) {
      named.set(pid, command)
      open.set(pid, (open.get(pid) ?? 0) + 1)
    }
  }
  return [...open].map(([pid, count]) => {
    const [stay, them] = count === 1 ? ['stays', 'it'] : ['stay', 'them']
    const text = `${counted(count, 'descriptor')} of ${named.get(pid)} (pid ${pid}) ${stay} open until it closes ${them} or ends: the leak itself is in its code.`
    return `${wrap(text, width)}\n`
  })
}

function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}
