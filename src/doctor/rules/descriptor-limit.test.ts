import { expect, test } from 'vitest'
import { diagnosed, ids, listener, look, looks, served, times } from '../looks.testing.ts'

const using = (
  fdCount: number,
  fdLimit: number = 1000,
): { processes: { pid: number; command: string; fdCount: number; fdLimit: number }[] } => ({
  processes: [{ pid: 4242, command: 'python3', fdCount, fdLimit }],
})

test.each([
  [800, ['descriptor-limit/python3-4242']],
  [799, []],
  [0, []],
])('%d of 1000 descriptors', (count, expected) => {
  expect(ids([], using(count))).toEqual(expected)
})

test('a limit that is not known is not judged', () => {
  expect(ids([], { processes: [{ pid: 1, command: 'a', fdCount: 9 }] })).toEqual([])
  expect(ids([], using(9, 0))).toEqual([])
})

test('how soon, what they are, and how to raise it', () => {
  const rows = [listener(8080), ...times(3, () => served('ESTABLISHED'))]
  const [finding] = diagnosed(
    looks(
      2,
      60,
      () => rows,
      (i) => using(850 + 100 * i),
    ),
  )
  expect(finding).toMatchObject({ severity: 'critical', growthPerMinute: 100 })
  expect(finding?.evidence).toContainEqual({ name: 'limit reached in', value: 1, unit: 'min' })
  expect(finding?.evidence).toContainEqual({ name: 'TCP sockets', value: '3 ESTABLISHED, 1 LISTEN', unit: '' })
  expect(finding?.remedies[1]?.commands).toEqual(['prlimit --pid 4242 --nofile=4000'])
  expect(diagnosed([look([], using(949))])[0]?.severity).toBe('warning')
})
