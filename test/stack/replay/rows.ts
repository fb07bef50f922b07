/** Makes a test of each row of a truth table: every case of it is replayed, and compared with the kernel's answers. */
import { describe, expect, test } from 'vitest'
import { readTable, type Settings, type TableName, type TruthCase } from '../../kernel/truth/table.ts'
import { replay } from './compare.ts'
import { DIFFERENCES, type Difference, isAbout } from './differences.ts'

/** Of a row whose cases fail in numbers, so many are told. */
const TOLD = 2
const NAME_LENGTH = 160

/** Defines the tests of one table. */
export function replayTable(table: TableName): void {
  const { settings, cases } = readTable(table)
  const rows = Array.from({ length: Math.max(...cases.map(({ row }) => row)) }, (_, i) =>
    cases.filter(({ row }) => row === i + 1),
  )
  const differences = DIFFERENCES.filter((difference) => difference.table === table)

  describe(`${table}.json: this stack answers as the kernel did`, () => {
    for (const [i, row] of rows.entries()) {
      test(`row ${i + 1}: ${nameOf(row)}`, () => {
        const wrong = row.flatMap((one) => verdict(one, settings, differences) ?? [])
        const more = wrong.length > TOLD ? [`… and ${wrong.length - TOLD} more of ${row.length} cases`] : []
        expect([...wrong.slice(0, TOLD), ...more].join('\n\n')).toBe('')
      })
    }

    test('every known difference is about a row of the table', () => {
      const idle = differences.filter((difference) => !cases.some((one) => isAbout(difference, one)))
      expect(idle).toEqual([])
    })
  })
}

/** What a person calls a row: where, and the calls of its first case. */
function nameOf(row: readonly TruthCase[]): string {
  const [first] = row as [TruthCase]
  const situations = [...new Set(row.map(({ situation }) => situation))]
  const where = situations.length > 2 ? `${situations[0]} and ${situations.length - 1} more` : situations.join(', ')
  const name = `${where}: ${first.calls.join('; ')}`
  const count = row.length === 1 ? '' : ` (${row.length} cases)`
  return (name.length > NAME_LENGTH ? `${name.slice(0, NAME_LENGTH)}…` : name) + count
}

/** What is wrong with a case, if anything: an answer that differs, or a known difference that is none any more. */
function verdict(one: TruthCase, settings: Settings, differences: readonly Difference[]): string | undefined {
  const known = differences.find((difference) => isAbout(difference, one))
  const { got, agrees } = replay(one, settings)
  if (agrees === (known === undefined)) return undefined
  if (known !== undefined)
    return `${one.name}\n  agrees with the kernel now: remove it from differences.ts (${known.reason})`
  const answers = one.calls.map((call, i) => {
    const same = one.expect[i] === got[i]
    return same ? `    ${call} → ${got[i]}` : `  ≠ ${call} → ${got[i] ?? 'not reached'}; the kernel: ${one.expect[i]}`
  })
  return [`in ${one.situation}, family ${one.family}: ${one.given.join('; ')}`, ...answers].join('\n')
}
