import { assert } from '../base/index.ts'
import type { Tcb } from './tcb.ts'

/**
 * Connections that wait together, each in one such list at most. An array in which the last one takes the place of the one that
 * leaves: a Set would drag its outgrown tables along, and with them dead connections, until a full garbage collection.
 */
export class TcbList {
  readonly #list: Tcb[] = []

  get size(): number {
    return this.#list.length
  }

  [Symbol.iterator](): IterableIterator<Tcb> {
    return this.#list[Symbol.iterator]()
  }

  add(tcb: Tcb): void {
    assert(tcb.place < 0, 'a connection waits in two lists')
    tcb.place = this.#list.push(tcb) - 1
  }

  /** No harm if it is not there. */
  delete(tcb: Tcb): void {
    const { place } = tcb
    if (place < 0 || this.#list[place] !== tcb) return
    const last = this.#list.pop() as Tcb
    if (last !== tcb) {
      this.#list[place] = last
      last.place = place
    }
    tcb.place = -1
  }
}
