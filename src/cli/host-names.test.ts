import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { hostNames } from './host-names.ts'

const folder = mkdtempSync(join(tmpdir(), 'lastack-names-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

test('addresses have the first name of their first line in the file of hosts, and no name server is asked', async () => {
  const hosts = file('hosts', '# local\n192.0.2.1 first second # comment\n192.0.2.1 third\n\nfd00::1\tsix\n')
  const { name, unanswered } = await hostNames(['192.0.2.1', 'fd00::1'], 0, hosts)
  expect([name('192.0.2.1'), name('fd00::1'), unanswered]).toEqual(['first', 'six', 0])
})

test('an address that nobody names in time stays a number', async () => {
  const { name, unanswered } = await hostNames(['192.0.2.7'], 0, join(folder, 'none'))
  expect(name('192.0.2.7')).toBeUndefined()
  expect(unanswered).toBeLessThanOrEqual(1)
})
