import type { Lab } from './lab.ts'
import type { Wait } from './wait.ts'

/**
 * A story plays a scenario: it builds the world, sets programs to work, waits, checks and tells. It is a coroutine that yields what
 * it waits for, so that a run can be stepped; `lab.sleep`, `lab.until` and `lab.expect` are for `yield*`.
 */
export type Story = (lab: Lab) => Generator<Wait, void, void>

/** A scenario as it is written down; see src/sim/scenarios. */
export interface Scenario {
  readonly id: string
  readonly title: string
  readonly summary: string
  /** Default `linux`. */
  readonly personality?: string
  /** True: `LabSetting.times` says how much is carried. */
  readonly carriesBulk?: boolean
  readonly cases: readonly ScenarioCase[]
}

/** One way a scenario goes: each is played in a world of its own. */
export interface ScenarioCase {
  readonly id: string
  readonly title: string
  /** Another system for this case. */
  readonly personality?: string
  /** Sysctls of this case; what a user sets goes on top. */
  readonly set?: Readonly<Record<string, string>>
  /** Id of a mutation that this case is about. */
  readonly mutation?: string
  readonly story: Story
}
