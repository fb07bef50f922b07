import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import {
  formatFilter,
  type PortRange,
  parseServices,
  parseSs,
  printSs,
  type SocketMemory,
  type SocketRow,
  type SsPrintOptions,
  type TcpInfo,
} from '../../src/inspect/index.ts'
import { filters, tcpRows, tcpRowsOf } from '../../src/inspect/ss/generators.testing.ts'
import { Address } from '../../src/wire/index.ts'
import { describeNeeding } from '../support/requirements.ts'
import { BOUNDED } from './support/until.ts'

// The real ss reads a kernel's answer from the file that TCPDIAG_FILE names. So made-up rows can be given to it and to us, and
// the two texts compared to the octet: every number, every option, every width.
describeNeeding(['linux', 'ss', 'script', 'ss-6.1'], "our ss and iproute2's print the same", () => {
  const directory = mkdtempSync(join(tmpdir(), 'lastack-ss-'))
  afterAll(() => rmSync(directory, { recursive: true }))

  const realSs = (rows: readonly SocketRow[], argv: readonly string[], columns?: number): string => {
    const file = join(directory, 'dump')
    // The kernel sends what its flag asks for, and ss prints what was sent.
    const sent = rows.map((row) => ({
      ...row,
      memory: argv.includes('-m') ? row.memory : undefined,
      tcpInfo: argv.includes('-i') ? row.tcpInfo : undefined,
    }))
    writeFileSync(file, Buffer.concat([...sent.map(inetDiagMessage), doneMessage()]))
    const env = { ...process.env, TCPDIAG_FILE: file, LC_ALL: 'C' }
    const options: ExecFileSyncOptionsWithStringEncoding = {
      env,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore'],
      ...BOUNDED,
    }
    if (columns === undefined) return execFileSync('ss', argv, options)
    const command = `stty cols ${columns}; exec ss ${argv.join(' ')}`
    return execFileSync('script', ['-qec', command, '/dev/null'], options).replaceAll('\r\n', '\n')
  }

  // What both take from this machine: names of ports, and the ports that get none.
  const services = parseServices(existsSync('/etc/services') ? readFileSync('/etc/services', 'utf8') : '')
  const range = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/).map(Number)
  const machine: SsPrintOptions = { services, ephemeralPorts: range as unknown as PortRange }

  // `-a` because ss does not filter a file by state.
  const flags = fc.subarray(['-o', '-e', '-m', '-i', '-O', '-n', '-H'])

  test('any rows under any flags', () => {
    fc.assert(
      fc.property(fc.array(tcpRows, { maxLength: 30 }), flags, (unordered, chosen) => {
        const rows = inSsOrder(unordered)
        const argv = ['-t', '-a', ...chosen]
        expect(printSs(parseSs(argv), rows, machine)).toBe(realSs(rows, argv))
      }),
      { numRuns: 30 },
    )
  })

  test('any rows in a terminal of any width', () => {
    fc.assert(
      fc.property(
        fc.array(tcpRows, { maxLength: 10 }),
        flags,
        fc.integer({ min: 20, max: 250 }),
        (given, chosen, width) => {
          const rows = inSsOrder(given)
          const argv = ['-t', '-a', ...chosen]
          expect(printSs(parseSs(argv), rows, { ...machine, width })).toBe(realSs(rows, argv, width))
        },
      ),
      { numRuns: 30 },
    )
  })

  // Families are not mixed: the kernel's filter, which a file does without, is what keeps an IPv6 prefix off IPv4 rows.
  test.each([4, 6] as const)('any IPv%d rows through any filter', (family) => {
    const rows = fc.array(tcpRowsOf(family), { minLength: 10, maxLength: 40 })
    fc.assert(
      fc.property(rows, filters(family), (chosen, filter) => {
        const argv = ['-t', '-a', '-n', ...formatFilter(filter).split(' ')]
        expect(printSs(parseSs(argv), chosen)).toBe(realSs(chosen, argv))
      }),
      { numRuns: 30 },
    )
  })

  test('more rows than ss holds back: later columns may be wider', () => {
    const row = (i: number): SocketRow => ({
      source: 'netlink',
      netid: 'tcp',
      family: 4,
      state: i < 60_000 ? 'ESTABLISHED' : 'CLOSE-WAIT',
      local: { address: i < 90_000 ? '10.0.0.1' : '192.168.100.200', port: 80 },
      peer: { address: '10.0.0.2', port: 1 + (i % 65_535) },
      recvQueue: i === 130_000 ? 1_000_000_000 : 0,
      sendQueue: 0,
      inode: 0,
    })
    const rows = Array.from({ length: 140_000 }, (_, i) => row(i))
    expect(printSs(parseSs(['-tan']), rows) === realSs(rows, ['-tan'])).toBe(true)
  })
})

/** Rows of a file are printed as they come; ours are put in the order of a dump. */
function inSsOrder(rows: readonly SocketRow[]): SocketRow[] {
  return [...rows.filter((row) => row.family === 4), ...rows.filter((row) => row.family === 6)]
}

const STATE_NUMBER: Readonly<Record<string, number>> = {
  ESTABLISHED: 1,
  'SYN-SENT': 2,
  'SYN-RECEIVED': 3,
  'FIN-WAIT-1': 4,
  'FIN-WAIT-2': 5,
  'TIME-WAIT': 6,
  CLOSED: 7,
  'CLOSE-WAIT': 8,
  'LAST-ACK': 9,
  LISTEN: 10,
  CLOSING: 11,
}

/** `INET_DIAG_*` attributes. */
const ATTRIBUTE = { info: 2, congestion: 4, skmeminfo: 7, shutdown: 8, v6only: 11, mark: 15, bbr: 16 } as const
const TIMER_NUMBER = { on: 1, keepalive: 2, timewait: 3, persist: 4, unknown: 5 } as const

