import { expect, test } from 'vitest'
import { drops, ids, listener } from '../looks.testing.ts'

test.each([
  ['at the cap, and some lost', '128', 128, 1, ['setting-somaxconn']],
  ['at the cap, and none lost', '128', 128, 0, []],
  ['below the cap: the program asked for no more', '128', 64, 5, []],
  ['a cap that is large enough', '4096', 4096, 5, []],
  ['so many lost that the queue itself is the finding', '128', 128, 100, ['accept-queue/0.0.0.0:8080']],
])('%s', (_what, somaxconn, backlog, lost, expected) => {
  const row = listener(8080, { sendQueue: backlog, memory: drops(lost) })
  expect(ids([row], { sysctls: { 'net.core.somaxconn': somaxconn } })).toEqual(expected)
})
