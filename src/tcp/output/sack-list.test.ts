import { describe, expect, test } from 'vitest'
import { sackList } from './sack-list.ts'

const { withArrival, withOld, withoutOld } = sackList

describe('duplicates and blocks in one list, the last arrival first', () => {
  test('a block that came twice is told twice, until more follows', () => {
    const once = withArrival([], 20, 30, 10)
    expect(once).toEqual([20, 30])
    const twice = withArrival(once, 20, 30, 10)
    expect(twice).toEqual([20, 30, 20, 30])
    expect(withArrival(twice, 30, 40, 10)).toEqual([20, 40])
  })

  test('of a segment that overlaps what waits, the common part comes first', () => {
    expect(withArrival([20, 30], 25, 40, 10)).toEqual([25, 30, 20, 40])
    expect(withArrival([20, 30], 15, 25, 10)).toEqual([20, 25, 15, 30])
  })

  test('what closed the gap tells of the part that had come, and of nothing else', () => {
    expect(withArrival([20, 30], 10, 20, 30)).toEqual([])
    expect(withArrival([20, 30], 10, 25, 30)).toEqual([20, 25])
  })

  test('old text heads the list for one ACK', () => {
    const list = withOld([20, 30], 1, 5, 10)
    expect(list).toEqual([1, 5, 20, 30])
    expect(withoutOld(list, 10)).toEqual([20, 30])
  })

  test('a duplicate behind a gap leaves when old text comes', () => {
    expect(withOld([22, 25, 20, 30], 1, 5, 10)).toEqual([1, 5, 20, 30])
  })

  test('five blocks are remembered, and a duplicate', () => {
    let list: number[] = []
    for (let left = 20; left < 160; left += 20) list = withArrival(list, left, left + 10, 10)
    expect(list).toHaveLength(10)
    expect(list.slice(0, 2)).toEqual([140, 150])
    expect(withArrival(list, 140, 150, 10)).toEqual([140, 150, ...list])
  })
})
