import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { listScenarios, startScenario } from '../../src/sim/index.ts'
import { describeNeeding } from '../support/requirements.ts'
import { BOUNDED } from './support/until.ts'

const CASES = listScenarios().flatMap((info) => info.cases.map((which) => [info.id, which.id] as const))
/** Checksums are looked at, not taken on trust; sequence numbers are those on the wire. */
const CHECKING = ['ip.check_checksum', 'tcp.check_checksum', 'udp.check_checksum'].flatMap((name) => [
  '-o',
  `${name}:TRUE`,
])
const ABSOLUTE = ['-o', 'tcp.relative_sequence_numbers:FALSE']

/** IP and UDP right, or IP and TCP right: 1 is computed and good. Nothing malformed. */
const GOOD: readonly string[] = ['1,,1,', '1,1,,']

describeNeeding(['tshark'], 'tshark reads what a world captures', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lastack-tshark-'))
  afterAll(() => rmSync(directory, { recursive: true }))

  const tshark = (file: string, ...options: string[]): string[] =>
    execFileSync('tshark', ['-n', '-r', file, ...CHECKING, ...ABSOLUTE, ...options], {
      ...BOUNDED,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1 << 28,
    })
      .split('\n')
      .filter((line) => line !== '')

  test('with no malformed packet and every checksum right, in every scenario and claim', () => {
    // Sections of one file, each from a seed of its own, or tshark would take one run's connections for another's.
    const runs = CASES.map(([id, which], i) => {
      const run = startScenario(id, { case: which, seed: i + 1 })
      const sent = run.finish().events.filter((event) => event.kind === 'segment' && event.direction === 'out')
      return { file: run.pcapng(), segments: sent.length }
    })
    const file = join(directory, 'all.pcapng')
    writeFileSync(file, Buffer.concat(runs.map((run) => run.file)))
    const fields = ['ip.checksum.status', 'tcp.checksum.status', 'udp.checksum.status', '_ws.malformed']
    const lines = tshark(file, '-T', 'fields', '-E', 'separator=,', ...fields.flatMap((field) => ['-e', field]))
    expect(lines.length).toBeGreaterThanOrEqual(runs.reduce((sum, run) => sum + run.segments, 0))
    expect([...new Set(lines)].sort()).toEqual(GOOD)
  })

  test('and sees the segments that the trace tells of, with the same numbers at the same times', () => {
    const file = join(directory, 'plain-close.pcapng')
    const run = startScenario('plain-close')
    run.finish()
    writeFileSync(file, run.pcapng())
    const fields = [
      'frame.time_epoch',
      'tcp.srcport',
      'tcp.dstport',
      'tcp.seq_raw',
      'tcp.ack_raw',
      'tcp.len',
      'tcp.window_size_value',
    ]
    const seen = tshark(file, '-T', 'fields', ...fields.flatMap((field) => ['-e', field]))
    const sent = run.events().flatMap((event) => {
      if (event.kind !== 'segment' || event.direction !== 'out') return []
      const { time, localPort, remotePort, seq, ack, length, window } = event
      return [[`${(time / 1e6).toFixed(6)}000`, localPort, remotePort, seq >>> 0, ack >>> 0, length, window].join('\t')]
    })
    expect(sent.length).toBeGreaterThan(8)
    expect(seen).toEqual(sent)
  })

  test('and finds the lost final ACK, the repeated FIN and the comment on what was lost', () => {
    const file = join(directory, 'lost-final-ack.pcapng')
    const run = startScenario('lost-final-ack')
    run.finish()
    writeFileSync(file, run.pcapng())
    expect(tshark(file, '-Y', 'frame.comment contains "lost"')).toHaveLength(1)
    expect(tshark(file, '-Y', 'tcp.flags.fin == 1 && tcp.analysis.retransmission')).toHaveLength(1)
    expect(tshark(file, '-T', 'fields', '-e', 'frame.interface_name', '-c', '1')).toEqual(['client-server'])
  })
})
