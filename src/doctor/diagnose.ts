/** All rules over one look. */
import type { Context } from './context.ts'
import type { History } from './history.ts'
import { RULES } from './rules/index.ts'
import { tableOf } from './socket-table.ts'
import { DEFAULT_THRESHOLDS, type Thresholds } from './thresholds.ts'
import type { Finding, Observation, Severity } from './types.ts'

const GRAVITY: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 }

/**
 * What is wrong, the gravest first. Pure: the same look, history and thresholds give the same findings in the same order.
 * @param history as `observe` answered for this very look
 */
export function diagnose(
  observation: Observation,
  history: History,
  thresholds: Thresholds = DEFAULT_THRESHOLDS,
): Finding[] {
  const table = tableOf(observation)
  const context: Context = { now: observation.at, table, history, thresholds }
  const findings = RULES.filter(({ needs }) => table.covers(needs))
    .flatMap((rule) => rule.judge(context))
    .sort((a, b) => GRAVITY[a.severity] - GRAVITY[b.severity] || (a.id < b.id ? -1 : 1))
  // A source without cookies and inodes may show two things that nothing tells apart: they are one finding, the graver.
  const seen = new Set<string>()
  return findings.filter(({ id }) => !seen.has(id) && seen.add(id))
}

/** Rules that the look did not ask for all the states of: about their faults it says nothing, neither that they are nor that they are not. */
export function unjudged(observation: Observation): string[] {
  const table = tableOf(observation)
  return RULES.filter(({ needs }) => !table.covers(needs)).map(({ id }) => id)
}

/** Whether a finding says that something is wrong: a note does not. */
export function isFault({ severity }: Finding): boolean {
  return severity !== 'info'
}
