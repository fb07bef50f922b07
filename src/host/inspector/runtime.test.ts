import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { adviceFor, catchesSigusr1, type Runtime, runtimeOf } from './runtime.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lastack-proc-'))
  mkdirSync(join(root, '7'))
})

afterEach(() => {
  rmSync(root, { recursive: true })
})

describe('the runtime of a process is known by its executable', () => {
  test.each<[string, Runtime]>([
    ['/usr/bin/node', 'node'],
    ['/usr/bin/nodejs', 'node'],
    ['/opt/node-20.1.0', 'node'],
    ['/usr/bin/node (deleted)', 'node'],
    ['/usr/bin/python3.11', 'python'],
    ['/usr/lib/jvm/bin/java', 'java'],
    ['/usr/bin/ruby3.1', 'ruby'],
    ['/usr/sbin/php-fpm8.2', 'php'],
    // A name that only begins like Node's is not Node's: SIGUSR1 would kill it.
    ['/usr/bin/node_exporter', 'other'],
    ['/usr/bin/nodemon-like', 'other'],
  ])('%s is %s', (executable, expected) => {
    symlinkSync(executable, join(root, '7', 'exe'))
    expect(runtimeOf(7, root)).toBe(expected)
  })

  test('Go by the mark that its linker leaves', () => {
    writeFileSync(join(root, 'server'), `\x7fELF${'\0'.repeat(4000)}\xff Go build ID: "abc"`)
    symlinkSync(join(root, 'server'), join(root, '7', 'exe'))
    expect(runtimeOf(7, root)).toBe('go')
  })

  test('Go by the note of its build id, where a C linker has put it together', () => {
    const note = Buffer.concat([4, 83, 4].map((word) => Buffer.from(Uint32Array.of(word).buffer)))
    writeFileSync(join(root, 'server'), Buffer.concat([Buffer.alloc(4000), note, Buffer.from('Go\0\0abc')]))
    symlinkSync(join(root, 'server'), join(root, '7', 'exe'))
    expect(runtimeOf(7, root)).toBe('go')
  })

  test('one that is gone has none', () => {
    expect(runtimeOf(8, root)).toBeUndefined()
  })
})

describe('whether SIGUSR1 is handled', () => {
  test.each([
    ['0000000100004a02', true],
    ['0000000000000200', true],
    ['0000000180000100', false],
    ['0000000000000000', false],
  ])('SigCgt %s: %s', (mask, expected) => {
    writeFileSync(join(root, '7', 'status'), `Name:\tnode\nSigIgn:\tffffffffffffffff\nSigCgt:\t${mask}\n`)
    // SIGUSR1 is 10 on the architectures that this table is of.
    expect(catchesSigusr1(7, root)).toBe(expected)
  })

  test('a process that cannot be read handles nothing', () => {
    expect(catchesSigusr1(8, root)).toBe(false)
  })
})

test('what to ask is ready to paste, with the pid and the descriptors', () => {
  for (const runtime of ['python', 'java', 'ruby', 'php', 'go', 'other'] as const) {
    const advice = adviceFor(runtime, 4711, [5, 9])
    expect(advice[0]?.command).toMatch(runtime === 'go' ? /pprof/ : /4711/)
    expect(advice.at(-1)).toEqual({
      command: 'strace -f -p 4711 -e trace=network,read,close',
      tells: 'what it still does with descriptor 5, 9: if nothing, it has forgotten them',
    })
  }
})
