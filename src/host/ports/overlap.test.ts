import { describe, expect, test } from 'vitest'
import type { SocketRow } from '../../inspect/index.ts'
import { sharesAddress } from './overlap.ts'

function row(address: string, v6only?: boolean): SocketRow {
  return {
    source: 'netlink',
    netid: 'tcp',
    family: address.includes(':') ? 6 : 4,
    state: 'LISTEN',
    local: { address, port: 80 },
    peer: { address: '0.0.0.0', port: 0 },
    recvQueue: 0,
    sendQueue: 0,
    v6only,
  }
}

describe('a bind() meets a socket', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.1', '0.0.0.0'],
    ['0.0.0.0', '127.0.0.1'],
    ['::', '0.0.0.0'],
    ['::', '10.0.0.1'],
    ['0.0.0.0', '::'],
    ['10.0.0.1', '::'],
    ['::1', '::'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '0.0.0.0'],
  ])('at %s when it goes to %s', (local, address) => {
    expect(sharesAddress(row(local), { family: address.includes(':') ? 6 : 4, address })).toBe(true)
  })

  test('but not another address, nor another family, nor [::] with IPV6_V6ONLY', () => {
    expect(sharesAddress(row('127.0.0.1'), { family: 4, address: '127.0.0.2' })).toBe(false)
    expect(sharesAddress(row('::1'), { family: 4, address: '0.0.0.0' })).toBe(false)
    expect(sharesAddress(row('0.0.0.0'), { family: 6, address: '::1' })).toBe(false)
    expect(sharesAddress(row('::', true), { family: 4, address: '0.0.0.0' })).toBe(false)
  })
})
