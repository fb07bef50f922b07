import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AssertionError } from './assert.ts'
import { TimingWheel, WheelTimer } from './wheel.ts'

const TIMERS = 12

/** A wheel as simple as can be: it looks through everything each time. */
class Model {
  time: number
  readonly deadlines = new Map<number, { deadline: number; order: number }>()
  private order = 0

  constructor(start: number) {
    this.time = start
  }

  arm(slot: number, deadline: number): void {
    this.deadlines.set(slot, { deadline: Math.max(deadline, this.time), order: ++this.order })
  }

  next(): number {
    return Math.min(...[...this.deadlines.values()].map((entry) => entry.deadline))
  }

  /** The slot that is due first by `now`, taken out; undefined if none is. */
  pop(now: number): number | undefined {
    const [first] = [...this.deadlines].sort(([, a], [, b]) => a.deadline - b.deadline || a.order - b.order)
    if (first === undefined || first[1].deadline > now) return undefined
    this.deadlines.delete(first[0])
    this.time = first[1].deadline
    return first[0]
  }
}

// Steps of every size, so that every level of the wheel is used and left again.
const step = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 0, max: 5000 }),
  fc.integer({ min: 0, max: 2 ** 31 }),
  fc.nat(49).map((bits) => 2 ** bits),
)
const starts = fc.constantFrom(0, 31, 2 ** 30 - 5, 2 ** 31 - 1, 2 ** 32 - 7, 2 ** 45 + 12_345, 2 ** 52)
const slots = fc.nat(TIMERS - 1)
const operation = fc.oneof(
  { weight: 5, arbitrary: fc.record({ op: fc.constant('arm' as const), slot: slots, by: step }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('arm-past' as const), slot: slots, by: step }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('cancel' as const), slot: slots, by: step }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('advance' as const), slot: slots, by: step }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('advance-to-next' as const), slot: slots, by: step }) },
)
// What a timer does when it fires, by slot: arm or cancel another, or itself.
const reactions = fc.array(fc.record({ what: fc.constantFrom('none', 'arm', 'cancel'), slot: slots, by: step }), {
  minLength: TIMERS,
  maxLength: TIMERS,
})

interface Reaction {
  readonly what: string
  readonly slot: number
  readonly by: number
}

/** A wheel and a model of it, told the same things; wherever they differ, `differences` says so. */
class Pair {
  readonly differences: string[] = []
  readonly model: Model
  readonly wheel: TimingWheel<string>
  readonly timers: WheelTimer<string>[]
  private now: number
  private firings = 0

  constructor(start: number, reactions: readonly Reaction[]) {
    this.now = start
    this.model = new Model(start)
    this.timers = Array.from({ length: TIMERS }, (_, slot) => new WheelTimer('owner', slot))
    this.wheel = new TimingWheel<string>(start, (owner, slot, at) => {
      this.compare('fired', [owner, slot, at], ['owner', this.model.pop(this.now), this.model.time])
      this.compare('armed while firing', this.timer(slot).armed, false)
      const reaction = reactions[slot] as Reaction
      // Each run may set off only so many more, or two timers would arm each other for ever.
      if (++this.firings > 100) return
      if (reaction.what === 'arm') this.arm(reaction.slot, at + reaction.by)
      if (reaction.what === 'cancel') this.cancel(reaction.slot)
    })
  }

  arm(slot: number, deadline: number): void {
    if (deadline > Number.MAX_SAFE_INTEGER) return
    this.wheel.arm(this.timer(slot), deadline)
    this.model.arm(slot, deadline)
  }

  cancel(slot: number): void {
    this.wheel.cancel(this.timer(slot))
    this.model.deadlines.delete(slot)
  }

  advance(now: number): void {
    if (now > Number.MAX_SAFE_INTEGER) return
    this.now = now
    this.wheel.advance(now)
    this.compare('left unfired', undefined, this.model.pop(now))
    this.model.time = Math.max(this.model.time, now)
  }

  /** So few timers share a slot that the next deadline is always exact. */
  check(): void {
    const expected = this.timers.map((_, slot) => this.model.deadlines.get(slot)?.deadline ?? Number.POSITIVE_INFINITY)
    this.compare('size', this.wheel.size, this.model.deadlines.size)
    this.compare('next deadline', this.wheel.nextDeadline(), Math.min(...expected))
    this.compare(
      'deadlines',
      this.timers.map((timer) => timer.deadline),
      expected,
    )
    this.compare(
      'armed',
      this.timers.map((timer) => timer.armed),
      expected.map(Number.isFinite),
    )
  }

  private compare(what: string, wheel: unknown, model: unknown): void {
    if (String(wheel) !== String(model))
      this.differences.push(`${what}: ${String(wheel)}, the model has ${String(model)}`)
  }

  private timer(slot: number): WheelTimer<string> {
    return this.timers[slot] as WheelTimer<string>
  }
}

