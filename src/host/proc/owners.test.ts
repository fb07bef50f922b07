import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readDescriptors } from './descriptor-list.ts'
import { OwnerTable } from './owners.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lastack-proc-'))
  mkdirSync(join(root, 'self', 'ns'), { recursive: true })
  symlinkSync('pid:[4026531836]', join(root, 'self', 'ns', 'pid'))
  writeFileSync(join(root, 'uptime'), '1 1\n')
})

afterEach(() => {
  rmSync(root, { recursive: true })
})

/** A process as /proc shows it; a number among the descriptors is the inode of a socket. */
function addProcess(pid: number, command: string, descriptors: Readonly<Record<number, number | string>>): void {
  mkdirSync(join(root, String(pid), 'fd'), { recursive: true })
  writeFileSync(join(root, String(pid), 'comm'), `${command}\n`)
  writeFileSync(join(root, String(pid), 'cmdline'), `/usr/sbin/${command}\0--verbose\0`)
  for (const [fd, target] of Object.entries(descriptors)) open(pid, Number(fd), target)
}

function open(pid: number, fd: number, target: number | string): void {
  symlinkSync(typeof target === 'number' ? `socket:[${target}]` : target, join(root, String(pid), 'fd', String(fd)))
}

/** Does `work` without root's right to pass file modes by. */
function asNobody(work: () => void): void {
  if (process.geteuid?.() !== 0) return work()
  process.seteuid?.(65_534)
  try {
    work()
  } finally {
    process.seteuid?.(0)
  }
}

describe('one walk', () => {
  test('finds each descriptor of each process, in order', () => {
    addProcess(20, 'worker', { 3: 1001, 10: 1002, 9: 1002 })
    addProcess(7, 'master', { 0: '/dev/null', 3: 1001, 4: 'pipe:[5]' })
    const table = new OwnerTable(root)
    table.update([1001, 1002, 1003])
    expect(table.ownersOf(1001)).toEqual([
      { pid: 7, command: 'master', program: 'master', fd: 3 },
      { pid: 20, command: 'worker', program: 'worker', fd: 3 },
    ])
    expect(table.ownersOf(1002)?.map((owner) => owner.fd)).toEqual([9, 10])
    expect(table.ownersOf(5)).toEqual([])
    expect(table.hiddenProcesses).toBe(0)
  })

  test('finds those of a process whose first thread has ended by another thread', () => {
    addProcess(30, 'server', {})
    for (const thread of ['30', '31']) mkdirSync(join(root, '30', 'task', thread, 'fd'), { recursive: true })
    symlinkSync('socket:[1004]', join(root, '30', 'task', '31', 'fd', '5'))
    const table = new OwnerTable(root)
    // What /proc says of the size of such a directory, a directory of a disk does not.
    table.readBy = (directory) => ({ ...readDescriptors(directory), count: 0 })
    table.update([1004])
    expect(table.ownersOf(1004)).toEqual([{ pid: 30, command: 'server', program: 'server', fd: 5 }])
  })

  test('that saw everything knows that a socket has no owner', () => {
    const table = new OwnerTable(root)
    table.update([1003])
    expect(table.fullSight).toBe(true)
    expect(table.ownersOf(1003)).toEqual([])
  })

  test('that was shown descriptors and not what they are does not know', () => {
    addProcess(1, 'init', { 3: 1003 })
    // The directory may be read and not searched: what a security module does to root, file modes do to everybody else.
    chmodSync(join(root, '1', 'fd'), 0o444)
    chmodSync(root, 0o755)
    const table = new OwnerTable(root)
    asNobody(() => table.update([1003]))
    chmodSync(join(root, '1', 'fd'), 0o755)
    expect(table.hiddenProcesses).toBe(1)
    expect(table.ownersOf(1003)).toBeUndefined()
  })

  test('from inside a PID namespace does not know, but for inode 0, which nobody can hold', () => {
    unlinkSync(join(root, 'self', 'ns', 'pid'))
    symlinkSync('pid:[4026532201]', join(root, 'self', 'ns', 'pid'))
    const table = new OwnerTable(root)
    table.update([1003])
    expect(table.insidePidNamespace).toBe(true)
    expect(table.ownersOf(1003)).toBeUndefined()
    expect(table.ownersOf(0)).toEqual([])
  })

  test.each([
    ['rw,nosuid,hidepid=2', false, true],
    ['rw,hidepid=invisible,gid=4', false, true],
    ['rw,hidepid=1', false, false],
    ['rw,nosuid', false, false],
    ['rw,hidepid=2', true, false],
  ])('with /proc mounted %s, as root %s, others may be hidden: %s', (options, isRoot, hides) => {
    writeFileSync(
      join(root, 'self', 'mounts'),
      `proc ${root} proc rw 0 0\nother /x ext4 rw\nproc ${root} proc ${options} 0 0\n`,
    )
    const table = new OwnerTable(root, () => 0, isRoot)
    table.update([1003])
    expect(table.hidesProcesses).toBe(hides)
    expect(table.ownersOf(1003)).toEqual(hides ? undefined : [])
  })

  test('passes over a process that ends while it is looked at', () => {
    addProcess(7, 'here', { 3: 1001 })
    // What is left of a process in the middle of its end: a directory without descriptors, or without a name.
    mkdirSync(join(root, '8'))
    addProcess(9, 'nameless', { 3: 1002 })
    rmSync(join(root, '9', 'comm'))
    const table = new OwnerTable(root)
    table.update([1001, 1002])
    expect(table.ownersOf(1001)).toHaveLength(1)
    expect(table.ownersOf(1002)).toEqual([])
    expect(table.hiddenProcesses).toBe(0)
  })

  test('takes the program from argv[0]: whole when it is no absolute path, absent when there is none', () => {
    addProcess(7, 'postgres', { 3: 1001 })
    writeFileSync(join(root, '7', 'cmdline'), 'postgres: writer\0')
    addProcess(8, 'kthread', { 3: 1002 })
    writeFileSync(join(root, '8', 'cmdline'), '')
    const table = new OwnerTable(root)
    table.update([1001])
    expect(table.ownersOf(1001)?.[0]?.program).toBe('postgres: writer')
    expect(table.ownersOf(1002)?.[0]).toEqual({ pid: 8, command: 'kthread', program: undefined, fd: 3 })
  })
})

