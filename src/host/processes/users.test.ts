import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { userNames } from './users.ts'

const folder = mkdtempSync(join(tmpdir(), 'lastack-users-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('users have the first name of their number', () => {
  const path = join(folder, 'passwd')
  writeFileSync(path, 'root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\nbroken\nwww:x:33:33::/:/\n')
  expect([0, 33, 1000].map(userNames(path))).toEqual(['root', 'www', undefined])
})

test('without a file of users there are no names', () => {
  expect(userNames(join(folder, 'none'))(0)).toBeUndefined()
})
