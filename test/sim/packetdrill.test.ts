import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { type RunnerOption, runScript } from '../../src/packetdrill/index.ts'

const SUITE = new URL('../packetdrill', import.meta.url).pathname

const scripts = readdirSync(SUITE, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.pkt'))
  .sort()

/** IPv6's header is 20 octets longer: with as much more room on the wire, segments are as large as with IPv4. */
const VERSIONS: readonly (readonly [name: string, options: readonly RunnerOption[]])[] = [
  ['ipv4', []],
  [
    'ipv6',
    [
      { name: 'ip_version', value: 'ipv6' },
      { name: 'mtu', value: '1520' },
    ],
  ],
  ['ipv4-mapped-ipv6', [{ name: 'ip_version', value: 'ipv4-mapped-ipv6' }]],
]

/** Our own scripts are right in what timestamps echo, too. */
const ECHOES: RunnerOption = { name: 'tcp_ts_ecr_checked', value: null }

test.each(VERSIONS)('every script of test/packetdrill passes: %s', (_version, options) => {
  const bad = scripts.flatMap((name) => {
    const file = join(SUITE, name)
    const readFile = (path: string): string => readFileSync(resolve(dirname(file), path), 'utf8')
    const personality = (['freebsd', 'rfc9293'] as const).find((folder) => name.startsWith(folder)) ?? 'linux'
    const result = runScript(name, readFileSync(file, 'utf8'), { options: [...options, ECHOES], readFile, personality })
    const { status, reason, position, ladder } = result
    return status === 'passed' ? [] : [`${name}:${position?.line ?? 0}: ${status}: ${reason}\n${ladder}`]
  })
  expect(bad.join('\n')).toBe('')
})
