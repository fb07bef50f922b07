import { assert } from '../../base/index.ts'
import type { Socket } from './socket.ts'

/**
 * Every socket that some process holds. An array in which the last one takes the place of the one that leaves: a Set would
 * drag its outgrown tables along, and with them dead sockets, until a full garbage collection.
 */
export class SocketList {
  readonly #list: Socket[] = []

  get size(): number {
    return this.#list.length
  }

  /** Adds a socket; nothing happens if it is there already. */
  add(socket: Socket): void {
    if (socket.place >= 0) return
    socket.place = this.#list.push(socket) - 1
  }

  remove(socket: Socket): void {
    const last = this.#list.pop()
    assert(last !== undefined && socket.place >= 0, 'a socket leaves the list that was not in it')
    if (last !== socket) {
      this.#list[socket.place] = last
      last.place = socket.place
    }
    socket.place = -1
  }

  clear(): void {
    this.#list.length = 0
  }

  [Symbol.iterator](): IterableIterator<Socket> {
    return this.#list[Symbol.iterator]()
  }
}
