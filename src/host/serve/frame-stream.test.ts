import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { FrameStream } from './frame-stream.ts'
import type { Frame } from './frames.ts'

const FAILURE: Frame = { bytes: Buffer.from('failure'), whole: undefined }

/** The frame of a reading by its number. */
function reading(number: number): Frame {
  return { bytes: Buffer.from(`change ${number}`), whole: () => Buffer.from(`whole ${number}`) }
}

/** A connection that takes one frame and is full then. */
function connection(): PassThrough {
  return new PassThrough({ highWaterMark: 1, encoding: 'utf8' })
}

async function taken(client: PassThrough): Promise<string> {
  const drained = new Promise((resolve) => client.once('drain', resolve))
  const text = String(client.read())
  await drained
  return text
}

test('a client gets the whole table first, and then what changes', async () => {
  const client = connection()
  const stream = new FrameStream(client, () => 0)
  const seen: string[] = []
  for (const frame of [FAILURE, reading(1), FAILURE, reading(2)]) {
    stream.take(frame)
    seen.push(await taken(client))
  }
  expect(seen).toEqual(['failure', 'whole 1', 'failure', 'change 2'])
})

test('a client that has not taken the last frame does not get the next, and then the whole table', async () => {
  const client = connection()
  const stream = new FrameStream(client, () => 0)
  for (const number of [1, 2, 3]) stream.take(reading(number))
  expect(await taken(client)).toBe('whole 1')
  stream.take(reading(4))
  expect(await taken(client)).toBe('whole 4')
  stream.take(reading(5))
  expect(await taken(client)).toBe('change 5')
  expect(client.read()).toBeNull()
})

test('a client that takes nothing for a quarter of a minute is dropped', () => {
  const client = connection()
  let now = 0
  const stream = new FrameStream(client, () => now)
  stream.take(reading(1))
  now = 15_000
  stream.take(reading(2))
  expect(client.destroyed).toBe(false)
  now = 15_001
  stream.take(reading(3))
  expect(client.destroyed).toBe(true)
})
