import { chmodSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HostError } from '../errors.ts'
import { type DescriptorList, loadReadDescriptors, type ReadDescriptors, readDescriptors } from './descriptor-list.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lastack-fd-'))
  chmodSync(directory, 0o755)
})

afterEach(() => {
  chmodSync(directory, 0o755)
  rmSync(directory, { recursive: true })
})

const link = (fd: number, target: string): void => symlinkSync(target, join(directory, String(fd)))

/** The pairs of descriptor and inode, by descriptor: each reader has an order of its own. */
const socketsOf = ({ fds, inodes }: DescriptorList): (readonly [number, number])[] =>
  fds.map((fd, i) => [fd, inodes[i] as number] as const).sort(([a], [b]) => a - b)

/** Does `work` without root's right to pass file modes by. */
function asNobody<T>(work: () => T): T {
  if (process.geteuid?.() !== 0) return work()
  process.seteuid?.(65_534)
  try {
    return work()
  } finally {
    process.seteuid?.(0)
  }
}

const readers: readonly (readonly [string, () => Promise<ReadDescriptors>])[] = [
  ["Node's means", async () => readDescriptors],
  ['system calls', () => loadReadDescriptors(() => import('koffi'))],
]

describe.each(readers)('descriptors read by %s', (_, load) => {
  test('are the sockets among them, with their inodes', async () => {
    const read = await load()
    link(0, '/dev/null')
    link(3, 'socket:[4294967295]')
    link(4, 'socket')
    link(5, 'pipe:[77]')
    link(6, `/a/path/${'longer/'.repeat(30)}than a socket's`)
    link(12_345, 'socket:[8]')
    expect(socketsOf(read(directory))).toEqual([
      [3, 0xffffffff],
      [12_345, 8],
    ])
  })

  test('are as many as there are, and more than one call of the kernel tells', async () => {
    const read = await load()
    const inodes = Array.from({ length: 5000 }, (_, i) => [i + 3, 100_000 + i] as const)
    for (const [fd, inode] of inodes) link(fd, `socket:[${inode}]`)
    expect(socketsOf(read(directory))).toEqual(inodes)
  })

  test('are forbidden where the links are', async () => {
    const read = await load()
    link(3, 'socket:[1]')
    expect(read(directory).isForbidden).toBe(false)
    chmodSync(directory, 0o444)
    expect(asNobody(() => read(directory))).toMatchObject({ isForbidden: true, fds: [] })
  })

  test('of a process that is gone are an error that says so', async () => {
    const read = await load()
    expect(() => read(join(directory, 'gone'))).toThrow('ENOENT')
  })

  test("of this process hold a server's socket", async () => {
    const read = await load()
    const server = createServer()
    const before = read('/proc/self/fd')
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const during = read('/proc/self/fd')
    await new Promise((resolve) => server.close(resolve))
    const known = new Set(before.inodes)
    expect(during.inodes.filter((inode) => !known.has(inode)).length).toBeGreaterThan(0)
  })
})

test('without koffi there are no system calls to read by', async () => {
  await expect(loadReadDescriptors(() => Promise.reject(new Error('none')))).rejects.toThrow(HostError)
})
