import type { ErrnoSystem } from '../../base/index.ts'
import type { CongestionControl, TcpLaws, TcpPolicy } from '../../tcp/index.ts'
import type { IcmpMeanings } from '../ip/icmp-meanings.ts'
import type { BindRules } from '../ports/bind-rules.ts'
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
   * BSD's calls: connect() says EISCONN as soon as it is connected and ECONNREFUSED once it has failed; a listener is EOPNOTSUPP to connect()
   * and ENOTCONN to shutdown(); send() says ENOTCONN before there is a connection and EPIPE before any error behind it; recv() tells the error
   * before the end of file; accept() of a connection that is over is ECONNABORTED.
   */
  readonly bsdCalls: boolean
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
