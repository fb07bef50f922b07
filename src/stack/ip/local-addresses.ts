import { TupleTable } from '../../base/index.ts'
import { Address } from '../../wire/index.ts'
import { LOCAL_ADDRESSES_MAX } from '../time-wait/table.ts'

/**
 * The host's own addresses, numbered from 0, so that every other table can hold a small number instead of four words.
 * A number stays good when its address is taken from the interface: connections outlive addresses.
 */
export class LocalAddresses {
  readonly #numbers: TupleTable
  readonly #list: Address[] = []
  /** Interfaces that own the address. */
  readonly #owners: number[] = []
  #last: Address = new Address(0, 0, 0, 0, false)
  #lastNumber = -1

  constructor(seed: number) {
    this.#numbers = new TupleTable(seed)
  }

  /** The number of the address with these words, −1 if it has none. */
  find(w0: number, w1: number, w2: number, w3: number): number {
    const last = this.#last
    if (last.w3 === w3 && last.w2 === w2 && last.w1 === w1 && last.w0 === w0) return this.#lastNumber
    const number = this.#numbers.find(w0, w1, w2, w3, 0, 0)
    if (number >= 0) {
      this.#last = this.#list[number] as Address
      this.#lastNumber = number
    }
    return number
  }

  /** The number of an address, which gets one if it has none; −1 when a million are taken. */
  number(address: Address): number {
    if (address === this.#last) return this.#lastNumber
    const known = this.find(address.w0, address.w1, address.w2, address.w3)
    if (known >= 0) this.#last = address
    if (known >= 0 || this.#list.length === LOCAL_ADDRESSES_MAX) return known
    const number = this.#list.length
    this.#numbers.insert(address.w0, address.w1, address.w2, address.w3, 0, 0, number)
    this.#list.push(Address.fromWords(address.w0, address.w1, address.w2, address.w3))
    this.#owners.push(0)
    return number
  }

  /** The address of a number, IPv4 in its own spelling. */
  at(number: number): Address {
    return this.#list[number] as Address
  }

  /** Whether some interface that is up owns the address of this number. */
  isOwn(number: number): boolean {
    return number >= 0 && (this.#owners[number] as number) > 0
  }

  /** An interface takes the address on. */
  take(address: Address): void {
    const number = this.number(address)
    if (number >= 0) this.#owners[number] = (this.#owners[number] as number) + 1
  }

  /** An interface gives the address up. */
  give(address: Address): void {
    const number = this.find(address.w0, address.w1, address.w2, address.w3)
    if (number >= 0) this.#owners[number] = (this.#owners[number] as number) - 1
  }
}
