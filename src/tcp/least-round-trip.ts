import type { Micros } from '../base/index.ts'

/**
 * The least round trip of a window of time, in little memory: the least there is, the least since that, and the least since this one. When the
 * window has gone past the first, the second takes its place, and so on; a new least makes all three.
 */
export class LeastRoundTrip {
  #first: Micros = Number.POSITIVE_INFINITY
  #firstAt: Micros = 0
  #second: Micros = Number.POSITIVE_INFINITY
  #secondAt: Micros = 0
  #third: Micros = Number.POSITIVE_INFINITY
  #thirdAt: Micros = 0

  /**
   * A round trip was measured.
   * @param window how long a measurement counts, µs
   * @returns the least
   */
  note(rtt: Micros, now: Micros, window: Micros): Micros {
    if (rtt <= this.#first || now - this.#thirdAt > window) {
      this.#first = this.#second = this.#third = rtt
      this.#firstAt = this.#secondAt = this.#thirdAt = now
      return rtt
    }
    if (rtt <= this.#second) {
      this.#second = rtt
      this.#secondAt = now
      this.#keepThird(rtt, now)
    } else if (rtt <= this.#third) this.#keepThird(rtt, now)
    this.#pass(rtt, now, window)
    return this.#first
  }

  #keepThird(rtt: Micros, now: Micros): void {
    this.#third = rtt
    this.#thirdAt = now
  }

  /** What is older than the window goes; and a second and a third are to be of later parts of it than the first. */
  #pass(rtt: Micros, now: Micros, window: Micros): void {
    const age = now - this.#firstAt
    if (age > window) {
      this.#moveUp(rtt, now)
      if (now - this.#firstAt > window) this.#moveUp(rtt, now)
    } else if (this.#secondAt === this.#firstAt && age > window / 4) {
      this.#second = rtt
      this.#secondAt = now
      this.#keepThird(rtt, now)
    } else if (this.#thirdAt === this.#secondAt && age > window / 2) this.#keepThird(rtt, now)
  }

  #moveUp(rtt: Micros, now: Micros): void {
    this.#first = this.#second
    this.#firstAt = this.#secondAt
    this.#second = this.#third
    this.#secondAt = this.#thirdAt
    this.#keepThird(rtt, now)
  }
}
