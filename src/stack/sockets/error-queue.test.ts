import { expect, test } from 'vitest'
import { ErrorQueue, ReportOrigin } from './error-queue.ts'

const report = (memory: number) => ({
  errno: 0,
  origin: ReportOrigin.ZEROCOPY,
  type: 0,
  code: 0,
  info: 0,
  data: 0,
  offender: null,
  at: null,
  payload: new Uint8Array(0),
  held: 0,
  memory,
})

test('reports are read in the order in which they came, and take memory until then', () => {
  const queue = new ErrorQueue()
  const [first, second] = [report(832), report(932)]
  queue.push(first)
  queue.push(second)
  expect(queue.last).toBe(second)
  expect(queue.memory).toBe(832 + 932)
  expect(queue.shift()).toBe(first)
  expect(queue.shift()).toBe(second)
  expect(queue.shift()).toBeUndefined()
  expect([queue.memory, queue.length, queue.total]).toEqual([0, 0, 2])
})
