import { Host as BareHost, type HostOptions as BareOptions } from './host.ts'
import { personalities } from './personalities/index.ts'
import {
  isPersonalityName,
  PERSONALITY_NAMES,
  type Personality,
  type PersonalityName,
} from './personalities/personality.ts'

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
  /** @throws {TypeError} for a personality or a sysctl that there is not. */
  constructor(options: HostOptions) {
    const { personality, ...others } = options
    if (typeof personality === 'string' && !isPersonalityName(personality)) {
      throw new TypeError(`unknown personality '${String(personality)}': expected ${PERSONALITY_NAMES.join(', ')}`)
    }
    super({ ...others, personality: typeof personality === 'string' ? personalities[personality] : personality })
  }
}
