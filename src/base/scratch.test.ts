import { expect, test } from 'vitest'
import { AREA_LENGTH, scratch } from './scratch.ts'

test('two areas of a packet and more, aligned, apart, with room for a link header before each', () => {
  expect(AREA_LENGTH).toBeGreaterThanOrEqual(65_535)
  expect(scratch.IN % 4).toBe(0)
  expect(scratch.OUT % 4).toBe(0)
  expect(scratch.IN).toBeGreaterThanOrEqual(64)
  expect(scratch.OUT).toBeGreaterThanOrEqual(scratch.IN + AREA_LENGTH + 64)
  expect(scratch.bytes.length).toBeGreaterThanOrEqual(scratch.OUT + AREA_LENGTH)
})

test('octets and words are one memory', () => {
  scratch.bytes.set([1, 2, 3, 4], scratch.OUT)
  expect(scratch.words[scratch.OUT >> 2]).toBe(0x04030201)
  expect(scratch.words.buffer).toBe(scratch.bytes.buffer)
})
