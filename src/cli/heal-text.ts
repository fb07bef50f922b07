/** How `lastack heal` lays out what it would do, and what was seen. Of many sockets alike, how many. */

import { grouped } from '../base/index.ts'
import {
  endpointsText,
  leftOpen,
  type RemedyOutcome,
  type RemedyPlan,
  type RemedyStep,
  sideEffects,
  stepSentence,
} from '../host/index.ts'
import { wrap } from './text.ts'

/** Up to how many sockets are listed one by one. */
const SINGLY_MAX = 20

/** What would be done to each socket, and to whom. */
export function planText(plan: RemedyPlan, width: number): string {
  const ends = sideEffects(plan).map((sentence) => `${wrap(sentence, width)}\n`)
  return [...blocks(plan.steps, stepSentence, headOf, width), ...ends].join('')
}

/** What became of each, and what stays open in the owners. */
export function outcomeText(outcomes: readonly RemedyOutcome[], width: number): string {
  const seen = new Map(outcomes.map((outcome) => [outcome.step, outcome.seen]))
  const told = (step: RemedyStep): string => `${seen.get(step)}.`
  const steps = outcomes.map(({ step }) => step)
  const leaks = leftOpen(outcomes).map((sentence) => `${wrap(sentence, width)}\n`)
  return `\n${[...blocks(steps, told, ({ row }) => endpointsText(row), width), ...leaks].join('')}`
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
