/** The kernel's tracepoints of TCP, from octets to fields. */
import type { Endpoint, RowState, SocketRow } from '../../inspect/index.ts'
import { AddressTexts } from '../address-texts.ts'
import { LITTLE_ENDIAN } from '../byte-order.ts'
import { tcpRowState } from '../snapshot.ts'
import { AF_INET6 } from '../socket-numbers.ts'
import type { EventFormat, TraceField } from './format.ts'

/** What happened to a socket. Times are µs on CLOCK_MONOTONIC. */
export type TcpTraceEvent = StateTrace | EndTrace | SegmentTrace

interface TraceBase {
  readonly time: number
  /** The kernel's address of the socket: an identity while it lives, and then it is given to another. 0n: no socket. */
  readonly socket: bigint
  readonly family: SocketRow['family']
  readonly local: Endpoint
  readonly peer: Endpoint
}

/** `sock:inet_sock_set_state`. CLOSED may mean that a smaller socket in TIME-WAIT, or FIN-WAIT-2, has taken its place. */
export interface StateTrace extends TraceBase {
  readonly kind: 'state'
  readonly from: RowState
  readonly to: RowState
  /** The thread that ran: the one that made the call, when it was a call; else whoever happened to be there. */
  readonly pid: number
}

/** `tcp:tcp_destroy_sock`: the socket is given back, and its address may be used again. */
export interface EndTrace extends TraceBase {
  readonly kind: 'end'
  readonly cookie: bigint
}

/** A segment worth telling: `tcp:tcp_retransmit_skb`, `tcp:tcp_send_reset`, `tcp:tcp_receive_reset`. */
export interface SegmentTrace extends TraceBase {
  readonly kind: 'retransmission' | 'reset-sent' | 'reset-received'
  /** Why a reset was sent, in the kernel's word (`NO_SOCKET`), where this kernel tells. */
  readonly reason: string | undefined
}

/** The tracepoints, in the folder `events` of tracefs. The first two are needed; of the others a kernel may lack some. */
export const TCP_TRACEPOINTS: readonly string[] = [
  'sock/inet_sock_set_state',
  'tcp/tcp_destroy_sock',
  'tcp/tcp_retransmit_skb',
  'tcp/tcp_send_reset',
  'tcp/tcp_receive_reset',
]

const KINDS: Readonly<Record<string, TcpTraceEvent['kind']>> = {
  inet_sock_set_state: 'state',
  tcp_destroy_sock: 'end',
  tcp_retransmit_skb: 'retransmission',
  tcp_send_reset: 'reset-sent',
  tcp_receive_reset: 'reset-received',
}

const IPPROTO_TCP = 6
/** `struct sockaddr_in6`, which has the port at 2 and the address at 8; of IPv4 the address is at 4. */
const SOCKADDR_SIZE = 28
const NOWHERE: Endpoint = { address: '', port: 0 }

/** Decodes entries by the formats of this kernel. */
export class TcpTraceDecoder {
  readonly #formats: ReadonlyMap<number, EventFormat>
  readonly #reasons: ReadonlyMap<number, string>
  readonly #addresses: AddressTexts = new AddressTexts()

  /** @param formats those of the tracepoints that this kernel has */
  constructor(formats: readonly EventFormat[]) {
    this.#formats = new Map(formats.map((format) => [format.id, format]))
    this.#reasons = formats.find(({ name }) => name === 'tcp_send_reset')?.symbols('reason') ?? new Map()
  }

