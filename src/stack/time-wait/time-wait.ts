import type { Micros, Seq } from '../../base/index.ts'
import { keyFor, Note, presentWindow, State, type Tcb, TimerAction, TimerSlot } from '../../tcp/index.ts'
import type { PortClaim } from '../ports/bind-rules.ts'
import type { Ports } from '../ports/ports.ts'
import type { SocketOptions } from '../sockets/socket-options.ts'
import type { StackHost } from '../stack-host.ts'
import { TimeWaitCursor } from './cursor.ts'
import { type TimeWaitFields, TimeWaitTable } from './table.ts'

/** SND.NXT of an old connection plus this is beyond anything that could still be under way (Linux). */
const SEQUENCE_GAP = 65_535 + 2

/** Entries of which it is remembered when they last answered what was no news. */
const ANSWERS_MOST = 1024

/** Where entries hold ports. */
interface TimeWaitHost extends StackHost {
  readonly ports: Ports
}

/** A connection's life in TIME-WAIT: its entry, its hold on the port, its place in the trace. */
export class TimeWait {
  readonly table: TimeWaitTable
  readonly cursor: TimeWaitCursor
  readonly #host: TimeWaitHost
  /** Keys of signatures, by connection: few have one. */
  readonly #keys = new Map<number, Uint8Array>()
  /** IP_TOS or IPV6_TCLASS, by connection: few have any. */
  readonly #services = new Map<number, number>()
  /** IP_TTL or IPV6_UNICAST_HOPS, by connection, where answers in TIME-WAIT have them (BSD): few have any. */
  readonly #hops = new Map<number, number>()
  /** Control bits of congestion notification that answers in TIME-WAIT bear (BSD): few have any. */
  readonly #marks = new Map<number, number>()
  /** Connections that are still being read, by number: what that frees is in the window that their entries tell (BSD). */
  readonly #read = new Map<number, Tcb>()
  /** When entries last answered what was no news, by their connections' numbers. */
  readonly #answers = new Map<number, Micros>()

  constructor(host: TimeWaitHost, seed: number) {
    this.#host = host
    this.table = new TimeWaitTable(seed)
    this.cursor = new TimeWaitCursor(this.table, host.addresses, host.secrets, this)
  }

  /** Whether the system's limit leaves room for another. */
  get hasRoom(): boolean {
    return this.table.size < this.#host.config.timeWaitMax
  }

  /** Makes an entry for a connection; false: there are too many. */
  enter(tcb: Tcb, durationUs: Micros): boolean {
    const host = this.#host
    // An orphan in FIN-WAIT-2 has its place already.
    if (!tcb.light && !this.hasRoom) return false
    const options = tcb.options as SocketOptions
    fields.remote = tcb.remote
    fields.remotePort = tcb.remotePort
    fields.local = host.addresses.number(tcb.local)
    fields.localPort = tcb.localPort
    fields.conn = tcb.id
    fields.sndNxt = tcb.snd.nxt
    fields.rcvNxt = tcb.rcv.nxt
    fields.windowScale = tcb.rcvScale
    const isFree = host.policy.freeWindow !== null
    fields.windowField = isFree ? presentWindow(tcb) : Math.min(tcb.rcv.wnd >> tcb.rcvScale, 65_535)
    if (isFree && tcb.receiveBuffer.length > 0 && tcb.owner !== null) this.#read.set(tcb.id, tcb)
    fields.timestamps = tcb.timestamps
    fields.tsRecent = tcb.tsRecent
    fields.tsRecentAt = tcb.tsRecentAt
    fields.reuseAddress = options.reuseAddress
    fields.reusePort = options.reusePort
    fields.v6only = options.v6only
    fields.autobound = options.autobound
    const key = options.signatureKeys === null ? null : keyFor(options.signatureKeys, tcb.remote)
    if (key !== null) this.#keys.set(tcb.id, key)
    const service = tcb.remote.v4 ? options.tos : options.trafficClass
    if (service !== 0) this.#services.set(tcb.id, service)
    const hops = tcb.remote.v4 ? options.ttl : options.hopLimit
    if (hops >= 0 && host.policy.timeWaitBySequence !== null) this.#hops.set(tcb.id, hops)
    const marks = tcb.host.policy.ecnAsSaid?.lastMarks(tcb) ?? 0
    if (marks !== 0) this.#marks.set(tcb.id, marks)
    const record = this.table.add(host.now, durationUs, fields)
    this.#hold(record, true)
    if (host.trace !== null) {
      host.trace.timer(host.now, tcb.id, TimerSlot.TIME_WAIT, TimerAction.ARMED, durationUs)
    }
    return true
  }

  /** The entry of a connection, −1 if it has none. */
  find(r0: number, r1: number, r2: number, r3: number, ports: number, local: number): number {
    return this.table.size === 0 ? -1 : this.table.find(r0, r1, r2, r3, ports, local)
  }

  /** The key that an entry's segments are signed with; null: they are not. */
  keyOf(record: number): Uint8Array | null {
    return this.#keys.size === 0 ? null : (this.#keys.get(this.table.conn(record)) ?? null)
  }

  /** TOS or traffic class of an entry's packets. */
  serviceOf(record: number): number {
    return this.#services.size === 0 ? 0 : (this.#services.get(this.table.conn(record)) ?? 0)
  }

