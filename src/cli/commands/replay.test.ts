import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startScenario } from '../../sim/index.ts'
import { Address, buildTcpPacket, Ctl, LinkType, PcapngWriter } from '../../wire/index.ts'
import { EXIT } from '../exit.ts'
import { progressLine } from '../progress.ts'
import { lastack, tooWide } from '../run.testing.ts'

const LASTACK = fileURLToPath(new URL('../../../bin/lastack.js', import.meta.url))

interface Packet {
  readonly at: number
  readonly octets: Uint8Array
}

/** A client's SYN at that ms, and the server's answer to it; and the ACK that completes the handshake. */
function attempt(at: number, port: number, answer: number, completes = false): Packet[] {
  const [client, server] = [Address.v4(0x0a000001), Address.v4(0x0a000002)]
  const there = { source: client, destination: server, sourcePort: port, destinationPort: 80, wnd: 1000 }
  const back = { source: server, destination: client, sourcePort: 80, destinationPort: port, wnd: 1000 }
  const data = new Uint8Array(0)
  return [
    { at, octets: buildTcpPacket({ ...there, seq: 0, ack: 0, ctl: Ctl.SYN, data }) },
    { at: at + 10, octets: buildTcpPacket({ ...back, seq: 0, ack: 1, ctl: answer | Ctl.ACK, data }) },
    ...(completes ? [{ at: at + 20, octets: buildTcpPacket({ ...there, seq: 1, ack: 1, ctl: Ctl.ACK, data }) }] : []),
  ]
}

function captureOf(packets: readonly Packet[]): Uint8Array {
  const writer = new PcapngWriter('test')
  const nic = writer.addInterface('wire', LinkType.RAW)
  for (const { at, octets } of packets) writer.addPacket(nic, at * 1000, octets, 0, octets.length)
  return writer.finish()
}

/** pcapng's block of one packet. */
const ENHANCED_PACKET = 6

