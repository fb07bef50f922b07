/** Every number that a rule compares with: its name, its default, why it is that, and the flag that changes it. */

/** The names, as rules use them. */
export type ThresholdName =
  | 'closeWaitCount'
  | 'closeWaitAge'
  | 'closeWaitCritical'
  | 'drainMinutes'
  | 'unacceptedAge'
  | 'deadDescriptorCount'
  | 'deadDescriptorAge'
  | 'fdShare'
  | 'fdCriticalShare'
  | 'finWait2Count'
  | 'finWait2Age'
  | 'orphanShare'
  | 'finWait2OrphanCount'
  | 'stuckRetransmits'
  | 'stuckShare'
  | 'idleAge'
  | 'idleCount'
  | 'portShare'
  | 'portCriticalShare'
  | 'twReuseShare'
  | 'synRecvShare'
  | 'synRecvCount'
  | 'acceptQueueShare'
  | 'listenerDrops'
  | 'boundAge'
  | 'memoryCriticalShare'
  | 'twBucketsShare'

/** One of them, described. */
export interface Threshold {
  readonly name: ThresholdName
  readonly default: number
  /** `share` is between 0 and 1. */
  readonly unit: 'sockets' | 'descriptors' | 's' | 'min' | 'share' | 'retransmissions' | 'connections'
  /** Why the default is what it is. */
  readonly reason: string
  /** The option of `lastack doctor` that sets it, without the dashes. */
  readonly flag: string
}

/** A value for each. */
export type Thresholds = Readonly<Record<ThresholdName, number>>

const define = (name: ThresholdName, value: number, unit: Threshold['unit'], reason: string): Threshold => ({
  name,
  default: value,
  unit,
  reason,
  flag: name.replace(/[A-Z]|\d/g, (one) => `-${one.toLowerCase()}`),
})

/** All of them, in the order of the rules. */
export const THRESHOLDS: readonly Threshold[] = [
  define(
    'closeWaitCount',
    10,
    'sockets',
    'A program that relays half-closed connections holds a few; a leak passes ten soon.',
  ),
  define(
    'closeWaitAge',
    60,
    's',
    'A program that closes does so within moments of the FIN; a minute leaves room for slow work.',
  ),
  define(
    'closeWaitCritical',
    1000,
    'sockets',
    'The usual limit of descriptors is 1024: a process this far is about to fail.',
  ),
  define('drainMinutes', 10, 'min', 'A backlog that will be gone in ten minutes is a burst that drains, not a leak.'),
  define('unacceptedAge', 10, 's', 'A program that accepts at all comes round to it in well under ten seconds.'),
  define(
    'deadDescriptorCount',
    5,
    'descriptors',
    'A program may hold a few sockets that it made and has not connected yet.',
  ),
  define('deadDescriptorAge', 30, 's', 'A program needs a moment to notice that its connection has ended.'),
  define('fdShare', 0.8, 'share', 'With a fifth of the descriptors left there is still time to act.'),
  define('fdCriticalShare', 0.95, 'share', 'The next burst of connections meets EMFILE.'),
  define('finWait2Count', 20, 'sockets', 'Half-closed connections on purpose (nc -N, relays) are few in a process.'),
  define('finWait2Age', 300, 's', 'A peer that will answer a half-close does so in minutes, or sends data meanwhile.'),
  define('orphanShare', 0.5, 'share', 'Above tcp_max_orphans the kernel resets connections; half of it leaves room.'),
  define('finWait2OrphanCount', 5000, 'sockets', 'A busy server has hundreds: those whose FIN is on its way.'),
  define(
    'stuckRetransmits',
    4,
    'retransmissions',
    'Four in a row unanswered: at least three seconds of silence on any path.',
  ),
  define(
    'stuckShare',
    0.05,
    'share',
    'Clients vanish all the time; one connection in twenty at once means a path or a host is gone.',
  ),
  define('idleAge', 7200, 's', "Two hours, which is keep-alive's own default."),
  define(
    'idleCount',
    50,
    'sockets',
    'Pools of idle connections are healthy; so many that nobody would notice to be dead are not.',
  ),
  define('portShare', 0.8, 'share', 'From here connect() searches long for a free port, and a burst ends it.'),
  define('portCriticalShare', 0.95, 'share', 'connect() is about to fail with EADDRNOTAVAIL, or does.'),
  define(
    'twReuseShare',
    0.4,
    'share',
    'Half-way to the warning about ports a setting can still be put right in peace.',
  ),
  define('synRecvShare', 0.8, 'share', "Of the listener's backlog, which is what the SYN queue holds too."),
  define('synRecvCount', 64, 'connections', 'Fewer half-open handshakes are ordinary round trips.'),
  define('acceptQueueShare', 0.8, 'share', 'One burst more and connections are turned away.'),
  define(
    'listenerDrops',
    100,
    'connections',
    'A listener that has been up for months has lost a few in some burst long ago.',
  ),
  define('boundAge', 30, 's', 'A program listens or connects right after bind().'),
  define('memoryCriticalShare', 0.95, 'share', 'Of the last of the three numbers of tcp_mem: above it sends fail.'),
  define('twBucketsShare', 0.95, 'share', 'Of tcp_max_tw_buckets: above it connections close without TIME-WAIT.'),
]

/** What `lastack doctor` uses unasked. */
export const DEFAULT_THRESHOLDS: Thresholds = Object.fromEntries(
  THRESHOLDS.map((threshold) => [threshold.name, threshold.default]),
) as Record<ThresholdName, number>
