import { type Micros, MS, SECOND, tupleHash } from '../../base/index.ts'
import { Buckets } from './buckets.ts'
import { Pages } from './pages.ts'

/** Words of a record. */
const Word = {
  REMOTE: 0,
  /** Local port in the high half, remote port in the low half. */
  PORTS: 4,
  /** Local address's number (20 bits), lane (4), age of `tsRecent` in seconds (5), three flags. */
  LOCAL: 5,
  /** Window field (16), window scale (4), two flags, microseconds of the expiry below a millisecond (10). */
  WINDOW: 6,
  SND_NXT: 7,
  RCV_NXT: 8,
  TS_RECENT: 9,
  /** Expiry in milliseconds, modulo 2^32. */
  EXPIRY: 10,
  CONN: 11,
  /** Next record of the same bucket, plus one. */
  CHAIN: 12,
  /** Neighbours in the lane, plus one. */
  NEXT: 13,
  PREVIOUS: 14,
} as const

const LANES_MAX = 16
const LOCAL_MAX = 1 << 20
const LANE_SHIFT = 20
const AGE_SHIFT = 24
const AGE_MAX = 31
const V6ONLY_BIT = 1 << 29
const REUSE_PORT_BIT = 1 << 30
const AUTOBOUND_BIT = 1 << 31
const SCALE_SHIFT = 16
const TIMESTAMPS_BIT = 1 << 20
const REUSE_ADDRESS_BIT = 1 << 21
const BELOW_MS_SHIFT = 22

/** What a new entry is made of; the caller fills one and hands it to `add`, which copies it. */
export interface TimeWaitFields {
  /** The remote address's four words. */
  readonly remote: { readonly w0: number; readonly w1: number; readonly w2: number; readonly w3: number }
  remotePort: number
  /** The local address's number, see `LocalAddresses`. */
  local: number
  localPort: number
  conn: number
  sndNxt: number
  rcvNxt: number
  /** The window field as it goes over the wire, and its scale. */
  windowField: number
  windowScale: number
  timestamps: boolean
  tsRecent: number
  tsRecentAt: Micros
  /** SO_REUSEADDR and SO_REUSEPORT of the socket that was, for bind()'s rules. */
  reuseAddress: boolean
  reusePort: boolean
  /** IPV6_V6ONLY, or what bind() to an IPv6 address makes of it. */
  v6only: boolean
  /** The port was chosen by connect(). */
  autobound: boolean
}

/** Entries of one duration: since time only goes on, the first to enter is the first to leave. */
interface Lane {
  durationUs: Micros
  head: number
  tail: number
  /** Expiry of `head`, exact: from it the whole lane's are reckoned, so that 32 bits in a record suffice. */
  headMs: number
}

/**
 * Every connection in TIME-WAIT, in at most 64 octets each, IPv6 included: a record of 15 words, half a word of hash
 * bucket. Insert, lookup, restart, removal and expiry are O(1); memory grows by one page at a time and the hash by one
 * bucket at a time, so no call ever pays for the whole table.
 *
 * An entry is known by its record number, good until it is removed.
 */
export class TimeWaitTable {
  readonly #pages = new Pages()
  readonly #buckets: Buckets
  readonly #lanes: Lane[] = []
  /** Made once: a closure per insertion would be garbage. */
  readonly #hashOf = (record: number): number => this.#hash(record)
  #size = 0

  /** @param seed any int32, secret where strangers choose the addresses. */
  constructor(seed: number) {
    this.#buckets = new Buckets(seed, this.#pages, Word.CHAIN)
  }

  get size(): number {
    return this.#size
  }

  /** All memory that the table holds, octets, the arrays' own overhead included. */
  get octets(): number {
    return this.#pages.octets + this.#buckets.octets
  }

  /** The record of a connection, −1 if there is none. `ports` is local port << 16 | remote port. */
  find(r0: number, r1: number, r2: number, r3: number, ports: number, local: number): number {
    const chain = this.#buckets.first(tupleHash(r0, r1, r2, r3, ports, local, this.#buckets.seed))
    for (let record = chain; record >= 0; ) {
      const words = this.#pages.words(record)
      const at = this.#pages.offset(record)
      if (
        words[at + Word.PORTS] === ports &&
        words[at + 3] === r3 &&
        words[at + 2] === r2 &&
        words[at + 1] === r1 &&
        words[at] === r0 &&
        ((words[at + Word.LOCAL] as number) & (LOCAL_MAX - 1)) === local
      ) {
        return record
      }
      record = (words[at + Word.CHAIN] as number) - 1
    }
    return -1
  }

