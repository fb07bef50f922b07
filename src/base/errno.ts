/** The systems whose numbers are known here. The stack itself speaks Linux's; its calls return those of the host's personality. */
export type ErrnoSystem = 'linux' | 'freebsd' | 'macos' | 'windows' | 'solaris'

/** Every errno that a socket call, or the opening of what a socket stands on, can give. */
export type ErrnoName =
  | 'EPERM'
  | 'ENOENT'
  | 'ESRCH'
  | 'EINTR'
  | 'EIO'
  | 'EBADF'
  | 'EAGAIN'
  | 'ENOMEM'
  | 'EACCES'
  | 'EFAULT'
  | 'EBUSY'
  | 'EEXIST'
  | 'ENODEV'
  | 'EINVAL'
  | 'ENFILE'
  | 'EMFILE'
  | 'ENOTTY'
  | 'ESPIPE'
  | 'EPIPE'
  | 'EDOM'
  | 'ENAMETOOLONG'
  | 'ENOSYS'
  | 'ELOOP'
  | 'ENOMSG'
  | 'ENODATA'
  | 'EPROTO'
  | 'ENOTSOCK'
  | 'EDESTADDRREQ'
  | 'EMSGSIZE'
  | 'EPROTOTYPE'
  | 'ENOPROTOOPT'
  | 'EPROTONOSUPPORT'
  | 'ESOCKTNOSUPPORT'
  | 'EOPNOTSUPP'
  | 'EPFNOSUPPORT'
  | 'EAFNOSUPPORT'
  | 'EADDRINUSE'
  | 'EADDRNOTAVAIL'
  | 'ENETDOWN'
  | 'ENETUNREACH'
  | 'ENETRESET'
  | 'ECONNABORTED'
  | 'ECONNRESET'
  | 'ENOBUFS'
  | 'EISCONN'
  | 'ENOTCONN'
  | 'ESHUTDOWN'
  | 'ETIMEDOUT'
  | 'ECONNREFUSED'
  | 'EHOSTDOWN'
  | 'EHOSTUNREACH'
  | 'ENONET'
  | 'EALREADY'
  | 'EINPROGRESS'

/**
 * Linux's numbers (asm-generic/errno.h), in the order of the table. Calls return them negated: `-Errno.EADDRINUSE`; where the personality
 * has other numbers, `-host.errno(Errno.EADDRINUSE)`.
 */
export const Errno: Readonly<Record<ErrnoName, number>> = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ESPIPE: 29,
  EPIPE: 32,
  EDOM: 33,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ELOOP: 40,
  ENOMSG: 42,
  ENODATA: 61,
  EPROTO: 71,
  ENOTSOCK: 88,
  EDESTADDRREQ: 89,
  EMSGSIZE: 90,
  EPROTOTYPE: 91,
  ENOPROTOOPT: 92,
  EPROTONOSUPPORT: 93,
  ESOCKTNOSUPPORT: 94,
  EOPNOTSUPP: 95,
  EPFNOSUPPORT: 96,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ENETRESET: 102,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  EISCONN: 106,
  ENOTCONN: 107,
  ESHUTDOWN: 108,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTDOWN: 112,
  EHOSTUNREACH: 113,
  ENONET: 64,
  EALREADY: 114,
  EINPROGRESS: 115,
}

const FREEBSD: Readonly<Record<ErrnoName, number>> = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  EBADF: 9,
  EAGAIN: 35,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ESPIPE: 29,
  EPIPE: 32,
  EDOM: 33,
  ENAMETOOLONG: 63,
  ENOSYS: 78,
  ELOOP: 62,
  ENOMSG: 83,
  ENODATA: 87,
  EPROTO: 92,
  ENOTSOCK: 38,
  EDESTADDRREQ: 39,
  EMSGSIZE: 40,
  EPROTOTYPE: 41,
  ENOPROTOOPT: 42,
  EPROTONOSUPPORT: 43,
  ESOCKTNOSUPPORT: 44,
  EOPNOTSUPP: 45,
  EPFNOSUPPORT: 46,
  EAFNOSUPPORT: 47,
  EADDRINUSE: 48,
  EADDRNOTAVAIL: 49,
  ENETDOWN: 50,
  ENETUNREACH: 51,
  ENETRESET: 52,
  ECONNABORTED: 53,
  ECONNRESET: 54,
  ENOBUFS: 55,
  EISCONN: 56,
  ENOTCONN: 57,
  ESHUTDOWN: 58,
  ETIMEDOUT: 60,
  ECONNREFUSED: 61,
  EHOSTDOWN: 64,
  EHOSTUNREACH: 65,
  // There is none: a number that nothing else has.
  ENONET: 1064,
  EALREADY: 37,
  EINPROGRESS: 36,
}

