import { expect, test } from 'vitest'
import { type Changes, changesBetween, NO_CHANGES } from './changes.ts'
import type { Finding, Severity } from './types.ts'

function found(id: string, severity: Severity = 'warning'): Finding {
  const rule = id.split('/')[0] as string
  const explanation = ['What.', 'Why.', 'Then.'] as const
  return {
    ...{ id, rule, severity, title: id, evidence: [], owner: { kind: 'host' }, explanation, remedies: [], cookies: [] },
  }
}

const [LEAK, DRAIN, FULL] = [found('leak/a'), found('leak/b'), found('full/8080')]

/** What each look changes: `+` began, `-` ended, `!` shifted; and behind `|` what is current. */
function story(...looks: readonly (readonly Finding[] | { readonly unjudged: readonly string[] })[]): string[] {
  let changes: Changes = NO_CHANGES
  return looks.map((one) => {
    changes = 'unjudged' in one ? changesBetween(changes, [], one.unjudged) : changesBetween(changes, one)
    const words = (mark: string, findings: readonly Finding[]): string[] => findings.map(({ id }) => mark + id)
    const { began, ended, shifted, current } = changes
    return [...words('+', began), ...words('-', ended), ...words('!', shifted), '|', ...words('', current)].join(' ')
  })
}

test('a finding begins at the look that first has it, and ends at the second in succession that has it no more', () => {
  expect(story([LEAK], [LEAK, DRAIN], [DRAIN], [DRAIN], [DRAIN])).toEqual([
    '+leak/a | leak/a',
    '+leak/b | leak/a leak/b',
    '| leak/b leak/a',
    '-leak/a | leak/b',
    '| leak/b',
  ])
})

test('one that is away at every other look neither ends nor begins', () => {
  expect(story([LEAK], [], [LEAK], [], [LEAK])).toEqual([
    '+leak/a | leak/a',
    '| leak/a',
    '| leak/a',
    '| leak/a',
    '| leak/a',
  ])
})

test('a finding of a rule that could not judge has not ended, however long that lasts', () => {
  const blind = { unjudged: ['full'] }
  expect(story([LEAK, FULL], blind, blind, blind, [], [])).toEqual([
    '+leak/a +full/8080 | leak/a full/8080',
    '| leak/a full/8080',
    '-leak/a | full/8080',
    '| full/8080',
    '| full/8080',
    '-full/8080 |',
  ])
})

test('one that was missed before its rule could not judge has not ended meanwhile, and ends with the next look', () => {
  expect(story([FULL], [], { unjudged: ['full'] }, { unjudged: ['full'] }, [])).toEqual([
    '+full/8080 | full/8080',
    '| full/8080',
    '| full/8080',
    '| full/8080',
    '-full/8080 |',
  ])
})

test('the same finding at another severity has shifted, and is current as it is now', () => {
  const graver = found('leak/a', 'critical')
  expect(story([LEAK], [graver])).toEqual(['+leak/a | leak/a', '!leak/a | leak/a'])
  const { current } = changesBetween(changesBetween(NO_CHANGES, [LEAK]), [graver])
  expect(current).toEqual([graver])
})
