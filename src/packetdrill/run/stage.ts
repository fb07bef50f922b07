import type { Micros } from '../../base/index.ts'
import { buildLadder, printLadder } from '../../inspect/index.ts'
import {
  Address,
  dropConnection,
  Host,
  Jiffies,
  type Link,
  type PersonalityName,
  type Process,
  type TcpSocket,
} from '../../stack/index.ts'
import { Recorder } from '../../trace/index.ts'
import type { RunConfig } from './config.ts'
import { Flows } from './flows.ts'
import { readLivePacket } from './live-packet.ts'

const SEED = 1
/** The host has been up for a while: nothing may hang on the moments after its start. */
const UPTIME_US: Micros = 1_000_000_000
/** What an event takes on a real machine, about: so an answer at `+0` comes after what it answers. */
const EVENT_US = 10
/** So many timers without an end in sight: the host does not come to rest. */
const TIMERS_MAX = 200_000
const LADDER_EVENTS = 2000

/** A call that waits beside the script. */
export interface Waiting {
  /** When it is to be asked again though nothing has happened. */
  readonly deadline: Micros
  /** When the script says that it returns, in its own time; 0: the script does not say that it waits. */
  readonly end: Micros
  /** Tries again; false while it still waits. */
  resume(): boolean
}

/** The host under test, the wire to the script, and the clock. */
export class Stage {
  readonly host: Host
  readonly process: Process
  readonly flows: Flows
  waiting: Waiting | null = null
  readonly #recorder = new Recorder({ limit: 1 << 16, wrap: true })
  readonly #interface: number
  #now: Micros = UPTIME_US
  #resuming = false

  constructor(config: RunConfig, personality: PersonalityName) {
    this.flows = new Flows(config)
    const trace = this.#recorder.forHost(0)
    const jiffies = config.jiffiesUs === null ? undefined : new Jiffies(config.jiffiesUs - UPTIME_US)
    this.host = new Host({ name: personality, personality, seed: SEED, trace, jiffies })
    const link: Link = {
      mtu: config.mtu,
      transmit: (buf, start, length) => {
        this.flows.take(readLivePacket(buf.slice(start, start + length), this.host.now))
        return true
      },
    }
    const prefix = config.localIp.v4 ? 16 : 48
    const { index } = this.host.addInterface({
      name: 'tun0',
      link,
      addresses: [`${config.localIp.toString()}/${prefix}`],
    })
    this.#interface = index
    this.host.addRoute(config.localIp.v4 ? '0.0.0.0/0' : '::/0', 'tun0')
    this.process = this.host.spawn('script')
    this.host.advance(UPTIME_US)
  }

  get now(): Micros {
    return this.#now
  }

  /** The port of a socket's peer; undefined while it has none. */
  remotePortOf(fd: number): number | undefined {
    const file = this.process.file(fd)
    return file?.protocol === 'tcp' ? (file as TcpSocket).tcb?.remotePort : undefined
  }

  /** Aborts a connection by its ends, as `tcpdrop` does; false when there is none. */
  drop(local: string, localPort: number, remote: string, remotePort: number): boolean {
    const [here, there] = [Address.parse(local)?.unmapped(), Address.parse(remote)?.unmapped()]
    if (here === undefined || there === undefined) return false
    const dropped = dropConnection(this.host, here, localPort, there, remotePort)
    this.#progress()
    return dropped
  }

  /** A packet arrives. */
  inject(packet: Uint8Array): void {
    this.host.input(this.#now, this.#interface, packet, 0, packet.length)
    this.#progress()
  }

  /**
   * Lets the time pass that an event takes. A fast machine plays thousands of events at one absolute time within the tolerance: while
   * the clock is far behind the script, events take less and in the end nothing.
   *
   * @param behindUs how far the clock is behind the script
   * @param toleranceUs how far it may be
   */
  tick(behindUs: Micros, toleranceUs: Micros): void {
    const hurried = behindUs < toleranceUs * 0.9 ? 1 : 0
    this.advance(this.#now + (behindUs < toleranceUs / 2 ? EVENT_US : hurried))
  }

  /** Runs the host until that time, or until `done`. True when `done` came true. */
  advance(to: Micros, done: () => boolean = () => false): boolean {
    this.#progress()
    for (let timers = 0; !done(); timers++) {
      const next = Math.min(this.host.nextDeadline(), this.waiting?.deadline ?? Number.POSITIVE_INFINITY)
      if (next > to || next === Number.POSITIVE_INFINITY || timers > TIMERS_MAX) {
        if (to !== Number.POSITIVE_INFINITY) this.#setTime(to)
        return done()
      }
      this.#setTime(next)
    }
    return true
  }

  #setTime(time: Micros): void {
    this.#now = Math.max(this.#now, time)
    this.host.advance(this.#now)
    this.#progress()
  }

  /** The call that waits sees whether it can go on; it may send, and so come here again. */
  #progress(): void {
    const { waiting } = this
    if (waiting === null || this.#resuming) return
    this.#resuming = true
    try {
      if (waiting.resume()) this.waiting = null
    } finally {
      this.#resuming = false
    }
  }

  /** The sequence diagram of what has happened, in times from `zero` on. */
  ladder(width: number, zero: Micros): string {
    const from = Math.max(this.#recorder.first, this.#recorder.total - LADDER_EVENTS)
    const events = this.#recorder.toArray(from).map((event) => ({
      ...event,
      time: event.time - zero,
      // All calls are the script's.
      ...(event.kind === 'call' && { process: '' }),
    }))
    return printLadder(buildLadder(events, { hosts: [this.host.name, 'script'], lanes: [0, 1] }), { width })
  }
}
