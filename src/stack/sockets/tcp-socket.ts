import { Errno } from '../../base/index.ts'
import {
  abortCall,
  acceptChild,
  closeCall,
  deferOpening,
  endOfSource,
  FastOpenBit,
  isWritable,
  mayFastOpen,
  openActive,
  openPassive,
  pushCall,
  queueWhileOpening,
  resizeBacklog,
  State,
  sendCall,
  shutdownReceive,
  shutdownSend,
  Tcb,
  type TcbOwner,
} from '../../tcp/index.ts'
import { type Address, ANY4, ANY6, LOOPBACK4, LOOPBACK6 } from '../../wire/index.ts'
import { AF_INET, Ended, Msg, Poll, SHUT_RDWR } from '../constants.ts'
import { BoundStream } from './bound-stream.ts'
import { behindFormer, forgetBounds, remainsOf, resetClosing } from './remains.ts'
import { sendFlags } from './send-flags.ts'
import { familyMismatch, type SocketName, writeName } from './socket-address.ts'
import * as answers from './socket-answers.ts'
import type { SocketOptions } from './socket-options.ts'
import {
  isAtMark,
  readStream,
  readUrgent,
  toBeAcknowledged,
  toBeRead,
  toBeSent,
  urgentIsHere,
} from './stream-reading.ts'
import { pollTcb, pollUnconnected } from './tcp-poll.ts'

/** Where a socket stands in the life of a socket, beside its connection's state (Linux's `socket_state`). */
type Phase = 'unconnected' | 'connecting' | 'connected' | 'disconnecting'

const NO_DATA = new Uint8Array(0)

/** A stream socket. */
export class TcpSocket extends BoundStream implements TcbOwner {
  readonly protocol = 'tcp'
  #phase: Phase = 'unconnected'
  /** Reading was shut in FIN-WAIT-2 alone. */
  #readShutLate = false
  /** What shutdown() said before there was a connection; BSD's says no more than that there is none. */
  #shut = 0
  /** What a router said of a connection that was dissolved since. */
  softError = 0
  /** recv() has come upon the end of file: it no longer counts as unread. */
  endRead = false
  /** How often shutdown() was called: each time a poller is woken. */
  shutdowns = 0
  /** How often pollers were woken though nothing had come: SO_RCVLOWAT was set where there is enough, or nothing more will come. */
  wakes = 0
  /** How often a connection was dissolved (AF_UNSPEC, or shutdown() while it opened): that wakes pollers, too. */
  disconnects = 0
  /** Connections lost because a queue of this listener was full. */
  drops = 0

  /** A socket for a connection that accept() took. */
  static accepted(listener: TcpSocket, tcb: Tcb): TcpSocket {
    const socket = new TcpSocket(listener.host, tcb.options as SocketOptions)
    socket.tcb = tcb
    socket.#phase = 'connected'
    // The name that it has when there is no connection any more.
    socket.shownPort = tcb.localPort
    socket.addressNamed = listener.addressNamed
    if (listener.addressNamed) socket.boundAddress = tcb.local
    tcb.owner = socket
    return socket
  }

  get conn(): number {
    return this.tcb === null ? 0 : this.tcb.id
  }

  override get isBound(): boolean {
    return this.boundPort !== 0 || this.state !== State.CLOSED
  }

  /** True when bound and neither connected nor listening: a socket that no table of ss shows. */
  get boundInactive(): boolean {
    return this.boundPort !== 0 && this.state === State.CLOSED
  }

  /** The machine says that poll() may answer differently; of a listener, that a handshake may be complete. */
  ready(): void {
    this.notify()
  }

  // ---- listen and accept

