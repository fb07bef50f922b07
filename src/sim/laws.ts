/**
 * What is so of every system around the machine, each to be broken by a claim's mutation only: beside the machine's own laws
 * (`TcpLaws`), these are of hosts, tools and networks.
 */
export interface WorldLaws {
  /** A process that ends closes its descriptors. */
  readonly exitClosesDescriptors: boolean
  /** kill and fuser -k end a process, not a connection. */
  readonly killTakesWholeProcess: boolean
  /** Restarting the network leaves the TIME-WAIT table as it is. */
  readonly networkRestartKeepsTimeWait: boolean
  /** A connection that ends by an error leaves its descriptor to its owner. */
  readonly endedConnectionKeepsDescriptor: boolean
  /** A network that fails says nothing to the ends. */
  readonly networkFailsInSilence: boolean
  /** A host that comes back knows nothing of the connections it had, and says nothing about them. */
  readonly returningHostIsSilent: boolean
  /** A socket's owner is shown only where a process holds it and the viewer may look. */
  readonly ownersHaveDescriptors: boolean
}

/** The laws unbroken. */
export const WORLD_LAWS: WorldLaws = {
  exitClosesDescriptors: true,
  killTakesWholeProcess: true,
  networkRestartKeepsTimeWait: true,
  endedConnectionKeepsDescriptor: true,
  networkFailsInSilence: true,
  returningHostIsSilent: true,
  ownersHaveDescriptors: true,
}
