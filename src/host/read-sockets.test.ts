import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HostEnvironment } from './environment.ts'
import { HostError } from './errors.ts'
import { type ReadOptions, readSockets } from './read-sockets.ts'
import { ALL_STATES, type HostSnapshot, type SocketQuery } from './snapshot.ts'

const LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
const LOOPBACK = LITTLE ? '0100007F' : '7F000001'
const HEADING = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'

let root: string
let machine: HostEnvironment

/** A Linux of our own making: /proc tables and one process, no ss, no koffi. */
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'lastack-host-'))
  const net = join(root, 'net')
  mkdirSync(net)
  const line = (state: string, inode: number): string =>
    `   0: ${LOOPBACK}:0050 ${LOOPBACK}:C350 ${state} 00000000:00000001 00:00000000 00000000     0        0 ${inode} 1 0\n`
  writeFileSync(join(net, 'tcp'), HEADING + line('08', 1001) + line('08', 1002) + line('06', 0))
  writeFileSync(join(net, 'udp'), HEADING + line('07', 1003))
  writeFileSync(
    join(net, 'unix'),
    'Num RefCount Protocol Flags Type St Inode Path\n0000000072f458d1: 00000002 00000000 00010000 0001 01 1004 /run/x\n',
  )
  mkdirSync(join(root, '7', 'fd'), { recursive: true })
  writeFileSync(join(root, '7', 'comm'), 'leaky\n')
  symlinkSync('socket:[1001]', join(root, '7', 'fd', '3'))
  mkdirSync(join(root, 'self', 'ns'), { recursive: true })
  symlinkSync('pid:[4026531836]', join(root, 'self', 'ns', 'pid'))
  machine = {
    platform: 'linux',
    kernelRelease: '6.1.0',
    procRoot: root,
    sysRoot: root,
    ssCommand: join(root, 'no-ss'),
    loadKoffi: () => Promise.reject(new Error("Cannot find package 'koffi'")),
  }
})

afterAll(() => {
  rmSync(root, { recursive: true })
})

const TCP: SocketQuery = {
  netids: ['tcp'],
  families: [4, 6],
  states: ALL_STATES,
  owners: true,
  tcpInfo: false,
  memory: false,
}

function read(query: Partial<SocketQuery> = {}, options: ReadOptions = {}): Promise<HostSnapshot> {
  return readSockets({ ...TCP, ...query }, { ...options, environment: { ...machine, ...options.environment } })
}

test('another system than Linux is one line', async () => {
  await expect(read({}, { environment: { platform: 'darwin' } })).rejects.toThrow(
    new HostError('sockets of this host can be read on Linux only, and this is darwin'),
  )
})

describe('without koffi and ss', () => {
  test('the rows come from /proc, and the reader is told why and what is missing', async () => {
    const snapshot = await read()
    expect(snapshot.source).toBe('proc')
    expect(snapshot.rows.map((row) => [row.state, row.inode, row.owners])).toEqual([
      ['CLOSE-WAIT', 1001, [{ pid: 7, command: 'leaky', program: undefined, fd: 3 }]],
      ['CLOSE-WAIT', 1002, []],
      ['TIME-WAIT', 0, []],
    ])
    expect(snapshot.lacks).toEqual([
      "netlink does not serve: koffi could not be loaded: Cannot find package 'koffi'.",
      expect.stringMatching(/^ss does not serve: ss could not be run: .*ENOENT\.$/),
      '/proc/net/tcp has no cookies or devices.',
      "/proc/net/tcp has no limit of a listener's accept queue: Send-Q of LISTEN rows reads 0.",
      '/proc/net/tcp has no bound but not listening TCP sockets.',
    ])
  })

  test('what is missing is told only where it is asked for', async () => {
    const { lacks } = await read({ states: 1 << 8, tcpInfo: true, memory: true, cgroup: true }, { source: 'proc' })
    expect(lacks).toEqual(['/proc/net/tcp has no cookies, devices, TCP_INFO, memory, drops or control groups.'])
  })

  test('a kernel without IPv6 has no table of it', async () => {
    expect((await read({ families: [6] }, { source: 'proc' })).rows).toEqual([])
  })

  test('UDP and unix sockets come too', async () => {
    const { rows } = await read({ netids: ['tcp', 'udp', 'u_str'] }, { source: 'proc' })
    expect(rows.slice(3)).toMatchObject([
      { netid: 'udp', state: 'UNCONN', inode: 1003 },
      { netid: 'u_str', state: 'LISTEN', path: '/run/x' },
    ])
  })
})

describe('a source that is forced', () => {
  test('and does not serve is one line, with no other in its place', async () => {
    await expect(read({}, { source: 'netlink' })).rejects.toThrow(/^koffi could not be loaded: Cannot find/)
    await expect(read({}, { source: 'ss' })).rejects.toThrow(/^ss could not be run: /)
    await expect(read({}, { source: 'proc', environment: { procRoot: join(root, 'none') } })).rejects.toThrow(
      /none\/net\/tcp could not be read: ENOENT/,
    )
  })

  test('as ss has TCP only: the others come from /proc, and that is said', async () => {
    const { rows, source, lacks } = await read({ netids: ['udp'] }, { source: 'ss' })
    expect(rows).toMatchObject([{ netid: 'udp', source: 'proc' }])
    expect(source).toBe('proc')
    expect(lacks).toContain('ss -D dumps TCP only: udp sockets come from /proc/net.')
  })
})

test('owners that are not asked for are not looked for', async () => {
  const { rows, hiddenProcesses } = await read({ owners: false }, { source: 'proc' })
  expect(rows.every((row) => row.owners === undefined)).toBe(true)
  expect(hiddenProcesses).toBe(0)
})
