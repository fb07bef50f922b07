import { assert } from '../base/index.ts'

/** What can wait in such a list. */
interface Placed {
  /** Where it stands in the one that it waits in; −1: in none. */
  place: number
}

/**
 * Connections that wait together, each in one such list at most. An array in which the last one takes the place of the one that
 * leaves: a Set would drag its outgrown tables along, and with them dead connections, until a full garbage collection.
 */
export class WaitingList<T extends Placed> {
  readonly #list: T[] = []

  get size(): number {
    return this.#list.length
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#list[Symbol.iterator]()
  }

  add(one: T): void {
    assert(one.place < 0, 'a connection waits in two lists')
    one.place = this.#list.push(one) - 1
  }

  /** No harm if it is not there. */
  delete(one: T): void {
    const { place } = one
    if (place < 0 || this.#list[place] !== one) return
    const last = this.#list.pop() as T
    if (last !== one) {
      this.#list[place] = last
      last.place = place
    }
    one.place = -1
  }
}
