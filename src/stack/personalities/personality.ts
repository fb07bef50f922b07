import type { ErrnoSystem } from '../../base/index.ts'
import type { CongestionControl, State, Tcb, TcpHost, TcpLaws, TcpPolicy, TcpStatus } from '../../tcp/index.ts'
import type { Address } from '../../wire/index.ts'
import type { IcmpMeanings } from '../ip/icmp-meanings.ts'
import type { BindRules } from '../ports/bind-rules.ts'
import type { Remains } from '../sockets/remains.ts'
import type { SocketOptions } from '../sockets/socket-options.ts'
import type { SysctlDefinition } from '../sysctl/definition.ts'
import type { HostConfig } from './config.ts'

/** The systems whose ways are known; the default first. */
export const PERSONALITY_NAMES = ['linux', 'rfc9293', 'freebsd', 'macos', 'windows', 'solaris'] as const

/** The name of one of them. */
export type PersonalityName = (typeof PERSONALITY_NAMES)[number]

/** Whether a text names a personality. */
export function isPersonalityName(text: string): text is PersonalityName {
  return PERSONALITY_NAMES.some((name) => name === text)
}

/** A stream socket, as far as TCP_INFO tells of it. */
export interface StatusSubject {
  readonly host: TcpHost
  readonly options: SocketOptions
  readonly family: number
  readonly tcb: Tcb | null
  readonly state: State
  /** What is left of a connection that was dissolved. */
  readonly left: Remains | null
  readonly reordering: number
}

/** What TCP_INFO tells of a socket. */
export interface StatusRules {
  of(socket: StatusSubject): TcpStatus
  /** What setsockopt() says: it can only be read (errno). */
  readonly refusal: number
  /** Fields that share the structure's first four octets, one octet each. */
  readonly firstOctets: readonly (keyof TcpStatus)[]
}

/** What a socket answers before anybody asks the protocol. Results are 0, go on, or −errno. */
export interface SocketAnswers {
  /** connect() */
  readonly mayConnectOnce: (tcb: Tcb | null, remote: Address | null, port: number, isAlone: boolean) => number
  /** Whether a connection counts as over. */
  readonly isDisconnected: (tcb: Tcb, readLate: boolean) => boolean
  /** getpeername(): whether there is no peer. */
  readonly isAlone: (tcb: Tcb, readLate: boolean) => boolean
  /** bind() */
  readonly mayBindOnce: (tcb: Tcb | null, local: Address, isBound: boolean) => number
  /** recv() */
  readonly readOrLook: (tcb: Tcb, options: SocketOptions, into: Uint8Array, flags: number) => number
  /** send() */
  readonly mayWrite: (tcb: Tcb | null, length: number, named: boolean, takeError: () => number) => number
  /** shutdown() */
  readonly shutdownEither: (tcb: Tcb, bits: number) => number
  /** poll() */
  readonly pollEither: (tcb: Tcb | null, hasError: boolean) => number
  /** connect() begins. */
  readonly openWithoutData: (tcb: Tcb) => number
  /** send() to an address begins. */
  readonly openWithData: (tcb: Tcb, data: Uint8Array, flags: number) => number
}