/** `struct nlmsghdr` and `struct inet_diag_msg` with its attributes, as the kernel sends them on a little-endian machine. */
function inetDiagMessage(row: SocketRow): Buffer {
  const body = Buffer.alloc(72)
  body[0] = row.family === 4 ? 2 : 10
  body[1] = STATE_NUMBER[row.state] as number
  body[2] = row.timer === undefined ? 0 : TIMER_NUMBER[row.timer.kind]
  body[3] = row.timer?.retransmits ?? 0
  body.writeUInt16BE(row.local.port, 4)
  body.writeUInt16BE(row.peer.port, 6)
  body.set((Address.parse(row.local.address) as Address).toBytes(), 8)
  body.set((Address.parse(row.peer.address) as Address).toBytes(), 24)
  body.writeBigUInt64LE(row.cookie ?? 0n, 44)
  for (const [i, value] of [row.timer?.expiresMs, row.recvQueue, row.sendQueue, row.uid, row.inode].entries()) {
    body.writeUInt32LE(value ?? 0, 52 + 4 * i)
  }
  const attributes: Buffer[] = []
  if (row.memory !== undefined) attributes.push(attribute(ATTRIBUTE.skmeminfo, skMemInfo(row.memory)))
  if (row.tcpInfo !== undefined) attributes.push(attribute(ATTRIBUTE.info, tcpInfo(row.tcpInfo)))
  if (row.congestion !== undefined) attributes.push(attribute(ATTRIBUTE.congestion, Buffer.from(`${row.congestion}\0`)))
  if (row.shutdown !== undefined) attributes.push(attribute(ATTRIBUTE.shutdown, Buffer.of(row.shutdown)))
  if (row.v6only !== undefined) attributes.push(attribute(ATTRIBUTE.v6only, Buffer.of(row.v6only ? 1 : 0)))
  if (row.mark !== undefined) attributes.push(attribute(ATTRIBUTE.mark, words([row.mark])))
  if (row.bbr !== undefined) {
    const { bandwidth, min_rtt, pacing_gain, cwnd_gain } = row.bbr
    const low = Number(bandwidth & 0xffffffffn)
    attributes.push(attribute(ATTRIBUTE.bbr, words([low, Number(bandwidth >> 32n), min_rtt, pacing_gain, cwnd_gain])))
  }
  return message(20, Buffer.concat([body, ...attributes]))
}

function doneMessage(): Buffer {
  return message(3, Buffer.alloc(4))
}

function message(type: number, body: Buffer): Buffer {
  const header = Buffer.alloc(16)
  header.writeUInt32LE(16 + body.length, 0)
  header.writeUInt16LE(type, 4)
  return Buffer.concat([header, body])
}

function attribute(type: number, body: Buffer): Buffer {
  const padded = Buffer.alloc(4 + ((body.length + 3) & ~3))
  padded.writeUInt16LE(4 + body.length, 0)
  padded.writeUInt16LE(type, 2)
  body.copy(padded, 4)
  return padded
}

function words(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [i, value] of values.entries()) bytes.writeUInt32LE(value, 4 * i)
  return bytes
}

function skMemInfo(memory: SocketMemory): Buffer {
  const { rmemAlloc, rcvbuf, wmemAlloc, sndbuf, fwdAlloc, wmemQueued, optmem, backlog, drops } = memory
  return words([rmemAlloc, rcvbuf, wmemAlloc, sndbuf, fwdAlloc, wmemQueued, optmem, backlog, drops])
}

/** `struct tcp_info` up to `tcpi_snd_wnd`. */
function tcpInfo(info: TcpInfo): Buffer {
  const bytes = Buffer.alloc(232)
  const octets = [info.state, info.ca_state, info.retransmits, info.probes, info.backoff, info.options]
  bytes.set([...octets, info.snd_wscale | (info.rcv_wscale << 4), info.delivery_rate_app_limited ? 1 : 0])
  const first = [
    ...[info.rto, info.ato, info.snd_mss, info.rcv_mss, info.unacked, info.sacked, info.lost, info.retrans, 0],
    ...[info.last_data_sent, 0, info.last_data_recv, info.last_ack_recv, info.pmtu, info.rcv_ssthresh],
    ...[info.rtt, info.rttvar, info.snd_ssthresh, info.snd_cwnd, info.advmss, info.reordering, info.rcv_rtt],
    ...[info.rcv_space, info.total_retrans],
  ]
  words(first).copy(bytes, 8)
  const wide = [info.pacing_rate, info.max_pacing_rate, info.bytes_acked, info.bytes_received]
  for (const [i, value] of wide.entries()) bytes.writeBigUInt64LE(value ?? 0n, 104 + 8 * i)
  const second = [info.segs_out, info.segs_in, info.notsent_bytes, info.min_rtt, info.data_segs_in, info.data_segs_out]
  words(second.map((value) => value ?? 0)).copy(bytes, 136)
  const third = [info.delivery_rate, info.busy_time, info.rwnd_limited, info.sndbuf_limited]
  for (const [i, value] of third.entries()) bytes.writeBigUInt64LE(value ?? 0n, 160 + 8 * i)
  words([info.delivered ?? 0, info.delivered_ce ?? 0]).copy(bytes, 192)
  bytes.writeBigUInt64LE(info.bytes_sent ?? 0n, 200)
  bytes.writeBigUInt64LE(info.bytes_retrans ?? 0n, 208)
  words([info.dsack_dups, info.reord_seen, info.rcv_ooopack, info.snd_wnd].map((value) => value ?? 0)).copy(bytes, 216)
  return bytes
}