describe('TimingWheel', () => {
  test('does what a list searched through each time does', () => {
    fc.assert(
      fc.property(
        starts,
        fc.array(operation, { maxLength: 50, size: 'max' }),
        reactions,
        (start, operations, react) => {
          const pair = new Pair(start, react)
          for (const { op, slot, by } of operations) {
            const now = pair.model.time
            if (op === 'arm') pair.arm(slot, now + by)
            else if (op === 'arm-past') pair.arm(slot, Math.max(0, now - by))
            else if (op === 'cancel') pair.cancel(slot)
            else if (op === 'advance') pair.advance(now + by)
            else if (pair.model.deadlines.size > 0) pair.advance(pair.model.next())
            pair.check()
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  test('keeps the answers of nextDeadline as bounds, and reaches every deadline through them, in a crowd', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(5_000_000), fc.nat(2)), { minLength: 100, maxLength: 400, size: 'max' }),
        (plan) => {
          const fired: number[] = []
          const wheel = new TimingWheel<number>(0, (deadline, _slot, now) => {
            fired.push(now)
            expect(now).toBe(deadline + 7_000_000)
          })
          // All are put off at once, some after being armed earlier, some are cancelled: the crowded slots are all loose.
          const timers = plan.map(([deadline]) => new WheelTimer(deadline, 0))
          for (const timer of timers) wheel.arm(timer, timer.owner + 6_000_000)
          for (const timer of timers) wheel.arm(timer, timer.owner + 7_000_000)
          for (const [i, timer] of timers.entries()) if (plan[i]?.[1] === 0) wheel.cancel(timer)
          const expected = plan.filter(([, fate]) => fate !== 0).map(([deadline]) => deadline + 7_000_000)
          let now = 0
          let calls = 0
          while (wheel.size > 0) {
            const next = wheel.nextDeadline()
            expect(next).toBeGreaterThan(now)
            expect(next).toBeLessThanOrEqual(
              Math.min(
                ...expected
                  .slice()
                  .sort((a, b) => a - b)
                  .slice(fired.length),
              ),
            )
            wheel.advance(next)
            now = next
            calls++
          }
          expect(fired).toEqual(expected.sort((a, b) => a - b))
          // The bounds lead there in few steps: at most one too early per timer.
          expect(calls).toBeLessThanOrEqual(2 * plan.length)
          expect(wheel.nextDeadline()).toBe(Number.POSITIVE_INFINITY)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('fires equal deadlines in the order of their arming, re-arming included', () => {
    const fired: number[] = []
    const wheel = new TimingWheel<null>(0, (_owner, slot) => void fired.push(slot))
    const timers = Array.from({ length: 6 }, (_, slot) => new WheelTimer(null, slot))
    for (const slot of [3, 1, 4, 0, 5, 2]) wheel.arm(timers[slot] as WheelTimer<null>, 10)
    wheel.arm(timers[1] as WheelTimer<null>, 10)
    wheel.arm(timers[4] as WheelTimer<null>, 5)
    wheel.arm(timers[4] as WheelTimer<null>, 10)
    wheel.arm(timers[3] as WheelTimer<null>, 20)
    wheel.arm(timers[3] as WheelTimer<null>, 10)
    wheel.advance(10)
    expect(fired).toEqual([0, 5, 2, 1, 4, 3])
  })

  test('a timer armed for now while time stands still fires in the same advance', () => {
    const fired: number[] = []
    const wheel = new TimingWheel<null>(100, (_owner, slot, now) => {
      fired.push(slot, now)
      if (slot === 0) wheel.arm(second, 0)
    })
    const first = new WheelTimer(null, 0)
    const second = new WheelTimer(null, 1)
    wheel.arm(first, 50)
    expect(first.deadline).toBe(100)
    expect(wheel.nextDeadline()).toBe(100)
    wheel.advance(100)
    expect(fired).toEqual([0, 100, 1, 100])
  })

  test('a fired timer is free to be armed again by what it fires', () => {
    let beats = 0
    const wheel = new TimingWheel<null>(0, (_owner, _slot, now) => {
      beats++
      wheel.arm(timer, now + 1_000_000)
    })
    const timer = new WheelTimer(null, 0)
    wheel.arm(timer, 1_000_000)
    wheel.advance(60_000_000)
    expect(beats).toBe(60)
    expect(timer.deadline).toBe(61_000_000)
  })

  test('rounds a fraction of a microsecond up', () => {
    const fired: number[] = []
    const wheel = new TimingWheel<null>(0, (_owner, _slot, now) => void fired.push(now))
    wheel.arm(new WheelTimer(null, 0), 10.25)
    expect(wheel.nextDeadline()).toBe(11)
    wheel.advance(10)
    wheel.advance(11)
    expect(fired).toEqual([11])
  })

  test('goes as far as microseconds are exact', () => {
    const fired: number[] = []
    const wheel = new TimingWheel<null>(0, (_owner, _slot, now) => void fired.push(now))
    wheel.arm(new WheelTimer(null, 0), Number.MAX_SAFE_INTEGER)
    wheel.arm(new WheelTimer(null, 0), Number.MAX_SAFE_INTEGER - 1)
    expect(wheel.nextDeadline()).toBe(Number.MAX_SAFE_INTEGER - 1)
    wheel.advance(Number.MAX_SAFE_INTEGER)
    expect(fired).toEqual([Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER])
  })

  test.each([Number.POSITIVE_INFINITY, Number.NaN])('arming for %d is a bug', (deadline) => {
    const wheel = new TimingWheel<null>(0, () => undefined)
    expect(() => wheel.arm(new WheelTimer(null, 0), deadline)).toThrow(AssertionError)
  })
})
