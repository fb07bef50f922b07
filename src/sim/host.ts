import { errnoName, formatDuration, type Micros, type Seq } from '../base/index.ts'
import type { SocketRow } from '../inspect/index.ts'
import {
  formatAddress,
  Level,
  newSocketName,
  type Personality,
  type Process,
  restartNetwork,
  So,
  type Socket,
  type SocketProcess,
  State,
  type TcpSocket,
} from '../stack/index.ts'
import type { FaultEvent } from '../trace/index.ts'
import { type Address, buildTcpPacket, Ctl } from '../wire/index.ts'
import { WorldError } from './errors.ts'
import { WORLD_LAWS, type WorldLaws } from './laws.ts'
import type { BoxMedium } from './network/box.ts'
import type { LinkEnd } from './network/link.ts'
import { type Packet, readHeaders, type Station } from './network/packet.ts'
import { Program, type ProgramBody } from './program.ts'
import { ROOT, socketRows, type Viewer } from './rows.ts'
import { WorldStack } from './stack.ts'
import { WorldTrace } from './trace.ts'

/** A sysctl that the host's system does not have, or a value that it does not take. */
export class SysctlError extends RangeError {
  override readonly name: string = 'SysctlError'
}

/** How a host of a world is made, once its system is at hand. */
export interface BareHostOptions {
  /** Its system. */
  readonly personality: Personality
  /** IPv4 and IPv6 addresses; a prefix length may follow, 24 and 64 are assumed. Default: the next of 10.0.0.0/24. */
  readonly addresses?: readonly string[]
  /** Sysctls under the system's own names, written before anything happens, and again after each boot. */
  readonly sysctl?: Readonly<Record<string, string>>
  /** Every connection begins with this sequence number: for tests of the wrap. */
  readonly initialSequence?: Seq
  /** Laws that are broken here. */
  readonly laws?: Partial<WorldLaws>
}

/** How a program is started. */
export interface RunOptions {
  /** Default 0, root. */
  readonly uid?: number
  /** Most descriptors it may have (RLIMIT_NOFILE). */
  readonly nofile?: number
  /** True: it is a kernel thread; its sockets have no descriptor that anyone could find. Its name stands in brackets. */
  readonly kernel?: boolean
}

/** A connection as a host that comes back would remember it, if hosts did. */
interface Memory {
  readonly local: Address
  readonly remote: Address
  readonly localPort: number
  readonly remotePort: number
  readonly seq: Seq
  readonly ack: Seq
}

/** A host of a world: a real stack, the programs on it, and what may befall it. */
export class SimHost implements Station {
  readonly name: string
  readonly index: number
  readonly kind = 'host'
  readonly personality: Personality
  readonly addresses: readonly string[]
  /** The stack: after a crash and a boot it is another. */
  stack: WorldStack
  trace: WorldTrace
  private readonly medium: BoxMedium
  private readonly options: BareHostOptions
  private readonly laws: WorldLaws
  private readonly written = new Map<string, string>()
  private readonly ends: LinkEnd[] = []
  private readonly programs = new Map<SocketProcess, Program>()
  private readonly kernelProcesses = new Set<Process>()
  private readonly memories = new Map<string, Memory>()
  /** Connections of earlier boots. */
  private connections = 0
  private boots = 0
  private down = false

  /** Made by `World.host`. */
  constructor(medium: BoxMedium, name: string, index: number, options: BareHostOptions) {
    this.medium = medium
    this.name = name
    this.index = index
    this.options = options
    this.personality = options.personality
    this.laws = { ...WORLD_LAWS, ...options.laws }
    this.addresses = (options.addresses ?? []).map((address) => address.replace(/\/.*/, ''))
    for (const [sysctl, value] of Object.entries(options.sysctl ?? {})) this.written.set(sysctl, value)
    this.trace = new WorldTrace(medium.recorder, index, 0)
    this.stack = this.makeStack()
  }

  // ---- as the world sees it

