/**
 * One TCP machine on a bench: segments go in and come out in packetdrill's notation, sequence numbers relative to both ISNs,
 * time is virtual. `inState` drives a connection to a state the honest way, by calls and segments.
 */
import { type Micros, Prng, type Seq, scratch, TimingWheel } from '../../src/base/index.ts'
import { personalities } from '../../src/stack/index.ts'
import {
  acceptChild,
  type CachedCookie,
  closeCall,
  type Departures,
  defaultOptions,
  type FastOpenMemory,
  type LearnedPaths,
  noDoubts,
  noPathMetrics,
  onTimer,
  openActive,
  openPassive,
  type PathMetrics,
  receivable,
  receiveCall,
  State,
  segmentArrives,
  sendCall,
  shutdownSend,
  Tcb,
  type TcbOwner,
  type TcpConfig,
  TcpCounters,
  type TcpHost,
  type TcpPolicy,
  type TraceSink,
} from '../../src/tcp/index.ts'
import { Address, ANY4, Ctl, IpHeader, parseTcp, TcpSegment } from '../../src/wire/index.ts'

export interface MachineOptions {
  readonly system?: 'linux' | 'rfc9293' | 'freebsd'
  readonly config?: Partial<TcpConfig>
  readonly policy?: Partial<TcpPolicy>
  readonly iss?: Seq
  readonly peerIss?: Seq
  readonly trace?: TraceSink
}

const SYSTEMS = personalities
const LOCAL = Address.v4(0x0a000001)
const REMOTE = Address.v4(0x0a000002)
const LOCAL_PORT = 80
const REMOTE_PORT = 40_000

export class Machine implements TcpHost, TcbOwner {
  now: Micros = 1_000_000
  readonly config: TcpConfig
  readonly policy: TcpPolicy
  readonly wheel: TimingWheel<Tcb>
  readonly trace: TraceSink | null
  readonly jiffies = null
  readonly random: Prng = new Prng(1)
  readonly counters: TcpCounters = new TcpCounters()
  orphans = 0
  /** What left since it was last looked at, oldest first. */
  readonly out: string[] = []
  /** When each of `out` left, µs since the machine was made. */
  readonly outAt: Micros[] = []
  readonly registered = new Set<Tcb>()
  /** Looks at each segment that leaves. */
  observe: (segment: TcpSegment) => void = () => undefined
  /** A SYN is described with its own number: the number is what the test is about. */
  seqAbsolute = false
  readonly timeWaits: { tcb: Tcb; durationUs: Micros }[] = []
  readiness = 0
  tcb: Tcb
  listener: Tcb | null = null
  readonly iss: Seq
  readonly peerIss: Seq
  #connections = 0
  readonly #segment = new TcpSegment()

  constructor(options: MachineOptions = {}) {
    const system = SYSTEMS[options.system ?? 'linux']
    this.config = { ...system.config, ...options.config }
    this.policy = { ...system.tcp, ...options.policy }
    this.iss = options.iss ?? 0
    this.peerIss = options.peerIss ?? 0
    this.trace = options.trace ?? null
    this.wheel = new TimingWheel<Tcb>(this.now, (tcb, slot, now) => {
      this.now = now
      onTimer(tcb, slot)
    })
    this.tcb = new Tcb(this, defaultOptions(this), LOCAL, LOCAL_PORT, REMOTE, REMOTE_PORT)
    this.tcb.owner = this
  }

  // What the machine asks of its host.

