/** Looks that follow one another for as long as somebody watches, at a cost that does not grow with the host. */
import { type StateMask, stateBit } from '../inspect/index.ts'
import { type HostObservation, type ObserveOptions, observeHost } from './observe.ts'
import { OwnerTable } from './proc/owners.ts'
import { ProcessTable } from './processes/process-table.ts'
import { ALL_STATES } from './snapshot.ts'

/**
 * States in which nearly all the sockets of a healthy host are: the kernel passes over them fast when it is not asked for them. To find
 * the sockets that are only bound it needs a pass of its own, over all.
 */
const CROWDED: StateMask = stateBit('ESTABLISHED') | stateBit('TIME-WAIT') | stateBit('BOUND-INACTIVE')

/** How many times longer than a whole look the time until the next is: whole looks take a fiftieth of a core at most. */
const REST = 50

/**
 * Look after look. A look is whole, as `observeHost` takes it, as often as its cost allows: on most hosts every time. The looks between
 * are partial: they leave out established connections, TIME-WAIT, sockets that are only bound and descriptors of connections that are
 * over, and know the owners of sockets from before where they can.
 */
export class HostLooks {
  readonly #options: ObserveOptions
  readonly #means: LookMeans
  #wholeAgainAt = Number.NEGATIVE_INFINITY

  constructor(options: ObserveOptions = {}, means: LookMeans = THIS_PROCESS) {
    const root = options.environment?.procRoot
    this.#options = { ownerTable: new OwnerTable(root), processTable: new ProcessTable(root), ...options }
    this.#means = means
  }

  /** @throws HostError (a rejection) as `observeHost` does */
  async look(): Promise<HostObservation> {
    const { now, spent, observe } = this.#means
    if (now() < this.#wholeAgainAt) {
      const states = ALL_STATES & ~CROWDED
      return observe({ ...this.#options, states, deadDescriptors: false, thrifty: true, partial: true })
    }
    const began = spent()
    const observation = await observe(this.#options)
    this.#wholeAgainAt = now() + (spent() - began) * REST
    return observation
  }
}

/** What looks take and are measured by. */
export interface LookMeans {
  /** A clock in ms that never goes back. */
  readonly now: () => number
  /** The time that this process has run, ms. Not the time on the clock: a look that waits for its turn costs no more for that. */
  readonly spent: () => number
  readonly observe: (options: ObserveOptions) => Promise<HostObservation>
}

const THIS_PROCESS: LookMeans = {
  now: () => performance.now(),
  spent: () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  },
  observe: observeHost,
}
