/** What can be played, and on what. This file runs when the page is built: the page gets what it exports, and not what it is made of. */
import { listScenarios, type ScenarioInfo } from 'lastack/sim'
import { personalities } from 'lastack/stack'

/** Everything that can be played, by name. */
export const PLAYABLES: readonly Pick<ScenarioInfo, 'id' | 'kind' | 'title'>[] = listScenarios().map(
  ({ id, kind, title }) => ({ id, kind, title }),
)

/** The systems that it can be played on. */
export const SYSTEMS: readonly string[] = Object.keys(personalities)
