import { assert } from './assert.ts'
import type { Micros } from './time.ts'

// Eleven digits of five bits reach past 2^53, the last exact microsecond. Five bits, because a level's occupied slots
// then fit one int32 and the first of them is one instruction away.
const DIGIT_BITS = 5
const SLOTS = 1 << DIGIT_BITS
const DIGIT_MASK = SLOTS - 1
const LEVELS = 11
// Shifts work on 32 bits: the six lower digits of a time are kept in one int32, the five higher ones in another.
const LOW_DIGITS = 6
const LOW_RANGE = 2 ** (LOW_DIGITS * DIGIT_BITS)
const LEVEL_WIDTH: readonly number[] = Array.from({ length: LEVELS }, (_, level) => SLOTS ** level)
const NOWHERE = -1
// How many timers of one slot `nextDeadline` looks at, to be exact, before it is content with a lower bound.
const SETTLE_MAX = 32

/**
 * One timer: a node that its owner keeps for life and a wheel links into its lists, so that arming allocates nothing.
 * A timer belongs to one wheel at a time.
 */
export class WheelTimer<T> {
  /** Whose timer it is; handed to the wheel's `fire`. */
  readonly owner: T
  /** Which of the owner's timers it is; handed to the wheel's `fire`. The owner may change it: one timer can serve in turns. */
  slot: number
  /** When it is due, µs; Infinity when not armed. Only the wheel writes it. */
  deadline: Micros = Number.POSITIVE_INFINITY

  /** @internal The deadline by which the wheel filed it: at or before `deadline`, since re-arming later files nothing anew. */
  placed: Micros = Number.POSITIVE_INFINITY
  /** @internal Arming order, to settle equal deadlines. Starts as a double, so that its representation never changes. */
  order: number = Number.NaN
  /** @internal Index of the list that holds it, or −1. */
  place: number = NOWHERE
  /** @internal */
  next: WheelTimer<T> | null = null
  /** @internal */
  previous: WheelTimer<T> | null = null

  constructor(owner: T, slot: number) {
    this.owner = owner
    this.slot = slot
  }

  /** True from `arm` until it fires or is cancelled. */
  get armed(): boolean {
    return this.place !== NOWHERE
  }
}

/**
 * A hierarchical timing wheel (Varghese and Lauck, 1987) with exact microsecond deadlines: arm and cancel in O(1).
 *
 * A timer is filed at the level of the highest digit (base 32) in which its deadline differs from the wheel's time, in
 * the slot of the deadline's own digit there. Hence every slot in use lies ahead of the wheel's time, lower levels are
 * due before higher ones, and a slot of level 0 is one exact microsecond. When time enters a slot, its timers are filed
 * anew, lower. Re-arming to a later deadline, which every acknowledgment does, only writes the deadline.
 */
export class TimingWheel<T> {
  private readonly fire: (owner: T, slot: number, now: Micros) => void
  private time: Micros
  private timeLow: number
  private timeHigh: number
  private count = 0
  private armings = 0
  // One bit per level that has timers; per level, one bit per slot that has.
  private levels = 0
  private readonly occupied: Int32Array = new Int32Array(LEVELS)
  // Per level, one bit per slot whose earliest timer has left or moved: its `earliest` is then only a lower bound.
  private readonly loose: Int32Array = new Int32Array(LEVELS)
  private readonly heads: (WheelTimer<T> | null)[] = new Array<WheelTimer<T> | null>(LEVELS * SLOTS).fill(null)
  private readonly tails: (WheelTimer<T> | null)[] = new Array<WheelTimer<T> | null>(LEVELS * SLOTS).fill(null)
  private readonly earliest: Float64Array = new Float64Array(LEVELS * SLOTS)

  /**
   * @param start the time it is now, µs.
   * @param fire called for each due timer, already disarmed, with its own deadline as `now`: virtual time stays exact. It may arm
   *   and cancel any timer, its own included.
   */
  constructor(start: Micros, fire: (owner: T, slot: number, now: Micros) => void) {
    this.time = start
    this.timeHigh = Math.floor(start / LOW_RANGE)
    this.timeLow = start - this.timeHigh * LOW_RANGE
    this.fire = fire
  }

  /** How many timers are armed. */
  get size(): number {
    return this.count
  }

