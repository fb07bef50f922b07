/** What an error means to a program: canonical errno, and whether trying on is pointless (RFC 1122 §4.2.3.9). */
export interface IcmpMeaning {
  readonly errno: number
  readonly hard: boolean
  /** A half-open connection that is no more than a request is forgotten. */
  readonly endsRequest?: boolean
  /** A router has no way at the moment: a backed-off timeout takes one step back (RFC 6069), in open connections alone or in attempts too. */
  readonly takesBack?: 'always' | 'open'
}

/** What a system makes of ICMP errors; by code, undefined: nothing. */
export interface IcmpMeanings {
  readonly unreachable4: (code: number) => IcmpMeaning | undefined
  readonly unreachable6: (code: number) => IcmpMeaning | undefined
  readonly timeExceeded: (code: number, version: number) => IcmpMeaning | undefined
  readonly parameterProblem4: (code: number) => IcmpMeaning | undefined
  readonly parameterProblem6: (code: number) => IcmpMeaning | undefined
  /** An error of ICMPv6 whose type nobody knows. */
  readonly unknown6: IcmpMeaning | undefined
}
