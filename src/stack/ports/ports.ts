import type { Tcb } from '../../tcp/index.ts'
import type { Address } from '../../wire/index.ts'
import type { SocketOptions } from '../sockets/socket-options.ts'
import type { StackHost } from '../stack-host.ts'
import { EphemeralPorts, type PortSearch } from './ephemeral-ports.ts'
import { hasOwnRange, type PortRange, portRange } from './port-range.ts'
import { PortTable } from './port-table.ts'

/** Where connections that are over hold ports, too. */
interface PortsHost extends StackHost {
  readonly timeWait: {
    readonly hasRoom: boolean
    /** The entry of a connection, −1 if it has none. */
    find(r0: number, r1: number, r2: number, r3: number, ports: number, local: number): number
    mayTakeOver(record: number): boolean
  }
}

/** The host's local ports: who holds them, and which one is next. */
export class Ports {
  readonly tcp: PortTable
  readonly udp: PortTable
  readonly #host: PortsHost
  readonly #ephemeral: EphemeralPorts

  constructor(host: PortsHost) {
    this.#host = host
    this.tcp = new PortTable(host.addresses)
    this.udp = new PortTable(host.addresses)
    this.#ephemeral = new EphemeralPorts(host.random.fork('ports'), host.secrets)
  }

  /**
   * A port for bind(0): one that nobody holds on an address that `local` shares; with `ip_autobind_reuse`, when all are held, one that
   * SO_REUSEADDR lets share. 0: there is none.
   */
  forBind(table: PortTable, local: number, options: SocketOptions): number {
    const { config, personality } = this.#host
    const free = (port: number): boolean => isFree(table, port, local)
    if (table !== this.tcp) return this.#ephemeral.forBind(this.#search(free, false, portRange(config, options)))
    const shared = (port: number): boolean =>
      table.conflict(port, local, options, personality.bind.autobindConflict) === 0
    return this.#bindStream(free, options) || (config.autobindReuse ? this.#bindStream(shared, options) : 0)
  }

  /** Of what SO_REUSEADDR allows to share, the lower half of the range is taken first (Linux). */
  #bindStream(usable: (port: number) => boolean, options: SocketOptions): number {
    const { parity } = this.#host.personality.bind
    const range = portRange(this.#host.config, options)
    const quarter = (range.last + 1 - range.first) >> 2
    if (!parity || !options.reuseAddress || quarter === 0)
      return this.#ephemeral.forBind(this.#search(usable, true, range))
    const half = range.first + 2 * quarter
    return (
      this.#ephemeral.forBind(this.#search(usable, true, { ...range, last: half - 1 })) ||
      this.#ephemeral.forBind(this.#search(usable, true, { ...range, first: half }))
    )
  }

  /** A port for connect(): held by other outgoing connections at most, and towards this peer by none. 0: there is none. */
  forConnect(local: Address, remote: Address, remotePort: number, options: SocketOptions): number {
    // A port that nobody holds is none of a connection or a TIME-WAIT either.
    const usable = (port: number): boolean =>
      this.tcp.holds(port) === null || (this.#onlyConnects(port) && this.mayConnect(local, port, remote, remotePort))
    // Whoever names its own few ports gets every one of them.
    const search = this.#search(usable, !hasOwnRange(options), portRange(this.#host.config, options))
    return this.#ephemeral.forConnect(local, remote, remotePort, search)
  }

  /** Whether the 4-tuple is free, or a TIME-WAIT whose place may be taken. */
  mayConnect(local: Address, localPort: number, remote: Address, remotePort: number): boolean {
    const host = this.#host
    const number = host.addresses.number(local)
    const ports = (localPort << 16) | remotePort
    const { w0, w1, w2, w3 } = remote
    if (host.connections.find(w0, w1, w2, w3, number, ports) !== null) return false
    const record = host.timeWait.find(w0, w1, w2, w3, ports, number)
    return record < 0 || host.timeWait.mayTakeOver(record)
  }

  /** A connection takes or gives up its hold on its local port. */
  hold(tcb: Tcb, hold: boolean): void {
    const options = tcb.options as SocketOptions
    const local = this.#host.addresses.number(tcb.local)
    if (hold) this.tcp.acquire(tcb.localPort, local, 'connected', options.autobound, options)
    else this.tcp.release(tcb.localPort, local, 'connected', options.autobound, options)
  }

  #onlyConnects(port: number): boolean {
    for (let hold = this.tcp.holds(port); hold !== null; hold = hold.next) {
      if (!hold.autobound) return false
    }
    return true
  }

  /** Odd ports for bind() and even ones for connect() is TCP's division; datagrams take any. */
  #search(usable: (port: number) => boolean, divides: boolean, { first, last }: PortRange): PortSearch {
    const { config, personality } = this.#host
    return { first, last, reserved: config.reservedPorts, parity: divides && personality.bind.parity, usable }
  }
}

function isFree(table: PortTable, port: number, local: number): boolean {
  for (let hold = table.holds(port); hold !== null; hold = hold.next) {
    if (table.overlap(local, hold) !== null) return false
  }
  return true
}
