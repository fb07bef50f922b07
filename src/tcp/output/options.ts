import { type Micros, scratch } from '../../base/index.ts'
import {
  putFastOpen,
  putMss,
  putNop,
  putSackBlocks,
  putSackPermitted,
  putSignature,
  putTimestamps,
  putWscale,
  TCP_OPTIONS_LENGTH_MAX,
} from '../../wire/index.ts'
import type { AccurateEcn } from '../ecn/accurate.ts'
import { fitOption, fitSynOption, fitted, optionWritten, writeOption } from '../ecn/accurate-option.ts'
import { signatureRoom } from '../signature.ts'
import type { SynOffer, Tcb } from '../tcb.ts'

/** Octets of NOP, NOP, timestamps. */
export const TIMESTAMPS_LENGTH = 12
const left = new Int32Array(4)
const right = new Int32Array(4)

/** TS.Val of a time: the clock in the personality's ticks plus this connection's offset (RFC 7323 §5.4). */
export function timestampAt(tcb: Tcb, at: Micros): number {
  return (Math.floor(at / tcb.host.policy.timestampTickUs) + tcb.tsOffset) | 0
}

/** TS.Val now: the clock in the personality's ticks plus this connection's offset (RFC 7323 §5.4). */
export function timestampValue(tcb: Tcb): number {
  return timestampAt(tcb, tcb.host.now)
}

/** NOP, NOP, timestamps: twelve octets, the aligned form that everyone sends. */
export function putTimestampOption(buf: Uint8Array, start: number, value: number, echo: number): number {
  return putTimestamps(buf, putNop(buf, putNop(buf, start)), value, echo)
}

/** What a SYN or SYN-ACK of this connection says now. */
export function agreed(tcb: Tcb): SynOffer {
  return { timestamps: tcb.timestamps, sack: tcb.sackPermitted, scale: tcb.scaling ? tcb.rcvScale : -1 }
}

/** Octets of options on every segment but SYN. */
export function optionsLength(tcb: Tcb): number {
  let length = signatureRoom(tcb) + (tcb.timestamps ? TIMESTAMPS_LENGTH : 0)
  const blocks = sackBlockCount(tcb, length)
  if (blocks > 0) length += 4 + 8 * blocks
  const { accurate } = tcb.ecn
  if (accurate === null) return length
  fitOption(tcb, accurate, length, blocks)
  return length + fitted.octets - 8 * (blocks - fitted.sackBlocks)
}

/** Blocks that fit behind the other options. */
function sackBlockCount(tcb: Tcb, used: number): number {
  return tcb.sackPermitted ? Math.min(tcb.sackReport.count, (TCP_OPTIONS_LENGTH_MAX - 4 - used) >> 3) : 0
}

/** Writes the options of a segment that is no SYN; returns where they end. */
export function writeOptions(tcb: Tcb, buf: Uint8Array, start: number, bare = false): number {
  let at = signatureRoom(tcb) > 0 ? putSignature(buf, start) : start
  if (tcb.timestamps) at = putTimestampOption(buf, at, timestampValue(tcb), tcb.tsRecent)
  const blocks = bare ? 0 : sackBlockCount(tcb, at - start)
  const { accurate } = tcb.ecn
  if (accurate !== null && !bare) return writeAccurately(tcb, accurate, buf, start, at, blocks)
  return blocks > 0 ? writeBlocks(tcb, buf, at, blocks, 2) : at
}

/** The AccECN option stands before SACK blocks, and may take the place of their padding (RFC 9768 §3.2.3.3). */
function writeAccurately(
  tcb: Tcb,
  accurate: AccurateEcn,
  buf: Uint8Array,
  start: number,
  after: number,
  blocks: number,
): number {
  fitOption(tcb, accurate, after - start + (blocks > 0 ? 4 + 8 * blocks : 0), blocks)
  let at = after
  if (fitted.fields >= 0) at = writeOption(tcb, buf, at, false)
  optionWritten(tcb, accurate)
  // SACK's kind and length end a word.
  const padding = fitted.sackBlocks > 0 ? (6 - ((at - start) & 3)) & 3 : -(at - start) & 3
  return writeBlocks(tcb, buf, at, fitted.sackBlocks, padding)
}

