/** What can be turned of CUBIC, for a whole system at once (Linux's `/sys/module/tcp_cubic/parameters`): integers, as they are written there. */
export interface CubicSettings {
  /** What a loss leaves of the window, of 1024 parts. How Reno would grow goes by the usual 717 even so. */
  readonly beta: number
  /** RFC 9438 §4.7, where it is not 0. */
  readonly fastConvergence: number
  /** RFC 9438 §4.3: never slower than Reno, where it is not 0. */
  readonly tcpFriendliness: number
  /** The threshold that connections begin with while HyStart is off; 0: none. */
  readonly initialSsthresh: number
  /** HyStart is on, where it is not 0. */
  readonly hystart: number
  /** By what it ends slow start: 1 trains of ACKs, 2 longer round trips, 3 both. */
  readonly hystartDetect: number
  /** Below this window, in segments, it does not look. */
  readonly hystartLowWindow: number
  /** ACKs no further apart belong to one train, µs. */
  readonly hystartAckDeltaUs: number
}

/** What every system begins with. */
export const CUBIC_SETTINGS: CubicSettings = {
  beta: 717,
  fastConvergence: 1,
  tcpFriendliness: 1,
  initialSsthresh: 0,
  hystart: 1,
  hystartDetect: 3,
  hystartLowWindow: 16,
  hystartAckDeltaUs: 2000,
}
