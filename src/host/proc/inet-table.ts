/** `/proc/net/tcp`, `tcp6`, `udp` and `udp6`: text to rows and nothing else. */
import type { Endpoint, RowTimer } from '../../inspect/index.ts'
import type { AddressTexts } from '../address-texts.ts'
import { type MutableRow, plainRowState, tcpRowState } from '../snapshot.ts'
import { TextReader } from './text-reader.ts'

/** How to read one table. */
export interface InetTableContext {
  /** The table's path, for errors. */
  readonly name: string
  readonly netid: 'tcp' | 'udp'
  readonly family: 4 | 6
  /** Rows in other states are left out. */
  readonly states: number
  readonly addresses: AddressTexts
}

/** /proc counts time in units of 1/100 s (USER_HZ) on every architecture that Node runs on. */
const TICK_MS = 10

/**
 * Append a row for every line of the table.
 * @throws HostError that names the line when the text is not such a table
 */
export function parseInetTable(text: Uint8Array, context: InetTableContext, rows: MutableRow[]): void {
  const reader = new InetTableReader(text, context)
  reader.reader.nextLine()
  while (!reader.reader.atEnd) {
    const row = reader.row()
    if (row !== undefined) rows.push(row)
    reader.reader.nextLine()
  }
}

class InetTableReader {
  readonly reader: TextReader
  readonly #context: InetTableContext
  readonly #words: Int32Array = new Int32Array(4)
  readonly #view: DataView = new DataView(this.#words.buffer)

  constructor(text: Uint8Array, context: InetTableContext) {
    this.reader = new TextReader(context.name, text)
    this.#context = context
  }

  /** `sl local rem st tx:rx tr:when retrnsmt uid timeout inode`. */
  row(): MutableRow | undefined {
    const { reader } = this
    const context = this.#context
    reader.decimal()
    const local = this.#endpoint()
    const peer = this.#endpoint()
    const number = reader.hex()
    if ((context.states & (1 << number)) === 0) return undefined
    const sendQueue = reader.hex()
    const recvQueue = reader.hex()
    const timer = reader.hex()
    const when = reader.hex()
    const retransmits = reader.hex()
    const uid = reader.decimal()
    const probes = reader.decimal()
    return {
      source: 'proc',
      netid: context.netid,
      family: context.family,
      state: context.netid === 'tcp' ? tcpRowState(number) : plainRowState(number),
      local,
      peer,
      recvQueue,
      sendQueue,
      timer: rowTimer(timer, when, retransmits, probes),
      uid,
      inode: reader.decimal(),
      owners: undefined,
    }
  }

  /** Words in the machine's own order, which writing them as words and reading them as octets undoes. */
  #endpoint(): Endpoint {
    const { reader } = this
    const texts = this.#context.addresses
    reader.skipSpaces()
    const count = this.#context.family === 4 ? 1 : 4
    for (let i = 0; i < count; i++) this.#words[i] = reader.word()
    if (reader.bytes[reader.at] !== 0x3a) reader.fail('a colon between address and port')
    reader.at++
    const address = count === 1 ? texts.v4(this.#view, 0) : texts.v6(this.#view, 0)
    return { address, port: reader.hex() }
  }
}

const TIMER_KINDS: readonly RowTimer['kind'][] = ['unknown', 'on', 'keepalive', 'timewait', 'persist']

/**
 * The timers as netlink tells them: a keep-alive or persist timer counts its unanswered probes, which /proc has in a column of
 * their own, where a retransmission timer counts retransmissions.
 */
function rowTimer(timer: number, when: number, retransmits: number, probes: number): RowTimer | undefined {
  if (timer === 0) return undefined
  const kind = TIMER_KINDS[timer] ?? 'unknown'
  const probing = kind === 'keepalive' || kind === 'persist'
  return { kind, expiresMs: when * TICK_MS, retransmits: probing ? probes : retransmits, probes }
}
