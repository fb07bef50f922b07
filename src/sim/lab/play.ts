import { personalities } from '../../stack/index.ts'
import { CLAIMS } from '../claims/index.ts'
import { SCENARIOS } from '../scenarios/index.ts'
import { MUTATIONS } from './mutations.ts'
import { describeClaim, describeScenario, playableClaim, playableScenario, unknownName } from './playable.ts'
import type { ClaimResult, LabResult, LabRun, MutationInfo, RunOptions, ScenarioInfo } from './types.ts'

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
  if (scenario !== undefined) return playableScenario(scenario, personalities).start(options)
  const claim = CLAIMS.find((candidate) => candidate.id === id)
  if (claim === undefined) throw unknownName('scenario or claim', id, allIds())
  return playableClaim(claim, personalities).start(options)
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
  if (claim === undefined) throw unknownName('claim', id, allIds())
  return playableClaim(claim, personalities).judge(options)
}

/** Ids of all claims, in the order of docs/facts.md. */
export function listClaims(): readonly string[] {
  return CLAIMS.map((claim) => claim.id)
}

function allIds(): readonly string[] {
  return [...SCENARIOS, ...CLAIMS].map(({ id }) => id)
}