describe('lastack replay', () => {
  let directory: string
  const file = (name: string): string => join(directory, name)

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'lastack-replay-'))
    for (const id of ['lost-final-ack', 'descriptor-leak']) {
      const run = startScenario(id)
      run.finish()
      writeFileSync(file(`${id}.pcapng`), run.pcapng())
    }
  })

  afterAll(() => {
    rmSync(directory, { recursive: true })
  })

  test('draws the ladder of a short capture, with both ends’ states and what was wrong', async () => {
    const { code, out, err } = await lastack(['replay', file('lost-final-ack.pcapng')])
    expect({ code, err }).toEqual({ code: EXIT.OK, err: '' })
    expect(out).toContain(': pcapng, 1.26 s, 8 packets, 8 of TCP, 1 connection\n')
    expect(out).toMatch(/10\.0\.0\.1:\d+ {2}CLOSED, SYN-SENT, ESTABLISHED, FIN-WAIT-1, TIME-WAIT\n/)
    expect(out).toMatch(/TIME-WAIT │◄─+ FIN,ACK seq 1 ack 2 ──┤ LAST-ACK /)
    expect(out).toContain('! 10.0.0.2:80 retransmitted 1 segment\n')
    expect(out).toMatch(/\nConnections with something wrong: retransmissions 1\.\n$/)
    expect(tooWide(out.slice(out.indexOf('\n')))).toEqual([])
  })

  test('tells no date of a capture whose times are beyond every calendar', async () => {
    const octets = readFileSync(file('lost-final-ack.pcapng'))
    for (let at = 0; at < octets.length; at += octets.readUInt32LE(at + 4))
      if (octets.readUInt32LE(at) === ENHANCED_PACKET) octets.writeUInt32LE(0xffff_ffff, at + 12)
    writeFileSync(file('late.pcapng'), octets)
    const { code, out } = await lastack(['replay', '--json', file('late.pcapng')])
    expect(code).toBe(EXIT.OK)
    expect(JSON.parse(out)).toMatchObject({ startedAt: null, connections: [{ number: 1 }] })
  })

  test('of many connections has a table, and --connection one of them', async () => {
    const path = file('descriptor-leak.pcapng')
    const all = await lastack(['replay', path])
    expect(all.out).toMatch(/\n#2 +\d\.\d+ s +10\.0\.0\.1:\d+ +FIN-WAIT-2 +10\.0\.0\.2:81 +CLOSE-WAIT/)
    expect(tooWide(all.out.slice(all.out.indexOf('\n')))).toEqual([])
    const one = await lastack(['replay', path, '--connection', '2'])
    expect(one.out).toContain('\n#2  10.0.0.1:')
    expect(one.out).not.toContain('\n#1  ')
    expect(one.out).toContain(' CLOSE-WAIT')
  })

  test('says when the capture was made, where its clock tells', async () => {
    const at = Date.UTC(2026, 10, 21, 14, 6, 52, 189)
    const path = file('dated.pcapng')
    writeFileSync(path, captureOf(attempt(at, 40_000, Ctl.RST)))
    expect((await lastack(['replay', path])).out).toContain('\n  its first packet: 2026-11-21 14:06:52.189 UTC\n')
    expect((await lastack(['replay', file('lost-final-ack.pcapng')])).out).not.toContain('first packet')
  })

  test('draws the ladder of the one connection that was chosen, wherever in the capture it is', async () => {
    const path = file('many.pcapng')
    writeFileSync(path, captureOf(Array.from({ length: 1200 }, (_, i) => attempt(i, 20_000 + i, Ctl.SYN)).flat()))
    const tenth = await lastack(['replay', path, 'sport = :20009'])
    expect(tenth.out).toMatch(/#10 {2}[\s\S]* SYN-SENT ├── SYN seq 0 ─+►│ SYN-RECEIVED /)
    const late = await lastack(['replay', path, 'sport = :21100'])
    expect(late.out).toContain('\n    its ladder: --connection 1101\n')
    expect(late.out).not.toContain('│')
  })

  test('--wrong lists those only with which something was wrong', async () => {
    const path = file('two.pcapng')
    writeFileSync(path, captureOf([...attempt(0, 40_000, Ctl.SYN, true), ...attempt(30, 40_001, Ctl.RST)]))
    const wrong = await lastack(['replay', path, '--wrong'])
    expect(wrong.out).toContain('#2  10.0.0.1:40001')
    expect(wrong.out).not.toContain('#1  ')
    expect(wrong.out).toMatch(/2 connections\n[\s\S]*\nConnections with something wrong: refused 1\.\n$/)
    const none = await lastack(['replay', path, '--wrong', 'sport = :40000'])
    expect(none.out).toMatch(/\nNothing was wrong\.\n$/)
  })

  test('takes the filter of ss, by state, and --port', async () => {
    const path = file('descriptor-leak.pcapng')
    const numbers = async (...filter: readonly string[]): Promise<number> => {
      const { out } = await lastack(['replay', path, '--json', ...filter])
      return JSON.parse(out).connections.length
    }
    const all = await numbers()
    expect(await numbers('state', 'close-wait')).toBeGreaterThan(2)
    expect(await numbers('state', 'close-wait')).toBeLessThan(all)
    expect(await numbers('dport = :81')).toBe(all / 2)
    expect(await numbers('state', 'listening')).toBe(0)
    const { out } = await lastack(['replay', path, '--connection', '999'])
    expect(out).toMatch(/\n\nNone of \d+ connections is one that was asked for\.\n$/)
    expect([await numbers('--port', '81'), await numbers('--port', '82')]).toEqual([all / 2, 0])
  })

  test('--json has names for states, and with --ladder the events', async () => {
    const { out } = await lastack(['replay', file('lost-final-ack.pcapng'), '--json', '--ladder'])
    const { connections, ...rest } = JSON.parse(out)
    expect(rest).toMatchObject({ version: 1, format: 'pcapng', problem: null, problems: { retransmissions: 1 } })
    expect(connections[0]).toMatchObject({
      number: 1,
      ends: [{ state: 'TIME-WAIT' }, { state: 'CLOSED' }],
      problems: [{ kind: 'retransmissions', end: 1, count: 1 }],
    })
    expect(connections[0].moves[0]).toEqual({ end: 0, from: 'CLOSED', to: 'SYN-SENT', seconds: 0 })
    expect(connections[0].events[0]).toMatchObject({ kind: 'state', host: 0, conn: 1 })
  })

  test('a compressed file is played as it is', async () => {
    const run = startScenario('lost-final-ack')
    run.finish()
    writeFileSync(file('zipped.gz'), gzipSync(run.pcapng()))
    const [zipped, plain] = [
      await lastack(['replay', file('zipped.gz')]),
      await lastack(['replay', file('lost-final-ack.pcapng')]),
    ]
    expect(zipped.out.replace(file('zipped.gz'), '')).toBe(plain.out.replace(file('lost-final-ack.pcapng'), ''))
  })

  test('of a file that ends in its own header says that there was nothing to judge', async () => {
    writeFileSync(file('short.pcap'), Uint8Array.of(0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0))
    const { code, out, err } = await lastack(['replay', file('short.pcap')])
    expect(code).toBe(EXIT.USAGE)
    expect(out).toMatch(/ 0 connections\n\nThere was no connection to judge\.\n$/)
    expect(err).toMatch(/truncated: the file header has 8 octets of 24/)
  })

  test('of a truncated file plays what is whole, and says where the rest is', async () => {
    const run = startScenario('lost-final-ack')
    run.finish()
    const octets = run.pcapng()
    for (const [name, content] of [
      ['cut', octets.subarray(0, 500)],
      ['cut.gz', gzipSync(octets).subarray(0, -40)],
    ] as const) {
      writeFileSync(file(name), content)
      const { code, out, err } = await lastack(['replay', file(name)])
      expect(code).toBe(EXIT.USAGE)
      expect(out).toContain('\n#1  ')
      expect(err).toMatch(
        /^lastack replay: .*(?:truncated: the block at octet \d+ ends beyond the file|cannot be read any further: .*); what is whole before that was played\n$/,
      )
    }
  })

  describe('bad input is named, with what was expected:', () => {
    test.each([
      ['', 'expected a pcap or pcapng file, or - for standard input'],
      ['/nowhere/x.pcap', '/nowhere/x.pcap: there is no such file: expected a pcap or pcapng file that may be read'],
      ['/', '/ is a directory: expected a pcap or pcapng file'],
      ['x --port 0', '--port "0": expected a number from 1 to 65535'],
      ['x --connection first', '--connection "first": expected a number from 1 to 1000000000'],
      ['x --list 0', '--list "0": expected a number from 1 to 1000000'],
    ])('%s', async (line, message) => {
      const words = line.split(' ').filter((word) => word !== '')
      expect(await lastack(['replay', ...words])).toEqual({
        code: EXIT.USAGE,
        out: '',
        err: `lastack replay: ${message}\n`,
      })
    })

    test('no capture', async () => {
      writeFileSync(file('text'), 'Nothing of the kind.')
      const { code, out, err } = await lastack(['replay', file('text')])
      expect({ code, out }).toEqual({ code: EXIT.USAGE, out: '' })
      expect(err).toBe(
        `lastack replay: ${file('text')}: not a capture file: it begins with 4e 6f 74 68, expected the magic number of pcap (a1b2c3d4) or pcapng (0a0d0d0a)\n`,
      )
    })

    test('a capture of nothing but links that are not read; one packet of another link, and it is played', async () => {
      const write = (name: string, others: readonly Packet[]): void => {
        const writer = new PcapngWriter('test')
        const air = writer.addInterface('wlan0mon', 127)
        for (const at of [0, 1]) writer.addPacket(air, at, new Uint8Array(60), 0, 60)
        const wire = writer.addInterface('wire', LinkType.RAW)
        for (const { octets } of others) writer.addPacket(wire, 2, octets, 0, octets.length)
        writeFileSync(file(name), writer.finish())
      }
      write('air.pcapng', [])
      expect(await lastack(['replay', file('air.pcapng')])).toEqual({
        code: EXIT.USAGE,
        out: '',
        err: `lastack replay: ${file('air.pcapng')}: no packet can be read: 2 packets of link type 127 (802.11); replay --help says which links are read\n`,
      })
      write('both.pcapng', attempt(0, 40_000, Ctl.RST))
      const { code, out } = await lastack(['replay', file('both.pcapng')])
      expect(code).toBe(EXIT.OK)
      expect(out).toContain('\n  2 packets of link type 127 (802.11), not read\n')
    })

    test('what is packed otherwise than by gzip', async () => {
      writeFileSync(file('packed'), Uint8Array.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]))
      const { code, err } = await lastack(['replay', file('packed')])
      expect(code).toBe(EXIT.USAGE)
      expect(err).toContain('not a capture file: it is packed by xz; unpack it first, expected')
    })

    test('a second file', async () => {
      const { code, err } = await lastack(['replay', file('lost-final-ack.pcapng'), 'more.pcap.gz'])
      expect(code).toBe(EXIT.USAGE)
      expect(err).toBe(
        'lastack replay: "more.pcap.gz": one file at a time; mergecap -w ALL FILE FILE… makes one of several\n',
      )
    })

    test('a word that is no filter', async () => {
      const { code, err } = await lastack(['replay', file('lost-final-ack.pcapng'), 'state', 'asleep'])
      expect(code).toBe(EXIT.USAGE)
      expect(err).toMatch(/^lastack replay: .*asleep/)
    })
  })
})

