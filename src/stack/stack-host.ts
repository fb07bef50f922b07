import type { TcpHost } from '../tcp/index.ts'
import type { HostCounters } from './counters.ts'
import type { HostTraceSink } from './host-trace.ts'
import type { Interfaces } from './ip/interfaces.ts'
import type { IpOutput } from './ip/ip-output.ts'
import type { LocalAddresses } from './ip/local-addresses.ts'
import type { HostConfig } from './personalities/config.ts'
import type { Personality } from './personalities/personality.ts'
import type { Connections } from './ports/connections.ts'
import type { Secrets } from './secrets.ts'

/** What every part of the stack may ask of the host that it belongs to. What one part asks beside this stands in that part. */
export interface StackHost extends TcpHost {
  readonly personality: Personality
  readonly config: HostConfig
  readonly trace: HostTraceSink | null
  readonly counts: HostCounters
  readonly secrets: Secrets
  readonly addresses: LocalAddresses
  readonly interfaces: Interfaces
  readonly output: IpOutput
  readonly connections: Connections
  /** It neither hears nor speaks any more. */
  readonly crashed: boolean
  /** Begins and ends a batch of arrivals or calls. */
  enter(): void
  leave(): void
}
