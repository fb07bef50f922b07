import type { Tcb } from '../../tcp/index.ts'
import type { Address } from '../../wire/index.ts'
import type { Host } from '../host.ts'
import type { SocketOptions } from '../sockets/socket-options.ts'
import { EphemeralPorts, type PortSearch } from './ephemeral-ports.ts'
import { PortTable } from './port-table.ts'

/** The host's local ports: who holds them, and which one is next. */
export class Ports {
  readonly tcp: PortTable
  readonly udp: PortTable
  readonly #host: Host
  readonly #ephemeral: EphemeralPorts

  constructor(host: Host) {
    this.#host = host
    this.tcp = new PortTable(host.addresses)
    this.udp = new PortTable(host.addresses)
    this.#ephemeral = new EphemeralPorts(host.random.fork('ports'), host.secrets)
  }

  /** A port for bind(0): one that nobody holds on an address that `local` shares. 0: there is none. */
  forBind(table: PortTable, local: number): number {
    return this.#ephemeral.forBind(this.#search((port) => isFree(table, port, local), table === this.tcp))
  }

  /** A port for connect(): held by other outgoing connections at most, and towards this peer by none. 0: there is none. */
  forConnect(local: Address, remote: Address, remotePort: number): number {
    // A port that nobody holds is none of a connection or a TIME-WAIT either.
    const usable = (port: number): boolean =>
      this.tcp.holds(port) === null || (this.#onlyConnects(port) && this.mayConnect(local, port, remote, remotePort))
    return this.#ephemeral.forConnect(local, remote, remotePort, this.#search(usable, true))
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
  #search(usable: (port: number) => boolean, stream: boolean): PortSearch {
    return { config: this.#host.config, parity: stream && this.#host.personality.bind.parity, usable }
  }
}

function isFree(table: PortTable, port: number, local: number): boolean {
  for (let hold = table.holds(port); hold !== null; hold = hold.next) {
    if (table.overlap(local, hold) !== null) return false
  }
  return true
}