  /** Adds an entry that is not there yet; it expires after `durationUs`. Returns its record number. */
  add(now: Micros, durationUs: Micros, fields: TimeWaitFields): number {
    const record = this.#pages.allocate()
    const words = this.#pages.words(record)
    const at = this.#pages.offset(record)
    const remote = fields.remote
    words[at] = remote.w0
    words[at + 1] = remote.w1
    words[at + 2] = remote.w2
    words[at + 3] = remote.w3
    words[at + Word.PORTS] = (fields.localPort << 16) | fields.remotePort
    const flags =
      (fields.v6only ? V6ONLY_BIT : 0) |
      (fields.reusePort ? REUSE_PORT_BIT : 0) |
      (fields.autobound ? AUTOBOUND_BIT : 0)
    const age = ageOf(fields.tsRecentAt, now)
    const lane = this.#laneFor(durationUs)
    words[at + Word.LOCAL] = fields.local | (lane << LANE_SHIFT) | (age << AGE_SHIFT) | flags
    words[at + Word.WINDOW] =
      fields.windowField |
      (fields.windowScale << SCALE_SHIFT) |
      (fields.timestamps ? TIMESTAMPS_BIT : 0) |
      (fields.reuseAddress ? REUSE_ADDRESS_BIT : 0)
    words[at + Word.SND_NXT] = fields.sndNxt
    words[at + Word.RCV_NXT] = fields.rcvNxt
    words[at + Word.TS_RECENT] = fields.tsRecent
    words[at + Word.CONN] = fields.conn
    this.#append(this.#lanes[lane] as Lane, record, now)
    this.#size++
    this.#buckets.insert(record, this.#hash(record), this.#size, this.#hashOf)
    return record
  }

  /** Starts the entry's whole duration anew. */
  restart(record: number, now: Micros): void {
    const lane = this.#laneOf(record)
    this.#unlink(lane, record)
    this.#append(lane, record, now)
  }

  /** Removes an entry before or at its time. */
  remove(record: number): void {
    this.#unlink(this.#laneOf(record), record)
    this.#size--
    this.#buckets.remove(record, this.#hash(record), this.#size)
    this.#pages.release(record)
  }

