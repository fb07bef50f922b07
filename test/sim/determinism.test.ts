import { describe, expect, it } from 'vitest'
import { listClaims, listScenarios, runClaim, startScenario } from '../../src/sim/index.ts'

/** FNV-1a, to compare captures without printing them. */
function digest(octets: Uint8Array): string {
  let hash = 0x811c9dc5
  for (const octet of octets) hash = Math.imul(hash ^ octet, 0x01000193)
  return `${octets.length} octets, ${(hash >>> 0).toString(16)}`
}

function capture(id: string, which: string, seed: number): { readonly pcapng: string; readonly events: string } {
  const run = startScenario(id, { case: which, seed })
  const result = run.finish()
  return { pcapng: digest(run.pcapng()), events: JSON.stringify(result.events) }
}

const CASES = listScenarios().flatMap((info) => info.cases.map((which) => [info.id, which.id] as const))

describe('one seed', () => {
  it.each(CASES)('plays %s, %s twice to the same octets and events', (id, which) => {
    const first = capture(id, which, 7)
    const second = capture(id, which, 7)
    expect(second.pcapng).toBe(first.pcapng)
    expect(second.events).toBe(first.events)
  })

  it('judges all claims twice to the same captures', () => {
    for (const id of listClaims()) {
      const [first, second] = [runClaim(id), runClaim(id)]
      expect(second.cases.map((one) => digest(one.pcapng))).toEqual(first.cases.map((one) => digest(one.pcapng)))
    }
  })
})

it('another seed plays with other sequence numbers', () => {
  expect(capture('plain-close', 'run', 1).pcapng).not.toBe(capture('plain-close', 'run', 2).pcapng)
})

it('a capture so far is the beginning of the capture at the end', () => {
  const run = startScenario('plain-close')
  run.playUntil(1_100_000)
  const early = run.pcapng()
  run.finish()
  const whole = run.pcapng()
  expect(early.length).toBeGreaterThan(200)
  expect(whole.length).toBeGreaterThan(early.length)
  expect(digest(whole.subarray(0, early.length))).toBe(digest(early))
})
