import { describe, expect, test } from 'vitest'
import { MS, SECOND } from '../../base/index.ts'
import { Host } from '../index.ts'
import { personalities } from './index.ts'
import { linux } from './linux.ts'
import { isPersonalityName } from './personality.ts'

test.each([
  ['linux', 60],
  ['rfc9293', 240],
  ['freebsd', 60],
  ['macos', 30],
  ['windows', 240],
  ['solaris', 60],
] as const)('%s waits %d s in TIME-WAIT', (name, seconds) => {
  expect(personalities[name].config.timeWaitUs).toBe(seconds * SECOND)
})

test.each([
  ['linux', 98],
  ['macos', 48],
  ['freebsd', 48],
  ['windows', 10_048],
  ['solaris', 125],
] as const)('on %s EADDRINUSE is %d', (name, number) => {
  const host = new Host({ name: 'h', seed: 1, personality: name })
  const process = host.spawn('p')
  const bind = (): number => process.bind(process.socket(2, 1), { address: '127.0.0.1', port: 8080 })
  expect([bind(), bind()]).toEqual([0, -number])
})

describe("Linux's orphan in FIN-WAIT-2 bends above 60 s", () => {
  test.each([
    [5, 5],
    [60, 60],
    [61, 2],
    [65, 10],
    [70, 20],
    [90, 60],
    [120, 120],
    [0, 0.7],
    [-1, 0.7],
  ])('tcp_fin_timeout %s s gives %s s', (configured, waits) => {
    expect(linux.tcp.orphanFinWait2Us(configured * SECOND, 200 * MS)).toBe(waits * SECOND)
  })
})

test('with() changes what is named and nothing else, and leaves the original alone', () => {
  const mutant = linux.with({
    laws: { timeWaitRestarts: false },
    config: { timeWaitUs: SECOND },
    tcp: { quickAcks: 0 },
  })
  expect(mutant.tcp.laws).toEqual({ ...linux.tcp.laws, timeWaitRestarts: false })
  expect(mutant.config).toEqual({ ...linux.config, timeWaitUs: SECOND })
  expect([mutant.tcp.quickAcks, linux.tcp.quickAcks, linux.tcp.laws.timeWaitRestarts]).toEqual([0, 16, true])
  expect(mutant.sysctls).toBe(linux.sysctls)
  const host = new Host({ name: 'h', seed: 1, personality: mutant })
  expect([host.config.timeWaitUs, host.policy.laws.timeWaitRestarts]).toEqual([SECOND, false])
})

test('a host has values of its own', () => {
  const host = new Host({ name: 'h', seed: 1 })
  host.sysctl.set('net.ipv4.tcp_fin_timeout', 5)
  expect(new Host({ name: 'i', seed: 1 }).sysctl.get('net.ipv4.tcp_fin_timeout')).toBe('60')
})

test('names', () => {
  expect(['linux', 'rfc9293', 'plan9', 'constructor'].map(isPersonalityName)).toEqual([true, true, false, false])
})
