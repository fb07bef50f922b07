import { expect, test } from 'vitest'
import { changesBetween } from './changes.ts'
import type { Finding, Severity } from './types.ts'

function found(id: string, severity: Severity = 'warning'): Finding {
  const rule = id.split('/')[0] as string
  const explanation = ['What.', 'Why.', 'Then.'] as const
  return {
    ...{ id, rule, severity, title: id, evidence: [], owner: { kind: 'host' }, explanation, remedies: [], cookies: [] },
  }
}

/** The ids of each kind of change. */
function ids(...args: Parameters<typeof changesBetween>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(changesBetween(...args)).map(([kind, all]) => [kind, names(all)]))
}

function names(findings: readonly Finding[]): string[] {
  return findings.map(({ id }) => id)
}

const [LEAK, DRAIN, FULL] = [found('leak/a'), found('leak/b'), found('full/8080')]

test('a finding begins at the look that first has it, and ends at the first that has it no more', () => {
  expect(ids([], [LEAK])).toEqual({ current: ['leak/a'], began: ['leak/a'], shifted: [], ended: [] })
  expect(ids([LEAK], [LEAK, DRAIN])).toEqual({
    current: ['leak/a', 'leak/b'],
    began: ['leak/b'],
    shifted: [],
    ended: [],
  })
  expect(ids([LEAK, DRAIN], [DRAIN])).toEqual({ current: ['leak/b'], began: [], shifted: [], ended: ['leak/a'] })
})

test('a finding of a rule that could not judge has not ended', () => {
  expect(ids([LEAK, FULL], [], ['full'])).toEqual({
    current: ['full/8080'],
    began: [],
    shifted: [],
    ended: ['leak/a'],
  })
})

test('the same finding at another severity has shifted, and is current as it is now', () => {
  const graver = found('leak/a', 'critical')
  expect(changesBetween([LEAK], [graver])).toEqual({ current: [graver], began: [], shifted: [graver], ended: [] })
})
