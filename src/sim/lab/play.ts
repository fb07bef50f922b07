import { isPersonalityName, type Personality, personalities, Sysctls } from '../../stack/index.ts'
import { CLAIMS } from '../claims/index.ts'
import { SCENARIOS } from '../scenarios/index.ts'
import type { Claim, ClaimCase } from './claim.ts'
import type { LabSetting } from './lab.ts'
import { LabError } from './lab-error.ts'
import { findMutation, MUTATIONS, type Mutation } from './mutations.ts'
import { StoryRun } from './run.ts'
import type { Scenario, ScenarioCase } from './story.ts'
import type {
  CaseInfo,
  ClaimCaseResult,
  ClaimResult,
  ClaimVerdict,
  LabResult,
  LabRun,
  MutationInfo,
  RunOptions,
  ScenarioInfo,
} from './types.ts'

/** Everything that can be played: scenarios first, then claims. */
export function listScenarios(): readonly ScenarioInfo[] {
  return [...SCENARIOS.map(describeScenario), ...CLAIMS.map(describeClaim)]
}

/** Every way to break things; `RunOptions.mutation` takes their ids. */
export function listMutations(): readonly MutationInfo[] {
  return MUTATIONS.map(({ id, title }) => ({ id, title }))
}

/**
 * Begins to play a scenario, or a case of a claim.
 *
 * @throws {LabError} for an unknown scenario, case, personality, sysctl, sysctl value or mutation, and for `times` out of range.
 */
export function startScenario(id: string, options: RunOptions = {}): LabRun {
  const scenario = SCENARIOS.find((candidate) => candidate.id === id)
  if (scenario !== undefined) {
    const which = pickCase(id, scenario.cases, options.case)
    return start(describeScenario(scenario), which, scenario.personality ?? 'linux', options, null)
  }
  const claim = CLAIMS.find((candidate) => candidate.id === id)
  if (claim === undefined) throw new LabError(`unknown scenario or claim '${id}'; ${nearest(id)}`)
  const which = pickCase(id, claim.cases, options.case)
  return start(describeClaim(claim), which, claim.personality, options, which)
}

/**
 * Plays a scenario, or a case of a claim, to its end.
 *
 * @throws {LabError} as `startScenario` does.
 */
export function runScenario(id: string, options: RunOptions = {}): LabResult {
  return startScenario(id, options).finish()
}

/**
 * Plays every case of a claim and judges it. With `options.mutation` the mechanism is broken as it says.
 *
 * @throws {LabError} as `startScenario` does.
 */
export function runClaim(id: string, options: Omit<RunOptions, 'case'> = {}): ClaimResult {
  const claim = CLAIMS.find((candidate) => candidate.id === id)
  if (claim === undefined) throw new LabError(`unknown claim '${id}'; ${nearest(id)}`)
  const cases = claim.cases.map((which): ClaimCaseResult => {
    const run = startScenario(id, { ...options, case: which.id })
    const result = run.finish()
    return {
      case: { id: which.id, title: which.title },
      personality: run.personality,
      holds: result.verdict === 'true',
      because: result.because,
      run: result,
      pcapng: run.pcapng(),
    }
  })
  const verdict = conclude(cases.map((result) => result.holds))
  return {
    id,
    claim: claim.claim,
    personality: options.personality ?? claim.personality,
    expected: claim.expected,
    verdict,
    agrees: verdict === claim.expected,
    explanation: claim.explanation,
    seed: options.seed ?? 1,
    cases,
  }
}

/** Ids of all claims, in the order of docs/facts.md. */
export function listClaims(): readonly string[] {
  return CLAIMS.map((claim) => claim.id)
}

/** True if a claim holds in every case, false if in none. */
function conclude(holds: readonly boolean[]): ClaimVerdict {
  if (holds.every((one) => one)) return 'true'
  return holds.some((one) => one) ? 'depends' : 'false'
}

