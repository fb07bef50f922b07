import { describe, expect, test } from 'vitest'
import { CliError } from './exit.ts'
import { atMost, parseFlags } from './flags.ts'

const SPECS = {
  seed: { value: 'a whole number' },
  set: { value: 'NAME=VALUE', multiple: true },
  json: {},
  port: { short: 'p', value: 'a port' },
} as const

const parse = (...args: string[]) => parseFlags('lab', args, SPECS)

describe('options and words', () => {
  test.each([
    [['--seed', '7', 'name'], { flags: { seed: '7' }, words: ['name'] }],
    [['--seed=7'], { flags: { seed: '7' }, words: [] }],
    [['--seed', '-5'], { flags: { seed: '-5' }, words: [] }],
    [['--seed='], { flags: { seed: '' }, words: [] }],
    [['-p', '80'], { flags: { port: '80' }, words: [] }],
    [['--set', 'a=1', '--set', 'b=2'], { flags: { set: ['a=1', 'b=2'] }, words: [] }],
    [['--json', 'a', 'b'], { flags: { json: true }, words: ['a', 'b'] }],
    [['--', '--json'], { flags: {}, words: ['--json'] }],
    [[], { flags: {}, words: [] }],
  ])('%j', (args, expected) => {
    expect(parse(...args)).toEqual(expected)
  })
})

describe('a mistake is one line that names it', () => {
  test.each([
    [['--sed', '7'], 'lab: unknown option "--sed": did you mean --seed or --set?'],
    [['-x'], 'lab: unknown option "-x": expected one of --seed, --set, --json, --port, --help'],
    [['--toString'], 'lab: unknown option "--toString": expected one of --seed, --set, --json, --port, --help'],
    [['--seed'], 'lab: --seed needs a whole number'],
    [['--seed', '--json'], 'lab: --seed needs a whole number'],
    [['--json=yes'], 'lab: --json takes no value'],
  ])('%j', (args, message) => {
    expect(() => parse(...args)).toThrow(new CliError(message))
  })

  test('a word too many', () => {
    expect(() => atMost('lab', ['a', 'b'], 1, 'one NAME')).toThrow(
      new CliError('lab: unexpected word "b": expected one NAME'),
    )
    expect(() => atMost('lab', ['a'], 1, 'one NAME')).not.toThrow()
  })
})
