import type { Micros } from '../../base/index.ts'
import type { Address } from '../../wire/index.ts'
import type { LivePacket } from './live-packet.ts'

/** Ports as the script writes them, seen from the stack; 0: it writes none. */
export interface ScriptPorts {
  readonly local: number
  readonly remote: number
}

/**
 * One connection as the script and the wire know it, and how the numbers of the one become those of the other. Sequence numbers
 * of a SYN are taken as they are; all others count from the initial one.
 */
export class Flow {
  readonly script: ScriptPorts
  readonly local: Address
  readonly localPort: number
  readonly remote: Address
  readonly remotePort: number
  /** Initial sequence numbers; the remote's is the script's own, the stack's is learned from its SYN. */
  scriptRemoteIsn = 0
  liveRemoteIsn = 0
  scriptLocalIsn = 0
  liveLocalIsn = 0
  localIsnKnown = false
  remoteIsnKnown = false
  /** A SYN has come in since the stack's own SYN was seen: a new one may have another number. */
  reopened = false
  /** Outbound timestamp values: what the script calls them → what they were. */
  readonly timestamps: Map<number, number> = new Map<number, number>()
  firstTimestamp: { readonly script: number; readonly live: number; readonly at: Micros } | null = null
  /** The stack's own connect() began it. */
  isActive = false
  /** `--tcp_ts_ecr_scaled`: an echo of a value that the script has not seen is reckoned from the first one. */
  echoScaled = false
  /** What the script calls the flow label, and what it was. Which label it is does not matter; whether it has changed does. */
  flowLabel: { readonly script: number; readonly live: number } | null = null
  /** What the stack sent on it and the script has not yet asked for. */
  readonly queue: LivePacket[] = []
  /** The last packet of the stack, which an ICMP error quotes. */
  last: LivePacket | null = null

  constructor(script: ScriptPorts, local: Address, localPort: number, remote: Address, remotePort: number) {
    this.script = script
    this.local = local
    this.localPort = localPort
    this.remote = remote
    this.remotePort = remotePort
  }

  /** Whether the stack sent a packet on this connection. */
  owns({ source, destination, ports }: LivePacket): boolean {
    return (
      ports !== null &&
      ports.source === this.localPort &&
      ports.destination === this.remotePort &&
      source.equals(this.local) &&
      destination.equals(this.remote)
    )
  }

  /** Takes in what the stack sent. */
  take(packet: LivePacket): void {
    this.queue.push(packet)
    this.last = packet
    const { tcp } = packet
    if (tcp === null || !tcp.syn) return
    if (!this.localIsnKnown || this.reopened) this.liveLocalIsn = tcp.seq
    this.localIsnKnown = true
    this.reopened = false
  }

  /** The live value that an echo of the script names; of one that it never saw, the value as it is written, or reckoned. */
  echoOf(ecr: number): number {
    const { firstTimestamp } = this
    const known = this.timestamps.get(ecr)
    if (known !== undefined || !this.echoScaled || firstTimestamp === null) return known ?? ecr
    return ecr - firstTimestamp.script + firstTimestamp.live
  }

  /** Whether a flow label has changed since the last packet just where the script's has. */
  takeFlowLabel(script: number, live: number): boolean {
    const before = this.flowLabel
    if (script === 0) return true
    this.flowLabel = { script, live }
    return live !== 0 && (before === null || (before.script === script) === (before.live === live))
  }

  /** The remote's first SYN: its number is the script's own, and everything else of its counts from there. */
  begin(seq: number): void {
    if (this.remoteIsnKnown) return
    this.remoteIsnKnown = true
    this.scriptRemoteIsn = seq | 0
    this.liveRemoteIsn = seq | 0
  }

  /** What to add to the script's numbers of the remote's octets, to get those on the wire. */
  remoteOffset(syn: boolean): number {
    return syn ? (this.liveRemoteIsn - this.scriptRemoteIsn) | 0 : this.liveRemoteIsn
  }

  /** The same for the stack's octets. */
  localOffset(syn: boolean): number {
    return syn ? (this.liveLocalIsn - this.scriptLocalIsn) | 0 : this.liveLocalIsn
  }
}