// Darwin keeps BSD's numbers but gives ENOTSUP the 45 and EOPNOTSUPP one of its own.
const MACOS: Readonly<Record<ErrnoName, number>> = { ...FREEBSD, EOPNOTSUPP: 102, EPROTO: 100, ENOMSG: 91, ENODATA: 96 }

// Winsock's WSAE… numbers where they exist, the C runtime's errno for the rest; EAGAIN is WSAEWOULDBLOCK.
const WINDOWS: Readonly<Record<ErrnoName, number>> = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 10004,
  EIO: 5,
  EBADF: 10009,
  EAGAIN: 10035,
  ENOMEM: 12,
  EACCES: 10013,
  EFAULT: 10014,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 10022,
  ENFILE: 23,
  EMFILE: 10024,
  ENOTTY: 25,
  ESPIPE: 29,
  EPIPE: 32,
  EDOM: 33,
  ENAMETOOLONG: 10063,
  ENOSYS: 40,
  ELOOP: 10062,
  ENOMSG: 122,
  ENODATA: 120,
  EPROTO: 134,
  ENOTSOCK: 10038,
  EDESTADDRREQ: 10039,
  EMSGSIZE: 10040,
  EPROTOTYPE: 10041,
  ENOPROTOOPT: 10042,
  EPROTONOSUPPORT: 10043,
  ESOCKTNOSUPPORT: 10044,
  EOPNOTSUPP: 10045,
  EPFNOSUPPORT: 10046,
  EAFNOSUPPORT: 10047,
  EADDRINUSE: 10048,
  EADDRNOTAVAIL: 10049,
  ENETDOWN: 10050,
  ENETUNREACH: 10051,
  ENETRESET: 10052,
  ECONNABORTED: 10053,
  ECONNRESET: 10054,
  ENOBUFS: 10055,
  EISCONN: 10056,
  ENOTCONN: 10057,
  ESHUTDOWN: 10058,
  ETIMEDOUT: 10060,
  ECONNREFUSED: 10061,
  EHOSTDOWN: 10064,
  EHOSTUNREACH: 10065,
  // There is none: the host is not found.
  ENONET: 11001,
  EALREADY: 10037,
  EINPROGRESS: 10036,
}

const SOLARIS: Readonly<Record<ErrnoName, number>> = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ESPIPE: 29,
  EPIPE: 32,
  EDOM: 33,
  ENAMETOOLONG: 78,
  ENOSYS: 89,
  ELOOP: 90,
  ENOMSG: 35,
  ENODATA: 61,
  EPROTO: 71,
  ENOTSOCK: 95,
  EDESTADDRREQ: 96,
  EMSGSIZE: 97,
  EPROTOTYPE: 98,
  ENOPROTOOPT: 99,
  EPROTONOSUPPORT: 120,
  ESOCKTNOSUPPORT: 121,
  EOPNOTSUPP: 122,
  EPFNOSUPPORT: 123,
  EAFNOSUPPORT: 124,
  EADDRINUSE: 125,
  EADDRNOTAVAIL: 126,
  ENETDOWN: 127,
  ENETUNREACH: 128,
  ENETRESET: 129,
  ECONNABORTED: 130,
  ECONNRESET: 131,
  ENOBUFS: 132,
  EISCONN: 133,
  ENOTCONN: 134,
  ESHUTDOWN: 143,
  ETIMEDOUT: 145,
  ECONNREFUSED: 146,
  EHOSTDOWN: 147,
  EHOSTUNREACH: 148,
  ENONET: 64,
  EALREADY: 149,
  EINPROGRESS: 150,
}