/** How a system's sockets treat the options that systems disagree about. */
export interface SocketRules {
  /** Linux grants twice what SO_SNDBUF and SO_RCVBUF ask for, the second half for its own bookkeeping. */
  readonly doublesBuffers: boolean
  /** The least that SO_SNDBUF and SO_RCVBUF grant, octets. */
  readonly sendBufferLeast: number
  readonly receiveBufferLeast: number
  /** ICMP unreachable ends a connection that is being opened, whatever its code (Linux), or only by its hard codes (RFC 1122). */
  readonly unreachableEndsOpening: boolean
  /** What ICMP errors mean. */
  readonly icmp: IcmpMeanings
  /** SO_ERROR tells a soft error too, once there is no other (Linux). */
  readonly tellsSoftErrors: boolean
  /**
   * A socket answers calls by what has become of it before anybody asks the protocol (BSD): connect() says EISCONN as soon as it is connected and
   * ECONNREFUSED once it has failed; a listener is EOPNOTSUPP to connect() and ENOTCONN to shutdown(); send() says ENOTCONN before there is a
   * connection and EPIPE before any error behind it; recv() tells the error before the end of file; accept() of a connection that is over is
   * ECONNABORTED.
   */
  readonly socketAnswersFirst: SocketAnswers | null
  /** socket(): a kind that there is not is refused before its protocol is looked at (Linux), or both are looked for as a pair (BSD). */
  readonly kindIsAskedFirst: boolean
  /** What connect() says to an address of the other family (errno). */
  readonly otherFamily: number
  /** The structure of an address has its exact length, and its family is looked at first (BSD); or it may be longer. */
  readonly addressIsExact: boolean
  /** shutdown(): what there is no way to shut is refused before the descriptor is looked at (FreeBSD). */
  readonly waysAreAskedFirst: boolean
  /** accept() hands down O_NONBLOCK (BSD). */
  readonly acceptHandsDownNonblocking: boolean
  /**
   * A connection has little of its listener's options: keep-alive, SO_LINGER, SO_OOBINLINE, low-water marks and timeouts, TOS and TTL, those of
   * TCP and of IPv6, and of what is kept by name this; the rest is as of a new socket (BSD). Null: it has all (Linux).
   */
  readonly handsDown: ((name: string) => boolean) | null
  /** SO_RCVTIMEO and SO_SNDTIMEO bound whole calls, accept() and connect() too (Linux); or each sleep of those that read and write (BSD). */
  readonly timeoutsBoundCalls: boolean
  /** SO_RCVTIMEO and SO_SNDTIMEO are rounded up to ticks, and those below zero wait for nothing (Linux). */
  readonly timeoutsInTicks: boolean
  /** close() with SO_LINGER waits as any call does: not with O_NONBLOCK, and it says EAGAIN when it has waited long enough (BSD). */
  readonly lingersAsCallsWait: boolean
  /** What read() and write() say to more octets than there is memory (errno). */
  readonly beyondMemory: number
  /** MSG_EOF: send() ends the sending side with its data (BSD). */
  readonly sendMayEnd: boolean
  /** MSG_EOR ends a record, which what is sent behind it does not join (Linux); or streams refuse it. */
  readonly streamsEndRecords: boolean
  /** Streams take control messages with what they send (Linux). */
  readonly streamsTakeControl: boolean
  /** An urgent octet for which there is no room is cut off, and `msg_flags` says so (Linux). */
  readonly cutUrgentIsTold: boolean
  /** recvmsg() leaves in `msg_flags` those that it was given, beside its own (BSD). */
  readonly tellsFlagsGiven: boolean
  /** Text that comes wakes who waits to write, too (Linux). */
  readonly textWakesWriters: boolean
  /** FIONWRITE and FIONSPACE tell what waits to be sent, and the room behind it (BSD). */
  readonly tellsWriteQueue: boolean
  /** UDP_CORK and MSG_MORE keep a datagram back (Linux). */
  readonly corksDatagrams: boolean
  /** A datagram is cut into fragments unless IP_DONTFRAG or IPV6_DONTFRAG is on (BSD); or IP_MTU_DISCOVER and IPV6_MTU_DISCOVER say so (Linux). */
  readonly cutsUnlessForbidden: boolean
  /**
   * An option is its protocol's: of one that the socket has nothing to do with it is EINVAL, of a connection that is over ECONNRESET, and about
   * groups EOPNOTSUPP on a stream; an IPv6 socket has none of IP's, a datagram socket none of UDP's; a number is a whole int (BSD).
   */
  readonly protocolTakesOptions: boolean
  /** What bounds a socket's timeouts is what the sysctls say when it is made (Linux), or at any time what they say then (BSD). */
  readonly timeoutBoundsStay: boolean
  /** SO_RCVLOWAT and SO_SNDLOWAT can be set, from 1 to the size of the buffer (BSD); or SO_RCVLOWAT alone, by which the buffer grows (Linux). */
  readonly lowWaterIsBounded: boolean
  /** Who waits for room is woken by a larger SO_SNDBUF (Linux). */
  readonly largerBufferWakes: boolean
  /** SO_MAX_PACING_RATE paces what a stream sends (Linux); or it is kept for devices that pace. */
  readonly pacesSockets: boolean
  /** IP_TOS sets the two bits of ECN too (BSD), or these stay TCP's own (Linux). */
  readonly keepsWholeTos: boolean
  /** Of IP_TTL the last octet counts, and IPV6_UNICAST_HOPS tells −1 where nothing was set (BSD); or numbers out of range are refused. */
  readonly hopsAreTakenAsGiven: boolean
  /** IP_OPTIONS takes source routes and nothing else. */
  readonly takesRoutesAlone: boolean
  /** IP_HDRINCL, a raw socket's, tells others that it is off (Linux), or is unknown to them. */
  readonly tellsHeaderIncluded: boolean
  /** IPV6_RECVPATHMTU of a stream, which hears of no path, is kept all the same (Linux). */
  readonly streamsAskForPath: boolean
  /** RFC 2385 signatures are made and checked: always on Linux, on FreeBSD once a module is loaded. */
  readonly checksSignatures: boolean
  /** TCP_FASTOPEN is a switch, for connect() and listen() alike (BSD); or how many may wait on a listener (Linux). */
  readonly fastOpenIsSwitch: boolean
  /** A Fast Open cookie is kept for both addresses and the port (BSD), or for the server's address. */
  readonly cookiesPerPort: boolean
  /** A listener's connections have its congestion control, or, where nobody has set that, the system's of the moment. */
  readonly handsDownAlgorithm: boolean
  /** What TCP_CONGESTION says to a name that is none (errno). */
  readonly unknownAlgorithm: number
  /** TCP_INFO. */
  readonly status: StatusRules
  /** send() to an address opens the connection (BSD's implied connect). */
  readonly sendConnects: boolean
  /** A flag that is on reads as its bit, by the option's name; others as 1. */
  readonly optionBits: Readonly<Record<string, number>>
  /** Options that not every system has, by name. */
  readonly rareOptions: readonly string[]
  /** SO_RCVBUF and SO_SNDBUF beyond this fail (ENOBUFS); 0: they are cut to what the system grants. */
  readonly bufferRefusal: boolean
  /** The least and the most that TCP_KEEPIDLE and TCP_KEEPINTVL take, seconds, and TCP_KEEPCNT; where 0 is taken it stands for the system's. */
  readonly keepSeconds: readonly [least: number, most: number]
  readonly keepCounts: readonly [least: number, most: number]
  /** SO_LINGER's time must fit 16 bits, and is taken even when it is switched off. */
  readonly lingerIsBounded: boolean
  /** TCP_CONGESTION's names. */
  readonly congestionNames: Readonly<Record<string, CongestionControl>>
  /** A hard ICMP error ends an open connection (RFC 9293 §3.9.2.2), or is only remembered, for it may be forged (RFC 5927 §5.2; all systems). */
  readonly hardErrorsEnd: boolean
  /** With IP_RECVERR a program hears, too, that nothing comes back after R1 retransmissions (RFC 9293 §3.8.3; no system tells). */
  readonly reportsDelivery: boolean
  /** A connection whose SYN came by a source route answers by it (RFC 9293 §3.9.2.1), or the route is passed over (all systems as they come today). */
  readonly takesSourceRoutes: boolean
}

