import { expect, test } from 'vitest'
import { diagnosed, ids, look, looks } from '../looks.testing.ts'
import type { DeadDescriptor } from '../types.ts'

const dead = (count: number, pid: number = 4242): DeadDescriptor[] =>
  Array.from({ length: count }, (_, i) => ({ pid, fd: 10 + i, inode: 900 + i }))
const processes = [{ pid: 4242, command: 'python3', fdCount: 40, fdLimit: 1024 }]
const ID = 'dead-descriptors/python3-4242'

test.each([
  ['five of one process', dead(5), [ID]],
  ['four', dead(4), []],
  ['four in each of two', [...dead(4), ...dead(4, 5)], []],
])('%s', (_what, deadDescriptors, expected) => {
  expect(ids([], { deadDescriptors, processes })).toEqual(expected)
})

test('with a history only those count that have been dead for a while', () => {
  const more = (i: number): { deadDescriptors: DeadDescriptor[] } => ({ deadDescriptors: dead(9).slice(i, i + 6) })
  expect(diagnosed(looks(4, 10, () => [], more))).toEqual([])
  expect(
    diagnosed(
      looks(
        4,
        10,
        () => [],
        () => more(0),
      ),
    )[0]?.evidence[0],
  ).toEqual({ name: 'dead TCP descriptors', value: 6, unit: '' })
})

test('a process that is not described is still named by its pid', () => {
  expect(diagnosed([look([], { deadDescriptors: dead(5, 9) })])[0]?.title).toBe(
    'a process (pid 9) holds 5 descriptors of connections that have ended',
  )
})
