import { describe, expect, it } from 'vitest'
import { type PersonalityName, personalities } from '../../src/stack/index.ts'
import { EFFECTS } from './sysctl/effects.ts'
import { measure, moved } from './sysctl/measure.ts'

describe.each(Object.keys(personalities) as PersonalityName[])(
  'a sysctl of %s moves what it should, and nothing else',
  (personality) => {
    const effects = EFFECTS[personality]
    const untouched = measure({ personality, set: {} })

    it('and all of them are tried', () => {
      const { sysctls } = personalities[personality]
      const names = sysctls.filter(({ readOnly }) => !readOnly).map(({ name }) => name)
      expect([...new Set(effects.map(([name]) => name))].sort()).toEqual([...names].sort())
    })

    it.each(effects.map(([name, value, ...moves]) => [`${name} = ${value}`, name, value, moves] as const))(
      '%s',
      (_title, name, value, moves) => {
        expect(moves.filter((move) => !(move in untouched))).toEqual([])
        const touched = measure({ personality, set: { [name]: value } })
        expect(moved(untouched, touched).sort()).toEqual([...moves].sort())
      },
    )

    it('and a value that is its default moves nothing', () => {
      const [first] = personalities[personality].sysctls
      const value = first?.read(personalities[personality].config) ?? ''
      expect(moved(untouched, measure({ personality, set: { [first?.name ?? '']: value } }))).toEqual([])
    })
  },
)
