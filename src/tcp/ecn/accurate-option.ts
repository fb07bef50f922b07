import type { Seq } from '../../base/index.ts'
import { putAccurateEcn, TcpOption, type TcpSegment } from '../../wire/index.ts'
import type { Tcb } from '../tcb.ts'
import { type AccurateEcn, Broken, Codepoint, Seen } from './accurate.ts'

/** Octets of kind and length, of one counter, and counters at most. */
const HEAD = 2
const FIELD = 3
const FIELDS_MOST = 3
const SACK_BLOCK = 8
const OPTIONS_MOST = 40
const COUNTER_MASK = 0xffffff
/** tcp_ecn_option: send it whenever it fits; even where it seems to be dropped. */
const ALWAYS = 2
const IN_SPITE = 3

/** Where the counters of the option begin, at the codepoint less one: nonzero, so that a middlebox that clears them shows. */
const FIRST = [1, 1, 0] as const
/** Codepoints of the option's fields in their two orders (RFC 9768 §3.2.3); we send the second. */
const ORDERS = [
  [Codepoint.ECT0, Codepoint.CE, Codepoint.ECT1],
  [Codepoint.ECT1, Codepoint.CE, Codepoint.ECT0],
] as const

/** How an option fits between the others. One object; it is filled by `fitOption`. */
export const fitted = { fields: -1, octets: 0, sackBlocks: 0 }

/** A connection's option as it would go on the next segment, into `fitted`. @param used octets of other options, SACK blocks included */
export function fitOption(tcb: Tcb, accurate: AccurateEcn, used: number, sackBlocks: number): void {
  fitted.fields = -1
  fitted.octets = 0
  fitted.sackBlocks = sackBlocks
  if (accurate.inBurst) {
    if (accurate.fields >= 0) place(accurate.fields, OPTIONS_MOST - used, sackBlocks, sackBlocks > 0 ? 2 : 0)
  } else if (isDue(tcb, accurate)) {
    place(accurate.fieldsLeast, OPTIONS_MOST - used, sackBlocks, sackBlocks > 0 ? 2 : 0)
  }
}

/** The option of a SYN-ACK, into `fitted`. @param spare octets of padding of other options that it may take */
export function fitSynOption(used: number, spare: number): void {
  fitted.fields = -1
  fitted.octets = 0
  fitted.sackBlocks = 0
  if (OPTIONS_MOST - used >= HEAD) place(0, OPTIONS_MOST - used, 0, spare)
}

/**
 * As many fields as there is room for, `least` at least. Its octets may stand where the padding before SACK blocks would; and of more
 * than two blocks one gives way to the fields that are wanted.
 */
function place(least: number, room: number, sackBlocks: number, spare: number): void {
  let blocks = sackBlocks
  let free = room
  let fields = FIELDS_MOST
  while (fields >= least) {
    const size = HEAD + FIELD * fields
    const octets = (size & 3) > spare ? (size + 3) & ~3 : size & ~3
    if (free >= octets) {
      fitted.fields = fields
      fitted.octets = octets
      fitted.sackBlocks = blocks
      return
    }
    if (fields === least && blocks > 2 && least > 0) {
      blocks--
      free += SACK_BLOCK
      fields = FIELDS_MOST
    } else fields--
  }
}

/** Whether the peer is to be told its octets: it shows that options get through, and something changed, or it is time again. */
function isDue(tcb: Tcb, accurate: AccurateEcn): boolean {
  const { ecnOption, ecnOptionBeacon } = tcb.host.config
  if (ecnOption === 0 || accurate.seen === Seen.NOTHING) return false
  if (ecnOption < IN_SPITE && (accurate.broken & Broken.OPTION_SENT) !== 0) return false
  if (ecnOption >= ALWAYS || accurate.demand > 0) return true
  if (ecnOptionBeacon === 0) return false
  return (tcb.host.now - accurate.optionSentAt) * ecnOptionBeacon >= Math.max(tcb.srtt, 0)
}

/** Writes the option that `fitted` describes, without padding; returns where it ends. @param fresh a SYN-ACK's: nothing counted yet */
export function writeOption(tcb: Tcb, buf: Uint8Array, at: number, fresh: boolean): number {
  const received = fresh ? null : (tcb.ecn.counts?.received ?? null)
  const counter = (codepoint: number): number =>
    ((received?.[codepoint - 1] ?? 0) + (FIRST[codepoint - 1] as number)) & COUNTER_MASK
  const [first, second, third] = ORDERS[1]
  return putAccurateEcn(buf, at, fitted.fields, counter(first), counter(second), counter(third))
}

