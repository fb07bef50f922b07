import { Errno } from '../../base/index.ts'
import type { BindRules, Overlap, PortClaim, PortHold } from '../ports/bind-rules.ts'

/**
 * Linux (`inet_bind_conflict`):
 *
 *     SO_REUSEADDR: old, new | leftover (TIME-WAIT, ESTABLISHED, CLOSE-WAIT, …), bound | listener
 *     0, 0   0, 1   1, 0     | EADDRINUSE                                              | EADDRINUSE
 *     1, 1                   | allowed                                                 | EADDRINUSE
 *
 * SO_REUSEPORT on both and the same user allow everything; of a TIME-WAIT the user is forgotten.
 */
function linuxConflict(claim: PortClaim, hold: PortHold): number {
  if (claim.reuseAddress && hold.reuseAddress && hold.kind !== 'listening') return 0
  const sameUser = hold.kind === 'time-wait' || claim.uid === hold.uid
  if (claim.reusePort && hold.reusePort && sameUser) return 0
  return Errno.EADDRINUSE
}

/** Linux: SO_REUSEADDR alone lets share a port that nobody named; who shares by SO_REUSEPORT means to listen. */
function linuxAutobindConflict(claim: PortClaim, hold: PortHold): number {
  if (!claim.reuseAddress || !hold.reuseAddress) return Errno.EADDRINUSE
  return claim.reusePort && hold.reusePort ? Errno.EADDRINUSE : linuxConflict(claim, hold)
}

function linuxDatagramConflict(claim: PortClaim, hold: PortHold): number {
  if (claim.reuseAddress && hold.reuseAddress) return 0
  if (claim.reusePort && hold.reusePort && claim.uid === hold.uid) return 0
  return Errno.EADDRINUSE
}

/**
 * BSD, macOS, Solaris (`in_pcbbind`): the new socket's option alone decides.
 *
 *     SO_REUSEADDR: new | leftover | bound, another address | bound, same address | listener
 *     0                 | EADDRINUSE where the addresses overlap
 *     1                 | allowed  | allowed                | EADDRINUSE          | EADDRINUSE
 *
 * SO_REUSEPORT on both allows everything, for one user.
 */
function bsdConflict(claim: PortClaim, hold: PortHold, overlap: Overlap): number {
  if (claim.reusePort && hold.reusePort && claim.uid === hold.uid) return 0
  if (!claim.reuseAddress && !claim.reusePort) return Errno.EADDRINUSE
  // MUST-42: a connection, however young, does not keep a listener away
  if (hold.kind === 'connected' || hold.kind === 'time-wait') return 0
  if (hold.kind === 'listening' || overlap === 'same') return Errno.EADDRINUSE
  return 0
}

/**
 * Windows (Winsock's table in "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE"): only bound sockets count, leftovers do not;
 * the option takes a port away from its owner unless that one was exclusive.
 *
 *     holder              | claim: none, same / other | REUSEADDR | EXCLUSIVE, same / holder wider / claim wider
 *     none or REUSEADDR   | EADDRINUSE / allowed      | allowed   | EADDRINUSE / allowed / EADDRINUSE
 *     EXCLUSIVE, wider    | EADDRINUSE / EACCES       | EACCES    | EADDRINUSE / EACCES / –
 *     EXCLUSIVE, narrower | EADDRINUSE / allowed      | allowed   | EADDRINUSE / – / EADDRINUSE
 *
 * Another user's port can be shared only if its owner set the option too.
 */
function windowsConflict(claim: PortClaim, hold: PortHold, overlap: Overlap): number {
  const leftover = hold.kind === 'connected' || hold.kind === 'time-wait'
  if (leftover) return hold.exclusive && hold.kind === 'connected' && !claim.reuseAddress ? Errno.EADDRINUSE : 0
  if (claim.reuseAddress) {
    if (hold.exclusive) return overlap === 'claim-wider' ? 0 : Errno.EACCES
    return claim.uid === hold.uid || hold.reuseAddress ? 0 : Errno.EACCES
  }
  if (overlap === 'same') return Errno.EADDRINUSE
  if (overlap === 'holder-wider') return hold.exclusive ? Errno.EACCES : 0
  return claim.exclusive ? Errno.EADDRINUSE : 0
}

/** Linux. */
export const LINUX_BIND: BindRules = {
  conflict: linuxConflict,
  autobindConflict: linuxAutobindConflict,
  datagramConflict: linuxDatagramConflict,
  listenAsksAgain: true,
  sharingOutlastsOption: true,
  parity: true,
  bindExhausted: Errno.EADDRINUSE,
  connectExhausted: Errno.EADDRNOTAVAIL,
  pairTaken: Errno.EADDRNOTAVAIL,
}

/** macOS, Solaris. */
export const BSD_BIND: BindRules = {
  conflict: bsdConflict,
  autobindConflict: bsdConflict,
  datagramConflict: bsdConflict,
  listenAsksAgain: false,
  sharingOutlastsOption: false,
  parity: false,
  bindExhausted: Errno.EADDRNOTAVAIL,
  connectExhausted: Errno.EADDRNOTAVAIL,
  pairTaken: Errno.EADDRNOTAVAIL,
}

/** FreeBSD. */
export const FREEBSD_BIND: BindRules = { ...BSD_BIND, pairTaken: Errno.EADDRINUSE }

/** Windows. */
export const WINDOWS_BIND: BindRules = {
  conflict: windowsConflict,
  autobindConflict: windowsConflict,
  datagramConflict: windowsConflict,
  listenAsksAgain: false,
  sharingOutlastsOption: false,
  parity: false,
  bindExhausted: Errno.ENOBUFS,
  connectExhausted: Errno.ENOBUFS,
  pairTaken: Errno.EADDRNOTAVAIL,
}