/** SACK blocks, with so many NOPs before them. */
function writeBlocks(tcb: Tcb, buf: Uint8Array, start: number, blocks: number, padding: number): number {
  let at = start
  for (let i = 0; i < padding; i++) at = putNop(buf, at)
  if (blocks > 0) {
    tcb.sackReport.write(left, right, blocks)
    at = putSackBlocks(buf, at, left, right, blocks)
    tcb.sackReport.duplicate = false
    const { sackList } = tcb.host.policy
    if (sackList !== null) tcb.sackReport.listTold(sackList, tcb.rcv.nxt)
  }
  return at
}

/** Writes the options of SYN and SYN-ACK in the personality's order, padded to a whole word; returns where they end. */
export function writeSynOptions(tcb: Tcb, buf: Uint8Array, start: number): number {
  // TCP_NOOPT (BSD): not even the MSS.
  if (tcb.options.noOptions) return start
  const repeats = tcb.active && tcb.host.policy.synAckRepeatsOffer
  const at = signatureRoom(tcb) > 0 ? putSignature(buf, start) : start
  const end = writeOffer(tcb, repeats ? repeatedOffer(tcb) : agreed(tcb), buf, at)
  if (tcb.host.policy.padsWithZeros) return pad(buf, start, putPackedCookie(tcb, buf, start, end))
  return putCookie(tcb, buf, start, pad(buf, start, end))
}

/**
 * What our SYN offered, and the next one will: as the system's settings are by now, and the key that it is signed with, which may leave no room
 * for timestamps. The shift alone is chosen once.
 */
export function repeatedOffer(tcb: Tcb): SynOffer {
  const { offered, options, host } = tcb
  const { config } = host
  const timestamps = config.timestamps && !options.noOptions && signatureRoom(tcb) === 0
  const { sack, windowScaling } = config
  const scale = windowScaling ? Math.max(offered.scale, 0) : -1
  if (timestamps === offered.timestamps && sack === offered.sack && scale === offered.scale) return offered
  return { timestamps, sack, scale }
}

function writeOffer(tcb: Tcb, offer: SynOffer, buf: Uint8Array, start: number): number {
  switch (tcb.host.policy.synOptions) {
    case 'sack-timestamps-scale':
      return writeSackFirst(tcb, offer, buf, start)
    case 'scale-sack-timestamps':
      return writeScaleFirst(tcb, offer, buf, start)
    case 'scale-timestamps-sack':
      return writeSackLast(tcb, offer, buf, start)
  }
}

/** Octets of Fast Open's option, padded. */
function cookieRoom({ fastOpen }: Tcb): number {
  const option = fastOpen?.option ?? null
  return option === null ? 0 : (option.length + (fastOpen?.experimental === true ? 4 : 2) + 3) & ~3
}

/** Fast Open's option comes last, padded with NOP, if there is room for it. */
function putCookie(tcb: Tcb, buf: Uint8Array, start: number, end: number): number {
  const option = tcb.fastOpen?.option ?? null
  if (option === null || tcb.fastOpen === null) return end
  const { experimental } = tcb.fastOpen
  const length = cookieRoom(tcb)
  if (end - start + length > TCP_OPTIONS_LENGTH_MAX) return end
  let at = putFastOpen(buf, end, option, experimental)
  while (at < end + length) at = putNop(buf, at)
  return at
}

/** The same where the option follows the others without a gap (BSD). */
function putPackedCookie(tcb: Tcb, buf: Uint8Array, start: number, end: number): number {
  const option = tcb.fastOpen?.option ?? null
  if (option === null || end - start + option.length + 2 > TCP_OPTIONS_LENGTH_MAX) return end
  return putFastOpen(buf, end, option, tcb.fastOpen?.experimental === true)
}

/** Octets of options that the next SYN carries. */
export function synOptionsLength(tcb: Tcb): number {
  return writeSynOptions(tcb, scratch.bytes, scratch.OUT) - scratch.OUT
}

