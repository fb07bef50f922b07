import { expect, test } from 'vitest'
import { entryOf } from './entry.ts'

test('a table has what was put into it, and nothing of its language', () => {
  const table = { read: 1 }
  expect(['read', 'write', 'toString', 'constructor', '__proto__'].map((name) => entryOf(table, name))).toEqual([
    1,
    ...[undefined, undefined, undefined, undefined],
  ])
})