  /**
   * Sets when `timer` is due, armed or not. A deadline at or before the wheel's time becomes the wheel's time: the timer
   * fires in the present or next `advance`. A fraction of a microsecond is rounded up: nothing fires early. A deadline of
   * Infinity is a bug; `cancel` is the word for it.
   */
  arm(timer: WheelTimer<T>, deadline: Micros): void {
    assert(deadline <= Number.MAX_SAFE_INTEGER, 'a timer is armed for a time, not for never')
    const due = Math.ceil(deadline > this.time ? deadline : this.time)
    timer.order = ++this.armings
    if (timer.place !== NOWHERE) {
      // Equal is not later: at level 0 the lists are in arming order, and this timer's turn has just moved back.
      if (due > timer.placed) {
        timer.deadline = due
        if (timer.placed === this.earliest[timer.place]) this.loosen(timer.place)
        return
      }
      this.unlink(timer)
    } else {
      this.count++
    }
    timer.deadline = due
    this.file(timer)
  }

  /** Makes `timer` not fire. No harm if it is not armed. */
  cancel(timer: WheelTimer<T>): void {
    if (timer.place === NOWHERE) return
    this.unlink(timer)
    timer.deadline = Number.POSITIVE_INFINITY
    this.count--
  }

  /**
   * A time before which nothing is due, and never before the wheel's own; Infinity when nothing is armed. It is the
   * earliest deadline itself unless more than 32 timers share the slot of an earliest timer that was cancelled or put
   * off: then an `advance` to it may fire nothing, and the next answer is nearer the truth.
   */
  nextDeadline(): Micros {
    let budget = SETTLE_MAX
    while (this.levels !== 0) {
      const place = this.firstPlace()
      if ((((this.loose[place >> DIGIT_BITS] as number) >>> (place & DIGIT_MASK)) & 1) === 0) break
      budget = this.settle(place, budget)
      if (budget < 0) break
    }
    return this.levels === 0 ? Number.POSITIVE_INFINITY : (this.earliest[this.firstPlace()] as number)
  }

  /**
   * Moves time on to `now` and fires all that is due by then, earliest first, equals in the order of their arming. Not to
   * be called from within `fire`.
   */
  advance(now: Micros): void {
    while (this.levels !== 0) {
      const place = this.firstPlace()
      const level = place >> DIGIT_BITS
      if (this.slotStart(place) > now) break
      if (level === 0) {
        this.setTime(this.slotStart(place))
        this.fireFirst(place)
      } else {
        // Nothing is due before `earliest`, so time may go there at once; most timers then need filing only once more.
        const bound = this.earliest[place] as number
        this.setTime(bound < now ? bound : now)
        this.cascade(place)
      }
    }
    if (now > this.time) this.setTime(now)
  }

  private setTime(time: Micros): void {
    this.time = time
    const high = Math.floor(time / LOW_RANGE)
    this.timeHigh = high | 0
    this.timeLow = (time - high * LOW_RANGE) | 0
  }

  /** The list of the earliest slot in use. */
  private firstPlace(): number {
    const level = 31 - Math.clz32(this.levels & -this.levels)
    const slots = this.occupied[level] as number
    return (level << DIGIT_BITS) | (31 - Math.clz32(slots & -slots))
  }

  /** The first microsecond of a slot: the wheel's time with the slot's digit at its level and zeros below. */
  private slotStart(place: number): Micros {
    const level = place >> DIGIT_BITS
    const digit = place & DIGIT_MASK
    if (level < LOW_DIGITS) {
      const shift = level * DIGIT_BITS
      const above = (this.timeLow >>> shift) & ~DIGIT_MASK
      return this.timeHigh * LOW_RANGE + ((above | digit) << shift)
    }
    const shift = (level - LOW_DIGITS) * DIGIT_BITS
    const above = (this.timeHigh >>> shift) & ~DIGIT_MASK
    return ((above | digit) << shift) * LOW_RANGE
  }

  /** Files a timer by its deadline, which is not before the wheel's time. */
  private file(timer: WheelTimer<T>): void {
    const deadline = timer.deadline
    const high = Math.floor(deadline / LOW_RANGE) | 0
    let level: number
    let digit: number
    if (high === this.timeHigh) {
      const low = (deadline - high * LOW_RANGE) | 0
      level = ((31 - Math.clz32((low ^ this.timeLow) | 1)) / DIGIT_BITS) | 0
      digit = (low >>> (level * DIGIT_BITS)) & DIGIT_MASK
    } else {
      const above = ((31 - Math.clz32(high ^ this.timeHigh)) / DIGIT_BITS) | 0
      level = above + LOW_DIGITS
      digit = (high >>> (above * DIGIT_BITS)) & DIGIT_MASK
    }
    this.link(timer, level, digit)
  }

