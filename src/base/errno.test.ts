import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { Errno, type ErrnoName, type ErrnoSystem, errnoName, errnoNumbers, errnoText } from './errno.ts'

const names = Object.keys(Errno) as ErrnoName[]
const systems = Object.keys(errnoNumbers) as ErrnoSystem[]

describe('errno', () => {
  test('EADDRINUSE is known by five numbers', () => {
    expect(systems.map((system) => errnoNumbers[system].EADDRINUSE)).toEqual([98, 48, 48, 10048, 125])
  })

  test.each(systems)('%s gives each name a number of its own and finds it again', (system) => {
    const table = errnoNumbers[system]
    expect(new Set(names.map((name) => table[name])).size).toBe(names.length)
    for (const name of names) {
      expect(errnoName(table[name], system)).toBe(name)
      expect(errnoName(-table[name], system)).toBe(name)
    }
  })

  test('an unknown number is printed as it is', () => {
    expect(errnoName(-250)).toBe('errno 250')
    expect(errnoText(errnoName(-250))).toBe('')
  })

  test('every name has words', () => {
    for (const name of names) expect(errnoText(name)).toMatch(/^[A-Z][A-Za-z/ -]+$/)
    expect(errnoText('EADDRINUSE')).toBe('Address already in use')
  })

  test.runIf(process.platform === 'linux')("numbers and words are this kernel's and its C library's", () => {
    const script =
      'import errno,os,sys\nfor n in sys.argv[1:]: print(n, getattr(errno,n), os.strerror(getattr(errno,n)))'
    const expected = names.map((name) => `${name} ${Errno[name]} ${errnoText(name)}`)
    expect(
      execFileSync('python3', ['-c', script, ...names], { encoding: 'utf8' })
        .trim()
        .split('\n'),
    ).toEqual(expected)
  })
})