  get now(): Micros {
    return this.medium.now
  }

  nextDeadline(): Micros {
    return this.down ? Number.POSITIVE_INFINITY : this.stack.nextDeadline()
  }

  advance(now: Micros): void {
    this.stack.advance(now)
  }

  receive(port: number, packet: Packet): void {
    if (this.down) {
      this.medium.fault(this, packet, 'drop', `${this.name} is down`)
      return
    }
    if (!this.laws.returningHostIsSilent) this.remember(packet)
    const { recorder } = this.medium
    recorder.arriving = packet.number
    this.stack.input(this.now, port + 1, packet.bytes, 0, packet.bytes.length)
    recorder.arriving = 0
  }

  /** @internal Takes its end of a link that was laid. */
  plug(end: LinkEnd): void {
    this.ends.push(end)
    this.addInterface(end, this.ends.length - 1)
  }

  /** @internal Plans something for a program. */
  plan(time: Micros, run: () => void): void {
    this.medium.plan(time, run)
  }

  /** @internal What the world throws when a program ended with an error of its own. */
  broken(program: Program, error: unknown): Error {
    const message = error instanceof Error ? error.message : String(error)
    const when = formatDuration(this.now)
    return new WorldError(`program "${program.name}" on ${this.name} broke at ${when}: ${message}`, { cause: error })
  }

  /** True from a crash to the next boot. */
  get isDown(): boolean {
    return this.down
  }

  // ---- programs

  /** Starts a program; it takes its first step in the world's next one. */
  run(name: string, body: ProgramBody, options: RunOptions = {}): Program {
    this.stack.advance(this.now)
    const process = this.stack.spawn(name, { uid: options.uid, nofile: options.nofile })
    if (options.kernel === true) this.kernelProcesses.add(process)
    return this.adopt(process, body)
  }

  /** @internal Gives a process of the stack something to do. */
  adopt(process: Process, body: ProgramBody): Program {
    const program = new Program(this, process, body)
    this.programs.set(process, program)
    program.start(() => body(program))
    return program
  }

  /** The program of that process id that lives here; undefined: there is none. */
  programOf(pid: number): Program | undefined {
    return [...this.programs.values()].find((program) => program.pid === pid && program.alive)
  }

  /** Kills a program (SIGKILL). */
  kill(program: Program): void {
    this.fault('crash', `${program.name} (${program.pid}) is killed`)
    this.end(program, (process) => process.kill())
  }

  /** Kills whoever has that TCP port open: `fuser -k PORT/tcp`. Returns whom. */
  fuserKill(port: number): readonly Program[] {
    this.fault('crash', `fuser -k ${port}/tcp`)
    const holds = (process: Process): boolean => process.descriptors.some((fd) => this.portOf(process, fd) === port)
    const killed = [...this.programs.values()].filter((program) => program.alive && holds(program.process))
    for (const program of killed) {
      if (this.laws.killTakesWholeProcess) this.end(program, (process) => process.kill())
      else this.destroyHanging(program.process)
    }
    return killed
  }

  /** Stops a program where it is (SIGSTOP), as a debugger or a hanging disk does: what is sent to it waits. */
  freeze(program: Program): void {
    this.fault('freeze', `${program.name} (${program.pid}) is frozen`)
    program.freeze()
  }

  /** Lets a frozen program go on (SIGCONT). */
  thaw(program: Program): void {
    this.fault('restart', `${program.name} (${program.pid}) goes on`)
    program.thaw()
  }

  /** Restarts a program as a service manager does: kills it and starts it anew. */
  restart(program: Program): Program {
    const { name, body, process } = program
    this.fault('restart', `${name} is restarted`)
    const kernel = this.kernelProcesses.has(process)
    this.end(program, () => process.kill())
    return this.run(name, body, { uid: process.uid, nofile: process.nofile, kernel })
  }