test('checksums that are all wrong may be ignored', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lastack-replay-'))
  const path = join(directory, 'changed.pcapng')
  const packets = attempt(0, 40_000, Ctl.SYN, true).map(({ at, octets }) => ({
    at,
    // Of the TCP checksum, and of the IP header's in one.
    octets: octets.with(36, ~(octets[36] as number)).with(10, at === 20 ? 1 : (octets[10] as number)),
  }))
  writeFileSync(path, captureOf(packets))
  expect((await lastack(['replay', path])).out).toContain(
    '2 packets with a wrong checksum, not played\n  1 packet malformed, or cut before the end of the TCP header\n  that many were hardly garbled: --ignore-checksums plays them all the same\n',
  )
  expect((await lastack(['replay', path, '--ignore-checksums'])).out).toContain('3 packets, 3 of TCP, ')
  rmSync(directory, { recursive: true })
})

test('ends with long addresses stand below each other, and no line is wider than a terminal', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lastack-replay-'))
  const path = join(directory, 'v6.pcapng')
  const [a, b] = [
    new Address(0x20010db8, 0x12345678, 0x9abcdef0, 1, false),
    new Address(0x20010db8, 0x12345678, 0x9abcdef0, 2, false),
  ]
  const write = (connections: number): void =>
    writeFileSync(
      path,
      captureOf(
        Array.from({ length: connections }, (_, i) => {
          const fields = { source: a, destination: b, sourcePort: 50_000 + i, destinationPort: 443 }
          return { at: i, octets: buildTcpPacket({ ...fields, seq: 0, ctl: Ctl.SYN, wnd: 9 }) }
        }),
      ),
    )
  for (const connections of [1, 8]) {
    write(connections)
    const { out } = await lastack(['replay', path])
    expect(out).toMatch(
      /#1 .*\[2001:db8:1234:5678:9abc:def0:0:1\]:50000.*\n +(and )?\[2001:db8:1234:5678:9abc:def0:0:2\]:443/,
    )
    expect(tooWide(out.slice(out.indexOf('\n')))).toEqual([])
  }
  rmSync(directory, { recursive: true })
})

