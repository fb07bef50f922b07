import { type Personality, type PersonalityName, personalities } from '../stack/index.ts'
import { BareWorld } from './bare-world.ts'
import type { BareHostOptions, SimHost } from './host.ts'
import { Nat, type NatOptions } from './network/nat.ts'

/** How a host of a world is made. */
export interface HostOptions extends Omit<BareHostOptions, 'personality'> {
  /** Its system; default linux. */
  readonly personality?: Personality | PersonalityName
}

/**
 * A closed world: one virtual clock, one seed, hosts with real stacks, links, and boxes between them. Nothing happens but by
 * `run` and `step`, and the same world is the same every time.
 *
 * @example
 * const world = new World({ seed: 7 })
 * const client = world.host('client', { addresses: ['10.0.0.1'] })
 * const server = world.host('server', { addresses: ['10.0.0.2'] })
 * world.link(client, server, { delayUs: 10_000 })
 */
export class World extends BareWorld {
  /** Adds a host. Addresses left out are 10.0.0.1, 10.0.0.2 and so on. */
  host(name: string, options: HostOptions = {}): SimHost {
    const { personality: system = 'linux', ...others } = options
    return this.bareHost(name, { ...others, personality: typeof system === 'string' ? personalities[system] : system })
  }

  /** Adds an address translator. */
  nat(name: string, options: NatOptions): Nat {
    return this.attach(new Nat(this.medium, name, this.stations.length, options))
  }
}
