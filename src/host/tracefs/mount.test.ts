import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HostError } from '../errors.ts'
import { openTracefs } from './mount.ts'

const noKoffi = (): Promise<never> => Promise.reject(new Error('not installed'))

test('takes tracefs where it is mounted, without a binding', async () => {
  const root = mkdtempSync(join(tmpdir(), 'lastack-tracefs-'))
  mkdirSync(join(root, 'events', 'sock'), { recursive: true })
  expect((await openTracefs(noKoffi, ['/no/such/place', root])).path).toBe(root)
  rmSync(root, { recursive: true })
})

test('where it is not, and cannot be mounted, it says so in one line', async () => {
  await expect(openTracefs(noKoffi, ['/no/such/place'])).rejects.toThrow(
    new HostError('koffi could not be loaded: not installed'),
  )
})
