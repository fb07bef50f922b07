import { Host as BareHost, type HostOptions as BareOptions } from './host.ts'
import { personalities } from './personalities/index.ts'
import type { Personality, PersonalityName } from './personalities/personality.ts'

/** How a host is made. */
export interface HostOptions extends Omit<BareOptions, 'personality'> {
  /** Default: linux. */
  readonly personality?: Personality | PersonalityName | undefined
}

/**
 * A host whose personality may be given by its name. Who makes one has every personality at hand: a page that fetches them one by one
 * makes the bare one.
 */
export class Host extends BareHost {
  constructor(options: HostOptions) {
    const { personality, ...others } = options
    super({ ...others, personality: typeof personality === 'string' ? personalities[personality] : personality })
  }
}
