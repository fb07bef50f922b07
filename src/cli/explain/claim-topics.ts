import { listScenarios, runClaim, type ScenarioInfo } from '../../sim/index.ts'
import { claimText } from '../claim-text.ts'
import { wrap } from '../text.ts'
import type { Topic } from './topic.ts'

/** Every scenario and claim. A claim is judged there and then: its verdict is nowhere written down but in the run. */
export function claimTopics(): Topic[] {
  return listScenarios().map((info) => ({
    kind: info.kind === 'claim' ? 'a claim' : `a scenario: ${info.title}`,
    name: info.id,
    aliases: [],
    body: async (width) => (info.kind === 'claim' ? claimBody(info.id, width) : scenarioBody(info, width)),
  }))
}

function claimBody(id: string, width: number): string {
  return claimText(runClaim(id), width).trimEnd()
}

function scenarioBody(info: ScenarioInfo, width: number): string {
  return `${wrap(info.summary, width, '  ')}\n\n  To see it: lastack lab ${info.id}`
}
