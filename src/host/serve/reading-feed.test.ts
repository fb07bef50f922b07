import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { HostError } from '../errors.ts'
import { emptyReading, FrameListener, type HeardFrame } from './frames.testing.ts'
import type { Frame } from './frames.ts'
import type { HostReading } from './reading.ts'
import { type FeedListener, ReadingFeed } from './reading-feed.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

/** A reader that counts, and takes as long as it is told. */
class Reader {
  readings = 0
  tookMs = 0
  failure: Error | undefined

  readonly read = async (): Promise<HostReading> => {
    this.readings++
    const mine = this.readings
    if (this.tookMs > 0) await new Promise((resolve) => setTimeout(resolve, this.tookMs))
    if (this.failure !== undefined) throw this.failure
    return emptyReading(mine)
  }
}

class Listener implements FeedListener {
  readonly heard: HeardFrame[] = []
  readonly #frames = new FrameListener()

  take({ bytes, whole }: Frame): void {
    this.heard.push(...this.#frames.hear(this.heard.length === 0 && whole !== undefined ? whole() : bytes))
  }
}

test('the host is read once a second while somebody listens, and not at all otherwise', async () => {
  const reader = new Reader()
  const feed = new ReadingFeed(reader.read)
  await vi.advanceTimersByTimeAsync(5000)
  expect(reader.readings).toBe(0)
  const listener = new Listener()
  feed.add(listener)
  await vi.advanceTimersByTimeAsync(3500)
  expect(reader.readings).toBe(4)
  feed.remove(listener)
  await vi.advanceTimersByTimeAsync(5000)
  expect(reader.readings).toBe(4)
  expect(listener.heard).toHaveLength(4)
  expect(listener.heard[3]).toEqual(emptyReading(4))
  expect(vi.getTimerCount()).toBe(0)
})

test('a newcomer gets the last reading at once while it is fresh, and causes none', async () => {
  const reader = new Reader()
  const feed = new ReadingFeed(reader.read)
  const [first, second] = [new Listener(), new Listener()]
  feed.add(first)
  await vi.advanceTimersByTimeAsync(500)
  feed.add(second)
  expect(second.heard).toEqual(first.heard)
  expect(second.heard).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(600)
  expect(reader.readings).toBe(2)
  expect(second.heard).toHaveLength(2)
})

test('a newcomer long after the last reading gets a new one, not that', async () => {
  const reader = new Reader()
  const feed = new ReadingFeed(reader.read)
  const first = new Listener()
  feed.add(first)
  await vi.advanceTimersByTimeAsync(0)
  feed.remove(first)
  await vi.advanceTimersByTimeAsync(10_000)
  const second = new Listener()
  feed.add(second)
  expect(second.heard).toEqual([])
  await vi.advanceTimersByTimeAsync(0)
  expect(second.heard).toHaveLength(1)
  expect(reader.readings).toBe(2)
})

test('a reading that takes long is followed by as long a rest', async () => {
  const reader = new Reader()
  reader.tookMs = 3000
  const feed = new ReadingFeed(reader.read)
  feed.add(new Listener())
  await vi.advanceTimersByTimeAsync(5999)
  expect(reader.readings).toBe(1)
  await vi.advanceTimersByTimeAsync(2)
  expect(reader.readings).toBe(2)
})

test('those who ask while a reading is under way share it', async () => {
  const reader = new Reader()
  reader.tookMs = 100
  const feed = new ReadingFeed(reader.read)
  const answers = Promise.all([feed.read(), feed.read()])
  await vi.advanceTimersByTimeAsync(100)
  expect(await answers).toEqual([emptyReading(1), emptyReading(1)])
})

test('a reading that fails is told, and the next one is tried', async () => {
  const reader = new Reader()
  reader.failure = new HostError('netlink: receive: ENOBUFS')
  const feed = new ReadingFeed(reader.read)
  const listener = new Listener()
  feed.add(listener)
  await vi.advanceTimersByTimeAsync(0)
  expect(listener.heard).toEqual([{ failure: 'netlink: receive: ENOBUFS' }])
  reader.failure = undefined
  await vi.advanceTimersByTimeAsync(1000)
  expect(listener.heard[1]).toEqual(emptyReading(2))
})
