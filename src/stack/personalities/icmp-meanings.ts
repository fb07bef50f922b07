import { Errno } from '../../base/index.ts'
import type { IcmpMeaning, IcmpMeanings } from '../ip/icmp-meanings.ts'

const soft = (errno: number): IcmpMeaning => ({ errno, hard: false })
const hard = (errno: number): IcmpMeaning => ({ errno, hard: true })
/** For a request, too. */
const final = (errno: number): IcmpMeaning => ({ errno, hard: true, endsRequest: true })

/** ICMP unreachable by code (RFC 1122 §3.2.2.1; Linux's `icmp_err_convert`). */
const LINUX_UNREACHABLE4: readonly IcmpMeaning[] = [
  { ...soft(Errno.ENETUNREACH), endsRequest: true, takesBack: 'always' },
  { ...soft(Errno.EHOSTUNREACH), endsRequest: true, takesBack: 'always' },
  hard(Errno.ENOPROTOOPT),
  hard(Errno.ECONNREFUSED),
  soft(Errno.EMSGSIZE),
  soft(Errno.EOPNOTSUPP),
  hard(Errno.ENETUNREACH),
  hard(Errno.EHOSTDOWN),
  hard(Errno.ENONET),
  hard(Errno.ENETUNREACH),
  hard(Errno.EHOSTUNREACH),
  soft(Errno.ENETUNREACH),
  soft(Errno.EHOSTUNREACH),
  hard(Errno.EHOSTUNREACH),
  hard(Errno.EHOSTUNREACH),
  hard(Errno.EHOSTUNREACH),
]

/** ICMPv6 unreachable by code (RFC 4443 §3.1; Linux's `icmpv6_err_convert`). */
const LINUX_UNREACHABLE6: readonly IcmpMeaning[] = [
  { ...soft(Errno.ENETUNREACH), takesBack: 'open' },
  final(Errno.EACCES),
  soft(Errno.EHOSTUNREACH),
  soft(Errno.EHOSTUNREACH),
  final(Errno.ECONNREFUSED),
  final(Errno.EACCES),
  final(Errno.EACCES),
]

/** Linux's. */
export const LINUX_ICMP: IcmpMeanings = {
  unreachable4: (code) => LINUX_UNREACHABLE4[code],
  unreachable6: (code) => LINUX_UNREACHABLE6[code] ?? final(Errno.EPROTO),
  // Fragments that do not come together say nothing of the way.
  timeExceeded: (code, version) => {
    if (version === 6) return soft(Errno.EHOSTUNREACH)
    return code === 1 ? undefined : { ...soft(Errno.EHOSTUNREACH), endsRequest: true }
  },
  parameterProblem4: () => final(Errno.EPROTO),
  parameterProblem6: () => final(Errno.EPROTO),
  unknown6: soft(Errno.EPROTO),
}

/** As RFC 9293 §3.9.2.2 sorts them; the errno numbers are Linux's. */
export const RFC_ICMP: IcmpMeanings = {
  ...LINUX_ICMP,
  // MUST-56: a loop of routes may pass
  timeExceeded: () => soft(Errno.EHOSTUNREACH),
  // MUST-56: what a router stumbles over in one packet it need not find in the next
  parameterProblem4: () => soft(Errno.EPROTO),
  parameterProblem6: () => soft(Errno.EPROTO),
}

const UNREACHABLE = soft(Errno.EHOSTUNREACH)
const REFUSED = hard(Errno.ECONNREFUSED)

/** Net, host, source route, unknown ones, isolated, by TOS, by precedence; protocol, port, and what is prohibited. */
const BSD_UNREACHABLE4: readonly (IcmpMeaning | undefined)[] = [
  ...[UNREACHABLE, UNREACHABLE, REFUSED, REFUSED, undefined, UNREACHABLE, UNREACHABLE, UNREACHABLE],
  ...[UNREACHABLE, REFUSED, REFUSED, UNREACHABLE, UNREACHABLE, REFUSED, UNREACHABLE, UNREACHABLE],
]

/** FreeBSD's (`icmp_errmap`, `icmp6_errmap`): one errno for what cannot be reached, one for what is refused. */
export const BSD_ICMP: IcmpMeanings = {
  unreachable4: (code) => BSD_UNREACHABLE4[code],
  unreachable6: (code) => [UNREACHABLE, REFUSED, soft(Errno.ENOPROTOOPT), UNREACHABLE, REFUSED][code],
  timeExceeded: (code) => (code === 0 ? hard(Errno.EHOSTUNREACH) : undefined),
  parameterProblem4: (code) => (code <= 1 ? soft(Errno.ENOPROTOOPT) : undefined),
  parameterProblem6: (code) => [soft(Errno.ENOPROTOOPT), REFUSED, soft(Errno.ENOPROTOOPT)][code],
  unknown6: undefined,
}