/** What a personality is made of. */
export interface PersonalityParts {
  readonly name: PersonalityName
  /** As a person says it: `Linux 6.18`. */
  readonly title: string
  readonly tcp: TcpPolicy
  /** The system's defaults; every host gets a copy of its own. */
  readonly config: Readonly<HostConfig>
  /** Whose errno numbers the calls return. */
  readonly errno: ErrnoSystem
  readonly bind: BindRules
  readonly sockets: SocketRules
  readonly sysctls: readonly SysctlDefinition[]
}

/** What `Personality.with` may change. */
export interface PersonalityOverrides {
  readonly tcp?: Partial<TcpPolicy> | undefined
  /** Laws to break: claims do it, to show that their verdict hangs on them. */
  readonly laws?: Partial<TcpLaws> | undefined
  readonly config?: Partial<HostConfig> | undefined
  readonly bind?: Partial<BindRules> | undefined
  readonly sockets?: Partial<SocketRules> | undefined
}

/** One operating system's way of doing TCP: values, rules, names. Immutable; a host keeps a reference to it. */
export class Personality implements PersonalityParts {
  readonly name: PersonalityName
  readonly title: string
  readonly tcp: TcpPolicy
  readonly config: Readonly<HostConfig>
  readonly errno: ErrnoSystem
  readonly bind: BindRules
  readonly sockets: SocketRules
  readonly sysctls: readonly SysctlDefinition[]

  constructor(parts: PersonalityParts) {
    this.name = parts.name
    this.title = parts.title
    this.tcp = parts.tcp
    this.config = parts.config
    this.errno = parts.errno
    this.bind = parts.bind
    this.sockets = parts.sockets
    this.sysctls = parts.sysctls
  }

  /**
   * The same system with some things changed.
   *
   * @example linux.with({ laws: { timeWaitRestarts: false } })
   */
  with(overrides: PersonalityOverrides): Personality {
    const tcp = { ...this.tcp, ...overrides.tcp }
    const { name, title, errno, sysctls } = this
    return new Personality({
      name,
      title,
      errno,
      sysctls,
      tcp: { ...tcp, laws: { ...tcp.laws, ...overrides.laws } },
      config: { ...this.config, ...overrides.config },
      bind: { ...this.bind, ...overrides.bind },
      sockets: { ...this.sockets, ...overrides.sockets },
    })
  }
}
