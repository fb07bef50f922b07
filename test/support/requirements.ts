/**
 * What a test needs of the machine it runs on, and the only way a test may be left out.
 *
 * `describeNeeding(['root', 'ip'], 'name', body)` is `describe` where everything is there. Where something is missing the
 * suite is skipped and carries the reason in its name, so every reporter shows it and `npm test` repeats it at the end.
 */
import { spawnSync } from 'node:child_process'
import { constants, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe } from 'vitest'
import { BOUNDED } from './bounded.ts'
import programs from './programs.json' with { type: 'json' }
import { hasAccess, type Program, programPath } from './programs.ts'

/** A property of the machine, or a program. */
export type Requirement = keyof typeof PROBES | Program

/** Each probe answers '' when the thing is there, or what is missing in a few words. */
const PROBES = {
  linux: (): string => (process.platform === 'linux' ? '' : `needs Linux, this is ${process.platform}`),
  root: (): string => (process.getuid?.() === 0 ? '' : 'needs root'),
  netns: (): string =>
    spawnSync('unshare', ['--net', 'true'], BOUNDED).status === 0 ? '' : 'needs the right to make network namespaces',
  tun: (): string => (hasAccess('/dev/net/tun', constants.R_OK) ? '' : 'needs /dev/net/tun'),
  tracefs: (): string => (/\ttracefs$/m.test(filesystems()) ? '' : 'needs a kernel with tracefs'),
  mptcp: (): string => (hasAccess('/proc/sys/net/mptcp/enabled', constants.R_OK) ? '' : 'needs a kernel with MPTCP'),
  // The originals whose text ours is compared with, to the octet: another version prints other text.
  'ss-6.1': (): string => (versionText('ss').includes('iproute2-6.1') ? '' : 'needs ss of iproute2 6.1'),
  'netstat-2.10': (): string =>
    versionText('netstat').includes('net-tools 2.10') ? '' : 'needs netstat of net-tools 2.10',
  koffi: (): string => {
    try {
      createRequire(import.meta.url)('koffi')
      return ''
    } catch (error) {
      return `needs koffi (${(error as Error).message.split('\n')[0]})`
    }
  },
} as const

function versionText(name: Program): string {
  return spawnSync(programPath(name) ?? name, ['-V'], { ...BOUNDED, encoding: 'utf8' }).stdout ?? ''
}

function filesystems(): string {
  return hasAccess('/proc/filesystems', constants.R_OK) ? readFileSync('/proc/filesystems', 'utf8') : ''
}

function missing(requirement: Requirement): string {
  if (requirement in PROBES) return PROBES[requirement as keyof typeof PROBES]()
  const program = requirement as Program
  return programPath(program) === undefined ? `needs ${program} (Debian package ${programs[program]})` : ''
}

/** Why a suite with these requirements cannot run here: '' when it can. */
function whyNot(requirements: readonly Requirement[]): string {
  return requirements.map(missing).filter(Boolean).join(', ')
}

/** `describe`, left out with its reason where this machine lacks something. */
export function describeNeeding(requirements: readonly Requirement[], name: string, body: () => void): void {
  const reason = whyNot(requirements)
  describe.skipIf(reason !== '')(reason === '' ? name : `${name} [skipped: ${reason}]`, body)
}
