import { describe, expect, it } from 'vitest'
import { type ClaimResult, listClaims, listScenarios, runClaim } from '../../src/sim/index.ts'

/** docs/facts.md, section 5: the claims and what is true of them. */
const FACTS: Readonly<Record<string, 'true' | 'false' | 'depends'>> = {
  'close-wait-is-peer': 'false',
  'close-wait-client-crash': 'false',
  'close-wait-network': 'false',
  'close-wait-client-stuck': 'false',
  'close-wait-download-crash': 'false',
  'close-wait-times-out': 'depends',
  'close-wait-restart-client': 'depends',
  'close-wait-restart-server': 'true',
  'close-wait-kill-one': 'false',
  'close-wait-no-owner-is-kernel': 'depends',
  'close-wait-not-tunable': 'true',
  'fin-timeout-is-2msl': 'false',
  'fin-timeout-raise': 'depends',
  'msl-four-minutes': 'depends',
  'close-wait-interval': 'false',
  'time-wait-first-fin': 'depends',
  'four-packets': 'depends',
  'time-wait-lost-ack': 'true',
  'time-wait-old-duplicate': 'true',
  'time-wait-last-ack-rst': 'false',
  'time-wait-init-d': 'false',
  'time-wait-client-harmless': 'depends',
  'reuseaddr-fixes-restart': 'depends',
  'reuseaddr-steals': 'false',
  'linger-zero': 'true',
  'rst-after-fin': 'true',
  'keepalive-cures': 'false',
  'udp-needs-none': 'true',
}

it('has every claim of the page, and no other', () => {
  expect([...listClaims()].sort()).toEqual(Object.keys(FACTS).sort())
})

function reasons(result: ClaimResult): string[] {
  return result.cases.map((one) => `${one.case.id}: ${one.holds}: ${one.because}`)
}

describe.each(Object.entries(FACTS))('%s', (id, verdict) => {
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
