import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type ClaimResult, listClaims, listScenarios, runClaim } from '../../src/sim/index.ts'

/** The rows of the table of claims in docs/facts.md: id and verdict. */
const FACTS = readFileSync(new URL('../../docs/facts.md', import.meta.url), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, id, verdict] = /^\| ([a-z0-9-]+) \| .* \| (true|false|depends) \| .*\|$/.exec(line) ?? []
    return id === undefined || verdict === undefined ? [] : [[id, verdict] as const]
  })

it('has every claim of the page, and no other', () => {
  expect(FACTS.length).toBe(28)
  expect(listClaims()).toEqual(FACTS.map(([id]) => id))
})

function reasons(result: ClaimResult): string[] {
  return result.cases.map((one) => `${one.case.id}: ${one.holds}: ${one.because}`)
}

describe.each(FACTS)('%s', (id, verdict) => {
  it(`comes out ${verdict}, on three seeds`, () => {
    for (const seed of [1, 2, 3]) {
      const result = runClaim(id, { seed })
      // The cases stand beside the verdict so that a failure shows them.
      expect([result.verdict, seed, ...reasons(result)]).toEqual([verdict, seed, ...reasons(result)])
      expect(result.expected).toBe(verdict)
      expect(result.agrees).toBe(true)
    }
  })

  it('comes out otherwise once its mechanism is broken', () => {
    const mutation = listScenarios().find((info) => info.id === id)?.mutation
    expect(mutation).toBeDefined()
    const result = runClaim(id, { mutation: mutation?.id })
    expect([result.verdict, mutation?.title, ...reasons(result)]).not.toContain(verdict)
  })

  it('says in numbers why, for each case', () => {
    const result = runClaim(id)
    for (const one of result.cases) expect(one.because.length).toBeGreaterThan(20)
    expect(new Set(result.cases.map((one) => one.case.id)).size).toBe(result.cases.length)
    // "depends" is computed from cases that differ.
    if (verdict === 'depends') expect(new Set(result.cases.map((one) => one.holds)).size).toBe(2)
  })
})
