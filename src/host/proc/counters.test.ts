import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { HostError } from '../errors.ts'
import { parseHeadedPairs, parseSnmp6, parseSockstat, readCounters } from './counters.ts'

const SOCKSTAT = 'sockets: used 719\nTCP: inuse 5 orphan 0 tw 90 alloc 9 mem 1\nFRAG: inuse 0 memory 0\n'
const SNMP = 'Tcp: RtoAlgorithm MaxConn ActiveOpens\nTcp: 1 -1 271\nUdp: InDatagrams NoPorts\nUdp: 12 0\n'

test('sockstat has a group a line', () => {
  expect(parseSockstat(SOCKSTAT)).toEqual({
    sockets: { used: 719 },
    TCP: { inuse: 5, orphan: 0, tw: 90, alloc: 9, mem: 1 },
    FRAG: { inuse: 0, memory: 0 },
  })
})

test('snmp and netstat have a line of names and a line of values', () => {
  expect(parseHeadedPairs(SNMP)).toEqual({
    Tcp: { RtoAlgorithm: 1, MaxConn: -1, ActiveOpens: 271 },
    Udp: { InDatagrams: 12, NoPorts: 0 },
  })
})

test('snmp6 has a name and a value', () => {
  expect(parseSnmp6('Ip6InReceives                   	5\nIcmp6InMsgs 7\nUdpLite6InErrors 0\n')).toEqual({
    Ip6: { InReceives: 5 },
    Icmp6: { InMsgs: 7 },
    UdpLite6: { InErrors: 0 },
  })
})

describe('a text that is none of these', () => {
  test.each([
    ['no group', () => parseSockstat('inuse 5\n'), '"inuse 5": expected a group and a colon'],
    ['no number', () => parseSockstat('TCP: inuse many\n'), '"TCP: inuse many": expected numbers'],
    ['two groups', () => parseHeadedPairs('Tcp: A\nUdp: 1\n'), '"Tcp:" is followed by a line that does not match it'],
    [
      'too few values',
      () => parseHeadedPairs('Tcp: A B\nTcp: 1\n'),
      '"Tcp:" is followed by a line that does not match it',
    ],
    ['no 6', () => parseSnmp6('InReceives 5\n'), '"InReceives 5": expected a name with a 6 in it and a number'],
  ])('is refused: %s', (_, parse, message) => {
    expect(parse).toThrow(new HostError(`counters: ${message}`))
  })
})

test('a kernel without IPv6 has no counters of it; one without the others is no Linux', () => {
  const root = mkdtempSync(join(tmpdir(), 'lastack-proc-'))
  try {
    mkdirSync(join(root, 'net'))
    writeFileSync(join(root, 'net', 'sockstat'), SOCKSTAT)
    expect(() => readCounters(root)).toThrow(/net\/snmp: not there/)
    writeFileSync(join(root, 'net', 'snmp'), SNMP)
    writeFileSync(join(root, 'net', 'netstat'), 'TcpExt: TW\nTcpExt: 60\n')
    expect(readCounters(root)).toMatchObject({
      sockstat: { TCP: { tw: 90 } },
      sockstat6: {},
      snmp: { Tcp: { ActiveOpens: 271 } },
      netstat: { TcpExt: { TW: 60 } },
      snmp6: {},
    })
  } finally {
    rmSync(root, { recursive: true })
  }
})
