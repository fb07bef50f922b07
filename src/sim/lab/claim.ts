import type { Judge } from './run.ts'
import type { ScenarioCase } from './story.ts'
import type { ClaimVerdict } from './types.ts'

/** A claim as it is written down; see src/sim/claims. */
export interface Claim {
  readonly id: string
  /** As it goes round. */
  readonly claim: string
  /** The system it is judged on, unless a case names another. */
  readonly personality: string
  /** What docs/facts.md says; the runs must come to the same. */
  readonly expected: ClaimVerdict
  /** Why, in one paragraph. */
  readonly explanation: string
  readonly cases: readonly ClaimCase[]
  /** Id of the mutation that must make the verdict another. */
  readonly mutation: string
}

/** One situation in which the claim holds or does not. */
export interface ClaimCase extends ScenarioCase {
  /** Computes from the run whether the claim holds in it. */
  readonly judge: Judge
}