  private link(timer: WheelTimer<T>, level: number, digit: number): void {
    const place = (level << DIGIT_BITS) | digit
    const deadline = timer.deadline
    timer.placed = deadline
    timer.place = place
    const tail = this.tails[place] as WheelTimer<T> | null
    if (tail === null) {
      this.levels |= 1 << level
      this.occupied[level] = (this.occupied[level] as number) | (1 << digit)
      this.loose[level] = (this.loose[level] as number) & ~(1 << digit)
      this.earliest[place] = deadline
      this.heads[place] = timer
      this.tails[place] = timer
      return
    }
    if (deadline < (this.earliest[place] as number)) {
      this.earliest[place] = deadline
      this.loose[level] = (this.loose[level] as number) & ~(1 << digit)
    }
    let after: WheelTimer<T> | null = tail
    // Level 0 holds equal deadlines and keeps them in arming order; only timers put off earlier ever arrive out of it.
    if (level === 0) while (after !== null && after.order > timer.order) after = after.previous
    this.insertAfter(timer, after, place)
  }

  private insertAfter(timer: WheelTimer<T>, after: WheelTimer<T> | null, place: number): void {
    const before = after === null ? (this.heads[place] as WheelTimer<T>) : after.next
    timer.previous = after
    timer.next = before
    if (after === null) this.heads[place] = timer
    else after.next = timer
    if (before === null) this.tails[place] = timer
    else before.previous = timer
  }

  private unlink(timer: WheelTimer<T>): void {
    const place = timer.place
    const { next, previous } = timer
    if (previous === null) this.heads[place] = next
    else previous.next = next
    if (next === null) this.tails[place] = previous
    else next.previous = previous
    timer.next = null
    timer.previous = null
    timer.place = NOWHERE
    if (next === null && previous === null) this.vacate(place)
    else if (timer.placed === this.earliest[place]) this.loosen(place)
  }

  private vacate(place: number): void {
    const level = place >> DIGIT_BITS
    const slots = (this.occupied[level] as number) & ~(1 << (place & DIGIT_MASK))
    this.occupied[level] = slots
    if (slots === 0) this.levels &= ~(1 << level)
  }

  private loosen(place: number): void {
    const level = place >> DIGIT_BITS
    this.loose[level] = (this.loose[level] as number) | (1 << (place & DIGIT_MASK))
  }

  /** Fires the first timer of a level-0 slot, whose microsecond is now, or files it anew if it was put off. */
  private fireFirst(place: number): void {
    const timer = this.heads[place] as WheelTimer<T>
    this.unlink(timer)
    if (timer.deadline > this.time) {
      this.file(timer)
      return
    }
    timer.deadline = Number.POSITIVE_INFINITY
    this.count--
    this.fire(timer.owner, timer.slot, this.time)
  }

  /** Files every timer of a slot anew, after time has entered it. */
  private cascade(place: number): void {
    let timer = this.heads[place] as WheelTimer<T> | null
    this.heads[place] = null
    this.tails[place] = null
    this.vacate(place)
    while (timer !== null) {
      const next: WheelTimer<T> | null = timer.next
      timer.next = null
      timer.previous = null
      this.file(timer)
      timer = next
    }
  }

  /**
   * Makes a slot's `earliest` exact and files anew those of its timers that were put off beyond it. Returns what is left
   * of the budget, below 0 when it ran out and `earliest` remains a lower bound.
   */
  private settle(place: number, budget: number): number {
    const level = place >> DIGIT_BITS
    const end = this.slotStart(place) + (LEVEL_WIDTH[level] as number)
    let earliest = Number.POSITIVE_INFINITY
    let left = budget
    let timer = this.heads[place] as WheelTimer<T> | null
    while (timer !== null) {
      if (--left < 0) break
      const next: WheelTimer<T> | null = timer.next
      if (timer.deadline >= end) {
        this.unlink(timer)
        this.file(timer)
      } else {
        timer.placed = timer.deadline
        if (timer.deadline < earliest) earliest = timer.deadline
      }
      timer = next
    }
    // Tight again, or given up on until the next timer leaves: a crowd is not looked through on every call.
    this.loose[level] = (this.loose[level] as number) & ~(1 << (place & DIGIT_MASK))
    if (timer === null && earliest !== Number.POSITIVE_INFINITY) this.earliest[place] = earliest
    return left
  }
}
