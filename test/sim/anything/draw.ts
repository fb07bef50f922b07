import { Prng } from '../../../src/base/index.ts'

/** Chance with a seed, in the words that stories are told in. */
export class Draw {
  readonly #random: Prng

  constructor(seed: number) {
    this.#random = new Prng(seed)
  }

  /** 0 … n−1. */
  below(n: number): number {
    return this.#random.below(n)
  }

  chance(p: number): boolean {
    return this.#random.chance(p)
  }

  /** A number of [0, most). */
  upTo(most: number): number {
    return this.#random.unit() * most
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)] as T
  }
}
