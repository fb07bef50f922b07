import { Errno } from '../../base/index.ts'
import {
  abortCall,
  closeCall,
  deferOpening,
  disconnectCall,
  FastOpenBit,
  isOpening,
  mayFastOpen,
  Opening,
  openActive,
  State,
  Tcb,
  type TcbOwner,
} from '../../tcp/index.ts'
import { type Address, LOOPBACK4, LOOPBACK6 } from '../../wire/index.ts'
import { AF_INET, AF_INET6, Ended, Msg } from '../constants.ts'
import type { SocketAnswers } from '../personalities/personality.ts'
import { BoundStream } from './bound-stream.ts'
import { behindFormer, forgetBounds, remainsOf } from './remains.ts'
import { isBalanced } from './socket-options.ts'

/** Where a socket stands in the life of a socket, beside its connection's state (Linux's `socket_state`). */
type Phase = 'unconnected' | 'connecting' | 'connected' | 'disconnecting'

const NO_DATA = new Uint8Array(0)

/** A stream socket as far as its connection's beginning goes: connect(), a send() that opens, and what undoes either. */
export abstract class OpeningStream extends BoundStream implements TcbOwner {
  protected phase: Phase = 'unconnected'
  /** What shutdown() said before there was a connection; BSD's says no more than that there is none. */
  shut = 0
  /** What a router said of a connection that was dissolved since. */
  softError = 0
  /** How often a connection was dissolved (AF_UNSPEC, or shutdown() while it opened): that wakes pollers, too. */
  disconnects = 0

  /** What has become of the socket comes before what the protocol says (socket-answers.ts). */
  protected get answersFirst(): SocketAnswers | null {
    return this.host.personality.sockets.socketAnswersFirst
  }

  /** An IPv6 socket that does not reach IPv4. */
  private get isAlone(): boolean {
    return this.family === AF_INET6 && this.options.v6only
  }

  override get connectsBySending(): boolean {
    const { tcb } = this
    return super.connectsBySending || (this.host.personality.sockets.sendConnects && tcb !== null && isOpening(tcb))
  }

  /** The machine says that poll() may answer differently; of a listener, that a handshake may be complete. */
  ready(): void {
    this.notify()
  }

  /** A connection or a listener begins; an error that nobody has asked for stays one. */
  protected begin(tcb: Tcb): void {
    tcb.owner = this
    const error = this.takeError()
    tcb.error = this.answersFirst !== null ? 0 : error
    // Nor is what a router said of the connection before.
    tcb.softError = this.softError
    this.softError = 0
    // What shutdown() said before there was a connection is not forgotten.
    tcb.receiveShutdown = (this.shut & Ended.READING) !== 0
    tcb.recovery.reordering = this.reordering
    this.tcb = tcb
    this.error = 0
    this.renamed = false
  }

  connect(address: Address | null, port: number): number {
    const once = this.answersFirst?.mayConnectOnce(this.tcb, address, port, this.isAlone) ?? 0
    if (once !== 0) return once
    if (address === null) return this.disconnect()
    switch (this.phase) {
      case 'connected':
        return this.opensBySending && this.state === State.CLOSED ? this.#connectAgain() : -Errno.EISCONN
      case 'disconnecting':
        return -Errno.EINVAL
      case 'connecting':
        return this.#connectAgain()
      case 'unconnected':
        return this.state === State.CLOSED ? this.#connectNow(address, port) : -Errno.EISCONN
    }
  }

