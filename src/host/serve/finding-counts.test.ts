import { expect, test } from 'vitest'
import type { Evidence, Finding } from '../../doctor/index.ts'
import { FindingCounts } from './finding-counts.ts'

function finding(id: string, first: Evidence['value']): Finding {
  return {
    id,
    rule: 'close-wait-server',
    title: '',
    severity: 'warning',
    evidence: [{ name: 'stale in CLOSE-WAIT', value: first, unit: 'sockets' }],
    owner: { kind: 'unknown' },
    explanation: ['', '', ''],
    remedies: [],
    cookies: [],
  }
}

test('a finding has its count of every reading, and none once it has ended', () => {
  const counts = new FindingCounts()
  counts.take([finding('a', 10)], 1000)
  counts.take([finding('a', 12), finding('b', 'no number')], 2000)
  expect(counts.of('a')).toEqual([
    { at: 1000, count: 10 },
    { at: 2000, count: 12 },
  ])
  expect(counts.of('b')).toEqual([])
  counts.take([], 3000)
  counts.take([finding('a', 3)], 4000)
  expect(counts.of('a')).toEqual([{ at: 4000, count: 3 }])
})

test('a finding that lasts keeps its beginning and its end in bounded memory', () => {
  const counts = new FindingCounts()
  for (let second = 0; second < 1000; second++) counts.take([finding('a', second)], second * 1000)
  const samples = counts.of('a')
  expect(samples.length).toBeLessThanOrEqual(121)
  expect([samples[0]?.count, samples.at(-1)?.count]).toEqual([0, 999])
})
