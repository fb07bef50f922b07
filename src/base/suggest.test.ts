import { describe, expect, test } from 'vitest'
import { didYouMean, nearest, orList } from './suggest.ts'

describe('the nearest names', () => {
  const names = [
    'net.ipv4.tcp_fin_timeout',
    'net.ipv4.tcp_retries2',
    'lost-final-ack',
    'lost-fin',
    'fin',
    'eio',
    'ss',
    'serve',
  ]

  test.each([
    ['a letter too many', 'servve', ['serve']],
    ['a letter too few', 'lost-final-ac', ['lost-final-ack']],
    ['another case', 'SERVE', ['serve']],
    ['a part of the name', 'fin_timeout', ['net.ipv4.tcp_fin_timeout']],
    ['letters in another order', 'sevre', ['serve']],
    ['nothing near', 'quic', []],
    ['a short word that is near to all', 'foo', []],
    ['nothing at all', '', []],
  ])('%s', (_what, word, near) => {
    expect(nearest(word, names)).toEqual(near)
  })

  test('are at most three, the best first', () => {
    expect(nearest('aaaa', ['aaab', 'aabb', 'aaaa', 'aaac'])).toEqual(['aaaa', 'aaab', 'aaac'])
  })

  test('are each named once', () => {
    expect(nearest('lost', ['lost', 'lost'])).toEqual(['lost'])
  })
})

test('a suggestion is a question, or else what was expected', () => {
  expect(didYouMean('serv', ['serve', 'ss'], 'expected a command')).toBe('did you mean serve?')
  expect(didYouMean('quic', ['serve', 'ss'], 'expected a command')).toBe('expected a command')
})

test('a list reads as a person says it', () => {
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(orList)).toEqual(['', 'a', 'a or b', 'a, b or c'])
})
