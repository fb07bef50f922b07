import { Errno } from '../../base/index.ts'
import {
  acceptChild,
  closeCall,
  endOfSource,
  isOpening,
  isWritable,
  openPassive,
  pushCall,
  queueWhileOpening,
  resizeBacklog,
  State,
  sendCall,
  shutdownReceive,
  shutdownSend,
  Tcb,
} from '../../tcp/index.ts'
import { type Address, ANY4, ANY6 } from '../../wire/index.ts'
import { AF_INET, Ended, Msg, Poll, SHUT_RDWR } from '../constants.ts'
import { joinGroup } from './hand-down.ts'
import { OpeningStream } from './opening-stream.ts'
import { sendFlags } from './send-flags.ts'
import { type SocketName, writeName } from './socket-address.ts'
import type { SocketOptions } from './socket-options.ts'
import { toBeAcknowledged, toBeRead, toBeSent } from './stream-queues.ts'
import { isAtMark, readStream, readUrgent, urgentIsHere } from './stream-reading.ts'
import { pollTcb, pollUnconnected } from './tcp-poll.ts'

/** A stream socket. */
export class TcpSocket extends OpeningStream {
  readonly protocol = 'tcp'
  /** Reading was shut in FIN-WAIT-2 alone. */
  #readShutLate = false
  /** recv() has come upon the end of file: it no longer counts as unread. */
  endRead = false
  /** How often shutdown() was called: each time a poller is woken. */
  shutdowns = 0
  /** How often readers were woken though nothing had come: SO_RCVLOWAT was set where there is enough, or nothing more will come. */
  wakes = 0
  /** Connections lost because a queue of this listener was full. */
  drops = 0

  /** A socket for a connection that accept() took. */
  static accepted(listener: TcpSocket, tcb: Tcb): TcpSocket {
    const socket = new TcpSocket(listener.host, tcb.options as SocketOptions)
    socket.tcb = tcb
    socket.phase = 'connected'
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

  // ---- listen and accept

  listen(backlog: number): number {
    if (this.phase !== 'unconnected') return -Errno.EINVAL
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
    this.begin(tcb)
    tcb.finQueued = (this.shut & Ended.WRITING) !== 0
    this.hold('listening')
    this.host.listeners.add(this.boundPort, this.localNumber(this.boundAddress), this.options.reusePort, tcb)
    openPassive(tcb, bounded)
    joinGroup(this.host, tcb)
    return 0
  }

  accept(): TcpSocket | number {
    if (this.tcb === null || this.tcb.state !== State.LISTEN) return -Errno.EINVAL
    if (this.answersFirst !== null && this.tcb.error !== 0) return -this.takeError()
    const child = acceptChild(this.tcb)
    if (child?.done === true && this.answersFirst !== null) return -Errno.ECONNABORTED
    return child === null ? -Errno.EAGAIN : TcpSocket.accepted(this, child)
  }

  // ---- data

  send(data: Uint8Array, flags: number, to: Address | null = null, port = 0): number {
    const endsRecord = (flags & Msg.EOR) !== 0 && this.state !== State.LISTEN
    if (endsRecord && !this.host.personality.sockets.streamsEndRecords) return -Errno.EINVAL
    if ((flags & Msg.FASTOPEN) !== 0) return this.sendAndOpen(data, flags, to, port)
    if (this.opensBySending) return this.openDeferred(data)
    const { answersFirst, tcb } = this
    if (to !== null && tcb === null && answersFirst !== null)
      return this.sendAndConnect(answersFirst, data, flags, to, port)
    const shut = (this.shut & Ended.WRITING) !== 0
    const refused = answersFirst?.mayWrite(tcb, data.length, to !== null, () => this.takeError()) ?? 0
    if (refused !== 0) return refused
    if (tcb !== null && answersFirst !== null && isOpening(tcb)) return queueWhileOpening(tcb, data, 0)
    if (tcb === null || (shut && answersFirst === null && tcb.offerTaken)) return -(this.takeError() || Errno.EPIPE)
    return sendCall(tcb, data, 0, data.length, sendFlags(flags))
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
    try {
      endOfSource(this.tcb)
    } finally {
      this.host.leave()
    }
  }

  receive(into: Uint8Array, flags: number, from: SocketName | null): number {
    if (from !== null) this.peerName(from)
    const tcb = this.tcb
    if ((flags & Msg.OOB) !== 0) return tcb === null ? -Errno.EINVAL : readUrgent(tcb, into, (flags & Msg.PEEK) !== 0)
    if (tcb === null) {
      const error = this.takeError()
      if (error !== 0) return -error
      return (this.shut & Ended.READING) !== 0 ? 0 : -Errno.ENOTCONN
    }
    const peek = (flags & Msg.PEEK) !== 0
    const read = this.answersFirst?.readOrLook ?? readStream
    const result = read(tcb, this.options, into, flags)
    // A FIN behind what was unread has joined it, and is read with the last of it.
    const takes = !peek && result >= 0 && into.length > 0
    if (takes && tcb.finReceived && tcb.receiveBuffer.length === 0) this.endRead = true
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
    // What was read as the end of the stream is an octet of it.
    return isAtMark(this.tcb, Number(this.endRead))
  }

  // ---- closing

  shutdown(how: number): number {
    if (how < 0 || how > SHUT_RDWR) return -Errno.EINVAL
    this.shutdowns++
    const bits = how + 1
    const tcb = this.tcb
    const open = tcb !== null && this.state !== State.CLOSED && !isOpening(tcb)
    if (this.phase === 'connecting') this.phase = open ? 'connected' : 'disconnecting'
    if (tcb === null) {
      if (this.answersFirst === null) this.shut |= bits
      return -Errno.ENOTCONN
    }
    const { answersFirst } = this
    if (answersFirst !== null) {
      if (answersFirst.isDisconnected(tcb, this.#readShutLate)) return -Errno.ENOTCONN
      const first = tcb.state === State.FIN_WAIT_2 && !tcb.receiveShutdown
      this.#readShutLate = bits === Ended.READING && (first || this.#readShutLate)
      return answersFirst.shutdownEither(tcb, bits)
    }
    switch (tcb.state) {
      case State.CLOSED:
      case State.TIME_WAIT:
        return -Errno.ENOTCONN
      case State.LISTEN:
        if ((bits & Ended.READING) !== 0) this.stopListening()
        return 0
      case State.SYN_SENT:
        return this.disconnect()
      default:
        if ((bits & Ended.READING) !== 0) shutdownReceive(tcb)
        return (bits & Ended.WRITING) !== 0 ? shutdownSend(tcb) : 0
    }
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
    if (this.answersFirst !== null) return this.answersFirst.pollEither(tcb, this.error !== 0)
    if (tcb === null) {
      const lowat = this.options.notSentLowat || this.host.config.notSentLowat
      const hasRoom = (this.shut & Ended.WRITING) !== 0 || 2 * this.unsentQueue() < lowat
      return pollUnconnected((this.shut & Ended.READING) !== 0, hasRoom, this.error !== 0)
    }
    const shut = this.shut === (Ended.READING | Ended.WRITING) && tcb.listen === null
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
    if (this.answersFirst?.isAlone(tcb, this.#readShutLate) === true) return -Errno.ENOTCONN
    writeName(into, this.family, tcb.remote, tcb.remotePort)
    return 0
  }
}
