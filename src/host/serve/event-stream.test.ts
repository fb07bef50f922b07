import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { EventStream } from './event-stream.ts'

const EVENT = Buffer.from('event: snapshot\ndata: {}\n\n')

/** A connection that takes one event and is full then. */
function connection(): PassThrough {
  return new PassThrough({ highWaterMark: 1 })
}

test('a client that has not taken the last event does not get the next', async () => {
  const client = connection()
  const stream = new EventStream(client, () => 0)
  stream.event(EVENT)
  stream.event(EVENT)
  const drained = new Promise((resolve) => client.once('drain', resolve))
  expect(client.read()).toEqual(EVENT)
  await drained
  stream.event(EVENT)
  expect(client.read()).toEqual(EVENT)
  expect(client.read()).toBeNull()
})

test('a client that takes nothing for a quarter of a minute is dropped', () => {
  const client = connection()
  let now = 0
  const stream = new EventStream(client, () => now)
  stream.event(EVENT)
  now = 15_000
  stream.event(EVENT)
  expect(client.destroyed).toBe(false)
  now = 15_001
  stream.event(EVENT)
  expect(client.destroyed).toBe(true)
})