  /** @internal Ends a program, and by the law its sockets with it. */
  end(program: Program, how: (process: Process) => void): void {
    if (!program.alive) return
    this.stack.advance(this.now)
    this.programs.delete(program.process)
    program.stop()
    if (this.laws.exitClosesDescriptors) how(program.process)
  }

  /** A program's connection, told of by the trace and the tables. */
  connectionOf(program: Program, fd: number): number {
    return program.process.file(fd)?.conn ?? 0
  }

  /** Tells the trace that a program, or the host, is there again. If hosts had memories, it would now reset what it had. */
  returns(what: string): void {
    this.fault('restart', `${what} is back`)
    if (this.laws.returningHostIsSilent) return
    for (const { local, localPort, remote, remotePort, seq, ack } of this.memories.values()) {
      const ends = { source: local, sourcePort: localPort, destination: remote, destinationPort: remotePort }
      const bytes = buildTcpPacket({ ...ends, seq, ack, ctl: Ctl.RST | Ctl.ACK })
      this.ends[0]?.transmit(bytes, 0, bytes.length)
    }
    this.memories.clear()
  }

  // ---- what befalls the host

  /** The power fails: every program and connection is gone, and not a packet tells of it. */
  crash(): void {
    this.fault('crash', `${this.name} loses power`)
    this.down = true
    this.programs.clear()
    this.kernelProcesses.clear()
    this.stack.crash()
  }

  /** The host is switched on again: another stack on the same links, which knows nothing of what was before. */
  boot(): void {
    this.fault('restart', `${this.name} is up again`)
    this.connections += this.stack.nextConnectionId()
    this.boots++
    this.down = false
    this.trace = new WorldTrace(this.medium.recorder, this.index, this.connections)
    this.stack = this.makeStack()
    this.ends.forEach((end, port) => {
      this.addInterface(end, port)
    })
  }

  /** `/etc/init.d/networking restart`: every interface goes down, loses its addresses, and comes up again. */
  restartNetwork(): void {
    this.fault('restart', 'the network is restarted')
    this.stack.advance(this.now)
    restartNetwork(this.stack)
    if (!this.laws.networkRestartKeepsTimeWait) this.stack.timeWait.expire(Number.POSITIVE_INFINITY)
  }

  // ---- what can be asked and set

  /** A sysctl as the system prints it; empty for an unknown name. */
  sysctl(name: string): string {
    return this.stack.sysctl.get(name) ?? ''
  }

  /**
   * Writes a sysctl, under the system's own name.
   *
   * @throws {SysctlError} naming the sysctl or the value, and what was expected.
   */
  setSysctl(name: string, value: string): void {
    const error = this.stack.sysctl.set(name, value)
    if (error !== null) throw new SysctlError(error.message)
    this.written.set(name, value)
  }

  /** Writes a sysctl if it takes that value. */
  trySysctl(name: string, value: string): boolean {
    if (this.stack.sysctl.set(name, value) !== null) return false
    this.written.set(name, value)
    return true
  }

  /** The names of all its sysctls. */
  sysctlNames(): readonly string[] {
    return this.stack.sysctl.list().map((entry) => entry.name)
  }

  /** The socket table as a viewer sees it; root by default. */
  rows(viewer: Viewer = ROOT): readonly SocketRow[] {
    this.stack.advance(this.now)
    return socketRows(
      {
        stack: this.stack,
        kernel: this.kernelProcesses,
        connections: this.connections,
        ownersHaveDescriptors: this.laws.ownersHaveDescriptors,
      },
      viewer,
    )
  }

  /** The name of an errno in this system's numbers: `EADDRINUSE` for −98 on Linux, −48 on macOS. */
  errnoName(result: number): string {
    return result < 0 ? errnoName(result, this.personality.errno) : ''
  }

  /** The address of a host of this world, by its name; a text that is no name is an address. */
  resolve(nameOrAddress: string): string {
    return this.medium.addressOf(nameOrAddress) ?? nameOrAddress
  }