  listen(backlog: number): number {
    if (this.#phase !== 'unconnected') return -Errno.EINVAL
    const most = this.host.config.acceptQueueMax
    const bounded = backlog < 0 || backlog > most ? most : backlog
    if (this.tcb !== null && this.tcb.state === State.LISTEN) {
      resizeBacklog(this.tcb, bounded)
      return 0
    }
    if (this.boundPort === 0) {
      const result = this.claim(this.boundAddress, 0)
      if (result !== 0) return result
    } else if (this.host.personality.bind.listenAsksAgain) {
      const conflict = this.conflictOfListening()
      if (conflict !== 0) return -conflict
    }
    const any = this.family === AF_INET ? ANY4 : ANY6
    this.options.autobound = false
    const tcb = new Tcb(this.host, this.options, this.boundAddress, this.boundPort, any, 0)
    this.#begin(tcb)
    tcb.finQueued = (this.#shut & Ended.WRITING) !== 0
    this.hold('listening')
    this.host.listeners.add(this.boundPort, this.localNumber(this.boundAddress), this.options.reusePort, tcb)
    openPassive(tcb, bounded)
    return 0
  }

  /** A connection or a listener begins; an error that nobody has asked for stays one. */
  #begin(tcb: Tcb): void {
    tcb.owner = this
    const error = this.takeError()
    tcb.error = this.#answersFirst ? 0 : error
    // What shutdown() said before there was a connection is not forgotten.
    tcb.receiveShutdown = (this.#shut & Ended.READING) !== 0
    tcb.recovery.reordering = this.reordering
    this.tcb = tcb
    this.error = 0
    this.renamed = false
  }

  accept(): TcpSocket | number {
    if (this.tcb === null || this.tcb.state !== State.LISTEN) return -Errno.EINVAL
    if (this.#answersFirst && this.tcb.error !== 0) return -this.takeError()
    const child = acceptChild(this.tcb)
    if (child?.done === true && this.#answersFirst) return -Errno.ECONNABORTED
    return child === null ? -Errno.EAGAIN : TcpSocket.accepted(this, child)
  }

  // ---- connect

  connect(address: Address | null, port: number): number {
    const once = this.#answersFirst ? answers.mayConnectOnce(this.tcb, this.family, address, port) : 0
    if (once !== 0) return once
    if (address === null) return this.#disconnect()
    switch (this.#phase) {
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
        this.#phase = 'unconnected'
        this.disconnects++
        this.tcb?.sendingTime.rest(this.host.now)
        this.#dissolve()
        this.notify()
        return -error
      }
      default:
        this.#phase = 'connected'
        return 0
    }
  }

  #open(given: Address, port: number): number {
    const { host, boundPort } = this
    const bound = this.addressNamed ? this.boundAddress : null
    const mismatch = familyMismatch(this, bound, given)
    if (mismatch !== 0) return -mismatch
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
    this.#begin(tcb)
    this.shownPort = localPort
    if (boundPort !== 0) this.hold('connected')
    this.boundPort = localPort
    host.takeOverTimeWait(tcb)
    this.#phase = 'connecting'
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
    this.#phase = 'connected'
    return 0
  }

  /** connect(AF_UNSPEC): ABORT, and the socket is as new. */
  #disconnect(): number {
    const tcb = this.tcb
    this.opensBySending = false
    this.disconnects++
    this.#phase = 'unconnected'
    // What TCP_QUICKACK says is of one connection.
    this.options.quickAck = true
    if (tcb === null) {
      this.#dissolve()
      return 0
    }
    switch (tcb.state) {
      case State.LISTEN:
        this.#stopListening()
        return 0
      case State.CLOSED:
      case State.TIME_WAIT:
        this.error = tcb.error
        tcb.sendingTime.rest(this.host.now)
        break
      case State.CLOSING:
      case State.LAST_ACK:
        this.error = resetClosing(tcb)
        break
      default:
        this.error = tcb.repairing ? Errno.ECONNABORTED : Errno.ECONNRESET
        abortCall(tcb, this.error)
    }
    tcb.owner = null
    this.#dissolve()
    this.notify()
    return 0
  }

  #dissolve(): void {
    // TCP_MAXSEG is agreed anew with the next peer (Linux).
    if (this.host.policy.maxSegmentIsAnnounced) this.options.maxSegment = 0
    this.left = remainsOf(this, this.tcb, this.left)
    forgetBounds(this.options, this.host)
    this.softError = this.tcb?.softError ?? this.softError
    this.tcb = null
    this.renamed = false
    this.#shut = 0
  }

