import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ProcessTable } from './process-table.ts'
import { userNames } from './users.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lastack-proc-'))
  writeFileSync(join(root, 'stat'), 'cpu 1 2\nbtime 1700000000\n')
  writeFileSync(join(root, 'passwd'), 'root:x:0:0::/root:/bin/sh\nwww:x:33:33::/var/www:/bin/false\nbroken\n')
})

afterEach(() => {
  rmSync(root, { recursive: true })
})

function addProcess(pid: number, command: string, startTicks: number, uid: number = 33): string {
  const directory = join(root, String(pid))
  mkdirSync(join(directory, 'fd'), { recursive: true })
  mkdirSync(join(directory, 'ns'), { recursive: true })
  const columns = ['S', '1', ...new Array(17).fill('0'), String(startTicks), '0']
  writeFileSync(join(directory, 'stat'), `${pid} (${command}) ${columns.join(' ')}\n`)
  writeFileSync(join(directory, 'status'), `Name:\t${command}\nUid:\t0\t${uid}\t0\t0\n`)
  writeFileSync(join(directory, 'cmdline'), '/usr/bin/python3\0-m\0http.server\0')
  writeFileSync(join(directory, 'cgroup'), '0::/system.slice/web.service\n')
  writeFileSync(
    join(directory, 'limits'),
    'Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 4096                 files     \n',
  )
  symlinkSync('/srv/web', join(directory, 'cwd'))
  symlinkSync('/usr/bin/python3.11', join(directory, 'exe'))
  symlinkSync('net:[4026531840]', join(directory, 'ns', 'net'))
  return directory
}

function tableOf(): ProcessTable {
  return new ProcessTable(root, userNames(join(root, 'passwd')))
}

test('tells all that /proc has of a process', () => {
  const directory = addProcess(7, 'py (thon) 3', 12_345)
  const [details] = tableOf().look([7])
  expect(details).toEqual({
    pid: 7,
    command: 'py (thon) 3',
    commandLine: '/usr/bin/python3 -m http.server',
    uid: 33,
    user: 'www',
    unit: 'web.service',
    container: undefined,
    cwd: '/srv/web',
    executable: '/usr/bin/python3.11',
    startTime: 12_345,
    startedMs: 123_450,
    startedAt: 1_700_000_123_450,
    netns: 4_026_531_840,
    fdCount: expect.any(Number),
    fdLimit: 1024,
  })
  expect(directory).toMatch(/7$/)
})

test('a user without a name has its number, and what is not visible is undefined', () => {
  const directory = addProcess(7, 'web', 1, 4711)
  for (const name of ['cwd', 'exe', 'fd', 'limits', 'cgroup', 'ns']) rmSync(join(directory, name), { recursive: true })
  const [details] = tableOf().look([7])
  expect(details).toMatchObject({ user: '4711', unit: undefined })
  expect([details?.cwd, details?.executable, details?.fdCount, details?.fdLimit, details?.netns]).toEqual(
    new Array(5).fill(undefined),
  )
})

test('passes over processes that are gone or in the middle of their end, and tells the others by pid', () => {
  addProcess(20, 'b', 1)
  addProcess(7, 'a', 1)
  mkdirSync(join(root, '8'))
  writeFileSync(join(root, '8', 'stat'), '')
  expect(
    tableOf()
      .look([20, 8, 9, 7])
      .map(({ pid }) => pid),
  ).toEqual([7, 20])
})

test('a pid that was given to another process is another process', () => {
  const table = tableOf()
  addProcess(7, 'old', 100)
  expect(table.look([7])[0]?.command).toBe('old')
  rmSync(join(root, '7'), { recursive: true })
  addProcess(7, 'old', 900, 0)
  expect(table.look([7])[0]).toMatchObject({ startTime: 900, user: 'root' })
})

test('what a process was before exec() is not told of it after', () => {
  const table = tableOf()
  const directory = addProcess(7, 'sh', 100)
  table.look([7])
  rmSync(directory, { recursive: true })
  addProcess(7, 'nginx', 100)
  expect(table.look([7])[0]?.command).toBe('nginx')
})