/** Each system's number for each name: `errnoNumbers.windows.EADDRINUSE === 10048`. */
export const errnoNumbers: Readonly<Record<ErrnoSystem, Readonly<Record<ErrnoName, number>>>> = {
  linux: Errno,
  freebsd: FREEBSD,
  macos: MACOS,
  windows: WINDOWS,
  solaris: SOLARIS,
}

const TEXTS: Readonly<Record<ErrnoName, string>> = {
  EPERM: 'Operation not permitted',
  ENOENT: 'No such file or directory',
  ESRCH: 'No such process',
  EINTR: 'Interrupted system call',
  EIO: 'Input/output error',
  EBADF: 'Bad file descriptor',
  EAGAIN: 'Resource temporarily unavailable',
  ENOMEM: 'Cannot allocate memory',
  EACCES: 'Permission denied',
  EFAULT: 'Bad address',
  EBUSY: 'Device or resource busy',
  EEXIST: 'File exists',
  ENODEV: 'No such device',
  EINVAL: 'Invalid argument',
  ENFILE: 'Too many open files in system',
  EMFILE: 'Too many open files',
  ENOTTY: 'Inappropriate ioctl for device',
  ESPIPE: 'Illegal seek',
  EPIPE: 'Broken pipe',
  EDOM: 'Numerical argument out of domain',
  ENAMETOOLONG: 'File name too long',
  ENOSYS: 'Function not implemented',
  ELOOP: 'Too many levels of symbolic links',
  ENOMSG: 'No message of desired type',
  ENODATA: 'No data available',
  EPROTO: 'Protocol error',
  ENOTSOCK: 'Socket operation on non-socket',
  EDESTADDRREQ: 'Destination address required',
  EMSGSIZE: 'Message too long',
  EPROTOTYPE: 'Protocol wrong type for socket',
  ENOPROTOOPT: 'Protocol not available',
  EPROTONOSUPPORT: 'Protocol not supported',
  ESOCKTNOSUPPORT: 'Socket type not supported',
  EOPNOTSUPP: 'Operation not supported',
  EPFNOSUPPORT: 'Protocol family not supported',
  EAFNOSUPPORT: 'Address family not supported by protocol',
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  ENETDOWN: 'Network is down',
  ENETUNREACH: 'Network is unreachable',
  ENETRESET: 'Network dropped connection on reset',
  ECONNABORTED: 'Software caused connection abort',
  ECONNRESET: 'Connection reset by peer',
  ENOBUFS: 'No buffer space available',
  EISCONN: 'Transport endpoint is already connected',
  ENOTCONN: 'Transport endpoint is not connected',
  ESHUTDOWN: 'Cannot send after transport endpoint shutdown',
  ETIMEDOUT: 'Connection timed out',
  ECONNREFUSED: 'Connection refused',
  EHOSTDOWN: 'Host is down',
  EHOSTUNREACH: 'No route to host',
  ENONET: 'Machine is not on the network',
  EALREADY: 'Operation already in progress',
  EINPROGRESS: 'Operation now in progress',
}

const ERRNO_NAMES: readonly ErrnoName[] = Object.keys(Errno) as ErrnoName[]

/**
 * The name of a system's number, of either sign: `errnoName(-98) === 'EADDRINUSE'`. A number that is none of a socket's
 * comes back as itself, `errno 250`, because a view must print something true.
 */
export function errnoName(code: number, system: ErrnoSystem = 'linux'): ErrnoName | `errno ${number}` {
  const number = Math.abs(code)
  const table = errnoNumbers[system]
  return ERRNO_NAMES.find((name) => table[name] === number) ?? `errno ${number}`
}

/** A system's number for a canonical one, Linux's: `errnoIn('freebsd', 98) === 48`. What has no name there stays as it is. */
export function errnoIn(system: ErrnoSystem, canonical: number): number {
  const numbers = errnoNumbers[system]
  return numbers === Errno ? canonical : (numbers[errnoName(canonical) as ErrnoName] ?? canonical)
}

/** strerror's words: `errnoText('EADDRINUSE') === 'Address already in use'`. Empty for what is no errno's name. */
export function errnoText(name: ErrnoName | `errno ${number}`): string {
  return TEXTS[name as ErrnoName] ?? ''
}