  /** TTL or hop limit of an entry's packets; −1: the system's. */
  hopsOf(record: number): number {
    return this.#hops.size === 0 ? -1 : (this.#hops.get(this.table.conn(record)) ?? -1)
  }

  /** Control bits of congestion notification that an entry's answers bear. */
  marksOf(record: number): number {
    return this.#marks.size === 0 ? 0 : (this.#marks.get(this.table.conn(record)) ?? 0)
  }

  /** The window that an entry's segments tell, as the field is. */
  windowOf(record: number): number {
    const tcb = this.#read.size === 0 ? undefined : this.#read.get(this.table.conn(record))
    return tcb === undefined ? this.table.windowField(record) : presentWindow(tcb)
  }

  restartTimeWait(record: number): void {
    const host = this.#host
    this.table.restart(record, host.now)
    const left = this.table.expiresAt(record) - host.now
    host.trace?.timer(host.now, this.table.conn(record), TimerSlot.TIME_WAIT, TimerAction.ARMED, left)
  }

  removeTimeWait(record: number): void {
    this.#end(record, TimerAction.STOPPED)
  }

  mayAnswer(record: number, limit: Micros): boolean {
    const { now } = this.#host
    const conn = this.table.conn(record)
    const last = this.#answers.get(conn)
    if (last !== undefined && now - last < limit) return false
    // Few are asked twice within the limit: it is not worth a word of every record.
    if (this.#answers.size >= ANSWERS_MOST) this.#answers.clear()
    this.#answers.set(conn, now)
    return true
  }

  /** Ends every entry whose time is over. */
  expire(now: Micros): void {
    for (let record = this.table.due(now); record >= 0; record = this.table.due(now)) {
      this.#end(record, TimerAction.FIRED)
    }
  }

  #end(record: number, action: TimerAction): void {
    const { trace, now } = this.#host
    const conn = this.table.conn(record)
    this.#keys.delete(conn)
    this.#services.delete(conn)
    this.#hops.delete(conn)
    this.#marks.delete(conn)
    this.#answers.delete(conn)
    this.#read.delete(conn)
    this.#hold(record, false)
    this.table.remove(record)
    if (trace === null) return
    trace.timer(now, conn, TimerSlot.TIME_WAIT, action, 0)
    trace.state(now, conn, State.TIME_WAIT, State.CLOSED)
  }

  #hold(record: number, hold: boolean): void {
    const table = this.table
    claim.reuseAddress = table.reuseAddress(record)
    claim.reusePort = table.reusePort(record)
    claim.v6only = table.v6only(record)
    const ports = this.#host.ports.tcp
    const port = table.localPort(record)
    const local = table.local(record)
    const autobound = table.autobound(record)
    if (hold) ports.acquire(port, local, 'time-wait', autobound, claim)
    else ports.release(port, local, 'time-wait', autobound, claim)
  }

  /** Whether connect() may take an entry's port over (`tcp_tw_reuse`): timestamps then keep the old connection's segments out. */
  mayTakeOver(record: number): boolean {
    const { config, now } = this.#host
    if (config.timeWaitReuse === 0 || !this.table.timestamps(record)) return false
    if (config.timeWaitReuse === 2 && !this.cursor.at(record).remote.isLoopback) return false
    return now - this.table.startedAt(record) >= config.timeWaitReuseDelayUs
  }

  /** An initial sequence number beyond all that the old connection has used. */
  nextSequence(record: number): Seq {
    return (this.table.sndNxt(record) + SEQUENCE_GAP) | 0
  }

  /** The number that a connection takes over with the place of an entry that may give it up; null: there is none. */
  inheritanceOf(tcb: Tcb): Seq | null {
    const { ports: held, addresses } = this.#host
    // A port that nobody holds is none of a TIME-WAIT either.
    if (held.tcp.holds(tcb.localPort) === null) return null
    const { w0, w1, w2, w3 } = tcb.remote
    const ports = (tcb.localPort << 16) | tcb.remotePort
    const record = this.find(w0, w1, w2, w3, ports, addresses.number(tcb.local))
    return record < 0 ? null : this.#takeOver(record, tcb)
  }

  /**
   * Ends the entry whose place a new connection takes, and hands its numbers on.
   * @returns the initial sequence number that the new connection must have
   */
  #takeOver(record: number, tcb: Tcb): number {
    const host = this.#host
    const sequence = this.nextSequence(record)
    tcb.tsRecent = this.table.tsRecent(record)
    tcb.tsRecentAt = this.table.tsRecentAt(record)
    host.trace?.note(host.now, this.table.conn(record), Note.TIME_WAIT_REUSED, tcb.id)
    host.counts.tcp.TWRecycled++
    this.removeTimeWait(record)
    return sequence
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

// One of each, filled in over and over: entering TIME-WAIT must not allocate.
const fields: Writable<TimeWaitFields> = {
  remote: { w0: 0, w1: 0, w2: 0, w3: 0 },
  remotePort: 0,
  local: 0,
  localPort: 0,
  conn: 0,
  sndNxt: 0,
  rcvNxt: 0,
  windowField: 0,
  windowScale: 0,
  timestamps: false,
  tsRecent: 0,
  tsRecentAt: 0,
  reuseAddress: false,
  reusePort: false,
  v6only: false,
  autobound: false,
}
// Of a TIME-WAIT the user is forgotten.
const claim: Writable<PortClaim> = { reuseAddress: false, reusePort: false, exclusive: false, v6only: false, uid: -1 }
