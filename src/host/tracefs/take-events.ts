/** What several ring buffers hold, taken in one go that is bounded however much they hold. */
import { type PageLayout, parsePage } from './ring-page.ts'
import type { TcpTraceEvent } from './tcp-events.ts'

/** How much is taken in one go. */
export interface TakeLimits {
  /** Events that are decoded; what is later than these is counted and left out. */
  readonly events: number
  /** Pages of each buffer. */
  readonly pages: number
}

/** What was taken. */
export interface TakenEvents {
  /** In no order. */
  readonly events: TcpTraceEvent[]
  /** Entries of the buffers that were passed over: they were too many. */
  readonly leftOut: number
  /** A buffer was written faster than it is read, and some is lost. */
  readonly lost: boolean
}

/** A buffer, and the page that `read` fills; false: there is nothing more. */
export interface PageSource {
  readonly page: Uint8Array
  read(): boolean
}

/** Decodes an entry; undefined for one that is no event of TCP. */
export type DecodeEntry = (page: Uint8Array, start: number, length: number, time: bigint) => TcpTraceEvent | undefined

/**
 * Take a page of each buffer in turn, until all are empty: what is left out when they are too many is the latest of each. To pass over an
 * entry costs a twentieth of what it takes to decode it, and no memory.
 * @throws HostError for a page that contradicts itself
 */
export function takeEvents(
  sources: readonly PageSource[],
  layout: PageLayout,
  decode: DecodeEntry,
  limits: TakeLimits,
): TakenEvents {
  const events: TcpTraceEvent[] = []
  let [leftOut, lost] = [0, false]
  let open = sources
  for (let pages = 0; pages < limits.pages && open.length > 0; pages++) {
    open = open.filter((source) => source.read())
    for (const { page } of open) {
      const { entries, lost: hasLost } = parsePage(page, layout)
      lost ||= hasLost
      if (events.length >= limits.events) {
        leftOut += entries.length
        continue
      }
      for (const { start, length, time } of entries) {
        const event = decode(page, start, length, time)
        if (event !== undefined) events.push(event)
      }
    }
  }
  return { events, leftOut, lost }
}
