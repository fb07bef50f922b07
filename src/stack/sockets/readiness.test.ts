import { expect, test } from 'vitest'
import { Readiness } from './readiness.ts'
import type { Socket } from './socket.ts'

test('a listener that throws once is told of every socket afterwards', () => {
  const readiness = new Readiness()
  const [a, b] = [{ batched: false } as Socket, { batched: false } as Socket]
  const happens = (socket: Socket): void => {
    readiness.enter()
    readiness.add(socket)
    readiness.leave()
  }
  readiness.listener = () => {
    throw new Error('the program broke')
  }
  expect(() => happens(a)).toThrow('the program broke')
  const told: Socket[] = []
  readiness.listener = (batch) => {
    told.push(...batch)
    if (batch.includes(a)) readiness.add(b)
  }
  happens(a)
  happens(b)
  expect(told).toEqual([a, b, b])
})
