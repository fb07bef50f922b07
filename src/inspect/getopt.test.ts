import { describe, expect, test } from 'vitest'
import { getopt, type OptionSpec } from './getopt.ts'
import { UsageError } from './usage-error.ts'

type Id = 'all' | 'tcp' | 'family' | 'numeric' | 'numeric-hosts'

const SPECS: readonly OptionSpec<Id>[] = [
  { id: 'all', short: 'a', long: ['all'] },
  { id: 'tcp', short: 't', long: ['tcp'] },
  { id: 'family', short: 'f', long: ['family'], argument: 'a family' },
  { id: 'numeric', short: 'n', long: ['numeric'] },
  { id: 'numeric-hosts', long: ['numeric-hosts'] },
]

const parse = (...argv: string[]): string[] => {
  const { options, operands } = getopt('tool', argv, SPECS)
  return [
    ...options.map((option) => `${option.id}${option.value === '' ? '' : `=${option.value}`}@${option.position}`),
    ...operands.map((operand) => `'${operand.text}'@${operand.position}`),
  ]
}

describe('what getopt_long takes', () => {
  test.each([
    [['-tan'], ['tcp@1', 'all@1', 'numeric@1']],
    [['-f', 'inet'], ['family=inet@1']],
    [['-tfinet'], ['tcp@1', 'family=inet@1']],
    [
      ['--family=inet', '--tcp'],
      ['family=inet@1', 'tcp@2'],
    ],
    [['--family', 'inet'], ['family=inet@1']],
    [['--fam=a=b'], ['family=a=b@1']],
    [['--numeric'], ['numeric@1']],
    [['--numeric-h'], ['numeric-hosts@1']],
    [
      ['state', '-t', 'all'],
      ['tcp@2', "'state'@1", "'all'@3"],
    ],
    [
      ['-t', '--', '-a'],
      ['tcp@1', "'-a'@3"],
    ],
    [['-'], ["'-'@1"]],
  ])('%j', (argv, expected) => {
    expect(parse(...argv)).toEqual(expected)
  })
})

describe('what it refuses', () => {
  test.each([
    [['-tq'], 'tool: unknown option "-q" (argument 1): expected one of -atfn'],
    [['a', '--wrong'], 'tool: unknown option "--wrong" (argument 2): expected one that tool --help lists'],
    [['--num'], 'tool: ambiguous option "--num" (argument 1): expected --numeric or --numeric-hosts'],
    [['--famly', 'inet'], 'tool: unknown option "--famly" (argument 1): expected --family'],
    [['-tf'], 'tool: -f needs an argument (argument 2): expected a family'],
    [['--tcp=4'], 'tool: unwanted argument in "--tcp=4" (argument 1): expected --tcp alone'],
  ])('%j', (argv, message) => {
    expect(() => parse(...argv)).toThrow(UsageError)
    expect(() => parse(...argv)).toThrow(message)
  })
})

const NOTHING = { problem: '', token: '', position: 1, unit: 'argument', expected: '' } as const

test('a message stays one line of sane length, whatever was typed', () => {
  const error = new UsageError({
    ...NOTHING,
    tool: 'ss',
    problem: 'cannot understand',
    token: `\n\u001b[31m${'x'.repeat(1000)}`,
  })
  expect(error.message).toBe(`ss: cannot understand "\\x0a\\x1b[31m${'x'.repeat(45)}..." (argument 1): expected `)
})
