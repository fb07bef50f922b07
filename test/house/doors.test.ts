import { describe, expect, test } from 'vitest'
import { doorOf, ROOMS } from './rooms.ts'
import { exists, lineOf, type Node, parse, readText, type Source } from './source.ts'

const RE_EXPORTS = new Set(['ExportNamedDeclaration', 'ExportAllDeclaration'])

/** What makes a file a bad door: no head comment, a star, code of its own. */
function doorFaults(source: Source): string[] {
  const body = source.program.body as readonly Node[]
  const fault = (offset: number, what: string): string => `${source.path}:${lineOf(source, offset)}: ${what}`
  const head = source.comments[0]
  const hasHead = head !== undefined && (body[0] === undefined || head.end <= body[0].start)
  return [
    ...(hasHead ? [] : [fault(0, 'a door begins with a comment: what the room is, and what it does not do')]),
    ...body.flatMap((statement) => {
      if (statement.type === 'ExportAllDeclaration') return [fault(statement.start, 'a door lists its exports by name')]
      const isReExport = RE_EXPORTS.has(statement.type) && statement.source !== null
      return isReExport ? [] : [fault(statement.start, 'a door holds no code')]
    }),
  ]
}

test.each(Object.keys(ROOMS))('%s has its door', (name) => {
  expect(exists(doorOf(name))).toBe(true)
})

// The command's door is the program itself.
test.each(Object.keys(ROOMS).filter((name) => name !== 'cli'))(
  '%s: its door says what the room is, names what it exports, holds no code',
  (name) => {
    expect(doorFaults(parse(doorOf(name), readText(doorOf(name))))).toEqual([])
  },
)

describe('a bad door is seen:', () => {
  test.each([
    ['a star', `/** What it is. */\nexport * from './seq.ts'`, '2: a door lists its exports by name'],
    [
      'no head comment',
      `export { seqLt } from './seq.ts'`,
      '1: a door begins with a comment: what the room is, and what it does not do',
    ],
    ['code of its own', '/** What it is. */\nexport const a = 1', '2: a door holds no code'],
  ])('%s', (_what, text, fault) => {
    expect(doorFaults(parse('src/base/index.ts', text))).toEqual([`src/base/index.ts:${fault}`])
  })

  test('but not a good one', () => {
    expect(doorFaults(parse('src/base/index.ts', `/** What. */\nexport { type Seq, seqLt } from './seq.ts'`))).toEqual(
      [],
    )
  })
})
