/**
 * A page of the kernel's trace ring buffer, as trace_pipe_raw gives it (kernel: Documentation/trace/ring-buffer-map.rst,
 * include/linux/ring_buffer.h): a time, the octets used, and entries, each a header of 5 bits of kind and 27 bits of time since the
 * entry before.
 */
import { LITTLE_ENDIAN } from '../byte-order.ts'
import { HostError } from '../errors.ts'
import { parseFields } from './format.ts'

/** Where the parts of a page lie, as `events/header_page` has them. */
export interface PageLayout {
  readonly timestampAt: number
  readonly commitAt: number
  /** 4 or 8: the kernel's word. */
  readonly commitSize: number
  readonly dataAt: number
  /** Octets of a whole page. */
  readonly pageSize: number
}

/** An entry of the buffer. */
export interface RingEntry {
  /** ns on the buffer's clock. */
  readonly time: bigint
  /** Where its octets are, in the page that was handed in. */
  readonly start: number
  readonly length: number
}

/** What a page holds. */
export interface RingPage {
  readonly entries: readonly RingEntry[]
  /** The writer was faster than the reader, and what was written before this page is lost. */
  readonly lost: boolean
}

/** Kinds of entry from 29 on; a smaller one is data, and its length in words. */
const PADDING = 29
const TIME_EXTEND = 30
const TIME_STAMP = 31
const DELTA_BITS = 27n
const DELTA_MASK = 0x7ff_ffff
const KIND_MASK = 0x1f
/** An absolute time lacks its five highest bits: they are those of the time before it. */
const STAMP_BITS = 59n

/** The flag in the word of the octets used; beside it stands whether the number of lost entries is told, behind the data. */
const MISSED_EVENTS = 0x8000_0000
/** Octets used are below this: flags are above. */
const COMMIT_MASK = 0x000f_ffff

/**
 * Read `events/header_page`.
 * @throws HostError when it has other fields than any kernel's
 */
export function parsePageLayout(text: string): PageLayout {
  const fields = parseFields(text)
  const [timestamp, commit, data] = ['timestamp', 'commit', 'data'].map((name) => fields.get(name))
  if (timestamp === undefined || commit === undefined || data === undefined) {
    throw new HostError('tracefs: events/header_page has no timestamp, commit and data')
  }
  return {
    timestampAt: timestamp.offset,
    commitAt: commit.offset,
    commitSize: commit.size,
    dataAt: data.offset,
    pageSize: data.offset + data.size,
  }
}

/**
 * Read a page.
 * @throws HostError for a page that contradicts itself
 */
export function parsePage(page: Uint8Array, layout: PageLayout): RingPage {
  const view = new DataView(page.buffer, page.byteOffset, page.length)
  if (page.length < layout.dataAt) throw new HostError(`tracefs: a page of ${page.length} octets`)
  // The used octets and their flags are in the lower half of the kernel's word.
  const commitAt = layout.commitAt + (LITTLE_ENDIAN ? 0 : layout.commitSize - 4)
  const commit = view.getUint32(commitAt, LITTLE_ENDIAN)
  const end = layout.dataAt + (commit & COMMIT_MASK)
  if (end > page.length) throw new HostError('tracefs: a page says that it has more than it holds')
  const entries = readEntries(view, layout.dataAt, end, view.getBigUint64(layout.timestampAt, LITTLE_ENDIAN))
  return { entries, lost: (commit & MISSED_EVENTS) !== 0 }
}

function readEntries(view: DataView, start: number, end: number, pageTime: bigint): RingEntry[] {
  const entries: RingEntry[] = []
  let time = pageTime
  const word = (at: number): number => {
    if (at + 4 > end) throw new HostError('tracefs: an entry runs over the end of its page')
    return view.getUint32(at, LITTLE_ENDIAN)
  }
  for (let at = start; at < end; ) {
    const header = word(at)
    const kind = LITTLE_ENDIAN ? header & KIND_MASK : header >>> 27
    const delta = BigInt(LITTLE_ENDIAN ? header >>> 5 : header & DELTA_MASK)
    if (kind === TIME_EXTEND || kind === TIME_STAMP) {
      const value = (BigInt(word(at + 4)) << DELTA_BITS) | delta
      time = kind === TIME_EXTEND ? time + value : ((time >> STAMP_BITS) << STAMP_BITS) | value
      at += 8
      continue
    }
    if (kind === PADDING) {
      // Padding without a time fills the rest of the page; with one it is an entry that was taken back.
      if (delta === 0n) break
      time += delta
      at += 4 + word(at + 4)
      continue
    }
    time += delta
    // Kind 0 has its length in the first word, which counts itself.
    const [dataAt, length] = kind === 0 ? [at + 8, word(at + 4) - 4] : [at + 4, kind * 4]
    if (length < 0 || dataAt + length > end) throw new HostError('tracefs: an entry runs over the end of its page')
    entries.push({ time, start: dataAt, length })
    at = dataAt + ((length + 3) & ~3)
  }
  return entries
}