  /**
   * One entry: undefined when it is no event of TCP, or tells a transition from a state to itself, of which the kernel has some.
   * @param page the octets of the page
   * @param time ns
   */
  decode(page: Uint8Array, start: number, length: number, time: bigint): TcpTraceEvent | undefined {
    const record = new EventOctets(page, start, length)
    const format = this.#formats.get(record.id)
    const kind = KINDS[format?.name ?? '']
    if (format === undefined || kind === undefined) return undefined
    const number = (name: string): number => Number(record.number(format.fields.get(name)))
    if (kind === 'state' && (number('protocol') !== IPPROTO_TCP || number('oldstate') === number('newstate'))) {
      return undefined
    }
    const base = {
      time: Number(time / 1000n),
      socket: record.number(format.fields.get('skaddr')),
      ...this.#ends(record, format),
    }
    switch (kind) {
      case 'state':
        return {
          ...base,
          kind,
          from: stateOf(number('oldstate')),
          to: stateOf(number('newstate')),
          pid: number('common_pid'),
        }
      case 'end':
        return { ...base, kind, cookie: record.number(format.fields.get('sock_cookie')) }
      case 'retransmission':
      case 'reset-sent':
      case 'reset-received':
        return { ...base, kind, reason: this.#reasonOf(record, format) }
    }
  }

  #reasonOf(record: EventOctets, format: EventFormat): string | undefined {
    const field = format.fields.get('reason')
    return field === undefined ? undefined : this.#reasons.get(Number(record.number(field)))
  }

  #ends(record: EventOctets, { fields }: EventFormat): Pick<TraceBase, 'family' | 'local' | 'peer'> {
    const [from, to] = [fields.get('saddr'), fields.get('daddr')]
    if (from === undefined || to === undefined) return { family: 4, local: NOWHERE, peer: NOWHERE }
    if (from.size === SOCKADDR_SIZE) {
      const family = record.u16(from.offset) === AF_INET6 ? 6 : 4
      return { family, local: this.#sockaddr(record, from), peer: this.#sockaddr(record, to) }
    }
    const family = Number(record.number(fields.get('family'))) === AF_INET6 ? 6 : 4
    const [from6, to6] = [fields.get('saddr_v6'), fields.get('daddr_v6')]
    const text = (v4: TraceField, v6: TraceField | undefined): string =>
      family === 6 && v6 !== undefined
        ? this.#addresses.v6(record.view, record.at(v6.offset))
        : this.#addresses.v4(record.view, record.at(v4.offset))
    const port = (name: string): number => Number(record.number(fields.get(name)))
    return {
      family,
      local: { address: text(from, from6), port: port('sport') },
      peer: { address: text(to, to6), port: port('dport') },
    }
  }

  #sockaddr(record: EventOctets, { offset }: TraceField): Endpoint {
    const at = record.at(offset)
    const six = record.u16(offset) === AF_INET6
    return {
      address: six ? this.#addresses.v6(record.view, at + 8) : this.#addresses.v4(record.view, at + 4),
      port: record.view.getUint16(at + 2, false),
    }
  }
}

/** NEW_SYN_RECV, 12, is a half-open connection too. What dumps call bound is a socket that is closed here. */
function stateOf(number: number): RowState {
  const state = tcpRowState(number)
  return state === 'BOUND-INACTIVE' ? 'CLOSED' : state
}

/** The octets of one event. */
class EventOctets {
  readonly view: DataView
  readonly #start: number
  readonly #length: number

  constructor(page: Uint8Array, start: number, length: number) {
    this.view = new DataView(page.buffer, page.byteOffset, page.length)
    this.#start = start
    this.#length = length
  }

  /** Which event it is: `common_type`, the first field of all. */
  get id(): number {
    return this.#length < 2 ? 0 : this.u16(0)
  }

  /** Where an offset of the event lies in the page. */
  at(offset: number): number {
    return this.#start + offset
  }

  u16(offset: number): number {
    return this.view.getUint16(this.at(offset), LITTLE_ENDIAN)
  }

  /** A field as a number; 0 for one that this kernel does not have. */
  number(field: TraceField | undefined): bigint {
    if (field === undefined || field.offset + field.size > this.#length) return 0n
    const at = this.at(field.offset)
    switch (field.size) {
      case 1:
        return BigInt(this.view.getUint8(at))
      case 2:
        return BigInt(this.view.getUint16(at, LITTLE_ENDIAN))
      case 4:
        return BigInt(field.signed ? this.view.getInt32(at, LITTLE_ENDIAN) : this.view.getUint32(at, LITTLE_ENDIAN))
      case 8:
        return this.view.getBigUint64(at, LITTLE_ENDIAN)
      default:
        return 0n
    }
  }
}
