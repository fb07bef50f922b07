import { describe, expect, test } from 'vitest'
import type { HostConfig } from '../personalities/config.ts'
import { personalities } from '../personalities/index.ts'
import type { PersonalityName } from '../personalities/personality.ts'
import { Sysctls } from './sysctls.ts'

/** Its 0, which says that there is no such time, cannot be set (FreeBSD). */
const NEVER_BACK = 'net.inet.tcp.maxunacktime'

function sysctls(name: PersonalityName = 'linux'): { sysctl: Sysctls; config: HostConfig } {
  const personality = personalities[name]
  const config = { ...personality.config }
  return { sysctl: new Sysctls(personality, config), config }
}

test.each([
  'net.ipv4.tcp_fin_timeout',
  'tcp_fin_timeout',
  '/proc/sys/net/ipv4/tcp_fin_timeout',
  'net/ipv4/tcp_fin_timeout',
  'NET.IPV4.TCP_FIN_TIMEOUT',
])('%s names the same value', (name) => {
  const { sysctl, config } = sysctls()
  expect(sysctl.get(name)).toBe('60')
  expect(sysctl.set(name, 5)).toBeNull()
  expect([sysctl.get('net.ipv4.tcp_fin_timeout'), config.finWait2Us]).toEqual(['5', 5_000_000])
})

test('a last part that two names share is not enough', () => {
  const { sysctl } = sysctls()
  expect(sysctl.get('ip_nonlocal_bind')).toBeUndefined()
  expect(sysctl.get('net.ipv6.ip_nonlocal_bind')).toBe('0')
})

test.each([
  [
    'net.ipv4.tcp_fin_timeot',
    "unknown sysctl 'net.ipv4.tcp_fin_timeot' for linux; did you mean net.ipv4.tcp_fin_timeout?",
  ],
  ['tcp_time_wait_interval', "unknown sysctl 'tcp_time_wait_interval' for linux"],
  ['somaxcon', "unknown sysctl 'somaxcon' for linux; did you mean net.core.somaxconn?"],
])('an unknown name is named, with what comes nearest: %s', (name, message) => {
  const { sysctl } = sysctls()
  expect(sysctl.set(name, 1)).toEqual({ reason: 'unknown', errno: 'ENOENT', message })
})

test.each([
  ['net.ipv4.tcp_tw_reuse', '3', "sysctl net.ipv4.tcp_tw_reuse: '3' is not a whole number from 0 to 2"],
  [
    'net.ipv4.tcp_ecn_option_beacon',
    '4',
    "sysctl net.ipv4.tcp_ecn_option_beacon: '4' is not a whole number from 0 to 3 (packets)",
  ],
  [
    'net.ipv4.tcp_fin_timeout',
    '5s',
    "sysctl net.ipv4.tcp_fin_timeout: '5s' is not a whole number from -8589934 to 8589934 (seconds)",
  ],
  [
    'net.ipv4.ip_local_port_range',
    '5 4',
    "sysctl net.ipv4.ip_local_port_range: '5 4' is not first and last port, ip_unprivileged_port_start to 65535, the first not above the last",
  ],
  [
    'net.ipv4.ip_local_reserved_ports',
    '9-8',
    "sysctl net.ipv4.ip_local_reserved_ports: '9-8' is not ports and ranges from 0 to 65535 like 8080,9148-9150, or nothing",
  ],
])('a value that cannot be is refused in one line, and nothing changes: %s=%s', (name, value, message) => {
  const { sysctl } = sysctls()
  const before = sysctl.get(name)
  expect(sysctl.set(name, value)).toEqual({ reason: 'invalid', errno: 'EINVAL', message })
  expect(sysctl.get(name)).toBe(before)
})

test('an algorithm has a name, and no other will do', () => {
  const { sysctl, config } = sysctls()
  expect(sysctl.set('tcp_congestion_control', ' reno\n')).toBeNull()
  expect([sysctl.get('tcp_congestion_control'), config.congestionControl.name]).toEqual(['reno', 'reno'])
  expect(sysctl.set('tcp_congestion_control', 'RENO')).toEqual({
    reason: 'invalid',
    errno: 'ENOENT',
    message: "sysctl net.ipv4.tcp_congestion_control: 'RENO' is not reno or cubic",
  })
  expect(sysctl.set('tcp_congestion_control', 'toString')?.errno).toBe('ENOENT')
  expect(sysctl.get('tcp_congestion_control')).toBe('reno')
})

test('what the system only tells cannot be written', () => {
  const { sysctl } = sysctls()
  const message = 'sysctl net.ipv4.tcp_available_congestion_control can only be read'
  expect(sysctl.set('tcp_available_congestion_control', 'reno')).toEqual({
    reason: 'read-only',
    errno: 'EACCES',
    message,
  })
  expect(sysctl.get('tcp_available_congestion_control')).toBe('reno cubic')
})

test('the largest number of unsent octets means no bound', () => {
  const { sysctl, config } = sysctls()
  expect([sysctl.get('tcp_notsent_lowat'), config.notSentLowat]).toEqual(['4294967295', Number.POSITIVE_INFINITY])
  expect(sysctl.set('tcp_notsent_lowat', 16_384)).toBeNull()
  expect([sysctl.get('tcp_notsent_lowat'), config.notSentLowat]).toEqual(['16384', 16_384])
  expect(sysctl.set('tcp_notsent_lowat', '4294967295')).toBeNull()
  expect(config.notSentLowat).toBe(Number.POSITIVE_INFINITY)
  expect(sysctl.set('tcp_notsent_lowat', '4294967296')?.errno).toBe('EINVAL')
})

