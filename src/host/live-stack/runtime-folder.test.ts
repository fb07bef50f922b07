import { once } from 'node:events'
import { existsSync, linkSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { claimSocketPath, releaseSocketPath, runningNames } from './runtime-folder.ts'

const base = mkdtempSync(join(tmpdir(), 'lastack-runtime-'))
const folder = join(base, 'lastack')

beforeAll(() => {
  vi.stubEnv('XDG_RUNTIME_DIR', base)
  mkdirSync(folder)
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(base, { recursive: true })
})

/** A socket that nobody listens on any more. */
async function deadSocket(name: string): Promise<string> {
  const path = join(folder, name)
  const server = createServer().listen(`${path}.open`)
  await once(server, 'listening')
  linkSync(`${path}.open`, path)
  await new Promise((resolve) => server.close(resolve))
  return path
}

test('the sockets of stacks that were killed are removed', async () => {
  const dead = await deadSocket('dead0.sock')
  expect(await claimSocketPath('mine0')).toBe(join(folder, 'mine0.sock'))
  expect(existsSync(dead)).toBe(false)
})

test('the folder goes with the last socket', async () => {
  vi.stubEnv('XDG_RUNTIME_DIR', join(base, 'other'))
  const [one, two] = [await claimSocketPath('one0'), await claimSocketPath('two0')]
  const server = createServer().listen(two)
  await once(server, 'listening')
  releaseSocketPath(one)
  expect(await runningNames()).toContain('two0')
  await new Promise((resolve) => server.close(resolve))
  releaseSocketPath(two)
  expect(existsSync(join(base, 'other', 'lastack'))).toBe(false)
  vi.stubEnv('XDG_RUNTIME_DIR', base)
})

test('what has taken the name of a dead one meanwhile is kept', async () => {
  const dead = await deadSocket('dead1.sock')
  const next = await deadSocket('next')
  const claimed = claimSocketPath('mine1')
  renameSync(next, dead)
  await claimed
  expect(existsSync(dead)).toBe(true)
})