  nextConnectionId(): number {
    return ++this.#connections
  }
  initialSequence(): Seq {
    return this.iss | 0
  }
  cookieHash(...[, localPort, , remotePort, first, second]: Parameters<TcpHost['cookieHash']>): number {
    return localPort * 7919 + remotePort * 104_729 + first * 1_299_709 + second * 15_485_863
  }
  optionsOfPacket(): void {
    // No test here asks for it.
  }
  heirOf(): null {
    return null
  }
  isOwn(): boolean {
    return false
  }
  readonly cookies = new Map<string, CachedCookie>()
  readonly fastOpen: FastOpenMemory = {
    doubts: noDoubts(),
    cookieOf: ({ remote }) => this.cookies.get(remote.toString()),
    keep: ({ remote }, cookie) => void this.cookies.set(remote.toString(), cookie),
    failedAt: () => Number.NEGATIVE_INFINITY,
    failed: ({ remote }) => void this.cookies.delete(remote.toString()),
    makeFor: () => [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)],
    isBrought: (cookie, given) => cookie.join() === given.join(),
    underKey: (_key, cookie) => cookie,
  }
  timestampOffset(): number {
    return 0
  }
  pathMtu(): number {
    return 1500
  }
  routeMetrics(): null {
    return null
  }
  // It has one peer.
  private learned: PathMetrics | null = null
  readonly learnedPaths: LearnedPaths = {
    of: (_tcb, create) => {
      if (create) this.learned ??= noPathMetrics(this.now)
      return this.learned
    },
  }
  readonly doubted: Address[] = []
  doubtPath(tcb: Tcb): void {
    this.doubted.push(tcb.remote)
  }
  challengeAllowed(): boolean {
    return true
  }
  ackAfterBatch(): boolean {
    return false
  }
  hasListener(): boolean {
    return this.listener !== null
  }
  register(tcb: Tcb): void {
    this.registered.add(tcb)
  }
  unregister(tcb: Tcb): void {
    this.registered.delete(tcb)
  }
  get timeWait(): { readonly hasRoom: boolean } {
    return { hasRoom: this.timeWaits.length < this.config.timeWaitMax }
  }
  enterTimeWait(tcb: Tcb, durationUs: Micros): boolean {
    if (!tcb.light && !this.timeWait.hasRoom) return false
    this.timeWaits.push({ tcb, durationUs })
    return true
  }
  readonly departures: Departures = {
    transmit: (_tcb, start, length) => this.#left(start, length),
    transmitReply: (_ip, start, length) => this.#left(start, length),
    transmitReplyOf: (_speaker, _ip, start, length) => this.#left(start, length),
    takesFields: () => false,
    handOver: () => {
      throw new Error('this link takes octets')
    },
    takesBursts: () => false,
    linkIsFull: () => false,
  }
  ready(): void {
    this.readiness++
  }

  bears(): void {
    // Its connections have the options that it had when they began.
  }

  #left(start: number, length: number): void {
    const drop = parseTcp(scratch.bytes, start, length, 0, this.#segment, false)
    if (drop !== 0) throw new Error(`the machine sent a malformed segment (${drop})`)
    this.observe(this.#segment)
    this.out.push(this.#describe(this.#segment))
    this.outAt.push(this.now)
  }

  #describe(s: TcpSegment): string {
    const syn = (s.ctl & Ctl.SYN) !== 0
    const reset = (s.ctl & Ctl.RST) !== 0
    const seq =
      (syn && !this.seqAbsolute) || (reset && (s.ctl & Ctl.ACK) === 0 && s.seq === 0) ? 0 : (s.seq - this.iss) | 0
    const parts = [`${flags(s.ctl)} ${seq}:${seq + s.dataLength}(${s.dataLength})`]
    if ((s.ctl & Ctl.ACK) !== 0) parts.push(`ack ${(s.ack - this.peerIss) | 0}`)
    if ((s.ctl & Ctl.URG) !== 0) parts.push(`urg ${s.up}`)
    if (s.sackCount > 0) {
      const block = (i: number) =>
        `${((s.sackLeft[i] ?? 0) - this.peerIss) | 0}:${((s.sackRight[i] ?? 0) - this.peerIss) | 0}`
      parts.push(`sack ${Array.from({ length: s.sackCount }, (_, i) => block(i)).join(' ')}`)
    }
    return parts.join(' ')
  }

  // What a test does.

  /** What left since the last look. */
  sent(): string[] {
    this.outAt.length = 0
    return this.out.splice(0)
  }

  /** A segment from the peer: `F. 1:1(0) ack 1 win 1000 <ts 5 ecr 1>`; to the listener when there is one and it is a SYN. */
  arrives(text: string): string[] {
    const segment = this.parse(text)
    const ip = new IpHeader()
    ip.version = 4
    ip.s2 = ip.d2 = REMOTE.w2
    ip.s3 = REMOTE.w3
    ip.d3 = LOCAL.w3
    const target = this.listener !== null && this.tcb.state === State.CLOSED ? this.listener : this.tcb
    segmentArrives(target, segment, ip)
    if (target === this.listener) this.#takeChild()
    return this.sent()
  }

  #takeChild(): void {
    const [child] = this.listener?.listen?.embryonic ?? []
    if (child !== undefined) this.tcb = child
  }

  parse(text: string): TcpSegment {
    const m =
      /^(\S+) (-?\d+):(-?\d+)\((\d+)\)(?: ack (-?\d+))?(?: win (\d+))?(?: urg (\d+))?(?: <(.*)>)?$/.exec(text) ??
      fail(`no segment: ${text}`)
    const s = new TcpSegment()
    s.sourcePort = REMOTE_PORT
    s.destinationPort = LOCAL_PORT
    s.ctl = ctlOf(m[1] as string)
    s.seq = (Number(m[2]) + this.peerIss) | 0
    s.dataLength = Number(m[4])
    s.buf = Uint8Array.from({ length: s.dataLength }, (_, i) => (Number(m[2]) + i) & 255)
    if (m[5] !== undefined) {
      s.ctl |= Ctl.ACK
      s.ack = (Number(m[5]) + this.iss) | 0
    }
    s.wnd = Number(m[6] ?? 65_535)
    if (m[7] !== undefined) {
      s.ctl |= Ctl.URG
      s.up = Number(m[7])
    }
    for (const option of (m[8] ?? '').split(',')) takeOption(s, option.trim().split(' '), this.iss)
    return s
  }

  /** Lets time pass, timers included. */
  wait(us: Micros): string[] {
    const until = this.now + us
    this.wheel.advance(until)
    this.now = until
    return this.sent()
  }

  send(octets: number): number {
    return sendCall(this.tcb, new Uint8Array(octets), 0, octets, 0)
  }
  read(octets = 65_536): number {
    return receiveCall(this.tcb, new Uint8Array(octets), 0, octets, false)
  }
  get readable(): number {
    return receivable(this.tcb)
  }
  close(linger = -1): string[] {
    closeCall(this.tcb, linger)
    return this.sent()
  }
  shutdown(): string[] {
    shutdownSend(this.tcb)
    return this.sent()
  }
}

