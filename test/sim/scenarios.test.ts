import { describe, expect, it } from 'vitest'
import { type LabRun, listScenarios, startScenario } from '../../src/sim/index.ts'
import { personalities } from '../../src/stack/index.ts'
import { type Drawable, withLadder } from '../support/ladder.ts'

const SCENARIOS = listScenarios().filter((info) => info.kind === 'scenario')
const CASES = SCENARIOS.flatMap((info) => info.cases.map((which) => [info.id, which.id] as const))

function drawable(run: LabRun): () => Drawable {
  return () => ({ seed: run.seed, stations: run.hosts, events: run.events() })
}

describe.each(Object.keys(personalities))('on %s', (personality) => {
  it.each(CASES)('%s, %s: every check passes', (id, which) => {
    const run = startScenario(id, { case: which, personality })
    const result = run.finish()
    withLadder(drawable(run), () => {
      expect(result.steps.filter((step) => step.kind === 'check' && !step.passed)).toEqual([])
      expect(result.verdict).toBe('pass')
      expect(result.steps.filter((step) => step.kind === 'check').length).toBeGreaterThan(0)
    })
  })
})

describe('other seeds', () => {
  it.each(CASES)('%s, %s passes on ten of them', (id, which) => {
    for (let seed = 2; seed <= 11; seed++) {
      const run = startScenario(id, { case: which, seed })
      const result = run.finish()
      withLadder(drawable(run), () => {
        expect(result.because).toMatch(/^all \d+ checks passed$/)
      })
    }
  })
})