function start(
  info: ScenarioInfo,
  which: ScenarioCase,
  personality: string,
  options: RunOptions,
  claim: ClaimCase | null,
): LabRun {
  if ((options.times ?? 1) !== 1 && info.carriesBulk !== true) {
    throw new LabError(`'${info.id}' carries no bulk, and cannot carry ${options.times} times as much`)
  }
  const setting = settle(which, personality, options)
  const described: CaseInfo = { id: which.id, title: which.title }
  return new StoryRun(info, described, setting, which.story, claim === null ? null : claim.judge)
}

const TIMES_MAX = 300

/** What the run is set up with: the user's wishes over the case's over the scenario's. */
function settle(which: ScenarioCase, personality: string, options: RunOptions): LabSetting {
  const name = options.personality ?? which.personality ?? personality
  if (!isPersonalityName(name)) {
    const known = Object.keys(personalities).join(', ')
    throw new LabError(`unknown personality '${name}'; expected ${known}`)
  }
  const seed = options.seed ?? 1
  if (!Number.isSafeInteger(seed)) throw new LabError(`seed ${seed} is not a whole number`)
  const { times = 1, keepPackets = true } = options
  if (!Number.isInteger(times) || times < 1 || times > TIMES_MAX) {
    throw new LabError(`${times} times as much: expected a whole number, 1 to ${TIMES_MAX}`)
  }
  const set = { ...which.set, ...options.set }
  checkSysctls(personalities[name], set)
  return {
    seed,
    personality: name,
    set,
    mutation: pickMutation(options.mutation ?? which.mutation),
    times,
    keepPackets,
  }
}

/** Writes the values to a copy of the system's defaults: an error must come before anything is played. */
function checkSysctls(personality: Personality, set: Readonly<Record<string, string>>): void {
  const sysctls = new Sysctls(personality, { ...personality.config })
  for (const [name, value] of Object.entries(set)) {
    const error = sysctls.set(name, value)
    if (error !== null) throw new LabError(error.message)
  }
}

function pickMutation(id: string | undefined): Mutation | null {
  if (id === undefined) return null
  const mutation = findMutation(id)
  if (mutation === undefined) {
    throw new LabError(`unknown mutation '${id}'; expected ${MUTATIONS.map((known) => known.id).join(', ')}`)
  }
  return mutation
}

function pickCase<C extends CaseInfo>(id: string, cases: readonly C[], wanted: string | undefined): C {
  const which = wanted === undefined ? cases[0] : cases.find((candidate) => candidate.id === wanted)
  if (which === undefined) {
    throw new LabError(`'${id}' has no case '${wanted}'; expected ${cases.map((known) => known.id).join(', ')}`)
  }
  return which
}

function nearest(id: string): string {
  const ids = [...SCENARIOS, ...CLAIMS].map((known) => known.id)
  const words = id.toLowerCase().split(/[^a-z0-9]+/)
  const near = ids.filter((known) => words.some((word) => word.length > 2 && known.includes(word)))
  return near.length === 0 ? `expected one of ${ids.join(', ')}` : `did you mean ${near.join(' or ')}?`
}

function describeScenario(scenario: Scenario): ScenarioInfo {
  const { id, title, summary } = scenario
  return {
    id,
    kind: 'scenario',
    title,
    summary,
    personality: scenario.personality ?? 'linux',
    cases: describeCases(scenario.cases),
    carriesBulk: scenario.carriesBulk,
  }
}

function describeClaim(claim: Claim): ScenarioInfo {
  const mutation = findMutation(claim.mutation)
  return {
    id: claim.id,
    kind: 'claim',
    title: claim.claim,
    summary: claim.explanation,
    personality: claim.personality,
    cases: describeCases(claim.cases),
    mutation: mutation === undefined ? undefined : { id: mutation.id, title: mutation.title },
  }
}

function describeCases(cases: readonly ScenarioCase[]): readonly CaseInfo[] {
  return cases.map(({ id, title }) => ({ id, title }))
}
