/** What several interfaces show of one direction: the same octets, each time cut as that interface has them. */
import { type Micros, type Seq, seqGeq, seqGt, seqLeq } from '../base/index.ts'

interface Showing {
  readonly place: number
  /** Behind the highest octet that it has shown, and when it has shown something last. */
  next: Seq
  time: Micros
}

/** A packet has crossed the machine within so long. Who sends an octet again takes longer, or shows that everywhere. */
const CROSSING: Micros = 100_000

/**
 * Where a machine passes segments on, one interface shows 64 KB at once and the next what was cut of it (GSO), or the other way round
 * (GRO): nothing of that was sent again.
 */
export class Crossings {
  readonly #showings: Showing[] = []

  /** Takes one more segment down; whether its octets are new at this place only, and another has shown them a moment ago. */
  isShownElsewhere(place: number, seq: Seq, end: Seq, time: Micros): boolean {
    const own = this.#showings.find((one) => one.place === place)
    const isNewHere = own === undefined || seqGeq(seq, own.next)
    const isKnown = this.#showings.some((one) => one !== own && time - one.time <= CROSSING && seqLeq(end, one.next))
    if (own === undefined) this.#showings.push({ place, next: end, time })
    else {
      if (seqGt(end, own.next)) own.next = end
      own.time = time
    }
    return isNewHere && isKnown
  }
}
