import { expect, test } from 'vitest'
import { LITTLE_ENDIAN } from '../byte-order.ts'
import type { PageLayout } from './ring-page.ts'
import { type PageSource, takeEvents } from './take-events.ts'
import type { TcpTraceEvent } from './tcp-events.ts'

const LAYOUT: PageLayout = { timestampAt: 0, commitAt: 8, commitSize: 8, dataAt: 16, pageSize: 4096 }
const MISSED = 0x8000_0000

/** A buffer of pages, each with entries of one word: these times, ns. A page may say that what was before it is lost. */
function buffer(...pages: readonly { readonly times: readonly number[]; readonly lost?: boolean }[]): PageSource {
  const page = new Uint8Array(LAYOUT.pageSize)
  const view = new DataView(page.buffer)
  const left = [...pages]
  return {
    page,
    read() {
      const next = left.shift()
      if (next === undefined) return false
      view.setBigUint64(0, 0n, LITTLE_ENDIAN)
      view.setUint32(
        8 + (LITTLE_ENDIAN ? 0 : 4),
        (next.times.length * 8 + (next.lost === true ? MISSED : 0)) >>> 0,
        LITTLE_ENDIAN,
      )
      for (const [i, time] of next.times.entries()) {
        const delta = time - (next.times[i - 1] ?? 0)
        view.setUint32(16 + 8 * i, LITTLE_ENDIAN ? (delta << 5) | 1 : (1 << 27) | delta, LITTLE_ENDIAN)
      }
      return true
    },
  }
}

const ENDS = { family: 4, local: { address: '', port: 0 }, peer: { address: '', port: 0 } } as const
const decode = (_page: Uint8Array, _start: number, _length: number, time: bigint): TcpTraceEvent => ({
  ...{ kind: 'end', time: Number(time), socket: 1n, cookie: 1n, ...ENDS },
})

function taken(sources: readonly PageSource[], events: number, pages = 9): unknown {
  const { events: found, ...rest } = takeEvents(sources, LAYOUT, decode, { events, pages })
  return { times: found.map(({ time }) => time), ...rest }
}

test('all that the buffers hold is taken', () => {
  const sources = [buffer({ times: [1, 2] }, { times: [7] }), buffer({ times: [3] }), buffer()]
  expect(taken(sources, 100)).toEqual({ times: [1, 2, 3, 7], leftOut: 0, lost: false })
})

test('when they are too many the later ones of every buffer are left out, and counted', () => {
  const busy = buffer({ times: [1, 2] }, { times: [5, 6] }, { times: [8, 9, 10] })
  const sources = [busy, buffer({ times: [3] }, { times: [7] })]
  expect(taken(sources, 4)).toEqual({ times: [1, 2, 3, 5, 6], leftOut: 4, lost: false })
})

test('a buffer that is written without end is left after so many pages, and read on the next time', () => {
  const sources = [buffer({ times: [1] }, { times: [2] }, { times: [3], lost: true })]
  expect(taken(sources, 100, 2)).toEqual({ times: [1, 2], leftOut: 0, lost: false })
  expect(taken(sources, 100, 2)).toEqual({ times: [3], leftOut: 0, lost: true })
})