test('a time beyond every calendar is not told as a date', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lastack-replay-'))
  const path = join(directory, 'late.pcapng')
  const writer = new PcapngWriter('test')
  const nic = writer.addInterface('wire', LinkType.RAW)
  for (const { at, octets } of attempt(0, 40_000, Ctl.SYN)) writer.addPacket(nic, 9e18 + at, octets, 0, octets.length)
  writeFileSync(path, writer.finish())
  const { code, out } = await lastack(['replay', path])
  expect(code).toBe(EXIT.OK)
  expect(out).not.toContain('its first packet')
  rmSync(directory, { recursive: true })
})

describe('Ctrl-C ends what comes through a pipe, and what came is played:', () => {
  // More than a pipe holds: once all of it is written, it is being read.
  const packets = captureOf(Array.from({ length: 1500 }, (_, i) => attempt(i, 20_000 + i, Ctl.SYN, true)).flat())
  const start = (): ChildProcessByStdio<Writable, Readable, null> =>
    spawn(process.execPath, [LASTACK, 'replay', '-', '--list', '1'], { stdio: ['pipe', 'pipe', 'inherit'] })

  test.each([
    // tcpdump flushes as it ends.
    ['and what is brought after it', true],
    ['though nobody ends standard input', false],
  ])('%s', async (_what, brings) => {
    const child = start()
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    const closed = once(child, 'close')
    const held = brings ? packets.length - 20 : packets.length
    await new Promise((resolve) => child.stdin.write(packets.subarray(0, held), resolve))
    child.kill('SIGINT')
    if (brings) child.stdin.end(packets.subarray(held))
    expect(await closed).toEqual([EXIT.OK, null])
    expect(out).toContain('-: pcapng, 1.519 s, 4,500 packets, 4,500 of TCP, 1,500 connections')
  })
})

test('progress fits a line, with and without an end', () => {
  const at = { path: '/a/very/long/name/of/a/capture.pcapng', packets: 2_100_000, seconds: 4 }
  expect(progressLine({ ...at, read: 5e8, size: 1e9 })).toBe(
    'capture.pcapng  ████████████············  50 %  1.0 GB  2.1 M packets  4 s left',
  )
  expect(progressLine({ ...at, read: 999, size: undefined })).toBe('capture.pcapng  999 B  2.1 M packets')
  expect(progressLine({ ...at, read: 1, size: 1e12, packets: 3 }).length).toBeLessThan(80)
})