test('nanoseconds of ACK compression are kept as microseconds, rounded up', () => {
  const { sysctl, config } = sysctls()
  expect(sysctl.set('tcp_comp_sack_delay_ns', 2500)).toBeNull()
  expect([sysctl.get('tcp_comp_sack_delay_ns'), config.sackCompressionUs]).toEqual(['3000', 3])
})

test.each([
  ['0x10', '16'],
  ['010', '8'],
  [' 7 ', '7'],
  ['7 8', '7'],
  ['7\n', '7'],
])('numbers are read as the kernel reads them: %j is %s', (written, read) => {
  const { sysctl } = sysctls()
  expect(sysctl.set('net.ipv4.tcp_retries2', written)).toBeNull()
  expect(sysctl.get('net.ipv4.tcp_retries2')).toBe(read)
})

test('of several numbers those not given stay', () => {
  const { sysctl } = sysctls()
  expect(sysctl.set('net.ipv4.ip_local_port_range', '40000')).toBeNull()
  expect(sysctl.get('net.ipv4.ip_local_port_range')).toBe('40000\t60999')
})

test.each([
  ['8080', '8080'],
  ['9090,8080,8081', '8080-8081,9090'],
  ['8080-8090,8085-8100', '8080-8100'],
  ['8080,', '8080'],
  ['', ''],
])('reserved ports %j are kept as %j', (written, read) => {
  const { sysctl } = sysctls()
  expect(sysctl.set('net.ipv4.ip_local_reserved_ports', written)).toBeNull()
  expect(sysctl.get('net.ipv4.ip_local_reserved_ports')).toBe(read)
})

test('tcp_fin_timeout does not touch TIME-WAIT, and nothing on Linux does', () => {
  const { sysctl, config } = sysctls()
  for (const { name, value } of sysctl.list()) sysctl.set(name, value === '1' ? '0' : value)
  sysctl.set('net.ipv4.tcp_fin_timeout', 5)
  expect(config.timeWaitUs).toBe(60_000_000)
})

describe.each(Object.keys(personalities) as PersonalityName[])('%s', (name) => {
  test('every sysctl reads its default, takes it back, and says what it is', () => {
    const { sysctl, config } = sysctls(name)
    for (const entry of sysctl.list()) {
      const { name: one, value, description, readOnly } = entry
      const back = readOnly || one === NEVER_BACK || sysctl.set(one, value)
      expect([one, value, back]).toEqual([one, entry.default, readOnly || one === NEVER_BACK || null])
      expect(sysctl.entry(one)).toEqual(entry)
      expect(description).toMatch(/^[A-Z0-9].*\.$/)
    }
    expect(config).toEqual(personalities[name].config)
  })

  test('each moves a value of its own', () => {
    const entries = sysctls(name)
      .sysctl.list()
      .filter((entry) => !entry.readOnly)
    const changed = new Map<string, string>()
    for (const { name: one, range } of entries) {
      const { sysctl, config } = sysctls(name)
      const value = other(sysctl.get(one) as string, name === 'freebsd' ? 'newreno' : 'reno', range)
      expect([one, value, sysctl.set(one, value)]).toEqual([one, value, null])
      const before = personalities[name].config as unknown as Record<string, unknown>
      const after = config as unknown as Record<string, unknown>
      const fields = Object.keys(after).filter(
        (field) => JSON.stringify(after[field]) !== JSON.stringify(before[field]),
      )
      // Who may use Fast Open is one word: a sysctl has a bit of it.
      const key = fields.map((field) => (field === 'fastOpen' ? `${field}=${config.fastOpen}` : field)).join()
      expect([one, fields.length > 0, changed.get(key)]).toEqual([one, true, undefined])
      changed.set(key, one)
    }
  })

  test('names are listed once', () => {
    const names = sysctls(name)
      .sysctl.list()
      .flatMap((entry) => [entry.name, ...entry.aliases])
    expect(new Set(names).size).toBe(names.length)
  })
})

/** A value that differs from this one and lies in every range that has it. */
function other(value: string, reno: string, range: string): string {
  if (value === '') return '8080'
  if (/^[a-z]/.test(value)) return value === 'cubic' ? reno : 'cubic'
  const words = value.split('\t')
  const least = range.startsWith('a whole number from 1 ') ? 1 : 0
  const first = Number(words[0])
  const largest = [3, 12, 31, 255, 65_535, 120_000, 2_147_483_647, 4_294_967_295].includes(first)
  const moved = first === 0 ? 1 : first <= 2 ? (first === least ? first + 1 : least) : largest ? first - 1 : first + 1
  // Ranges that begin at 1 refuse the 0.
  return [moved === 0 && words.length > 1 ? 2 : moved, ...words.slice(1)].join(' ')
}

test("Solaris' old name for TIME-WAIT's length is the same value", () => {
  const { sysctl, config } = sysctls('solaris')
  expect(sysctl.set('tcp_close_wait_interval', 240_000)).toBeNull()
  expect([sysctl.get('tcp_time_wait_interval'), config.timeWaitUs]).toEqual(['240000', 240_000_000])
  expect(sysctl.entry('tcp_time_wait_interval')?.formerly).toMatch(/^240000 in old releases/)
})

test('a switch takes no more than its system does', () => {
  const { sysctl } = sysctls()
  expect([sysctl.set('tcp_sack', 256)?.errno, sysctl.set('tcp_sack', -1)?.errno, sysctl.get('tcp_sack')]).toEqual([
    'EINVAL',
    'EINVAL',
    '1',
  ])
})

test('a range of ports within another is of it', () => {
  const { sysctl } = sysctls()
  expect(sysctl.set('ip_local_reserved_ports', '100-200,150-160,201,300')).toBeNull()
  expect(sysctl.get('ip_local_reserved_ports')).toBe('100-201,300')
})