  /** @internal Whether everything sent on a descriptor, its FIN included, has been acknowledged; to be asked after it is closed. */
  watchFin(process: Process, fd: number): () => boolean {
    const tcb = (process.file(fd) as TcpSocket | undefined)?.tcb ?? null
    return () => tcb === null || !LINGERING.has(tcb.state)
  }

  // ---- inside

  private makeStack(): WorldStack {
    const { name, personality, trace } = this
    const seed = Number(this.medium.random.fork(`host ${name} ${this.boots}`).below(0x1_0000_0000))
    const stack = new WorldStack({ name, personality, seed, trace }, this.options.initialSequence ?? null)
    for (const [sysctl, value] of this.written) stack.sysctl.set(sysctl, value)
    stack.advance(this.now)
    stack.onReady = (batch) => {
      for (const socket of batch) this.ready(socket)
    }
    return stack
  }

  /** Addresses stand on the first link; the others lead to their neighbours. */
  private addInterface(end: LinkEnd, port: number): void {
    const addresses = port === 0 ? (this.options.addresses ?? []).map(withPrefix) : []
    this.stack.addInterface({ name: `eth${port}`, link: end, addresses, genericOffload: false })
    this.addRoutesOf(port)
  }

  private addRoutesOf(port: number): void {
    const neighbours = port === 0 ? ['0.0.0.0/0', '::/0'] : (this.ends[port]?.receiver.addresses ?? [])
    for (const net of neighbours) this.stack.addRoute(net, `eth${port}`)
  }

  private ready(socket: Socket): void {
    for (const { process, fd } of [...socket.holders]) this.programs.get(process)?.ready(fd)
    if (!this.laws.endedConnectionKeepsDescriptor && socket.protocol === 'tcp') this.closeIfEnded(socket as TcpSocket)
  }

  private closeIfEnded(socket: TcpSocket): void {
    if (socket.tcb === null || socket.state !== State.CLOSED) return
    this.plan(this.now, () => {
      for (const { process, fd } of [...socket.holders]) process.close(fd)
    })
  }

  /** Ends the connections of a process that are in CLOSE-WAIT, and nothing else. */
  private destroyHanging(process: Process): void {
    for (const fd of process.descriptors) {
      const socket = process.file(fd)
      if (socket?.protocol !== 'tcp' || (socket as TcpSocket).state !== State.CLOSE_WAIT) continue
      process.setsockopt(fd, Level.SOL_SOCKET, So.LINGER, { on: true, seconds: 0 })
      process.close(fd)
    }
  }

  private portOf(process: Process, fd: number): number {
    const name = newSocketName()
    return process.file(fd)?.protocol === 'tcp' && process.file(fd)?.localName(name) === 0 ? name.port : 0
  }

  /** What a host would know of its connections if it remembered them: where the peer stands. */
  private remember(packet: Packet): void {
    const { ip, tcp, isTcp } = readHeaders(packet.bytes)
    if (!isTcp || (tcp.ctl & (Ctl.ACK | Ctl.RST)) !== Ctl.ACK) return
    const local = ip.destination()
    const remote = ip.source()
    const key = `${formatAddress(local, tcp.destinationPort)} ${formatAddress(remote, tcp.sourcePort)}`
    const ports = { localPort: tcp.destinationPort, remotePort: tcp.sourcePort }
    this.memories.set(key, { local, remote, ...ports, seq: tcp.ack, ack: (tcp.seq + tcp.len) | 0 })
  }

  private fault(verdict: FaultEvent['verdict'], reason: string): void {
    this.medium.recorder.fault(this.now, this.index, 0, verdict, reason)
  }
}

/** States in which the peer has not acknowledged everything yet. */
const LINGERING: ReadonlySet<State> = new Set([
  State.ESTABLISHED,
  State.SYN_RECEIVED,
  State.FIN_WAIT_1,
  State.CLOSING,
  State.LAST_ACK,
])

function withPrefix(address: string): string {
  if (address.includes('/')) return address
  return address.includes(':') ? `${address}/64` : `${address}/24`
}
