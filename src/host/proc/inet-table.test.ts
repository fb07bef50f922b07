import { describe, expect, test } from 'vitest'
import type { SocketRow } from '../../inspect/index.ts'
import { stateBit } from '../../inspect/index.ts'
import { AddressTexts } from '../address-texts.ts'
import { HostError } from '../errors.ts'
import { ALL_STATES, type MutableRow } from '../snapshot.ts'
import { type InetTableContext, parseInetTable } from './inet-table.ts'

/** As Linux 6.18 printed it on a little-endian machine. */
const TCP = `
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     
   0: 0100007F:B63F 00000000:0000 0A 00000000:0000000A 00:00000000 00000000     0        0 550977 11 00000000a94ed6c7 100 0 0 10 0                   
   5: 0100007F:8441 0100007F:8154 05 00000000:00001000 00:00000000 00000000  1000        0 550907 1 00000000748575e5 20 4 0 11 -1                    
  45: 0100007F:8002 0100007F:8441 06 00000000:00000000 03:00001640 00000000     0        0 0 3 000000006138ba60                                      
  36: 01004D0A:9ACB 02004D0A:4E24 03 00000000:00000000 01:00000000 00000001     0        0 0 0 00000000e25e4415                                      
  52: 0100007F:8056 0100007F:8441 04 00001801:00000000 04:00000011 00000000     0        2 550852 2 000000008dbd5143 20 0 0 12 -1                    
1048576: 0100007F:EB78 0100007F:8441 01 00000000:00000000 02:000AF8F4 00000000     0        0 550674 2 00000000a1b2c3d4 20 4 0 10 -1               
`.slice(1)

const TCP6 = `
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:978F 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 551019 1 000000003c2d8e1d 100 0 0 10 0
  44: 0000000000000000FFFF00000100007F:ECD3 0000000000000000FFFF00000100007F:9C50 01 00000000:00000000 00:00000000 00000000     0        0 551380 1 00000000b6c5d3b1 20 0 0 10 -1
`.slice(1)

const UDP = `
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops            
 1068: 0100007F:8EF4 0100007F:0009 01 00000000:00000000 00:00000000 00000000     0        0 550997 2 00000000c89f23ff 0        
 1347: 0100007F:D00B 00000000:0000 07 00000000:00000300 00:00000000 00000000     0        0 551010 2 00000000be647584 0        
`.slice(1)

function parse(text: string, context: Partial<InetTableContext> = {}): SocketRow[] {
  const rows: MutableRow[] = []
  const addresses = new AddressTexts()
  const whole = { name: '/proc/net/tcp', netid: 'tcp', family: 4, states: ALL_STATES, addresses, ...context } as const
  parseInetTable(Buffer.from(text), whole, rows)
  return rows
}

test('a line is a row', () => {
  const rows = parse(TCP)
  expect(rows.map((row) => row.state)).toEqual([
    'LISTEN',
    'FIN-WAIT-2',
    'TIME-WAIT',
    'SYN-RECEIVED',
    'FIN-WAIT-1',
    'ESTABLISHED',
  ])
  expect(rows[1]).toEqual({
    source: 'proc',
    netid: 'tcp',
    family: 4,
    state: 'FIN-WAIT-2',
    local: { address: '127.0.0.1', port: 33857 },
    peer: { address: '127.0.0.1', port: 33108 },
    recvQueue: 4096,
    sendQueue: 0,
    timer: undefined,
    uid: 1000,
    inode: 550907,
    owners: undefined,
  })
  expect(rows[3]?.peer).toEqual({ address: '10.77.0.2', port: 20004 })
})

test('timers are as netlink tells them', () => {
  expect(parse(TCP).map((row) => row.timer)).toEqual([
    undefined,
    undefined,
    { kind: 'timewait', expiresMs: 56960, retransmits: 0, probes: 0 },
    { kind: 'on', expiresMs: 0, retransmits: 1, probes: 0 },
    // Unanswered probes, not retransmissions, are what netlink counts for a persist timer.
    { kind: 'persist', expiresMs: 170, retransmits: 2, probes: 2 },
    { kind: 'keepalive', expiresMs: 7190920, retransmits: 0, probes: 0 },
  ])
})

test('IPv6 addresses are four words', () => {
  expect(parse(TCP6, { family: 6 })).toMatchObject([
    { family: 6, local: { address: '::1', port: 38799 }, peer: { address: '::', port: 0 } },
    { local: { address: '::ffff:127.0.0.1' }, peer: { address: '::ffff:127.0.0.1', port: 40016 } },
  ])
})

test('UDP sockets are connected or unconnected', () => {
  expect(parse(UDP, { netid: 'udp' })).toMatchObject([
    { netid: 'udp', state: 'ESTABLISHED', inode: 550997 },
    { netid: 'udp', state: 'UNCONN', recvQueue: 768 },
  ])
})

test('states that are not asked for are left out', () => {
  expect(parse(TCP, { states: stateBit('TIME-WAIT') | stateBit('LISTEN') }).map((row) => row.state)).toEqual([
    'LISTEN',
    'TIME-WAIT',
  ])
})

describe('a text that is no such table', () => {
  const heading = 'sl\n'
  test.each([
    ['a line without a number', `${heading}hello world\n`, 'line 2: expected a number'],
    ['a short address', `${heading} 0: 0100007F:0001 0000:0000 0A\n`, 'line 2: expected eight hexadecimal digits'],
    ['no colon', `${heading} 0: 0100007F 0000\n`, 'line 2: expected a colon between address and port'],
    [
      'a line that ends early',
      `${TCP} 53: 0100007F:8056 0100007F:8441 04 00001801:`,
      'line 8: expected a hexadecimal number',
    ],
  ])('says where: %s', (_, text, message) => {
    expect(() => parse(text)).toThrow(new HostError(`/proc/net/tcp: ${message}`))
  })
})

test('an empty table has no rows', () => {
  expect(parse('')).toEqual([])
  expect(parse('  sl  local_address\n')).toEqual([])
})
