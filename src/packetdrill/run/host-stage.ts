import type { Micros } from '../../base/index.ts'
import {
  Address,
  dropConnection,
  Host,
  Jiffies,
  type Link,
  type PersonalityName,
  type Process,
} from '../../stack/index.ts'
import type { RunConfig } from './config.ts'
import { readLivePacket } from './live-packet.ts'
import { Stage, UPTIME_US } from './stage.ts'

const SEED = 1

/** A host of this project is under test. */
export class HostStage extends Stage {
  readonly host: Host
  readonly process: Process
  readonly #interface: number

  constructor(config: RunConfig, personality: PersonalityName) {
    super(config, personality)
    const trace = this.recorder.forHost(0)
    const jiffies = config.jiffiesUs === null ? undefined : new Jiffies(config.jiffiesUs - UPTIME_US)
    this.host = new Host({ name: personality, personality, seed: SEED, trace, jiffies })
    // Mapped addresses are for sockets that are not IPv6's alone, whatever the system's default.
    if (config.ipVersion === 'ipv4-mapped-ipv6') this.host.config.v6only = false
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
      genericOffload: false,
    })
    this.#interface = index
    this.host.addRoute(config.localIp.v4 ? '0.0.0.0/0' : '::/0', 'tun0')
    this.process = this.host.spawn('script')
    this.host.advance(UPTIME_US)
  }

  /** Aborts a connection by its ends, as `tcpdrop` does; false when there is none. */
  drop(local: string, localPort: number, remote: string, remotePort: number): boolean {
    const [here, there] = [Address.parse(local)?.unmapped(), Address.parse(remote)?.unmapped()]
    if (here === undefined || there === undefined) return false
    const dropped = dropConnection(this.host, here, localPort, there, remotePort)
    this.progress()
    return dropped
  }

  protected nextDeadline(): Micros {
    return this.host.nextDeadline()
  }

  protected advanceTo(now: Micros): void {
    this.host.advance(now)
  }

  protected input(now: Micros, packet: Uint8Array): void {
    this.host.input(now, this.#interface, packet, 0, packet.length)
  }
}
