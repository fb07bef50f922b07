import type { Address } from '../../wire/index.ts'
import type { PacketSpec, PortPair } from '../language/ast.ts'
import type { RunConfig } from './config.ts'
import { Flow } from './flow.ts'
import type { LivePacket } from './live-packet.ts'
import { Mismatch } from './outcome.ts'

/** Ports of remote ends that the script does not name. */
const REMOTE_PORT_FIRST = 53_055

/** The connections of a script, and which of them its packets are about. */
export class Flows {
  readonly #config: RunConfig
  readonly #all: Flow[] = []
  /** Packets of connections that the script has not met. */
  readonly #strays: LivePacket[] = []
  /** The connection under test: that of packets without ports. */
  #current: Flow | null = null
  /** The connection that a packet from other ports began last, beside the one under test. */
  #elsewhere: Flow | null = null
  /** The port on which the next inbound packet makes a connection. */
  #listening: number | null = null
  /** The key that the script set last (TCP_MD5SIG). */
  signatureKey: Uint8Array | null = null
  #nextPort = REMOTE_PORT_FIRST

  constructor(config: RunConfig) {
    this.#config = config
  }

  /** The connection under test; null before there is one. */
  get current(): Flow | null {
    return this.#current
  }

  /** A socket listens, or (UDP) is bound: the next inbound packet begins a new connection. */
  listen(port: number): void {
    this.#listening = port
  }

  /**
   * A socket connects.
   * @param begins false: the call may only have asked about a connection that began before
   */
  connect(local: Address, localPort: number, remote: Address, remotePort: number, begins: boolean): void {
    const known = this.#all.findLast(
      (flow) => flow.localPort === localPort && flow.remotePort === remotePort && flow.remote.equals(remote),
    )
    if (known !== undefined && !begins) {
      this.#current = known
      return
    }
    const flow = new Flow({ local: 0, remote: 0 }, local, localPort, remote, remotePort)
    flow.isActive = true
    this.#add(flow)
    this.#listening = null
    // The SYN left during the call; where the same ends had a connection before, it was taken for a packet of that.
    const syn = known?.queue.at(-1)
    if (known === undefined || syn === undefined || syn.tcp?.syn !== true) return
    known.queue.pop()
    flow.take(syn)
  }

  #add(flow: Flow): void {
    flow.echoScaled = this.#config.timestampEchoScaled
    this.#all.push(flow)
    this.#current = flow
    for (const packet of this.#strays.filter((stray) => flow.owns(stray))) {
      this.#strays.splice(this.#strays.indexOf(packet), 1)
      flow.take(packet)
    }
  }

  /** The stack has sent a packet. */
  take(packet: LivePacket): void {
    const { icmp } = packet
    const owner =
      icmp === null
        ? this.#all.findLast((flow) => flow.owns(packet))
        : (this.#all.findLast((flow) => flow.remotePort === icmp.quote?.sourcePort) ?? this.#current)
    if (owner === undefined || owner === null) this.#strays.push(packet)
    else if (icmp === null) owner.take(packet)
    else owner.queue.push(packet)
  }

  /** The connection that an inbound packet is for; a new one behind listen(), or for ports that nobody had. */
  inbound({ body }: PacketSpec): Flow {
    const ports = body.kind === 'icmp' ? null : body.ports
    if (this.#listening === null) {
      const flow = this.#find(ports, 'in') ?? this.#newPassive(ports)
      this.#markReopened(flow, body)
      return begun(flow, body)
    }
    const flow = ports === null ? undefined : this.#find(ports, 'in')
    return begun(flow ?? this.#newPassive(ports), body)
  }

  #markReopened(flow: Flow, body: PacketSpec['body']): void {
    if (body.kind === 'tcp' && body.flags.includes('S') && !body.flags.includes('.')) flow.reopened = true
  }

  #newPassive(ports: PortPair | null): Flow {
    const { localIp, remoteIp, bindPort } = this.#config
    const remotePort = ports?.source ?? this.#nextPort++
    const localPort = this.#listening ?? (ports?.destination || bindPort)
    const script = { local: ports?.destination ?? 0, remote: ports?.source ?? 0 }
    const flow = new Flow(script, localIp, localPort, remoteIp, remotePort)
    const before = this.#current
    this.#add(flow)
    // A packet that no listener is known to wait for does not change which connection is under test until an answer to it is expected.
    this.#elsewhere = this.#listening === null && before !== null ? flow : null
    if (this.#elsewhere !== null) this.#current = before
    this.#listening = null
    return flow
  }

  /**
   * The connection of an expected packet.
   * @throws {Mismatch} when the script has none
   */
  outbound({ body }: PacketSpec): Flow {
    const answers = body.kind === 'tcp' && body.ports === null && body.flags.includes('S') && body.flags.includes('.')
    if (answers && this.#elsewhere?.queue[0]?.tcp?.syn === true) this.#current = this.#elsewhere
    const flow = this.#find(body.kind === 'icmp' ? null : body.ports, 'out')
    if (flow === undefined) throw new Mismatch('no connection yet: nothing has connected, and no packet has come in')
    return flow
  }

  #find(ports: PortPair | null, direction: 'in' | 'out'): Flow | undefined {
    if (ports === null) return this.#current ?? undefined
    const local = direction === 'in' ? ports.destination : ports.source
    const remote = direction === 'in' ? ports.source : ports.destination
    const flow = this.#all.findLast((one) => {
      const named = one.script.local !== 0 || one.script.remote !== 0
      return named
        ? one.script.local === local && one.script.remote === remote
        : one.localPort === local && one.remotePort === remote
    })
    if (flow !== undefined) this.#current = flow
    return flow
  }
}

/** The remote end's numbers count from its SYN; where the stack's own SYN came first, from what answers that, as packetdrill does it. */
function begun(flow: Flow, body: PacketSpec['body']): Flow {
  const begins = body.kind === 'tcp' && body.flags.includes('S') && (!flow.isActive || body.flags.includes('.'))
  if (begins) flow.begin(body.seq)
  return flow
}
