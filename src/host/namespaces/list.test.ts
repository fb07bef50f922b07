import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HostError } from '../errors.ts'
import { findNamespace, findNamespaces, listNamespaces } from './list.ts'

const OWN = 4_026_531_840
const CONTAINER = 'ab12'.repeat(16)

let root: string
let names: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lastack-proc-'))
  names = join(root, 'netns')
  mkdirSync(names)
  addProcess('self', OWN)
  addProcess('1', OWN)
})

afterEach(() => {
  rmSync(root, { recursive: true })
})

function addProcess(pid: string, inode: number, cgroup: string = '0::/'): void {
  mkdirSync(join(root, pid, 'ns'), { recursive: true })
  symlinkSync(`net:[${inode}]`, join(root, pid, 'ns', 'net'))
  writeFileSync(join(root, pid, 'cgroup'), `${cgroup}\n`)
}

test('lists those in which processes live and those with a name, the own one first', () => {
  writeFileSync(join(names, 'blue'), '')
  const blue = statSync(join(names, 'blue')).ino
  addProcess('30', 77)
  addProcess('4', 77)
  addProcess('50', 88, `0::/docker/${CONTAINER}`)
  expect(listNamespaces(root, names)).toEqual([
    { inode: OWN, label: `net:[${OWN}]`, path: join(root, '1', 'ns', 'net'), own: true, pids: [1] },
    { inode: 88, label: 'ab12ab12ab12', path: join(root, '50', 'ns', 'net'), own: false, pids: [50] },
    { inode: blue, label: 'blue', path: join(names, 'blue'), own: false, pids: [] },
    { inode: 77, label: 'net:[77]', path: join(root, '4', 'ns', 'net'), own: false, pids: [4, 30] },
  ])
})

test('a word means all of them, a name, a container, or the one of a pid', () => {
  writeFileSync(join(names, 'blue'), '')
  addProcess('50', 88, `0::/docker/${CONTAINER}`)
  const labels = (word: string): string[] => findNamespaces(word, root, names).map(({ label }) => label)
  expect(labels('all')).toHaveLength(3)
  expect(labels('blue')).toEqual(['blue'])
  expect(labels('ab12ab12ab12')).toEqual(['ab12ab12ab12'])
  expect(labels('50')).toEqual(['ab12ab12ab12'])
  // A runtime may give the namespace of its container a name of its own.
  addProcess('60', statSync(join(names, 'blue')).ino, `0::/docker/${'cd34'.repeat(16)}`)
  expect(labels('cd34cd34cd34')).toEqual(['blue'])
  expect(() => labels('red')).toThrow(
    new HostError('"red" is no network namespace: expected all, a name or a pid; there are ab12ab12ab12, blue'),
  )
})

test('where one is wanted, a word for all is none', () => {
  writeFileSync(join(names, 'blue'), '')
  expect(findNamespace('blue', root, names).label).toBe('blue')
  for (const word of ['red', 'all']) {
    expect(() => findNamespace(word, root, names)).toThrow(
      new HostError(`"${word}" is no network namespace: expected a name or a pid; there are blue`),
    )
  }
})

test('a process that hides its namespace, or has ended, is in none', () => {
  mkdirSync(join(root, '99'))
  expect(listNamespaces(root, join(root, 'no-such-directory')).map(({ pids }) => pids)).toEqual([[1]])
})