describe('an update', () => {
  test('finds a socket that was opened since', () => {
    addProcess(7, 'server', { 3: 1001 })
    const table = new OwnerTable(root)
    table.update([1001])
    open(7, 4, 1002)
    table.update([1001, 1002])
    expect(table.ownersOf(1002)?.[0]?.fd).toBe(4)
  })

  test('forgets a process that ended, and keeps the others that hold the same socket', () => {
    addProcess(7, 'server', { 3: 1001, 4: 1002 })
    addProcess(8, 'child', { 3: 1001 })
    const table = new OwnerTable(root)
    table.update([1001, 1002])
    rmSync(join(root, '7'), { recursive: true })
    table.update([1001, 1002])
    expect(table.ownersOf(1001)?.map((owner) => owner.pid)).toEqual([8])
    expect(table.ownersOf(1002)).toEqual([])
  })

  test('walks everything again after half a minute, for what it cannot notice', () => {
    addProcess(7, 'parent', { 3: 1001 })
    addProcess(8, 'child', { 3: 1001 })
    let now = 0
    const table = new OwnerTable(root, () => now)
    table.update([1001])
    unlinkSync(join(root, '7', 'fd', '3'))
    open(7, 3, '/dev/null')
    now = 30_000
    table.update([1001])
    expect(table.ownersOf(1001)?.map((owner) => owner.pid)).toEqual([8])
  })

  test('sees that a process has become another program', () => {
    addProcess(7, 'sh', { 3: 1001 })
    const table = new OwnerTable(root)
    table.update([1001])
    writeFileSync(join(root, '7', 'comm'), 'nginx\n')
    table.update([1001])
    expect(table.ownersOf(1001)?.[0]?.command).toBe('nginx')
  })
})

describe('a thrifty update', () => {
  test('walks nothing while all are known', () => {
    addProcess(7, 'server', { 3: 1001 })
    const table = new OwnerTable(root)
    table.update([1001])
    open(7, 4, 1002)
    table.updateThriftily([1001])
    expect(table.ownersOf(1001)).toHaveLength(1)
    expect([...table.sockets()].map(([inode]) => inode)).toEqual([1001])
  })

  test('looks at once into a process that is new', () => {
    addProcess(7, 'server', { 3: 1001 })
    let ms = 0
    const table = new OwnerTable(root, () => ms++)
    table.update([1001])
    addProcess(8, 'client', { 3: 1002 })
    table.updateThriftily([1001, 1002, 1003])
    // Nobody has been seen to hold 1003, but only one process has been looked into.
    expect([1001, 1002, 1003].map((inode) => table.ownersOf(inode)?.length)).toEqual([1, 1, undefined])
  })

  test('looks into all of them when the last walk is long enough ago for what it cost', () => {
    addProcess(7, 'server', { 3: 1001 })
    let ms = 0
    const table = new OwnerTable(root, () => ms++)
    table.update([1001])
    // Its number of descriptors does not tell: it has closed one and opened another.
    unlinkSync(join(root, '7', 'fd', '3'))
    open(7, 3, 1002)
    table.updateThriftily([1002])
    expect(table.ownersOf(1002)).toBeUndefined()
    ms += 1000
    table.updateThriftily([1002])
    expect(table.ownersOf(1002)).toMatchObject([{ pid: 7 }])
  })

  test('does not look again for one that nobody holds', () => {
    let ms = 0
    const table = new OwnerTable(root, () => ms++)
    table.update([1001])
    addProcess(7, 'server', { 3: 1001 })
    ms += 1000
    table.updateThriftily([1001])
    expect(table.ownersOf(1001)).toEqual([])
  })
})
