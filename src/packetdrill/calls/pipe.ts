const CAPACITY = 65_536
const PAGE = 4096

/** A pipe: octets in order, no more than it holds. What they are does not matter to a script, so they are counted. */
export class Pipe {
  length = 0
  /** Everything that ever came in. */
  total = 0
  capacity: number = CAPACITY
  /** How often splice() and its kin told the writers of room, found full or not. */
  roomTold = 0
  #readers = 1
  #writers = 1

  /** Octets in each of its pages; write() fills up the last one, splice() does not. */
  readonly #pages: number[] = []
  #mayFill = false

  /** Room for more. */
  get room(): number {
    return Math.max(0, this.capacity - PAGE * this.#pages.length)
  }

  get hasReader(): boolean {
    return this.#readers > 0
  }

  get hasWriter(): boolean {
    return this.#writers > 0
  }

  /** Puts octets in; returns how many fitted. @param lead where in a page of its own the first of them lies */
  put(count: number, spliced = false, lead = 0): number {
    const last = this.#pages.at(-1) ?? PAGE
    // As pipes do: only what is more than whole pages may go behind what is there.
    const rest = count % PAGE
    const fills = !spliced && this.#mayFill && rest > 0 && last + rest <= PAGE ? rest : 0
    const taken = fills + Math.min(count - fills, Math.max(0, this.room - lead))
    if (fills > 0) this.#pages[this.#pages.length - 1] = last + fills
    for (let [left, page] = [taken - fills, PAGE - lead]; left > 0; left -= page, page = PAGE)
      this.#pages.push(Math.min(left, page))
    if (taken > 0) this.#mayFill = !spliced
    this.length += taken
    this.total += taken
    return taken
  }

  /** Takes octets out, for a program or (`spliced`) for another file; returns how many there were. */
  take(count: number, spliced = false): number {
    const taken = Math.min(count, this.length)
    const pages = this.#pages.length
    this.length -= taken
    for (let left = taken; left > 0; ) {
      const first = this.#pages[0] as number
      if (left < first) this.#pages[0] = first - left
      else this.#pages.shift()
      left -= first
    }
    if (spliced && this.#pages.length < pages) this.roomTold++
    return taken
  }

  /**
   * Puts what is in here into another pipe, page by page, as far as that has places for pages: it then holds the same pages.
   * @param stays tee(): it is not taken out
   * @returns how many octets
   */
  link(other: Pipe, count: number, stays: boolean): number {
    let done = 0
    for (const page of [...this.#pages]) {
      if (done === count || other.room === 0) break
      done += other.#take(Math.min(page, count - done))
    }
    if (!stays) this.take(done, true)
    return done
  }

  /** A page of another pipe. */
  #take(octets: number): number {
    this.#pages.push(octets)
    this.#mayFill = false
    this.length += octets
    this.total += octets
    return octets
  }

  /** F_SETPIPE_SZ, and F_GETPIPE_SZ for 0: the capacity, in whole pages. */
  resize(size: number): number {
    if (size > 0) this.capacity = Math.max(PAGE, 2 ** Math.ceil(Math.log2(size)))
    return this.capacity
  }

  /** dup() */
  reopen(end: 'read' | 'write'): void {
    if (end === 'read') this.#readers++
    else this.#writers++
  }

  close(end: 'read' | 'write'): void {
    if (end === 'read') this.#readers--
    else this.#writers--
  }
}
