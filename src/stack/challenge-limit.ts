import { type Micros, SECOND } from '../base/index.ts'

/** `challengeAckLimit` of a system that has none. */
const UNLIMITED = 2_147_483_647

/** Challenge ACKs that leave a host within a second (RFC 5961 §7). */
export class ChallengeLimit {
  #second = -1
  #count = 0

  /** Whether one more may leave now. */
  allows(limit: number, now: Micros): boolean {
    // Linux draws the number of each second from about the limit; about none it is any.
    if (limit === UNLIMITED || limit === 0) return true
    const second = Math.floor(now / SECOND)
    if (second !== this.#second) {
      this.#second = second
      this.#count = 0
    }
    return this.#count++ < limit
  }
}
