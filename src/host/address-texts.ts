import { Address } from '../wire/index.ts'

/** Addresses remembered before all are forgotten. */
const TEXTS_MAX = 65_536

interface Known6 {
  readonly w0: number
  readonly w1: number
  readonly w2: number
  readonly text: string
}

/**
 * The text of addresses that lie in a buffer in network order, with a memory: few hosts talk to as many peers as they have
 * sockets, so most rows find theirs made.
 */
export class AddressTexts {
  readonly #v4 = new Map<number, string>()
  readonly #v6 = new Map<number, Known6>()

  /** The dotted quad of the four octets at `at`. */
  v4(view: DataView, at: number): string {
    const word = view.getInt32(at)
    let text = this.#v4.get(word)
    if (text === undefined) {
      text = Address.v4(word).toString()
      if (this.#v4.size >= TEXTS_MAX) this.#v4.clear()
      this.#v4.set(word, text)
    }
    return text
  }

  /** RFC 5952's text of the sixteen octets at `at`. */
  v6(view: DataView, at: number): string {
    const [w0, w1, w2] = [view.getInt32(at), view.getInt32(at + 4), view.getInt32(at + 8)]
    // Hosts differ most in their last four octets: those find the entry, the other twelve confirm it.
    const w3 = view.getInt32(at + 12)
    const known = this.#v6.get(w3)
    if (known !== undefined && known.w0 === w0 && known.w1 === w1 && known.w2 === w2) return known.text
    const text = new Address(w0, w1, w2, w3, false).toString()
    if (this.#v6.size >= TEXTS_MAX) this.#v6.clear()
    this.#v6.set(w3, { w0, w1, w2, text })
    return text
  }
}
