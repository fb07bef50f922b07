/** All rules over one look. */
import { commandIn, isHeal } from './commands.ts'
import { type Context, canJudge } from './context.ts'
import type { History } from './history.ts'
import { RULES } from './rules/index.ts'
import { tableOf } from './socket-table.ts'
import { DEFAULT_THRESHOLDS, THRESHOLDS, type Thresholds } from './thresholds.ts'
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
  const findings = RULES.filter((rule) => canJudge(rule, table))
    .flatMap((rule) => rule.judge(context))
    .sort((a, b) => GRAVITY[a.severity] - GRAVITY[b.severity] || (a.id < b.id ? -1 : 1))
  // A source without cookies and inodes may show two things that nothing tells apart: they are one finding, the graver.
  const seen = new Set<string>()
  const namespace = soleNamespace(observation)
  const options = optionsOf(thresholds)
  return findings
    .filter(({ id }) => !seen.has(id) && seen.add(id))
    .map((one) => withCommands(settledIn(namespace, one), (command) => command + (isHeal(command) ? options : '')))
}

function withCommands(finding: Finding, adapt: (command: string) => string): Finding {
  const remedies = finding.remedies.map((remedy) => ({ ...remedy, commands: remedy.commands.map(adapt) }))
  return { ...finding, remedies }
}

/** What `lastack heal` needs to come to the same finding: the thresholds that are not the usual ones. */
function optionsOf(thresholds: Thresholds): string {
  const changed = THRESHOLDS.filter(({ name, default: usual }) => thresholds[name] !== usual)
  return changed.map(({ name, flag }) => ` --${flag} ${thresholds[name]}`).join('')
}

interface Namespace {
  readonly netns: string
  readonly pid: number | undefined
}

/** The one network namespace that was looked at, where it is not the looker's own: counters and sysctls are of that. */
function soleNamespace({ rows }: Observation): Namespace | undefined {
  const netns = rows[0]?.netns
  if (netns === undefined || rows.some((row) => row.netns !== netns)) return undefined
  const owned = rows.find(({ owners }) => owners !== undefined && owners.length > 0)
  return { netns, pid: owned?.owners?.[0]?.pid }
}

/** A finding about settings has no sockets that would tell where its commands belong. */
function settledIn(namespace: Namespace | undefined, finding: Finding): Finding {
  if (namespace === undefined || finding.owner.kind !== 'host') return finding
  return withCommands(finding, (command) => commandIn(command, namespace.netns, namespace.pid))
}

/** Rules that were not judged, because the look lacks states that they need or was partial: their faults may be there or not. */
export function unjudged(observation: Observation): string[] {
  const table = tableOf(observation)
  return RULES.filter((rule) => !canJudge(rule, table)).map(({ id }) => id)
}

/** Whether a finding says that something is wrong: a note does not. */
export function isFault({ severity }: Finding): boolean {
  return severity !== 'info'
}