  /** When the next entry expires; Infinity when there is none. */
  nextDeadline(): Micros {
    let next = Number.POSITIVE_INFINITY
    for (const lane of this.#lanes) {
      if (lane.head >= 0) next = Math.min(next, this.#expiry(lane, lane.head))
    }
    return next
  }

  /** An entry that is due at or before `now`, the earliest first; −1 when none is. The caller removes it. */
  due(now: Micros): number {
    let first = -1
    let firstAt = now
    for (const lane of this.#lanes) {
      if (lane.head < 0) continue
      const at = this.#expiry(lane, lane.head)
      if (at < firstAt || (at === firstAt && first < 0)) {
        first = lane.head
        firstAt = at
      }
    }
    return first
  }

  /** When an entry expires, µs. */
  expiresAt(record: number): Micros {
    return this.#expiry(this.#laneOf(record), record)
  }

  /** When an entry's present 2·MSL began, µs. */
  startedAt(record: number): Micros {
    const lane = this.#laneOf(record)
    return this.#expiry(lane, record) - lane.durationUs
  }

  /** Visits every record, oldest first within each duration. The table must not be changed meanwhile. */
  forEach(visit: (record: number) => void): void {
    for (const lane of this.#lanes) {
      for (let record = lane.head; record >= 0; record = this.#read(record, Word.NEXT) - 1) visit(record)
    }
  }

  remoteWord(record: number, index: number): number {
    return this.#read(record, Word.REMOTE + index)
  }

  localPort(record: number): number {
    return this.#read(record, Word.PORTS) >>> 16
  }

  remotePort(record: number): number {
    return this.#read(record, Word.PORTS) & 0xffff
  }

  local(record: number): number {
    return this.#read(record, Word.LOCAL) & (LOCAL_MAX - 1)
  }

  conn(record: number): number {
    return this.#read(record, Word.CONN) >>> 0
  }

  sndNxt(record: number): number {
    return this.#read(record, Word.SND_NXT)
  }

  rcvNxt(record: number): number {
    return this.#read(record, Word.RCV_NXT)
  }

  windowField(record: number): number {
    return this.#read(record, Word.WINDOW) & 0xffff
  }

  windowScale(record: number): number {
    return (this.#read(record, Word.WINDOW) >>> SCALE_SHIFT) & 15
  }

  timestamps(record: number): boolean {
    return (this.#read(record, Word.WINDOW) & TIMESTAMPS_BIT) !== 0
  }

  reuseAddress(record: number): boolean {
    return (this.#read(record, Word.WINDOW) & REUSE_ADDRESS_BIT) !== 0
  }

  reusePort(record: number): boolean {
    return (this.#read(record, Word.LOCAL) & REUSE_PORT_BIT) !== 0
  }

  v6only(record: number): boolean {
    return (this.#read(record, Word.LOCAL) & V6ONLY_BIT) !== 0
  }

  autobound(record: number): boolean {
    return (this.#read(record, Word.LOCAL) & AUTOBOUND_BIT) !== 0
  }

  tsRecent(record: number): number {
    return this.#read(record, Word.TS_RECENT)
  }

  /** When `tsRecent` was taken, to the second, and never more than 31 s before 2·MSL began. */
  tsRecentAt(record: number): Micros {
    const age = (this.#read(record, Word.LOCAL) >>> AGE_SHIFT) & AGE_MAX
    return this.startedAt(record) - age * SECOND
  }

  setTsRecent(record: number, value: number): void {
    this.#write(record, Word.TS_RECENT, value)
  }

  /** Later than the start of 2·MSL is kept as that start: whoever takes a timestamp in TIME-WAIT restarts it as well. */
  setTsRecentAt(record: number, at: Micros): void {
    const local = this.#read(record, Word.LOCAL) & ~(AGE_MAX << AGE_SHIFT)
    this.#write(record, Word.LOCAL, local | (ageOf(at, this.startedAt(record)) << AGE_SHIFT))
  }

  #read(record: number, word: number): number {
    return this.#pages.words(record)[this.#pages.offset(record) + word] as number
  }

  #write(record: number, word: number, value: number): void {
    this.#pages.words(record)[this.#pages.offset(record) + word] = value
  }

  #hash(record: number): number {
    const words = this.#pages.words(record)
    const at = this.#pages.offset(record)
    return tupleHash(
      words[at] as number,
      words[at + 1] as number,
      words[at + 2] as number,
      words[at + 3] as number,
      words[at + Word.PORTS] as number,
      (words[at + Word.LOCAL] as number) & (LOCAL_MAX - 1),
      this.#buckets.seed,
    )
  }

  #laneOf(record: number): Lane {
    return this.#lanes[(this.#read(record, Word.LOCAL) >>> LANE_SHIFT) & (LANES_MAX - 1)] as Lane
  }

  /** The lane of a duration. There is one unless an administrator has changed it within the last 2·MSL. */
  #laneFor(durationUs: Micros): number {
    let free = -1
    let nearest = 0
    for (let i = 0; i < this.#lanes.length; i++) {
      const lane = this.#lanes[i] as Lane
      if (lane.durationUs === durationUs) return i
      if (lane.head < 0) free = i
      const distance = Math.abs(lane.durationUs - durationUs)
      if (distance < Math.abs((this.#lanes[nearest] as Lane).durationUs - durationUs)) nearest = i
    }
    if (free >= 0) {
      ;(this.#lanes[free] as Lane).durationUs = durationUs
      return free
    }
    // Sixteen durations at once take fifteen changes within the longest of them; the nearest one has to do then.
    if (this.#lanes.length === LANES_MAX) return nearest
    return this.#lanes.push({ durationUs, head: -1, tail: -1, headMs: 0 }) - 1
  }

  /** Reckoned from the head, whose time is exact: the lane spans less than its duration, so the difference is exact too. */
  #expiry(lane: Lane, record: number): Micros {
    const behind = (this.#read(record, Word.EXPIRY) - (lane.headMs | 0)) >>> 0
    const belowMs = this.#read(record, Word.WINDOW) >>> BELOW_MS_SHIFT
    return (lane.headMs + behind) * MS + belowMs
  }

  #append(lane: Lane, record: number, now: Micros): void {
    const expiry = now + lane.durationUs
    const ms = Math.floor(expiry / MS)
    const words = this.#pages.words(record)
    const at = this.#pages.offset(record)
    words[at + Word.EXPIRY] = ms
    const window = (words[at + Word.WINDOW] as number) & ((1 << BELOW_MS_SHIFT) - 1)
    words[at + Word.WINDOW] = window | ((expiry - ms * MS) << BELOW_MS_SHIFT)
    words[at + Word.NEXT] = 0
    words[at + Word.PREVIOUS] = lane.tail + 1
    if (lane.tail >= 0) this.#write(lane.tail, Word.NEXT, record + 1)
    else {
      lane.head = record
      lane.headMs = ms
    }
    lane.tail = record
  }

  #unlink(lane: Lane, record: number): void {
    const next = this.#read(record, Word.NEXT) - 1
    const previous = this.#read(record, Word.PREVIOUS) - 1
    if (previous >= 0) this.#write(previous, Word.NEXT, next + 1)
    else if (next >= 0) lane.headMs += (this.#read(next, Word.EXPIRY) - (lane.headMs | 0)) >>> 0
    if (next >= 0) this.#write(next, Word.PREVIOUS, previous + 1)
    if (lane.head === record) lane.head = next
    if (lane.tail === record) lane.tail = previous
  }
}

/** How many local addresses the table can tell apart. */
export const LOCAL_ADDRESSES_MAX: number = LOCAL_MAX

/** Whole seconds between the two, within what a record can hold. */
function ageOf(at: Micros, now: Micros): number {
  return Math.min(AGE_MAX, Math.max(0, Math.floor((now - at) / SECOND)))
}
