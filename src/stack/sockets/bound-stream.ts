import { Errno } from '../../base/index.ts'
import { State, type State as StateType, type Tcb } from '../../tcp/index.ts'
import type { Address } from '../../wire/index.ts'
import type { HoldKind } from '../ports/bind-rules.ts'
import { bindsAddressAlone } from '../ports/port-range.ts'
import type { PortTable } from '../ports/port-table.ts'
import { handDown } from './hand-down.ts'
import type { Remains } from './remains.ts'
import { Socket } from './socket.ts'
import { anyAddress } from './socket-address.ts'
import type { SocketOptions } from './socket-options.ts'

/** A stream socket as far as its own name goes: bind(), and how it holds its port until it closes. */
export abstract class BoundStream extends Socket {
  /** The connection or listener; null before connect() and listen(), and after a disconnect. */
  tcb: Tcb | null = null
  /** What is still told after a disconnect. */
  left: Remains | null = null
  /** bind() has given another name to a socket whose connection is over. */
  protected renamed = false
  /** What connections expect to begin with: `tcp_reordering` as it was when the socket was made. */
  readonly reordering: number = this.host.config.reordering
  /** TCP_CONGESTION was set: a listener's connections have its algorithm, whatever the system's is by then. */
  congestionChosen = false
  #held: HoldKind | null = null

  /** The connection's state; TIME-WAIT counts as CLOSED, for the control block is no longer part of it. */
  get state(): StateType {
    const state = this.tcb?.state ?? State.CLOSED
    return state === State.TIME_WAIT ? State.CLOSED : state
  }

  /** The machine says that a connection of this listener's is about to open. */
  bears(child: Tcb): void {
    handDown(this, child)
  }

  protected get ports(): PortTable {
    return this.host.ports.tcp
  }

  bind(address: Address, port: number, uid: number): number {
    const { socketAnswersFirst } = this.host.personality.sockets
    const { isBound } = this
    const refused =
      (socketAnswersFirst?.mayBindOnce(this.tcb, address, isBound) ?? 0) || this.mayBind(address, port, uid)
    if (refused !== 0) return refused
    if (isBound) return -Errno.EINVAL
    if (port !== 0 || !bindsAddressAlone(this.options)) return this.claim(address, port)
    this.#rename(address)
    this.shownPort = 0
    return 0
  }

  /** Takes a port; 0: any. @returns 0 or −errno */
  protected claim(address: Address, port: number): number {
    const { bind } = this.host.personality
    const local = this.localNumber(address)
    const chosen = port === 0 ? this.host.ports.forBind(this.ports, local, this.options) : port
    if (chosen === 0) return -bind.bindExhausted
    const conflict = port === 0 ? 0 : this.#conflict(port, local)
    if (conflict !== 0) {
      // An address that the port refuses is forgotten, and with it the one from before.
      this.#rename(anyAddress(this.family))
      return -conflict
    }
    this.#rename(address)
    this.shownPort = chosen
    this.boundPort = chosen
    this.portNamed = port !== 0
    const first = this.ports.holds(this.boundPort) === null
    this.hold('bound')
    this.#noteSharing(first)
    return 0
  }

  /** What the socket was called in a connection that is over counts no more; the connection's error and its end are still to be told. */
  #rename(address: Address): void {
    this.boundAddress = address
    this.addressNamed = !address.isUnspecified
    const { socketAnswersFirst } = this.host.personality.sockets
    // Where the socket itself remembers what it is bound to, the option says what was set.
    if (this.addressNamed && !address.v4 && socketAnswersFirst === null) this.options.v6only = true
    if (this.tcb === null) return
    if (!this.renamed) this.shownPort = this.tcb.localPort
    this.renamed = true
  }

  /** Holds the bound port in another way, or (null) no more. */
  protected hold(kind: HoldKind | null): void {
    const local = this.localNumber(this.boundAddress)
    this.ports.rearrange(this.boundPort, () => {
      if (this.#held !== null) this.ports.release(this.boundPort, local, this.#held, false, this.options)
      this.#held = kind
      if (kind !== null) this.ports.acquire(this.boundPort, local, kind, false, this.options)
    })
  }

  /** Changes what the port table knows of this socket (SO_REUSEADDR, SO_REUSEPORT, …) and of its connection. */
  changeClaim(change: (options: SocketOptions) => void): void {
    const kind = this.#held
    const registered = this.tcb !== null && this.host.isRegistered(this.tcb)
    this.ports.rearrange(this.boundPort, () => {
      this.hold(null)
      if (registered) this.host.ports.hold(this.tcb as Tcb, false)
      change(this.options)
      if (registered) this.host.ports.hold(this.tcb as Tcb, true)
      this.hold(kind)
    })
  }

  /** The host has taken the connection out of its tables. */
  connectionGone(): void {
    if (this.portNamed) {
      if (this.#held !== null) this.hold('bound')
    } else {
      this.hold(null)
      this.boundPort = 0
    }
  }

  /** By now others may listen whom bind() found merely bound. */
  protected conflictOfListening(): number {
    const local = this.localNumber(this.boundAddress)
    let conflict = 0
    this.ports.rearrange(this.boundPort, () => {
      this.hold(null)
      conflict = this.#conflict(this.boundPort, local)
      this.hold('bound')
    })
    if (conflict === 0) this.#noteSharing(false)
    return conflict
  }

  #conflict(port: number, local: number): number {
    if (this.ports.shares(port, local, this.options)) return 0
    return this.ports.conflict(port, local, this.options, this.host.personality.bind.conflict)
  }

  #noteSharing(first: boolean): void {
    if (!this.host.personality.bind.sharingOutlastsOption) return
    this.ports.noteSharing(this.boundPort, this.localNumber(this.boundAddress), this.options, first)
  }
}
