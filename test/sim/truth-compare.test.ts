import { describe, expect, test } from 'vitest'
import { agrees, replay } from '../stack/replay/compare.ts'
import { Replay } from '../stack/replay/replay.ts'

const timed = (expected: string | number, call = 'peer times 5000 50'): Parameters<typeof agrees>[0] => ({
  calls: [call],
  expect: [expected],
  unitMs: 50,
})

describe('a time agrees with the kernel’s', () => {
  test.each([
    ['0 SYN; 1000 SYN', true, 'when it is the same'],
    ['0 SYN; 850 SYN', true, 'when it is earlier by an eighth and a unit'],
    ['0 SYN; 800 SYN', false, 'not when it is earlier than that'],
    ['0 SYN; 1050 SYN', true, 'when it is a unit later'],
    ['0 SYN; 1100 SYN', false, 'not when it is later than that'],
    ['0 SYN', false, 'not when a segment is missing'],
    ['0 SYN; 1000 SYN; 2000 SYN', false, 'not when there is one too many'],
    ['0 SYN; 1000 ACK', false, 'not when another segment comes'],
  ])('%s: %s, %s', (got, verdict) => {
    expect(agrees(timed('0 SYN; 1000 SYN'), [got])).toBe(verdict)
  })

  test('of a wait too, and `never` only with `never`', () => {
    const call = 'host until gone 8080 5000 50'
    expect([1000, 870, 700, 'never'].map((got) => agrees(timed(1000, call), [got]))).toEqual([true, true, false, false])
    expect(agrees(timed('never', call), ['never'])).toBe(true)
  })

  test('a number that is no time has no tolerance', () => {
    expect(agrees(timed(3, 's recv 3'), [4])).toBe(false)
  })
})

describe('a replay', () => {
  test('is a whole host with a peer', () => {
    const run = new Replay('4', {})
    const steps = ['s = tcp', 's connect peer:80', 'peer seen', 'peer synack', 'peer seen', 's info state', 'host rows']
    expect(steps.map((step) => run.step(step))).toEqual([
      0,
      'EINPROGRESS',
      'SYN',
      0,
      'ACK',
      'ESTABLISHED',
      'ESTABLISHED host:ephemeral>peer:80',
    ])
  })

  test('gives the same answers each time', () => {
    const answers = () => {
      const run = new Replay('6', {})
      return ['s = tcp', 's connect peer:80', 'peer times 9000 1'].map((step) => run.step(step))
    }
    expect(answers()).toEqual(answers())
  })

  test.each(['s jump 1', 'host dance', 'peer sing', 'peer segment SYN,HAT', 's bind moon:80'])(
    'of a step that nobody can read fails: %s',
    (step) => {
      const one = { given: ['s = tcp', 's connect peer:80'], calls: [step], expect: [0], unitMs: undefined }
      const whole = { ...one, name: step, row: 1, situation: '', family: '4', depends: undefined } as const
      expect(() => replay(whole, {})).toThrow(`in ${step}`)
    },
  )
})
