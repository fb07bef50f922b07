import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BOUNDED } from '../support/bounded.ts'
import { exists, ROOT, readJson, readText } from './source.ts'

interface LockedPackage {
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly optionalDependencies?: Record<string, string>
}

interface Manifest {
  readonly bin: Record<string, string>
  readonly dependencies?: Record<string, string>
  readonly optionalDependencies: Record<string, string>
}

describe('the lock file', () => {
  const { packages } = readJson<{ packages: Record<string, LockedPackage> }>('package-lock.json')

  test('names no download host, so that any registry serves', () => {
    const hosts = Object.values(packages).filter(({ resolved }) => resolved !== undefined && /^\w+:/.test(resolved))
    expect(hosts).toEqual([])
  })

  test('has a hash for every package that is not ours', () => {
    const bare = Object.entries(packages).filter(
      ([path, { link, integrity }]) => path.startsWith('node_modules/') && !link && !integrity,
    )
    expect(bare).toEqual([])
  })

  test('holds the packages of every platform, not only of the one it was written on', () => {
    const absent = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
      ),
    )
    expect(absent).toEqual([])
  })
})

describe('the package', () => {
  const manifest = readJson<Manifest>('package.json')

  test('depends on nothing at run time; koffi is optional', () => {
    expect(manifest.dependencies).toBeUndefined()
    expect(Object.keys(manifest.optionalDependencies)).toEqual(['koffi'])
  })

  test('has a command that can be executed, in the repository too', () => {
    expect(manifest.bin).toEqual({ lastack: 'bin/lastack.js' })
    expect(readText('bin/lastack.js')).toMatch(/^#!\/usr\/bin\/env node\n/)
    if (process.platform !== 'win32') expect(statSync(join(ROOT, 'bin/lastack.js')).mode & 0o111).toBe(0o111)
    expect(exists('node_modules/.bin/lastack')).toBe(true)
    const help = spawnSync('npx', ['--offline', 'lastack', '--help'], { ...BOUNDED, cwd: ROOT, encoding: 'utf8' })
    expect(help.stdout).toContain('lastack')
    expect(help.status).toBe(0)
  })
})
