/** In what way a port is held. */
export type HoldKind = 'bound' | 'listening' | 'connected' | 'time-wait'

/** What bind() weighs, of the socket that asks and of each that holds the port already. */
export interface PortClaim {
  readonly reuseAddress: boolean
  readonly reusePort: boolean
  /** SO_EXCLUSIVEADDRUSE. */
  readonly exclusive: boolean
  /** IPV6_V6ONLY; bind() to a certain IPv6 address sets it as well. */
  readonly v6only: boolean
  readonly uid: number
}

/** A claim that holds a port. */
export interface PortHold extends PortClaim {
  readonly kind: HoldKind
  /** The port was chosen by connect(), not by bind(). */
  readonly autobound: boolean
}

/** How the two addresses relate; where they have none in common nothing is asked. */
export type Overlap = 'same' | 'holder-wider' | 'claim-wider'

/** 0, or the canonical errno with which `claim` is refused what `hold` has. */
export type BindRule = (claim: PortClaim, hold: PortHold, overlap: Overlap) => number

/** One system's rules for sharing a local port. */
export interface BindRules {
  /**
   * Whether `claim` may take a TCP port that `hold` has on an overlapping address: 0, or the canonical errno.
   * Asked for each holder; the first refusal counts.
   */
  readonly conflict: BindRule
  /** The same for bind(0) where no port is free, and `ip_autobind_reuse` lets it share one. */
  readonly autobindConflict: BindRule
  /** The same for UDP, where nothing listens. */
  readonly datagramConflict: BindRule
  /** listen() asks again, the others' state being what it is by then. */
  readonly listenAsksAgain: boolean
  /** A port stays shared by SO_REUSEPORT when who bound it so turns the option off. */
  readonly sharingOutlastsOption: boolean
  /** connect() takes ports of the range's own parity first and bind(0) the others, so that neither starves the other. */
  readonly parity: boolean
  /** Canonical errno when no ephemeral port is left: of bind(0), and of connect(). */
  readonly bindExhausted: number
  readonly connectExhausted: number
  /** Canonical errno of a connect() between two ends that have a connection already. */
  readonly pairTaken: number
}
