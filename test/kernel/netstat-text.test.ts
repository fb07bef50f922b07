import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import {
  type Counters,
  parseNetstat,
  printNetstat,
  printNetstatStatistics,
  type SocketRow,
} from '../../src/inspect/index.ts'
import { SENTENCES } from '../../src/inspect/netstat/statistics-sentences.ts'
import { Address } from '../../src/wire/index.ts'
import { describeNeeding } from '../support/requirements.ts'
import { BOUNDED } from './support/until.ts'

// In a mount namespace of its own the real netstat is given a made-up /proc, and its text is compared with ours to the octet.
describeNeeding(
  ['linux', 'root', 'unshare', 'netstat', 'netstat-2.10'],
  "our netstat and net-tools' print the same",
  () => {
    const proc = mkdtempSync(join(tmpdir(), 'lastack-netstat-'))
    afterAll(() => rmSync(proc, { recursive: true }))

    /** Runs the real netstat over the files, whose names are paths under /proc. */
    const realNetstat = (files: Readonly<Record<string, string>>, argv: readonly string[]): string => {
      rmSync(proc, { recursive: true })
      mkdirSync(join(proc, 'net'), { recursive: true })
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(join(proc, name, '..'), { recursive: true })
        if (text.startsWith('socket:[')) symlinkSync(text, join(proc, name))
        else writeFileSync(join(proc, name), text)
      }
      const script = 'mount --bind "$0" /proc && exec netstat "$@"'
      return execFileSync('unshare', ['-m', 'sh', '-c', script, proc, ...argv], {
        ...BOUNDED,
        encoding: 'utf8',
        env: { ...process.env, LC_ALL: 'C' },
        stdio: ['ignore', 'pipe', 'ignore'],
      })
    }

    test('any rows under any flags', () => {
      const kinds = fc.subarray(['-t', '-u', '-x', '-4', '-6'])
      const flags = fc.subarray(['-a', '-l', '-p', '-o', '-e', '-W'])
      fc.assert(
        fc.property(fc.array(rows, { maxLength: 25 }), kinds, flags, (generated, kind, chosen) => {
          const given = generated.map(ownInode)
          const argv = ['-n', ...kind, ...chosen]
          expect(printNetstat(parseNetstat(argv), given)).toBe(realNetstat(procFiles(given), argv))
        }),
        { numRuns: 30 },
      )
    })

    test('any counters, those of tomorrow included', () => {
      const protocols = fc.subarray(['-t', '-u', '-w'])
      fc.assert(
        fc.property(counters, protocols, fc.boolean(), (given, chosen, isSix) => {
          const argv = ['-s', ...chosen, ...(isSix ? ['-6'] : [])]
          const { statistics } = parseNetstat(argv)
          expect(printNetstatStatistics(given, statistics)).toBe(realNetstat(snmpFiles(given), argv))
        }),
        { numRuns: 30 },
      )
    })
  },
)

const ports = fc.constantFrom(1, 22, 80, 443, 5353, 40_000, 65_535)
const addresses = {
  4: fc.constantFrom('127.0.0.1', '10.0.0.1', '192.168.100.200'),
  6: fc.constantFrom('::1', 'fe80::aaaa:bbbb:cccc:dddd', '2001:db8:1111:2222:3333:4444:5555:6666', '::ffff:10.0.0.1'),
} as const

const owners = fc.option(
  fc.record({
    pid: fc.constantFrom(1, 12, 41_943),
    command: fc.constant('never printed'),
    program: fc.constantFrom('sshd', 'nginx: worker process', 'größer-als-erlaubt', 'a/b', ''),
    fd: fc.constant(3),
  }),
  { nil: undefined },
)