/** Options that the peer's SYN carries when nothing else is asked for. */
const PLAIN = '<mss 1460>'

/** Drives a connection to `state` and forgets what was sent on the way. LISTEN and CLOSED have no peer yet. */
export function inState(state: State, options: MachineOptions & { synOptions?: string } = {}): Machine {
  const m = new Machine(options)
  PATHS[state](m, options.synOptions ?? PLAIN)
  if (m.tcb.state !== state) throw new Error(`asked for state ${state}, arrived in ${m.tcb.state}`)
  m.sent()
  return m
}

const establish = (m: Machine, syn: string): void => {
  openActive(m.tcb)
  m.arrives(`S. 0:0(0) ack 1 win 65535 ${syn}`)
}

const PATHS: Record<State, (m: Machine, syn: string) => void> = {
  [State.CLOSED]: () => undefined,
  [State.LISTEN]: (m) => openPassive(m.tcb, 5),
  [State.SYN_SENT]: (m) => openActive(m.tcb),
  [State.SYN_RECEIVED]: (m, syn) => {
    listen(m)
    m.arrives(`S 0:0(0) win 65535 ${syn}`)
  },
  [State.ESTABLISHED]: establish,
  [State.FIN_WAIT_1]: (m, syn) => {
    establish(m, syn)
    m.shutdown()
  },
  [State.FIN_WAIT_2]: (m, syn) => {
    establish(m, syn)
    m.shutdown()
    m.arrives('. 1:1(0) ack 2')
  },
  [State.CLOSE_WAIT]: (m, syn) => {
    establish(m, syn)
    m.arrives('F. 1:1(0) ack 1')
  },
  [State.CLOSING]: (m, syn) => {
    establish(m, syn)
    m.shutdown()
    m.arrives('F. 1:1(0) ack 1')
  },
  [State.LAST_ACK]: (m, syn) => {
    establish(m, syn)
    m.arrives('F. 1:1(0) ack 1')
    m.shutdown()
  },
  [State.TIME_WAIT]: (m, syn) => {
    establish(m, syn)
    m.shutdown()
    m.arrives('F. 1:1(0) ack 2')
  },
}

/** A listener beside the bench's connection, which is then the child that a SYN makes. */
export function listen(m: Machine, backlog = 5): void {
  const listener = new Tcb(m, defaultOptions(m), LOCAL, LOCAL_PORT, ANY4, 0)
  openPassive(listener, backlog)
  m.listener = listener
}

/** accept() on that listener: the child becomes the bench's connection. */
export function accept(m: Machine): boolean {
  const child = m.listener === null ? null : acceptChild(m.listener)
  if (child === null) return false
  child.owner = m
  m.tcb = child
  return true
}

function flags(ctl: number): string {
  const letters = [
    [Ctl.FIN, 'F'],
    [Ctl.SYN, 'S'],
    [Ctl.RST, 'R'],
    [Ctl.PSH, 'P'],
    [Ctl.ACK, '.'],
    [Ctl.URG, 'U'],
  ] as const
  return letters
    .filter(([bit]) => (ctl & bit) !== 0)
    .map(([, letter]) => letter)
    .join('')
}

function ctlOf(text: string): number {
  const bits: Record<string, number> = { F: 1, S: 2, R: 4, P: 8, '.': 16, U: 32, '-': 0 }
  let ctl = 0
  for (const letter of text) ctl |= bits[letter] ?? fail(`no flag: ${letter}`)
  return ctl
}

function takeOption(s: TcpSegment, words: string[], iss: Seq): void {
  switch (words[0]) {
    case '':
    case 'nop':
      return
    case 'mss':
      s.mss = Number(words[1])
      return
    case 'wscale':
      s.wscale = Number(words[1])
      return
    case 'sackOK':
      s.sackPermitted = true
      return
    case 'sack':
      for (const block of words.slice(1)) {
        const [left, right] = block.split(':').map(Number)
        s.sackLeft[s.sackCount] = ((left ?? 0) + iss) | 0
        s.sackRight[s.sackCount++] = ((right ?? 0) + iss) | 0
      }
      return
    case 'TS':
      s.timestamps = true
      s.tsVal = Number(words[2]) | 0
      s.tsEcr = Number(words[4]) | 0
      return
    default:
      fail(`no option: ${words.join(' ')}`)
  }
}

function fail(message: string): never {
  throw new Error(message)
}
