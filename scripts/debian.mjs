// The Debian packages that the kernel and browser tests need. As root on Debian the missing ones are installed, and none of
// their services is started; elsewhere nothing happens here, and the tests that miss a program say so themselves.
import { spawnSync } from 'node:child_process'
import { accessSync, chmodSync, constants, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const PROGRAMS = JSON.parse(readFileSync(new URL('../test/support/programs.json', import.meta.url), 'utf8'))
const POLICY = '/usr/sbin/policy-rc.d'
const LISTS = '/var/lib/apt/lists'
const POLICY_FORBIDS = 101

function isRootOnDebian() {
  return process.platform === 'linux' && process.getuid() === 0 && existsSync('/etc/debian_version')
}

function isInstalled(program) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function aptGet(...args) {
  const result = spawnSync('apt-get', ['-q', '-y', '-o', 'DPkg::Lock::Timeout=120', ...args], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    maxBuffer: 1 << 28,
  })
  if (result.error) return { ok: false, output: result.error.message }
  return { ok: result.status === 0, output: `${result.stdout}${result.stderr}` }
}

/** Runs `work` while Debian's policy is to start no service; a policy that the machine already has is left as it is. */
function startingNoService(work) {
  if (existsSync(POLICY)) return work()
  writeFileSync(POLICY, `#!/bin/sh\nexit ${POLICY_FORBIDS}\n`)
  chmodSync(POLICY, 0o755)
  try {
    return work()
  } finally {
    rmSync(POLICY, { force: true })
  }
}

/** Installs the missing packages where that is ours to do, and says what it does in a line or two. */
export function installMissing() {
  if (!isRootOnDebian()) return
  const packages = [
    ...new Set(
      Object.keys(PROGRAMS)
        .filter((name) => !isInstalled(name))
        .map((name) => PROGRAMS[name]),
    ),
  ]
  if (packages.length === 0) return
  console.log(`the tests need Debian packages that are missing here; installing: ${packages.join(' ')}`)
  const start = Date.now()
  const install = () => aptGet('install', '--no-install-recommends', ...packages)
  const hasLists =
    existsSync(LISTS) && readdirSync(LISTS).some((name) => name.endsWith('Packages') || name.endsWith('.lz4'))
  let result = hasLists ? startingNoService(install) : { ok: false, output: '' }
  if (!result.ok) {
    // No lists, or lists older than the archive they describe.
    const update = aptGet('update')
    result = update.ok ? startingNoService(install) : update
  }
  const seconds = ((Date.now() - start) / 1000).toFixed(1)
  if (result.ok) console.log(`    ok ${seconds.padStart(6)} s  Debian packages`)
  else console.log(`could not install them, so tests are left out:\n${result.output.trimEnd().replace(/^/gm, '  | ')}`)
}
