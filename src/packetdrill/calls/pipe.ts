const CAPACITY = 65_536

/** A pipe: octets in order, no more than it holds. What they are does not matter to a script, so they are counted. */
export class Pipe {
  length = 0
  /** Everything that ever came in. */
  total = 0
  capacity: number = CAPACITY
  #readers = 1
  #writers = 1

  /** Room for more. */
  get room(): number {
    return this.capacity - this.length
  }

  get hasReader(): boolean {
    return this.#readers > 0
  }

  get hasWriter(): boolean {
    return this.#writers > 0
  }

  /** Puts octets in; returns how many fitted. */
  put(count: number): number {
    const taken = Math.min(count, this.room)
    this.length += taken
    this.total += taken
    return taken
  }

  /** Takes octets out; returns how many there were. */
  take(count: number): number {
    const taken = Math.min(count, this.length)
    this.length -= taken
    return taken
  }

  /** F_SETPIPE_SZ, and F_GETPIPE_SZ for 0: the capacity, in whole pages. */
  resize(size: number): number {
    if (size > 0) this.capacity = Math.max(4096, 2 ** Math.ceil(Math.log2(size)))
    return this.capacity
  }

  close(end: 'read' | 'write'): void {
    if (end === 'read') this.#readers--
    else this.#writers--
  }
}