  /** A second connect() tells how the first one is doing: once in success, or its error. */
  #connectAgain(): number {
    switch (this.state) {
      case State.SYN_SENT:
      case State.SYN_RECEIVED:
        return -Errno.EALREADY
      case State.CLOSED: {
        this.opensBySending = false
        const error = this.takeError() || Errno.ECONNABORTED
        this.phase = 'unconnected'
        this.disconnects++
        this.tcb?.sendingTime.rest(this.host.now)
        this.#dissolve()
        this.notify()
        return -error
      }
      default:
        this.phase = 'connected'
        return 0
    }
  }

  /** Chooses both ends and makes the control block; no SYN leaves yet. @returns −EINPROGRESS when it is made, else another −errno */
  #open(given: Address, port: number): number {
    const { host, boundPort } = this
    const bound = this.addressNamed ? this.boundAddress : null
    const mismatch = familyMismatch(this, bound, given)
    if (mismatch !== 0) return -mismatch
    if (isBalanced(this.options)) return -Errno.EOPNOTSUPP
    const remote = given.isUnspecified ? (given.v4 || this.boundAddress.v4 ? LOOPBACK4 : LOOPBACK6) : given
    if (remote.isMulticast || remote.isBroadcast || host.interfaces.isBroadcast(remote)) return -Errno.ENETUNREACH // MUST-46: not for many
    const source = host.sourceFor(this.options.sourceRoute?.hops[0] ?? remote, bound)
    if (typeof source === 'number') return source
    const { connectExhausted, pairTaken } = host.personality.bind
    const localPort = boundPort === 0 ? host.ports.forConnect(source, remote, port, this.options) : boundPort
    if (localPort === 0) return -connectExhausted
    if (boundPort !== 0 && !host.ports.mayConnect(source, boundPort, remote, port)) return -pairTaken
    this.options.autobound = boundPort === 0
    const tcb = new Tcb(host, this.options, source, localPort, remote, port)
    this.begin(tcb)
    this.shownPort = localPort
    if (boundPort !== 0) this.hold('connected')
    this.boundPort = localPort
    host.takeOverTimeWait(tcb)
    this.phase = 'connecting'
    return -Errno.EINPROGRESS
  }

  /** connect(): the SYN leaves now; with TCP_FASTOPEN_CONNECT and a cookie it waits for the first send(). */
  #connectNow(address: Address, port: number): number {
    const opened = this.#open(address, port)
    if (opened !== -Errno.EINPROGRESS || this.tcb === null) return opened
    if (!this.options.fastOpenConnect) return this.#startPlain()
    if (!mayFastOpen(this.tcb)) return this.#start(NO_DATA)
    deferOpening(this.tcb)
    this.opensBySending = true
    this.phase = 'connected'
    return 0
  }

  /** connect(AF_UNSPEC): ABORT, and the socket is as new. */
  protected disconnect(): number {
    const tcb = this.tcb
    this.opensBySending = false
    this.disconnects++
    this.phase = 'unconnected'
    // What TCP_QUICKACK says is of one connection.
    this.options.quickAck = true
    if (tcb === null) {
      this.#dissolve()
      return 0
    }
    switch (tcb.state) {
      case State.LISTEN:
        this.stopListening()
        return 0
      case State.CLOSED:
      case State.TIME_WAIT:
        this.error = tcb.error
        tcb.sendingTime.rest(this.host.now)
        break
      default:
        this.error = disconnectCall(tcb)
    }
    tcb.owner = null
    this.#dissolve()
    this.notify()
    return 0
  }

  /** The socket has no connection any more; what is still told of it is kept. */
  #dissolve(): void {
    // TCP_MAXSEG is agreed anew with the next peer (Linux).
    if (this.host.policy.maxSegmentIsAnnounced) this.options.maxSegment = 0
    this.left = remainsOf(this, this.tcb, this.left)
    forgetBounds(this.options, this.host)
    this.softError = this.tcb?.softError ?? this.softError
    this.tcb = null
    this.renamed = false
    this.shut = 0
  }

  protected stopListening(): void {
    const tcb = this.tcb as Tcb
    this.#dissolve()
    this.error = tcb.error
    closeCall(tcb, -1)
    this.connectionGone()
    this.notify()
  }

  /** BSD's implied connect: what the SYN does not carry waits for the handshake. */
  protected sendAndConnect(answers: SocketAnswers, data: Uint8Array, flags: number, to: Address, port: number): number {
    const refused = answers.mayConnectOnce(null, to, port, this.isAlone)
    const opened = refused === 0 ? this.#open(to, port) : refused
    return opened === -Errno.EINPROGRESS && this.tcb !== null ? answers.openWithData(this.tcb, data, flags) : opened
  }

  /** sendto(MSG_FASTOPEN): connect() and send() in one; what the SYN has no room for waits for the handshake. */
  protected sendAndOpen(data: Uint8Array, flags: number, to: Address | null, port: number): number {
    if ((this.host.config.fastOpen & FastOpenBit.CLIENT) === 0) return -Errno.EOPNOTSUPP
    if (this.opensBySending) return this.openDeferred(data)
    if (this.phase === 'connecting') {
      // The handshake is complete, and nobody has told this socket.
      const result = this.#connectAgain()
      return result < 0 ? result : this.send(data, flags & ~Msg.FASTOPEN, null, 0)
    }
    if (this.phase === 'disconnecting') return -Errno.EINVAL
    if (this.phase !== 'unconnected' || this.state !== State.CLOSED) return -Errno.EISCONN
    if (to === null) return -Errno.EINVAL
    const opened = this.#open(to, port)
    return opened === -Errno.EINPROGRESS ? this.#start(data) : opened
  }

  /** The first send() after a connect() that TCP_FASTOPEN_CONNECT put off. */
  protected openDeferred(data: Uint8Array): number {
    const ended = this.state === State.CLOSED
    this.opensBySending = false
    this.phase = 'connecting'
    const taken = this.#start(data)
    if (!ended) return taken
    // A router has ended the attempt: Linux notices that behind the SYN, which has taken the error with it.
    abortCall(this.tcb as Tcb, 0)
    return this.#connectAgain()
  }

  /** The SYN leaves, with data if it may. @returns octets that it carries, or −EINPROGRESS: none */
  #start(fastOpen: Uint8Array | null): number {
    if (this.tcb === null) return -Errno.EINPROGRESS
    const { tcb } = this
    return behindFormer(tcb, this.left, () => openActive(tcb, fastOpen)) || -Errno.EINPROGRESS
  }

  /** The SYN leaves, and no data was given. @returns what connect() does */
  #startPlain(): number {
    const tcb = this.tcb as Tcb
    return behindFormer(tcb, this.left, () => this.answersFirst?.openWithoutData(tcb) ?? openPlain(tcb))
  }
}

function openPlain(tcb: Tcb): number {
  openActive(tcb, null, Opening.ASKING)
  return -Errno.EINPROGRESS
}

/**
 * An IPv6 socket reaches IPv4 by mapped addresses, unless it is bound to the other family or to itself.
 * @param bound the address that bind() named, null for none
 * @returns 0, or the canonical errno of a connect() to `remote`
 */
function familyMismatch(socket: OpeningStream, bound: Address | null, remote: Address): number {
  if (socket.family === AF_INET) return 0
  const { otherFamily, socketAnswersFirst } = socket.host.personality.sockets
  if (remote.v4 && socket.options.v6only) return otherFamily
  if (bound === null || remote.v4 === bound.v4) return 0
  return remote.v4 && socketAnswersFirst === null ? otherFamily : Errno.EAFNOSUPPORT
}