  #stopListening(): void {
    const tcb = this.tcb as Tcb
    this.#dissolve()
    this.error = tcb.error
    closeCall(tcb, -1)
    this.connectionGone()
    this.notify()
  }

  // ---- data

  override get connectsBySending(): boolean {
    const { tcb } = this
    return (
      super.connectsBySending || (this.host.personality.sockets.sendConnects && tcb !== null && answers.isOpening(tcb))
    )
  }

  send(data: Uint8Array, flags: number, to: Address | null = null, port = 0): number {
    if (!this.host.personality.sockets.streamsEndRecords && (flags & Msg.EOR) !== 0) return -Errno.EINVAL
    if ((flags & Msg.FASTOPEN) !== 0) return this.#sendAndOpen(data, flags, to, port)
    if (this.opensBySending) return this.#openDeferred(data)
    if (to !== null && this.tcb === null) return this.#sendAndConnect(data, to, port)
    const tcb = this.tcb
    const shut = (this.#shut & Ended.WRITING) !== 0
    const refused = this.#answersFirst ? answers.mayWrite(tcb, data.length, to !== null, () => this.takeError()) : 0
    if (refused !== 0) return refused
    if (this.#answersFirst && tcb !== null && answers.isOpening(tcb)) return queueWhileOpening(tcb, data, 0)
    if (tcb === null || (shut && !this.#answersFirst && tcb.offerTaken)) return -(this.takeError() || Errno.EPIPE)
    return sendCall(tcb, data, 0, data.length, sendFlags(flags))
  }

  /** BSD's implied connect: what the SYN does not carry waits for the handshake. */
  #sendAndConnect(data: Uint8Array, to: Address, port: number): number {
    const refused = answers.mayConnectOnce(null, this.family, to, port)
    const opened = refused === 0 ? this.#open(to, port) : refused
    return opened === -Errno.EINPROGRESS && this.tcb !== null ? answers.openWithData(this.tcb, data) : opened
  }

  /** sendto(MSG_FASTOPEN): connect() and send() in one; what the SYN has no room for waits for the handshake. */
  #sendAndOpen(data: Uint8Array, flags: number, to: Address | null, port: number): number {
    if ((this.host.config.fastOpen & FastOpenBit.CLIENT) === 0) return -Errno.EOPNOTSUPP
    if (this.opensBySending) return this.#openDeferred(data)
    if (this.#phase === 'connecting') {
      // The handshake is complete, and nobody has told this socket.
      const result = this.#connectAgain()
      return result < 0 ? result : this.send(data, flags & ~Msg.FASTOPEN)
    }
    if (this.#phase === 'disconnecting') return -Errno.EINVAL
    if (this.#phase !== 'unconnected' || this.state !== State.CLOSED) return -Errno.EISCONN
    if (to === null) return -Errno.EINVAL
    const opened = this.#open(to, port)
    return opened === -Errno.EINPROGRESS ? this.#start(data) : opened
  }

  /** The first send() after a connect() that TCP_FASTOPEN_CONNECT put off. */
  #openDeferred(data: Uint8Array): number {
    const ended = this.state === State.CLOSED
    this.opensBySending = false
    this.#phase = 'connecting'
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

  #startPlain(): number {
    const tcb = this.tcb as Tcb
    return behindFormer(tcb, this.left, () => answers.openWithoutData(tcb))
  }

  /** What counts as writable is another now: who waits for room looks again. */
  writableChanged(): void {
    if (this.tcb !== null && isWritable(this.tcb)) this.tcb.spacesMade++
    this.notify()
  }

  /** Sends what Nagle's algorithm or the cork held back. @param noDelay TCP_NODELAY was set */
  push(noDelay = false): void {
    if (this.tcb !== null) pushCall(this.tcb, noDelay)
  }

  /** sendfile() or splice() has come to the end of what it reads. */
  endOfSource(): void {
    if (this.tcb === null) return
    this.host.enter()
    endOfSource(this.tcb)
    this.host.leave()
  }

  receive(into: Uint8Array, flags: number, from: SocketName | null): number {
    if (from !== null) this.peerName(from)
    const tcb = this.tcb
    if ((flags & Msg.OOB) !== 0) return tcb === null ? -Errno.EINVAL : readUrgent(tcb, into, (flags & Msg.PEEK) !== 0)
    if (tcb === null) {
      const error = this.takeError()
      if (error !== 0) return -error
      return (this.#shut & Ended.READING) !== 0 ? 0 : -Errno.ENOTCONN
    }
    const peek = (flags & Msg.PEEK) !== 0
    const read = this.#answersFirst ? answers.readOrLook : readStream
    const result = read(tcb, this.options, into, flags)
    if (tcb.finReceived && !peek && result < into.length && tcb.receiveBuffer.length === 0) this.endRead = true
    return result
  }

  inputQueue(): number {
    return toBeRead(this.tcb)
  }

  outputQueue(): number {
    return this.tcb === null ? (this.left?.unacknowledged ?? 0) : toBeAcknowledged(this.tcb)
  }

  /** SIOCOUTQNSD. */
  unsentQueue(): number {
    return this.tcb === null ? (this.left?.unsent ?? 0) : toBeSent(this.tcb)
  }

  /** SIOCATMARK: whether the next octet to be read is the one behind the urgent mark. */
  atMark(): boolean {
    return isAtMark(this.tcb)
  }

  // ---- closing

  shutdown(how: number): number {
    if (how < 0 || how > SHUT_RDWR) return -Errno.EINVAL
    this.shutdowns++
    const bits = how + 1
    const tcb = this.tcb
    const open = tcb !== null && this.state !== State.CLOSED && !answers.isOpening(tcb)
    if (this.#phase === 'connecting') this.#phase = open ? 'connected' : 'disconnecting'
    if (tcb === null) {
      if (!this.#answersFirst) this.#shut |= bits
      return -Errno.ENOTCONN
    }
    if (this.#answersFirst) {
      if (answers.isDisconnected(tcb, this.#readShutLate)) return -Errno.ENOTCONN
      const first = tcb.state === State.FIN_WAIT_2 && !tcb.receiveShutdown
      this.#readShutLate = bits === Ended.READING && (first || this.#readShutLate)
      return answers.shutdownEither(tcb, bits)
    }
    switch (tcb.state) {
      case State.CLOSED:
      case State.TIME_WAIT:
        return -Errno.ENOTCONN
      case State.LISTEN:
        if ((bits & Ended.READING) !== 0) this.#stopListening()
        return 0
      case State.SYN_SENT:
        return this.#disconnect()
      default:
        if ((bits & Ended.READING) !== 0) shutdownReceive(tcb)
        return (bits & Ended.WRITING) !== 0 ? shutdownSend(tcb) : 0
    }
  }

  /** What has become of the socket comes before what the protocol says (socket-answers.ts). */
  get #answersFirst(): boolean {
    return this.host.personality.sockets.socketAnswersFirst
  }

  close(): void {
    const tcb = this.tcb
    const { lingerOn, lingerSeconds } = this.options
    if (tcb !== null) {
      this.tcb = null
      closeCall(tcb, lingerOn ? lingerSeconds : -1)
    }
    this.hold(null)
    this.boundPort = 0
  }

  // ---- questions

  takeError(): number {
    const told: { error: number } = this.tcb ?? this
    const { error } = told
    told.error = 0
    return error
  }

  /** SO_ERROR may tell a soft error too, once there is no other. */
  takeAnyError(): number {
    const error = this.takeError()
    if (error !== 0 || !this.host.personality.sockets.tellsSoftErrors) return error
    const told: { softError: number } = this.tcb ?? this
    const soft = told.softError
    told.softError = 0
    return soft
  }

  poll(): number {
    const { tcb } = this
    if (this.#answersFirst) return answers.pollEither(tcb, this.error !== 0)
    if (tcb === null) {
      const lowat = this.options.notSentLowat || this.host.config.notSentLowat
      const hasRoom = (this.#shut & Ended.WRITING) !== 0 || 2 * this.unsentQueue() < lowat
      return pollUnconnected((this.#shut & Ended.READING) !== 0, hasRoom, this.error !== 0)
    }
    const shut = this.#shut === (Ended.READING | Ended.WRITING) && tcb.listen === null
    return pollTcb(tcb, urgentIsHere(tcb)) | (shut ? Poll.HUP : 0)
  }

  localName(into: SocketName): number {
    const tcb = this.tcb
    if (tcb === null || this.renamed) writeName(into, this.family, this.boundAddress, this.shownPort)
    else writeName(into, this.family, tcb.local, tcb.localPort)
    return 0
  }

  peerName(into: SocketName): number {
    const tcb = this.tcb
    if (tcb === null || this.state === State.CLOSED || tcb.state === State.LISTEN || tcb.state === State.SYN_SENT) {
      return -Errno.ENOTCONN
    }
    if (this.#answersFirst && answers.isAlone(tcb, this.#readShutLate)) return -Errno.ENOTCONN
    writeName(into, this.family, tcb.remote, tcb.remotePort)
    return 0
  }
}
