import type { Micros, Prng, Seq, TimingWheel } from '../base/index.ts'
import type { Address, IpHeader, TcpSegment } from '../wire/index.ts'
import type { TcpConfig } from './config.ts'
import type { CongestionControl } from './congestion/interface.ts'
import type { TcpCounters } from './counters.ts'
import type { FastOpenMemory } from './fast-open/memory.ts'
import type { Jiffies } from './jiffies.ts'
import type { LearnedPaths } from './learned-paths.ts'
import type { TcpPolicy } from './personality.ts'
import type { Tcb } from './tcb.ts'
import type { TraceSink } from './trace-sink.ts'

/** What an administrator says of the paths behind a route; 0 and false: nothing. */
export interface RouteMetrics {
  /** Largest IP packet, octets. */
  readonly mtu: number
  /** Routers that say less are not believed. */
  readonly mtuLocked: boolean
  /** MSS to announce, octets. */
  readonly advertisedMss: number
  /** Segments that a new connection may send before the first ACK. */
  readonly initialWindow: number
  /** ECN is asked for, and accepted, whatever the system's own setting. */
  readonly ecn: boolean
  /** Segments that the first window offered holds (`initrwnd`), and octets that no window exceeds (`window`). */
  readonly initialReceiveWindow?: number
  readonly windowMost?: number
  /** The least retransmission timeout, µs (`rto_min`): it wins over the socket's own. */
  readonly rtoMinUs?: Micros
  /** ACKs are not delayed (`quickack`). */
  readonly quickAck?: boolean
  /** The algorithm of the congestion window (`congctl`); it wins over the socket's own. */
  readonly congestionControl?: CongestionControl
  /** Fast Open needs no cookie, either way (`fastopen_no_cookie`). */
  readonly fastOpenNoCookie?: boolean
  /** TTL or hop limit (`hoplimit`). */
  readonly hopLimit?: number
}

/**
 * What the machine asks of the host it lives in. The room `stack` implements it; nothing here reads a clock or a device.
 */
export interface TcpHost {
  /** Time of the event being processed, µs. */
  readonly now: Micros
  /** A kernel's clock, to compare with its recordings; null: timers are exact. */
  readonly jiffies: Jiffies | null
  readonly config: TcpConfig
  readonly policy: TcpPolicy
  readonly wheel: TimingWheel<Tcb>
  readonly trace: TraceSink | null
  readonly random: Prng
  readonly counters: TcpCounters
  /** Connections whose descriptor is gone and which still live; kept by the machine. */
  orphans: number

  /** RFC 5961 §7: whether one more challenge ACK may leave this host in this second. */
  challengeAllowed(): boolean
  nextConnectionId(): number
  /** RFC 6528: a clock of 4 µs plus a keyed hash of the 4-tuple. */
  initialSequence(local: Address, localPort: number, remote: Address, remotePort: number): Seq
  /** RFC 7323 §5.4: the random offset of this 4-tuple's timestamp clock. */
  timestampOffset(local: Address, localPort: number, remote: Address, remotePort: number): number
  /** RFC 4987 §3.6: a secret function of the 4-tuple and two words more, which are what a cookie vouches for; int32. */
  cookieHash(
    local: Address,
    localPort: number,
    remote: Address,
    remotePort: number,
    first: number,
    second: number,
  ): number
  /** What a listener's connection does not have of its options, and has of the packet that opens it: its TOS or traffic class, if the host is set so. */
  optionsOfPacket(child: Tcb, ip: IpHeader): void
  /** The listener that takes over a connection of one that closes or has closed; null: none (`tcp_migrate_req`). */
  heirOf(listener: Tcb, child: Tcb): Tcb | null
  readonly fastOpen: FastOpenMemory
  /** What earlier connections learned of paths. */
  readonly learnedPaths: LearnedPaths
  /** Largest IP packet towards that address, octets. */
  pathMtu(remote: Address): number
  /** What the route towards an address says; null: it has nothing to say. */
  routeMetrics(remote: Address): RouteMetrics | null
  /** Whether packets to that address come back to this host. */
  isOwn(remote: Address): boolean
  /** R1 (RFC 9293 §3.8.3): nothing comes back from there; whatever was learned of the path is forgotten. */
  doubtPath(tcb: Tcb): void

  /** The way out for segments. */
  readonly departures: Departures

