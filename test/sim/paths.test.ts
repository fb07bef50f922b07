import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runScript } from '../../src/packetdrill/index.ts'

/**
 * What routers say of IPv4 paths (RFC 1191), what sockets ask for (IP_MTU_DISCOVER), and what is forgotten again: the answers are those
 * of a Linux kernel (6.18). IPv6 has other numbers, so that these scripts are no part of the suite that is played with both.
 */
const FOLDER = new URL('../paths/', import.meta.url)
const FOLDER6 = new URL('../paths-ipv6/', import.meta.url)
const scripts = readdirSync(FOLDER).sort()

test('there are scripts', () => {
  expect(scripts.length).toBeGreaterThan(30)
})

test.each(['ipv4', 'ipv4-mapped-ipv6'])('of paths a host believes routers as Linux does: %s', (value) => {
  expect(failures(FOLDER, scripts, value)).toEqual([])
})

test('so it does of IPv6 paths', () => {
  expect(failures(FOLDER6, readdirSync(FOLDER6), 'ipv6')).toEqual([])
})

function failures(folder: URL, names: readonly string[], value: string): string[] {
  return names.flatMap((name) => {
    const text = readFileSync(new URL(name, folder), 'utf8')
    const { status, reason, position } = runScript(name, text, { options: [{ name: 'ip_version', value }] })
    return status === 'passed' ? [] : [`${name}:${position?.line ?? 0}: ${status}: ${reason}`]
  })
}
