import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HostError } from '../errors.ts'
import { GoneNamespaceError, insideNamespace } from './enter.ts'
import type { NetworkNamespace } from './list.ts'

const EPERM = 1

let root: string
let blue: NetworkNamespace

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lastack-proc-'))
  mkdirSync(join(root, 'thread-self', 'ns'), { recursive: true })
  writeFileSync(join(root, 'thread-self', 'ns', 'net'), '')
  const path = join(root, 'blue')
  writeFileSync(path, '')
  blue = { inode: statSync(path).ino, label: 'blue', path, own: false, pids: [] }
})

afterEach(() => {
  rmSync(root, { recursive: true })
})

describe('a visit to a network namespace', () => {
  test('goes there, works, and comes back, also when the work fails', () => {
    const steps: string[] = []
    const setNamespace = (): number => {
      steps.push('setns')
      return 0
    }
    const work = (): string => {
      steps.push('work')
      return 'done'
    }
    expect(insideNamespace(setNamespace, blue, work, root)).toBe('done')
    const fail = (): never => {
      throw new HostError('no')
    }
    expect(() => insideNamespace(setNamespace, blue, fail, root)).toThrow(new HostError('no'))
    expect(steps).toEqual(['setns', 'work', 'setns', 'setns', 'setns'])
  })

  test('that is not allowed is one line, and nothing is done', () => {
    const work = (): never => {
      throw new Error('worked in the wrong place')
    }
    expect(() => insideNamespace(() => -EPERM, blue, work, root)).toThrow(
      new HostError('network namespace blue: setns: EPERM'),
    )
  })

  test('to one that has gone, or whose file leads elsewhere now, is one line', () => {
    const enter = (namespace: NetworkNamespace) => () =>
      insideNamespace(
        () => 0,
        namespace,
        () => 0,
        root,
      )
    expect(enter({ ...blue, inode: blue.inode + 1 })).toThrow(
      new GoneNamespaceError('network namespace blue: it has gone'),
    )
    const path = join(root, 'gone')
    expect(enter({ ...blue, path })).toThrow(new GoneNamespaceError(`network namespace blue: ${path}: ENOENT`))
  })
})
