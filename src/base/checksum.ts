import { CHECKSUM_WASM } from './checksum-wasm.ts'
import { scratch, scratchMemory } from './scratch.ts'
import { webAssembly } from './webassembly.ts'

/**
 * The Internet checksum (RFC 1071).
 *
 * A *partial sum* is a non-negative integer below 2^31 that is congruent, modulo 65535, to the sum of 16-bit words in
 * network order. Partial sums of pieces add with `+` as long as every piece but the last has an even length.
 */

type WasmSum = (at: number, length: number) => number

// Below these lengths the octets are added one pair at a time: a call into WebAssembly costs as much as 20 octets, finding
// a buffer's words and putting odd ends right as much as 100.
const WASM_LENGTH_MIN = 20
const WORDS_LENGTH_MIN = 100
// Sums longer than this are cut up, so that neither 32-bit lanes nor int32 accumulators overflow.
const PIECE_MAX = 65_536

const wasmSum: WasmSum | undefined = instantiate()

/** True when sums over `scratch.bytes` run in WebAssembly; false where the engine or a page's security policy forbids it. */
export const accelerated: boolean = wasmSum !== undefined

/**
 * The partial sum of `length` octets of `buf` from `start`, added to `seed` (itself a partial sum, at most 2^30). An odd
 * last octet counts as the high half of a word; `start` may be odd.
 */
export function sumOctets(buf: Uint8Array, start: number, length: number, seed = 0): number {
  if (length <= PIECE_MAX) return seed + sumPiece(buf, start, length)
  let sum = seed
  for (let done = 0; done < length; done += PIECE_MAX) {
    sum = foldOnce(sum + sumPiece(buf, start + done, Math.min(PIECE_MAX, length - done)))
  }
  return sum
}

/** The checksum field's value for a partial sum over everything else; 0 for one over a whole that is intact. */
export function foldChecksum(sum: number): number {
  return ~foldOnce(foldOnce(sum)) & 0xffff
}

function foldOnce(sum: number): number {
  return (sum & 0xffff) + (sum >>> 16)
}

function sumPiece(buf: Uint8Array, start: number, length: number): number {
  if (length < WASM_LENGTH_MIN) return sumShort(buf, start, length)
  if (buf === scratch.bytes && wasmSum !== undefined) return wasmSum(start, length)
  return length < WORDS_LENGTH_MIN ? sumShort(buf, start, length) : sumWords(buf, start, length)
}

/** Octet by octet: for headers, where setting up anything better costs more than it saves. */
function sumShort(buf: Uint8Array, start: number, length: number): number {
  let sum = 0
  const last = start + length - 1
  let at = start
  for (; at < last; at += 2) sum += ((buf[at] as number) << 8) | (buf[at + 1] as number)
  return at === last ? sum + ((buf[at] as number) << 8) : sum
}

/**
 * By aligned 32-bit words, eight at a time, low and high halves apart: the fastest form found in plain JavaScript. Words
 * are read in the machine's order, little-endian on everything that runs JavaScript today, so the halves come out with
 * their octets swapped; a sum of swapped words is the swapped sum (RFC 1071 §2 B), and is swapped back at the end.
 */
function sumWords(buf: Uint8Array, start: number, length: number): number {
  const words = wordsOf(buf)
  const head = -(buf.byteOffset + start) & 3
  let at = (buf.byteOffset + start + head) >> 2
  const end = at + ((length - head) >> 2)
  let low = 0
  let high = 0
  for (const unrolled = end - 7; at < unrolled; at += 8) {
    const w0 = words[at] as number
    const w1 = words[at + 1] as number
    const w2 = words[at + 2] as number
    const w3 = words[at + 3] as number
    const w4 = words[at + 4] as number
    const w5 = words[at + 5] as number
    const w6 = words[at + 6] as number
    const w7 = words[at + 7] as number
    low = (low + (w0 & 0xffff) + (w1 & 0xffff) + (w2 & 0xffff) + (w3 & 0xffff)) | 0
    low = (low + (w4 & 0xffff) + (w5 & 0xffff) + (w6 & 0xffff) + (w7 & 0xffff)) | 0
    high = (high + (w0 >>> 16) + (w1 >>> 16) + (w2 >>> 16) + (w3 >>> 16)) | 0
    high = (high + (w4 >>> 16) + (w5 >>> 16) + (w6 >>> 16) + (w7 >>> 16)) | 0
  }
  for (; at < end; at++) {
    const w = words[at] as number
    low = (low + (w & 0xffff)) | 0
    high = (high + (w >>> 16)) | 0
  }
  const middle = swapOctets(foldOnce(low) + foldOnce(high))
  // What precedes the first whole word and what follows the last, at most three octets each. After an odd number of
  // octets every later one stands in the other half of its word, so what was summed from there on is swapped.
  const tail = sumShort(buf, start + length - ((length - head) & 3), (length - head) & 3)
  const rest = middle + tail
  return sumShort(buf, start, head) + ((head & 1) === 0 ? rest : swapOctets(rest))
}

function swapOctets(sum: number): number {
  const folded = foldOnce(foldOnce(sum))
  return ((folded & 0xff) << 8) | (folded >>> 8)
}

// A link's slab is summed again and again, so its word view is kept; weakly, or every capture ever read would stay.
const views: WeakMap<ArrayBufferLike, Int32Array> = new WeakMap()
let lastView: Int32Array = scratch.words

function wordsOf(buf: Uint8Array): Int32Array {
  const buffer = buf.buffer
  if (lastView.buffer === buffer) return lastView
  let view = views.get(buffer)
  if (view === undefined) {
    view = new Int32Array(buffer, 0, buffer.byteLength >> 2)
    views.set(buffer, view)
  }
  lastView = view
  return view
}

function instantiate(): WasmSum | undefined {
  if (webAssembly === undefined || scratchMemory === undefined) return undefined
  try {
    const module = new webAssembly.Module(CHECKSUM_WASM)
    return new webAssembly.Instance(module, { m: { m: scratchMemory } }).exports.sum as WasmSum
  } catch {
    // No SIMD, or a Content-Security-Policy without 'wasm-unsafe-eval', which only the attempt reveals.
    return undefined
  }
}