/** A segment that is no SYN has been written, with the option of `fitted` or without. */
export function optionWritten(tcb: Tcb, accurate: AccurateEcn): void {
  if (accurate.inBurst) return
  accurate.fields = fitted.fields
  accurate.sentWithDsack = fitted.fields >= 0 && tcb.sackReport.duplicate
  if (fitted.fields < 0) return
  accurate.fieldsLeast = 0
  accurate.optionSentAt = tcb.host.now
  if (accurate.demand > 0) accurate.demand--
}

/** Kernels that let themselves be asked for accurate ECN (`tcp_ecn` 3 and more) suspect more: whether options get through, and bits of a SYN-ACK. */
export const ASKABLE = 3

/**
 * Old text has come again. If so it did before, and the ACK that called it a duplicate had the option, that ACK was lost, maybe because of the
 * option: it is sent no more (RFC 9768 §3.2.3.2.2).
 */
export function doubtOption({ ecn, host, sackReport }: Tcb, seq: Seq): void {
  const { accurate } = ecn
  if (accurate === null || !accurate.sentWithDsack || host.config.ecn < ASKABLE) return
  if (seq === sackReport.duplicateLeft) accurate.broken |= Broken.OPTION_SENT
}

/** What the first option says of the peer and the path: counters that begin at zero were cleared by somebody. */
function judgeFirstOption(segment: TcpSegment): Seen {
  const { accurateStart: at, accurateFields: fields } = segment
  if (fields === 0) return Seen.EMPTY
  if (field(segment, at) === 0) return Seen.NONSENSE
  return fields >= FIELDS_MOST && field(segment, at + 2 * FIELD) === 0 ? Seen.NONSENSE : Seen.COUNTERS
}

/** Notes an option before its counters were ever believed. @returns whether there was one to be noted */
export function noteOption(accurate: AccurateEcn, segment: TcpSegment): boolean {
  if (!seesOption(accurate, segment)) return false
  if (accurate.seen === Seen.NONSENSE) accurate.broken |= Broken.OPTION_RECEIVED
  return true
}

/** The same, as a request does: what becomes of it is believed all the same (Linux). */
export function seesOption(accurate: AccurateEcn, segment: TcpSegment): boolean {
  if (segment.accurateKind === 0 || accurate.seen >= Seen.COUNTERS) return false
  accurate.seen = judgeFirstOption(segment)
  return true
}

/** So many octets are sent before the first option that its counters could have wrapped. */
const TOO_LATE = (1 << 23) - 1

/**
 * Takes the peer's counters, or what they must be by now.
 * @param octets delivered by this ACK
 * @returns whether the count of CE octets can be relied upon
 */
export function takeOption(tcb: Tcb, accurate: AccurateEcn, segment: TcpSegment, octets: number): boolean {
  if ((accurate.broken & Broken.OPTION_RECEIVED) !== 0) return false
  const { delivered } = tcb.ecn.counting()
  if (segment.accurateKind === 0) {
    if (accurate.seen === Seen.NOTHING) {
      if (tcb.octetsSent >= TOO_LATE) {
        accurate.seen = Seen.NONSENSE
        accurate.broken |= Broken.OPTION_RECEIVED
      }
      return false
    }
    if (accurate.estimate === Codepoint.NOT_ECT) return false
    const index = accurate.estimate - 1
    delivered[index] = (delivered[index] as number) + octets
    return true
  }
  noteOption(accurate, segment)
  return takeCounters(accurate, segment, delivered)
}

function takeCounters(accurate: AccurateEcn, segment: TcpSegment, delivered: Uint32Array): boolean {
  const order = ORDERS[segment.accurateKind === TcpOption.ACCURATE_ECN_1 ? 1 : 0]
  const before = accurate.estimate
  let reliable = before !== Codepoint.NOT_ECT
  let ambiguous = false
  let changed = false
  for (let i = 0; i < Math.min(segment.accurateFields, FIELDS_MOST); i++) {
    const codepoint = order[i] as number
    const index = codepoint - 1
    const now = field(segment, segment.accurateStart + i * FIELD) - (FIRST[index] as number)
    // 24 bits: the nearer way round is what happened.
    const delta = ((now - (delivered[index] as number)) << 8) >> 8
    delivered[index] = (delivered[index] as number) + delta
    if (delta < 0) ambiguous = true
    if (delta === 0 || codepoint === before) continue
    if (changed) ambiguous = true
    else accurate.estimate = codepoint
    changed = true
  }
  if (!ambiguous) return reliable
  reliable = false
  accurate.estimate = Codepoint.NOT_ECT
  return reliable
}

function field({ buf }: TcpSegment, at: number): number {
  return ((buf[at] as number) << 16) | ((buf[at + 1] as number) << 8) | (buf[at + 2] as number)
}
