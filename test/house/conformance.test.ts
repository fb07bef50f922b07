import { describe, expect, test } from 'vitest'
import { conformancePage, PAGE_FILE } from '../conformance/page.ts'
import { committedProofs, experiments } from '../conformance/proof.ts'
import { COUNTS, REQUIREMENTS } from '../conformance/requirements.ts'
import { collectShowings, collectTags, showingsOf, tagsOf } from '../conformance/tags.ts'
import { parse, readText } from './source.ts'

const tags = collectTags()
const showings = collectShowings()
const ids = REQUIREMENTS.map(({ id }) => id)
/** Requirements that lines of the stack fulfil. */
const met = REQUIREMENTS.filter((one) => [one.unmet, one.declined, one.answer].every((word) => word === undefined))

test('the table has every number of appendix B once', () => {
  const expected = Object.entries(COUNTS).flatMap(([kind, most]) =>
    Array.from({ length: most }, (_, i) => `${kind}-${i + 1}`),
  )
  expect([...ids].sort()).toEqual(expected.sort())
})

test('only a MAY can be left alone, and only a duty of programs be answered in words', () => {
  const left = REQUIREMENTS.filter(({ id, declined }) => declined !== undefined && !id.startsWith('MAY-'))
  const answered = REQUIREMENTS.filter(({ answer, duty }) => (answer === undefined) === (duty === 'application'))
  expect([...left, ...answered].map(({ id }) => id)).toEqual([])
})

test('tags and titles name requirements that there are', () => {
  const unknown = [...tags, ...showings].filter(({ id }) => !ids.includes(id))
  expect(unknown.map(({ id, file }) => `${id} in ${file}`)).toEqual([])
})

test('every requirement that is met has a line, and a test that shows it', () => {
  const has = (found: readonly { readonly id: string }[], id: string): boolean => found.some((one) => one.id === id)
  expect({
    withoutLine: met.filter(({ id }) => !has(tags, id)).map(({ id }) => id),
    withoutTest: met.filter(({ id }) => !has(showings, id)).map(({ id }) => id),
  }).toEqual({ withoutLine: [], withoutTest: [] })
})

test('every tagged line can be broken, and a test was seen to fail then (`npm run conformance`)', () => {
  const { possible, unfit } = experiments()
  expect(unfit.map(({ id, file, code }) => `${id} in ${file}: no break fits ${code}`)).toEqual([])
  const proved = new Set(committedProofs().map(({ id, file, hash }) => `${id} ${file} ${hash}`))
  const stale = possible.filter(({ tag, hash }) => !proved.has(`${tag.id} ${tag.file} ${hash}`))
  expect(stale.map(({ tag }) => `${tag.id} in ${tag.file}, ${tag.place}: ${tag.code}`)).toEqual([])
})

test(`${PAGE_FILE} says what is true`, () => {
  const page = conformancePage({ requirements: REQUIREMENTS, tags, showings, proofs: committedProofs() })
  expect(readText(PAGE_FILE)).toBe(page)
})

describe('a tag is seen', () => {
  test.each([
    ['above its line', 'function f() {\n  // MUST-13: long\n  wait(240)\n}', ['MUST-13 in f: wait(240)']],
    ['behind it', 'const a = { b: 1, // MAY-2: one\n}', ['MAY-2 in a: const a = { b: 1,']],
    ['with another below', '// MUST-1: a\n// REC-1: b\nf()', ['MUST-1 in top level: f()', 'REC-1 in top level: f()']],
    ['in a private method', 'class C { #m() {\n// MUST-3: c\ng() } }', ['MUST-3 in C.#m: g() } }']],
    ['but not in the midst of a sentence', '// as MUST-3 asks: c\ng()', []],
  ])('%s', (_where, text, expected) => {
    const seen = tagsOf(parse('src/tcp/a.ts', text)).map(({ id, place, code }) => `${id} in ${place}: ${code}`)
    expect(seen).toEqual(expected)
  })

  test('in the titles of tests', () => {
    const text = `test('MUST-1, MAY-2: a', f)\ntest.each([1])('SHLD-3: b %d', f)\ndescribe('MUST-4: c', f)\ntest('MUST-5 d', f)`
    const seen = showingsOf(parse('test/sim/conformance/a.test.ts', text)).map(({ id, title }) => `${id} ${title}`)
    expect(seen).toEqual(['MUST-1 a', 'MAY-2 a', 'SHLD-3 b %d'])
  })
})