/** MSS, SACK-permitted, timestamps, NOP, window scale; SACK-permitted fills the padding of the timestamps. */
function writeSackFirst(tcb: Tcb, offer: SynOffer, buf: Uint8Array, start: number): number {
  let at = putMss(buf, start, tcb.advertisedMss)
  if (offer.timestamps) {
    at = offer.sack ? putSackPermitted(buf, at) : putNop(buf, putNop(buf, at))
    at = putTimestamps(buf, at, timestampValue(tcb), tcb.tsRecent)
  }
  at = putSynCounters(tcb, offer, buf, start, at)
  // What the AccECN option has left of its last word is all the padding that is needed.
  const pads = (words: number): number => (at - start + words) & 3
  if (offer.sack && !offer.timestamps) {
    while (pads(2) !== 0) at = putNop(buf, at)
    at = putSackPermitted(buf, at)
  }
  if (offer.scale >= 0) {
    while (pads(3) !== 0) at = putNop(buf, at)
    at = putWscale(buf, at, offer.scale)
  }
  while (pads(0) !== 0) at = putNop(buf, at)
  return at
}

/** The first SYN-ACK of an accurate connection shows whether the path carries the option (RFC 9768 §3.2.3.2.2). */
function putSynCounters(tcb: Tcb, offer: SynOffer, buf: Uint8Array, start: number, at: number): number {
  const { accurate } = tcb.ecn
  if (accurate === null || accurate.synAcksAgain > 0 || tcb.ecn.answersSyn) return at
  // Where SYNs crossed, it leaves with the first repetition, too.
  if (tcb.retransmits > (tcb.active ? 1 : 0)) return at
  if (tcb.host.config.ecnOption === 0) return at
  const alone = offer.sack && !offer.timestamps
  const beside = signatureRoom(tcb) + (alone ? 4 : 0) + (offer.scale >= 0 ? 4 : 0)
  const used = at - start + beside
  const cookie = cookieRoom(tcb)
  fitSynOption(used + cookie <= TCP_OPTIONS_LENGTH_MAX ? used + cookie : used, alone ? 2 : offer.scale >= 0 ? 1 : 0)
  if (fitted.fields < 0) return at
  // A listener's connection has not begun yet.
  if (tcb.active) accurate.optionSentAt = tcb.host.now
  return writeOption(tcb, buf, at, true)
}

/** MSS, NOP, window scale, SACK-permitted, timestamps (their numbers on a word's boundary). */
function writeScaleFirst(tcb: Tcb, offer: SynOffer, buf: Uint8Array, start: number): number {
  // MUST-14: on SYN and SYN-ACK
  // SHLD-5: always: it costs four octets once
  // MAY-3: even if it says 536
  let at = putMss(buf, start, tcb.advertisedMss)
  if (offer.scale >= 0) at = putWscale(buf, putNop(buf, at), offer.scale)
  if (offer.sack) at = putSackPermitted(buf, at)
  if (offer.timestamps) {
    while (((at - start) & 3) !== 2) at = putNop(buf, at)
    at = putTimestamps(buf, at, timestampValue(tcb), tcb.tsRecent)
  }
  return at
}

/** MSS, NOP, window scale, (timestamps,) NOP, NOP, SACK-permitted. */
function writeSackLast(tcb: Tcb, offer: SynOffer, buf: Uint8Array, start: number): number {
  let at = putMss(buf, start, tcb.advertisedMss)
  if (offer.scale >= 0) at = putWscale(buf, putNop(buf, at), offer.scale)
  if (offer.timestamps) at = putTimestampOption(buf, at, timestampValue(tcb), tcb.tsRecent)
  if (offer.sack) at = putSackPermitted(buf, putNop(buf, putNop(buf, at)))
  return at
}

/** RFC 9293 §3.2: zeros (end of option list) up to the next word. */
function pad(buf: Uint8Array, start: number, end: number): number {
  let at = end
  // MUST-69: up to the next word
  while (((at - start) & 3) !== 0) buf[at++] = 0
  return at
}