  /** Whether a listener would take this segment, were there no TIME-WAIT entry before it. */
  hasListener(segment: TcpSegment, ip: IpHeader): boolean
  /** Makes a connection (not a listener) findable by its 4-tuple. */
  register(tcb: Tcb): void
  /** Takes a connection or listener out of the demultiplexer; called once when it reaches CLOSED. */
  unregister(tcb: Tcb): void
  /**
   * The segment being processed is one of several that arrived together: promises `sendOwedAck` after the last of them.
   * False: it came alone.
   */
  ackAfterBatch(tcb: Tcb): boolean
  /** Replaces the connection by a TIME-WAIT entry (it is unregistered first). False: over the limit, no entry was made. */
  enterTimeWait(tcb: Tcb, durationUs: Micros): boolean
  /** Whether there is room for one more such entry. */
  readonly timeWait: { readonly hasRoom: boolean }
}

/** A host's way out for segments. */
export interface Departures {
  /**
   * Puts an IP header before the TCP segment at `scratch.bytes[start …]`, fills in the checksum and sends it.
   * @param cut above 0, where `takesBursts`: its text is that of several segments, of so many octets each but the last
   */
  transmit(tcb: Tcb, start: number, length: number, cut: number): void
  /** Whether the link of this connection takes segments as fields: then `handOver` may do what `transmit` does. */
  takesFields(tcb: Tcb): boolean
  /**
   * Sends a segment, no SYN, that has no option but timestamps (if they were agreed), as the fields of its header.
   * @param wnd the window as its field has it; `ack` and `up` are 0 where their bits are not set
   * @param length octets of text, which the send buffer holds from `seq` on
   */
  handOver(tcb: Tcb, seq: Seq, ack: Seq, ctl: number, wnd: number, up: number, length: number, cut: number): void
  /** The same for a segment without a connection: the answer goes back to the sender of the packet in `ip`. */
  transmitReply(ip: IpHeader, start: number, length: number, tos: number, hops: number): void
  /** The same, and a socket speaks for it: it has its service, without marks, and its hops. */
  transmitReplyOf(speaker: Tcb, ip: IpHeader, start: number, length: number): void

  /** This connection's burst of segments may leave as one, which is cut further down. */
  takesBursts(tcb: Tcb): boolean
  /** The link of this connection has enough to do: promises to call `transmitPending` when it has drained. */
  linkIsFull(tcb: Tcb): boolean
}

/** The descriptor's side of a connection: told when something that poll() reports may have changed. */
export interface TcbOwner {
  ready(tcb: Tcb): void
  /** A connection of this listener's is about to open. */
  bears(child: Tcb): void
  /** What waits beside the stream, and takes its part of the receive buffer (Linux's error queue); null: nothing ever has. */
  readonly errors?: { readonly memory: number } | null
}

/** Told what becomes of octets that send() took. */
export interface SendWatch {
  /** SND.UNA has moved on; what it passed is still in the send buffer. */
  acknowledged(tcb: Tcb): void
  /** The connection has ended: what is in the send buffer will not be sent again. */
  abandoned(tcb: Tcb): void
  /** How many of these octets the last chunk, which holds so many, has room for; 0: another one begins. */
  room(tcb: Tcb, held: number, length: number): number
  /** The last chunk has taken octets of what send() was given. */
  appended(tcb: Tcb, length: number): void
  /** send() has appended octets. What of them could leave at once has left, unless they are all: then none has. */
  taken(tcb: Tcb): void
  /** What waited in several pieces is one now, [from, to). */
  joined(from: Seq, to: Seq): void
}

/** A TIME-WAIT entry as the machine sees it; the stack's table hands out one reusable cursor. */
export interface TimeWaitEntry {
  /** The connection's number, as in the trace. */
  readonly conn: number
  /** SND.NXT: our FIN is acknowledged, nothing more will be sent. */
  readonly sndNxt: Seq
  /** RCV.NXT: one past the peer's FIN. */
  readonly rcvNxt: Seq
  /** Window last offered, octets. */
  readonly rcvWnd: number
  /** The window field as it went over the wire. */
  readonly windowField: number
  /** TOS or traffic class that the connection's packets had. */
  readonly service: number
  /** TTL or hop limit of its packets; −1: the system's. */
  readonly hops: number
  /** Control bits of congestion notification that its answers bear (BSD). */
  readonly marks: number
  readonly timestamps: boolean
  tsRecent: number
  /** When `tsRecent` was taken, µs. */
  tsRecentAt: Micros
  readonly timestampOffset: number
  /** Starts 2·MSL anew. */
  restart(): void
  /** Whether an answer to what is no news is due: one within `limit` µs. */
  mayAnswer(limit: Micros): boolean
  /** Ends it now. */
  remove(): void
}
