import { constants, platform } from 'node:os'
import { describe, expect, test } from 'vitest'
import { Errno, type ErrnoName, type ErrnoSystem, errnoIn, errnoName, errnoNumbers, errnoText } from './errno.ts'

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

  test('the numbers are those of the system at hand', () => {
    const at = platform()
    const system: ErrnoSystem =
      at === 'darwin'
        ? 'macos'
        : at === 'win32'
          ? 'windows'
          : at === 'sunos'
            ? 'solaris'
            : at === 'freebsd'
              ? at
              : 'linux'
    const theirs: Readonly<Record<string, number>> = constants.errno
    const known = names.filter((name) => name in theirs)
    expect(known.length).toBeGreaterThan(30)
    const numbers = known.map((name) => [name, theirs[system === 'windows' ? `WSA${name}` : name] ?? theirs[name]])
    expect(known.map((name) => [name, errnoNumbers[system][name]])).toEqual(numbers)
  })
})

test.each<[ErrnoSystem, number, number]>([
  ['linux', 98, 98],
  ['freebsd', 98, 48],
  ['windows', 98, 10_048],
  ['freebsd', 250, 250],
])('%s has another number, or the same: %s', (system, canonical, number) => {
  expect(errnoIn(system, canonical)).toBe(number)
})
