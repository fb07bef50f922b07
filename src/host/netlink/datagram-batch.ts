/** Many datagrams by one call, recvmmsg(2), on a thread of Node's pool. */
import { LITTLE_ENDIAN } from '../byte-order.ts'
import { MSG_TRUNC } from '../socket-numbers.ts'

/** Datagrams that one call takes at most, and the octets of each: the kernel fills at most 32 KiB in a dump. */
const SLOTS = 16
const SLOT_OCTETS = 1 << 15

/** Waits for the first datagram, and not for the next. */
const MSG_WAITFORONE = 0x10000

/** `recvmmsg` on a thread of its own: how many datagrams came, or −1. Addresses are those of memory. */
export type ReceiveMany = (fd: number, entries: number, count: number, flags: number) => Promise<number>

/** What a batch needs of the machine. */
export interface BatchCalls {
  readonly receiveMany: ReceiveMany
  /** Where the memory of a view lies. It stays there for as long as the view is held. */
  addressOf(view: Uint8Array): number
  /** Octets of a pointer, of a long and of a size_t. */
  readonly word: number
}

/** Room for some datagrams. It is used again and again. */
export class DatagramBatch {
  readonly #calls: BatchCalls
  readonly #octets: Uint8Array = new Uint8Array(SLOTS * SLOT_OCTETS)
  /** An array of `struct mmsghdr`, and one of `struct iovec` behind it. */
  readonly #entries: Uint8Array
  readonly #view: DataView
  readonly #address: number

  constructor(calls: BatchCalls) {
    this.#calls = calls
    const { word } = calls
    this.#entries = new Uint8Array(SLOTS * (HEADER_WORDS + IOVEC_WORDS) * word)
    this.#view = new DataView(this.#entries.buffer)
    this.#address = calls.addressOf(this.#entries)
    const memory = calls.addressOf(this.#octets)
    for (let slot = 0; slot < SLOTS; slot++) {
      const header = slot * HEADER_WORDS * word
      const iovec = (SLOTS * HEADER_WORDS + slot * IOVEC_WORDS) * word
      this.#setWord(header + IOV_AT * word, this.#address + iovec)
      this.#setWord(header + IOV_COUNT_AT * word, 1)
      this.#setWord(iovec, memory + slot * SLOT_OCTETS)
      this.#setWord(iovec + word, SLOT_OCTETS)
    }
  }

  /**
   * The datagrams that are there, at least one; undefined when the call failed. They lie in memory that the next call fills again.
   * @param tooLong is called for one that has no room
   */
  async receive(fd: number, tooLong: () => never): Promise<readonly Uint8Array[] | undefined> {
    const count = await this.#calls.receiveMany(fd, this.#address, SLOTS, MSG_WAITFORONE)
    if (count < 0) return undefined
    return Array.from({ length: count }, (_, slot) => {
      const header = slot * HEADER_WORDS * this.#calls.word
      const at = (word: number): number => this.#view.getUint32(header + word * this.#calls.word, LITTLE_ENDIAN)
      if ((at(FLAGS_AT) & MSG_TRUNC) !== 0) tooLong()
      return this.#octets.subarray(slot * SLOT_OCTETS, slot * SLOT_OCTETS + at(LENGTH_AT))
    })
  }

  #setWord(at: number, value: number): void {
    if (this.#calls.word === 8) this.#view.setBigUint64(at, BigInt(value), LITTLE_ENDIAN)
    else this.#view.setUint32(at, value, LITTLE_ENDIAN)
  }
}

// struct mmsghdr in words: name, its length, iov, count of it, control, its length, flags, and the length of what came.
const HEADER_WORDS = 8
const IOV_AT = 2
const IOV_COUNT_AT = 3
const FLAGS_AT = 6
const LENGTH_AT = 7
// struct iovec: base, length.
const IOVEC_WORDS = 2