const tcpStates = fc.constantFrom(
  ...(['ESTABLISHED', 'SYN-SENT', 'SYN-RECEIVED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'TIME-WAIT'] as const),
  ...(['CLOSE-WAIT', 'LAST-ACK', 'LISTEN', 'CLOSING'] as const),
)

const inetRows: fc.Arbitrary<SocketRow> = fc.constantFrom(4 as const, 6 as const).chain((family) => {
  const end = fc.record({ address: addresses[family], port: ports })
  const any = { address: family === 4 ? '0.0.0.0' : '::', port: 0 }
  const timer = fc.record({
    kind: fc.constantFrom('on' as const, 'keepalive' as const, 'timewait' as const, 'persist' as const),
    expiresMs: fc.nat(800_000).map((hundredths) => hundredths * 10),
    retransmits: fc.nat(15),
  })
  return fc
    .record({
      source: fc.constant('proc' as const),
      netid: fc.constantFrom('tcp' as const, 'udp' as const),
      family: fc.constant(family),
      state: tcpStates,
      local: end,
      peer: end,
      recvQueue: fc.oneof(fc.nat(9), fc.nat(0xffffffff)),
      sendQueue: fc.oneof(fc.nat(9), fc.nat(0xffffffff)),
      timer: fc.option(timer, { nil: undefined }),
      uid: fc.constantFrom(0, 33, 4_000_000_000),
      inode: fc.integer({ min: 1, max: 99_999 }),
      owners: owners.map((owner) => (owner === undefined ? undefined : [owner])),
    })
    .map((row) => {
      if (row.netid === 'tcp') return row.state === 'LISTEN' ? { ...row, peer: any, timer: undefined } : row
      const isConnected = row.state === 'ESTABLISHED'
      return {
        ...row,
        state: isConnected ? row.state : ('UNCONN' as const),
        peer: isConnected ? row.peer : any,
        timer: undefined,
      }
    })
})

const unixRows: fc.Arbitrary<SocketRow> = fc.record({
  source: fc.constant('proc' as const),
  netid: fc.constantFrom('u_str' as const, 'u_dgr' as const, 'u_seq' as const),
  family: fc.constant(0 as const),
  state: fc.constantFrom('ESTABLISHED' as const, 'LISTEN' as const, 'UNCONN' as const),
  local: fc.constant({ address: '', port: 0 }),
  peer: fc.constant({ address: '', port: 0 }),
  recvQueue: fc.constant(0),
  sendQueue: fc.constant(0),
  inode: fc.integer({ min: 1, max: 99_999 }),
  path: fc.constantFrom(undefined, '/run/a.sock', '@abstract', '/a path'),
  references: fc.integer({ min: 2, max: 12_345_678 }),
  owners: owners.map((owner) => (owner === undefined ? undefined : [owner])),
})

const rows: fc.Arbitrary<SocketRow> = fc.oneof(inetRows, unixRows)

const TCP_NUMBERS = {
  ESTABLISHED: 1,
  'SYN-SENT': 2,
  'SYN-RECEIVED': 3,
  'FIN-WAIT-1': 4,
  'FIN-WAIT-2': 5,
  'TIME-WAIT': 6,
}
const STATE_NUMBERS: Readonly<Record<string, number>> = {
  ...TCP_NUMBERS,
  UNCONN: 7,
  'CLOSE-WAIT': 8,
  'LAST-ACK': 9,
  LISTEN: 10,
  CLOSING: 11,
}
const TIMER_NUMBERS = { on: 1, keepalive: 2, timewait: 3, persist: 4, unknown: 5 }

/** Two sockets never have one inode, nor two processes one pid. */
function ownInode(row: SocketRow, i: number): SocketRow {
  const owners = row.owners?.map((owner) => ({ ...owner, pid: owner.pid * 100 + i }))
  return { ...row, inode: (row.inode as number) * 100 + i, owners }
}

/** The rows as /proc shows them. */
function procFiles(given: readonly SocketRow[]): Record<string, string> {
  const files: Record<string, string> = {}
  for (const [netid, family, name] of [
    ['tcp', 4, 'tcp'],
    ['tcp', 6, 'tcp6'],
    ['udp', 4, 'udp'],
    ['udp', 6, 'udp6'],
  ] as const) {
    const lines = given.filter((row) => row.netid === netid && row.family === family).map(inetLine)
    files[`net/${name}`] = `  sl  local_address rem_address   st tx_queue rx_queue\n${lines.join('')}`
  }
  files['net/unix'] = `Num       RefCount Protocol Flags    Type St Inode Path\n${given
    .filter((row) => row.family === 0)
    .map(unixLine)
    .join('')}`
  for (const [i, row] of given.entries()) {
    const owner = row.owners?.[0]
    if (owner === undefined) continue
    files[`${owner.pid}/fd/${i + 3}`] = `socket:[${row.inode}]`
    files[`${owner.pid}/cmdline`] = `${owner.program}\0--flag\0`
  }
  return files
}

function inetLine(row: SocketRow): string {
  const end = (at: SocketRow['local']): string => `${kernelHex(at.address)}:${hex(at.port, 4)}`
  const queues = `${hex(row.state === 'LISTEN' ? 0 : row.sendQueue, 8)}:${hex(row.recvQueue, 8)}`
  const { timer } = row
  const isOn = timer?.kind === 'on'
  const isProbing = timer?.kind === 'keepalive' || timer?.kind === 'persist'
  const left = `${hex(timer === undefined ? 0 : TIMER_NUMBERS[timer.kind], 2)}:${hex((timer?.expiresMs ?? 0) / 10, 8)}`
  const counts = `${hex(isOn ? timer.retransmits : 0, 8)} ${row.uid} ${isProbing ? timer.retransmits : 0}`
  const state = hex(STATE_NUMBERS[row.state] as number, 2)
  return `   0: ${end(row.local)} ${end(row.peer)} ${state} ${queues} ${left} ${counts} ${row.inode} 1 0 20 4 30 10 -1\n`
}

function unixLine(row: SocketRow): string {
  const type = { u_str: 1, u_dgr: 2, u_seq: 5 }[row.netid as 'u_str']
  const flags = row.state === 'LISTEN' ? 0x10000 : 0
  const fields = [
    hex(row.references as number, 8),
    hex(0, 8),
    hex(flags, 8),
    hex(type, 4),
    row.state === 'ESTABLISHED' ? '03' : '01',
  ]
  return `0000000000000000: ${fields.join(' ')} ${row.inode}${row.path === undefined ? '' : ` ${row.path}`}\n`
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0')
}

/** 32-bit words as a little-endian machine has them in memory. */
function kernelHex(address: string): string {
  const octets = (Address.parse(address) as Address).toBytes()
  const view = new DataView(octets.buffer)
  return Array.from({ length: octets.length / 4 }, (_, i) => hex(view.getUint32(4 * i, true), 8)).join('')
}

const values = fc.oneof(fc.constant(0), fc.nat(5), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }))
const GROUPS = [
  'Ip',
  'Icmp',
  'IcmpMsg',
  'Tcp',
  'Udp',
  'UdpLite',
  'TcpExt',
  'IpExt',
  'MPTcpExt',
  'Ip6',
  'Icmp6',
  'Udp6',
  'UdpLite6',
]

function countersOf(group: string): fc.Arbitrary<Record<string, number | bigint>> {
  const names = [...Object.keys(SENTENCES[group] ?? {}), 'OfTomorrow', 'InType3']
  return fc.record(Object.fromEntries(names.map((name) => [name, values])))
}

const counters: fc.Arbitrary<Counters> = fc.record(
  Object.fromEntries(GROUPS.map((group) => [group, countersOf(group)])),
)

function snmpFiles(given: Counters): Record<string, string> {
  const lines = (group: string): string => {
    const entries = Object.entries(given[group] ?? {})
    return `${group}: ${entries.map(([name]) => name).join(' ')}\n${group}: ${entries.map(([, value]) => value).join(' ')}\n`
  }
  const isOld = (group: string): boolean => !/6$|Ext$/.test(group)
  const sixes = Object.entries(given).filter(([group]) => group.endsWith('6'))
  return {
    'net/snmp': GROUPS.filter(isOld).map(lines).join(''),
    'net/netstat': GROUPS.filter((group) => group.endsWith('Ext'))
      .map(lines)
      .join(''),
    'net/snmp6': sixes
      .flatMap(([group, of]) => Object.entries(of).map(([name, value]) => `${group}${name} ${value}\n`))
      .join(''),
  }
}
