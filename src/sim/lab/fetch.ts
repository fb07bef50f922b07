import { fetchPersonality, isPersonalityName } from '../../stack/index.ts'
import { SHELF } from '../scenarios/shelf.ts'
import type { Claim } from './claim.ts'
import type { Systems } from './lab.ts'
import { playableClaim, playableScenario, unknownName } from './playable.ts'
import type { Scenario } from './story.ts'
import type { Playable, PlayableClaim } from './types.ts'

async function claims(): Promise<readonly Claim[]> {
  return (await import('../claims/index.ts')).CLAIMS
}

/** The systems that a scenario or claim is played on by itself, and those that a user wants. Names that are none are left to its start. */
async function systemsOf(
  { personality = 'linux', cases }: Scenario | Claim,
  wanted: readonly string[],
): Promise<Systems> {
  const names = new Set([personality, ...cases.map((one) => one.personality ?? personality), ...wanted])
  const known = [...names].filter(isPersonalityName)
  return Object.fromEntries(await Promise.all(known.map(async (name) => [name, await fetchPersonality(name)] as const)))
}

/**
 * Fetches one scenario or claim, for a page that does not load them all: bundlers leave each scenario in a file of its own, the claims in
 * one, and each system in its own. `systems` are those, besides its own, that it shall be played on. What `startScenario` and `runClaim`
 * play is there without it.
 *
 * @throws {LabError} (a rejection) for an unknown scenario or claim; another error when a file cannot be fetched.
 */
export async function fetchScenario(id: string, systems: readonly string[] = []): Promise<Playable> {
  const scenario = await SHELF.get(id)?.()
  if (scenario !== undefined) return playableScenario(scenario, await systemsOf(scenario, systems))
  const all = await claims()
  const claim = all.find((candidate) => candidate.id === id)
  if (claim === undefined) throw unknownName('scenario or claim', id, [...SHELF.keys(), ...all.map(({ id }) => id)])
  return playableClaim(claim, await systemsOf(claim, systems))
}

/**
 * Fetches every claim, in the order of docs/facts.md, and their systems; `systems` as for `fetchScenario`.
 *
 * @throws Error (a rejection) when they cannot be fetched.
 */
export async function fetchClaims(systems: readonly string[] = []): Promise<readonly PlayableClaim[]> {
  const all = await claims()
  return Promise.all(all.map(async (claim) => playableClaim(claim, await systemsOf(claim, systems))))
}
