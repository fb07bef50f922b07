import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SocketOwner } from '../../inspect/index.ts'
import { type DescriptorCalls, POLLRDHUP } from './calls.ts'
import { type DeadSearch, findDeadDescriptors } from './dead-descriptors.ts'

const HERE = 4_026_531_840
const EPERM = 1

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lastack-proc-'))
})

afterEach(() => {
  rmSync(root, { recursive: true })
})

/** A descriptor as /proc shows it, in a process of this or another network namespace. */
function open(pid: number, fd: number, inode: number, namespace: number = HERE): SocketOwner {
  mkdirSync(join(root, String(pid), 'fd'), { recursive: true })
  mkdirSync(join(root, String(pid), 'ns'), { recursive: true })
  rmSync(join(root, String(pid), 'ns', 'net'), { force: true })
  symlinkSync(`net:[${namespace}]`, join(root, String(pid), 'ns', 'net'))
  symlinkSync(`socket:[${inode}]`, join(root, String(pid), 'fd', String(fd)))
  return { pid, command: 'server', fd }
}

/** A kernel in which each descriptor has a protocol, and says of itself that it is over or not. */
function kernel(protocols: Readonly<Record<string, string>>, hangUp: (fd: number) => number): DescriptorCalls {
  return {
    getxattr(path, name, into) {
      expect(name).toBe('system.sockprotoname')
      const text = Buffer.from(`${protocols[path.slice(root.length + 1)] ?? 'UNIX'}\0`)
      into.set(text)
      return text.length
    },
    pidfdOpen: (pid) => pid + 1000,
    pidfdGetfd: (_, fd) => fd + 100,
    poll: (fd) => hangUp(fd - 100),
    close: () => 0,
  }
}

function search(held: DeadSearch['held'], calls: DescriptorCalls, dumped: readonly number[] = []): DeadSearch {
  return { calls, root, held, isListed: () => false, dump: () => new Set(dumped), namespaces: new Set([HERE]) }
}

describe('dead descriptors', () => {
  const over = (): number => POLLRDHUP

  test('are those of TCP sockets that no table has, in every process that holds one', () => {
    const held: [number, SocketOwner[]][] = [
      [11, [open(8, 5, 11), open(9, 5, 11)]],
      [12, [open(8, 6, 12)]],
      [13, [open(7, 3, 13)]],
      [14, [open(7, 4, 14)]],
    ]
    const protocols = { '8/fd/5': 'TCP', '8/fd/6': 'UNIX', '7/fd/3': 'TCPv6', '7/fd/4': 'TCP' }
    expect(findDeadDescriptors(search(held, kernel(protocols, over), [14]))).toEqual([
      { pid: 7, fd: 3, inode: 13 },
      { pid: 8, fd: 5, inode: 11 },
      { pid: 9, fd: 5, inode: 11 },
    ])
  })

  test('are not those of sockets that never were connected', () => {
    const held: [number, SocketOwner[]][] = [
      [11, [open(8, 5, 11)]],
      [12, [open(8, 6, 12)]],
    ]
    const calls = kernel({ '8/fd/5': 'TCP', '8/fd/6': 'TCP' }, (fd) => (fd === 5 ? 0 : POLLRDHUP))
    expect(findDeadDescriptors(search(held, calls))).toEqual([{ pid: 8, fd: 6, inode: 12 }])
  })

  test('are told without asking the socket where that is not allowed', () => {
    const calls = { ...kernel({ '8/fd/5': 'TCP' }, over), pidfdGetfd: () => -EPERM }
    expect(findDeadDescriptors(search([[11, [open(8, 5, 11)]]], calls))).toEqual([{ pid: 8, fd: 5, inode: 11 }])
  })

  test('are those of multipath sockets too, when the socket itself says so', () => {
    const held: [number, SocketOwner[]][] = [
      [11, [open(8, 5, 11)]],
      [12, [open(8, 6, 12)]],
    ]
    const calls = kernel({ '8/fd/5': 'MPTCP', '8/fd/6': 'MPTCPv6' }, (fd) => (fd === 5 ? POLLRDHUP : 0))
    expect(findDeadDescriptors(search(held, calls))).toEqual([{ pid: 8, fd: 5, inode: 11 }])
    expect(findDeadDescriptors(search(held, { ...calls, pidfdGetfd: () => -EPERM }))).toEqual([])
  })

  test('are not looked for in other network namespaces, whose tables were not read', () => {
    const held: [number, SocketOwner[]][] = [[11, [open(8, 5, 11, HERE + 1)]]]
    expect(findDeadDescriptors(search(held, kernel({ '8/fd/5': 'TCP' }, over)))).toEqual([])
  })

  test('a number that has passed to another socket, or whose process has ended, is none', () => {
    const held: [number, SocketOwner[]][] = [
      [11, [open(8, 5, 11)]],
      [12, [open(9, 5, 12)]],
    ]
    unlinkSync(join(root, '8', 'fd', '5'))
    open(8, 5, 99)
    rmSync(join(root, '9'), { recursive: true })
    expect(findDeadDescriptors(search(held, kernel({ '8/fd/5': 'TCP', '9/fd/5': 'TCP' }, over)))).toEqual([])
  })

  test('cost no dump where every descriptor is accounted for', () => {
    const dump = (): ReadonlySet<number> => {
      throw new Error('dumped')
    }
    const held: [number, SocketOwner[]][] = [[11, [open(8, 5, 11)]]]
    const calls = kernel({ '8/fd/5': 'TCP' }, over)
    expect(findDeadDescriptors({ ...search(held, calls), dump, isListed: (inode) => inode === 11 })).toEqual([])
    expect(findDeadDescriptors({ ...search(held, kernel({}, over)), dump })).toEqual([])
  })
})
