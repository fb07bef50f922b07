import { isPersonalityName, PERSONALITY_NAMES, type Personality, Sysctls } from '../../stack/index.ts'
import type { Claim } from './claim.ts'
import { type LabSetting, type Systems, systemOf } from './lab.ts'
import { LabError } from './lab-error.ts'
import { findMutation, MUTATIONS, type Mutation } from './mutations.ts'
import { type Judge, StoryRun } from './run.ts'
import type { Scenario, ScenarioCase } from './story.ts'
import type {
  CaseInfo,
  ClaimCaseResult,
  ClaimResult,
  ClaimVerdict,
  LabRun,
  Playable,
  PlayableClaim,
  RunOptions,
  ScenarioInfo,
} from './types.ts'

/** A scenario, ready to be played on some systems. */
export function playableScenario(scenario: Scenario, systems: Systems): Playable {
  const info = describeScenario(scenario)
  return {
    info,
    start: (options = {}) => {
      const which = pickCase(info.id, scenario.cases, options.case)
      return start(info, which, settle(which, info, options, systems), null)
    },
  }
}

/** A claim, ready to be played on some systems and judged. */
export function playableClaim(claim: Claim, systems: Systems): PlayableClaim {
  const info = describeClaim(claim)
  const startCase = (options: RunOptions): LabRun => {
    const which = pickCase(info.id, claim.cases, options.case)
    return start(info, which, settle(which, info, options, systems), which.judge)
  }
  return {
    info,
    start: (options = {}) => startCase(options),
    judge: (options = {}) => judge(claim, startCase, options),
  }
}

function judge(claim: Claim, start: (options: RunOptions) => LabRun, options: Omit<RunOptions, 'case'>): ClaimResult {
  const cases = claim.cases.map((which): ClaimCaseResult => {
    const run = start({ ...options, case: which.id })
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
    id: claim.id,
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

/** True if a claim holds in every case, false if in none. */
function conclude(holds: readonly boolean[]): ClaimVerdict {
  if (holds.every((one) => one)) return 'true'
  return holds.some((one) => one) ? 'depends' : 'false'
}

/** Why nothing is known by that name, and what is near to it. */
export function unknownName(what: string, id: string, ids: readonly string[]): LabError {
  const words = id.toLowerCase().split(/[^a-z0-9]+/)
  const near = ids.filter((known) => words.some((word) => word.length > 2 && known.includes(word)))
  const hint = near.length === 0 ? `expected one of ${ids.join(', ')}` : `did you mean ${near.join(' or ')}?`
  return new LabError(`unknown ${what} '${id}'; ${hint}`)
}

function start(info: ScenarioInfo, which: ScenarioCase, setting: LabSetting, judge: Judge | null): LabRun {
  return new StoryRun(info, { id: which.id, title: which.title }, setting, which.story, judge)
}

const TIMES_MAX = 300

/** What the run is set up with: the user's wishes over the case's over the scenario's. */
function settle(which: ScenarioCase, info: ScenarioInfo, options: RunOptions, systems: Systems): LabSetting {
  const { seed = 1, times = 1, keepPackets = true } = options
  if (times !== 1 && info.carriesBulk !== true) {
    throw new LabError(`'${info.id}' carries no bulk, and cannot carry ${times} times as much`)
  }
  const personality = pickSystem(options.personality ?? which.personality ?? info.personality, systems)
  if (!Number.isSafeInteger(seed)) throw new LabError(`seed ${seed} is not a whole number`)
  if (!Number.isInteger(times) || times < 1 || times > TIMES_MAX) {
    throw new LabError(`${times} times as much: expected a whole number, 1 to ${TIMES_MAX}`)
  }
  const set = { ...which.set, ...options.set }
  checkSysctls(personality, set)
  const mutation = pickMutation(options.mutation ?? which.mutation)
  return { seed, personality, systems, set, mutation, times, keepPackets }
}

function pickSystem(name: string, systems: Systems): Personality {
  if (!isPersonalityName(name)) {
    throw new LabError(`unknown personality '${name}'; expected ${PERSONALITY_NAMES.join(', ')}`)
  }
  return systemOf(name, systems)
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

/** What is told of a scenario. */
export function describeScenario(scenario: Scenario): ScenarioInfo {
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

/** What is told of a claim. */
export function describeClaim(claim: Claim): ScenarioInfo {
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
