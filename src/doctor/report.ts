/** Findings for programs: one JSON value, whose schema is published. */
import { SECOND } from '../base/index.ts'
import { unjudged } from './diagnose.ts'
import type { Finding, Observation, ProcessFacts } from './types.ts'

/** What `lastack doctor --json` prints. */
export interface DoctorReport {
  /** Of this format; a change that breaks readers raises it. */
  readonly version: 1
  readonly findings: readonly ReportedFinding[]
  /** What the look could not see, and why. */
  readonly lacks: readonly string[]
  /** Rules that could not judge for want of what the look did not ask for. */
  readonly unjudged: readonly string[]
}

/** A finding without what JSON has no form for: cookies are decimal text, times are ages. */
export interface ReportedFinding extends Omit<Finding, 'since' | 'growthPerMinute' | 'cookies' | 'myth'> {
  /** null: not known. */
  readonly since: { readonly secondsAgo: number; readonly precision: 'exact' | 'bound' } | null
  /** null: not known from one look. */
  readonly growthPerMinute: number | null
  readonly myth: string | null
  readonly cookies: readonly string[]
}

/** A report has so many cookies of a finding at most: enough to act on, not a second socket table. */
const COOKIES_MAX = 10_000

/** The report of one look. */
export function reportOf(findings: readonly Finding[], observation: Observation): DoctorReport {
  return {
    version: 1,
    findings: findings.map((finding) => reported(finding, observation)),
    lacks: observation.lacks,
    unjudged: unjudged(observation),
  }
}

function reported(
  { since, growthPerMinute, myth, cookies, owner, ...rest }: Finding,
  { at }: Observation,
): ReportedFinding {
  const secondsAgo = since === undefined ? 0 : Math.max(0, Math.round((at - since.at) / (SECOND / 1000)) / 1000)
  return {
    ...rest,
    owner: owner.kind === 'processes' ? { ...owner, processes: owner.processes.map(published) } : owner,
    since: since === undefined ? null : { secondsAgo, precision: since.precision },
    growthPerMinute: growthPerMinute ?? null,
    myth: myth ?? null,
    cookies: cookies.slice(0, COOKIES_MAX).map(String),
  }
}

/** What the schema has of a process. A source may know more, such as a command line, which may hold a password. */
function published(process: ProcessFacts): ProcessFacts {
  const { pid, command, user, unit, container, cwd, executable, startTime, fdCount, fdLimit } = process
  return { pid, command, user, unit, container, cwd, executable, startTime, fdCount, fdLimit }
}
