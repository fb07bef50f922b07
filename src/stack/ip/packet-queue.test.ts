import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PacketQueue } from './packet-queue.ts'

function packet(length: number, fill: number): Uint8Array {
  return new Uint8Array(length).fill(fill)
}

function first(queue: PacketQueue): number[] {
  return [...queue.bytes.subarray(queue.start, queue.start + queue.length)]
}

test('packets come out as they went in, whatever the order of pushes and shifts', () => {
  const operations = fc.array(fc.oneof(fc.nat(3000), fc.constant(-1)), { maxLength: 300 })
  fc.assert(
    fc.property(operations, (list) => {
      const queue = new PacketQueue(1 << 20)
      const model: number[][] = []
      let fill = 0
      for (const length of list) {
        if (length < 0) {
          if (model.length === 0) continue
          expect(first(queue)).toEqual(model.shift())
          queue.shift()
        } else {
          const octets = packet(length, fill++ & 255)
          expect(queue.push(octets, 0, length)).toBe(true)
          model.push([...octets])
        }
        expect(queue.size).toBe(model.length)
        expect(queue.octets).toBe(model.reduce((sum, one) => sum + one.length, 0))
      }
    }),
    { numRuns: 60 },
  )
})

test('a full queue refuses, and takes again once there is room', () => {
  const queue = new PacketQueue(8192)
  let taken = 0
  while (queue.push(packet(1000, taken), 0, 1000)) taken++
  expect(taken).toBe(8)
  queue.shift()
  expect(queue.push(packet(1000, 99), 0, 1000)).toBe(true)
  for (let i = 1; i < 8; i++) {
    expect(first(queue)[0]).toBe(i)
    queue.shift()
  }
  expect(first(queue)).toEqual([...packet(1000, 99)])
})

test('packets lie 8-octet aligned', () => {
  const queue = new PacketQueue(8192)
  for (const length of [1, 40, 41, 7]) queue.push(packet(length, 1), 0, length)
  while (queue.size > 0) {
    expect(queue.start % 8).toBe(0)
    queue.shift()
  }
})
