import { expect, test } from 'vitest'
import { decodeUtf8 } from '../../wire/index.ts'
import { Utf8Writer } from './utf8-writer.ts'

test('text, numbers and blanks come out as they went in, whatever room there was at first', () => {
  const writer = new Utf8Writer(1)
  for (const number of [0, 9, 10, 65_535, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 53]) {
    writer.number(number)
    writer.blanks(1)
  }
  writer.blanks(-3)
  for (const text of ['', 'plain', 'größe →', '𝄞!']) writer.text(text)
  expect(decodeUtf8(writer.octets)).toBe(
    '0 9 10 65535 2147483647 2147483648 4294967295 9007199254740992 plaingröße →𝄞!',
  )
})

test('what was written is forgotten', () => {
  const writer = new Utf8Writer(8)
  writer.text('before')
  writer.clear()
  writer.text('after')
  expect([writer.length, decodeUtf8(writer.octets)]).toEqual([5, 'after'])
})
