import { describe, expect, test } from 'vitest'
import { listClaims, runClaim } from '../../sim/index.ts'
import { claimText, contradictsFacts } from '../claim-text.ts'
import { EXIT } from '../exit.ts'
import { lastack, tooWide } from '../run.testing.ts'

/** All claims in one test, on a machine that has other things to do. */
const PATIENCE_MS = 60_000

const claims = (...args: string[]) => lastack(['claims', ...args])

test(
  'all claims are one line each within 80 columns: id, verdict, personality, what it rests on',
  async () => {
    const { code, out, err } = await claims()
    expect({ code, err }).toEqual({ code: EXIT.OK, err: '' })
    const lines = out.split('\n')
    expect(lines.slice(0, listClaims().length).map((line) => line.split(' ')[0])).toEqual(listClaims())
    for (const line of lines.slice(0, listClaims().length)) {
      expect(line).toMatch(/^[a-z0-9-]+ +(true|false|depends) +[a-z0-9]+ +\S/)
    }
    expect(out).toMatch(/\n\n28 claims: \d+ true, \d+ false, \d+ depends; every verdict as docs\/facts\.md has it\.\n/)
    expect(tooWide(out)).toEqual([])
  },
  PATIENCE_MS,
)

describe('a claim by its id', () => {
  test.each(listClaims())('%s: every case, its numbers, the reason', async (id) => {
    const { code, out } = await claims(id)
    expect(code).toBe(EXIT.OK)
    expect(out.startsWith(`${id}: "`)).toBe(true)
    expect(out).toMatch(/\n {2}(true|false|depends) on [a-z0-9]+\n\n {2}(holds|does not) /)
    expect(out).toContain(`\n  To see it: lastack lab ${id}`)
    expect(tooWide(out)).toEqual([])
  })

  test('is judged on another system when asked', async () => {
    const { out } = await claims('reuseaddr-steals', '--personality', 'windows')
    expect(out).toMatch(/\n {2}true on windows\n/)
  })

  test('that comes out otherwise than docs/facts.md has it is a finding', () => {
    const result = runClaim('fin-timeout-is-2msl', { mutation: 'fin-timeout-is-time-wait' })
    expect(contradictsFacts(result)).toBe(true)
    expect(claimText(result, 80)).toContain('\n  true on linux, and docs/facts.md says false\n')
  })
})

describe('on another system', () => {
  test(
    'there is no verdict to compare with, and what cannot be played there is named',
    async () => {
      const { code, out } = await claims('--personality', 'windows')
      expect(code).toBe(EXIT.OK)
      expect(out).toMatch(/; docs\/facts\.md has verdicts for the own\ssystem of each claim only\.\n/)
      expect(out).toMatch(/\nNot to be played on windows: fin-timeout-is-2msl, /)
      expect(tooWide(out)).toEqual([])
    },
    PATIENCE_MS,
  )

  test('a claim about sysctls that it does not have cannot be judged', async () => {
    const { code, out, err } = await claims('fin-timeout-is-2msl', '--personality', 'windows')
    expect({ code, out }).toEqual({ code: EXIT.USAGE, out: '' })
    expect(err).toMatch(/^lastack claims: 'fin-timeout-is-2msl' cannot be played on windows: .*\n$/)
  })
})

test('--json has verdict, cases and reasons, and no traces', async () => {
  const { out } = await claims('--json', 'four-packets')
  const [result] = JSON.parse(out)
  expect(result).toMatchObject({ id: 'four-packets', verdict: 'depends', expected: 'depends', agrees: true, seed: 1 })
  expect(Object.keys(result.cases[0])).toEqual(['id', 'title', 'personality', 'holds', 'because'])
})

test.each([
  ['four-packet', 'lastack claims: unknown claim "four-packet": did you mean four-packets?'],
  ['xyzzy', 'lastack claims: unknown claim "xyzzy": lastack claims lists them'],
  ['--personality linus', 'lastack claims: unknown personality "linus": did you mean linux?'],
  ['--seed one', 'lastack claims: --seed "one": expected a whole number, at most 2^53'],
])('claims %s is refused in one line', async (line, message) => {
  expect(await claims(...line.split(' '))).toEqual({ code: EXIT.USAGE, out: '', err: `${message}\n` })
})
