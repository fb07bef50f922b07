import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HostError } from '../errors.ts'
import { listSysctls, readSysctl } from './sysctl.ts'

let root: string

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'lastack-proc-'))
  mkdirSync(join(root, 'sys', 'net', 'ipv4', 'conf', 'eth0.1'), { recursive: true })
  writeFileSync(join(root, 'sys', 'net', 'ipv4', 'tcp_fin_timeout'), '60\n')
  writeFileSync(join(root, 'sys', 'net', 'ipv4', 'ip_local_port_range'), '32768\t60999\n')
  writeFileSync(join(root, 'sys', 'net', 'ipv4', 'conf', 'eth0.1', 'rp_filter'), '2\n')
})

afterAll(() => {
  rmSync(root, { recursive: true })
})

test('a name leads to its value', () => {
  expect(readSysctl('net.ipv4.tcp_fin_timeout', root)).toBe('60')
  expect(readSysctl('net.ipv4.ip_local_port_range', root)).toBe('32768\t60999')
  expect(readSysctl('net/ipv4/conf/eth0.1/rp_filter', root)).toBe('2')
})

test('a name that this kernel does not have leads nowhere', () => {
  expect(readSysctl('net.ipv4.tcp_tw_recycle', root)).toBeUndefined()
  expect(readSysctl('net.ipv4', root)).toBeUndefined()
  expect(readSysctl('net.ipv4.tcp_fin_timeout.more', root)).toBeUndefined()
})

test.each(['', 'net..ipv4', '../../etc/passwd', 'net/../../etc', '/net/ipv4'])('%j is no name', (name) => {
  expect(() => readSysctl(name, root)).toThrow(HostError)
})

test('the names under a prefix are listed', () => {
  expect(listSysctls('net.ipv4', root)).toEqual(['net.ipv4.ip_local_port_range', 'net.ipv4.tcp_fin_timeout'])
  expect(listSysctls('net.ipv9', root)).toEqual([])
})
