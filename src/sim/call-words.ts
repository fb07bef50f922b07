import { IpOption, Ipv6Option, Level, So, TcpOption } from '../stack/index.ts'

/** Socket options by the names that programs use. */
export type SocketOptionName =
  | 'SO_REUSEADDR'
  | 'SO_REUSEPORT'
  | 'SO_EXCLUSIVEADDRUSE'
  | 'SO_KEEPALIVE'
  | 'SO_LINGER'
  | 'SO_OOBINLINE'
  | 'SO_SNDBUF'
  | 'SO_RCVBUF'
  | 'TCP_NODELAY'
  | 'TCP_MAXSEG'
  | 'TCP_KEEPIDLE'
  | 'TCP_KEEPINTVL'
  | 'TCP_KEEPCNT'
  | 'TCP_LINGER2'
  | 'TCP_USER_TIMEOUT'
  | 'IP_TTL'
  | 'IPV6_V6ONLY'

type LevelAndName = readonly [level: number, name: number]

const OPTIONS: Readonly<Record<SocketOptionName, LevelAndName>> = {
  SO_REUSEADDR: [Level.SOL_SOCKET, So.REUSEADDR],
  SO_REUSEPORT: [Level.SOL_SOCKET, So.REUSEPORT],
  SO_EXCLUSIVEADDRUSE: [Level.SOL_SOCKET, So.EXCLUSIVEADDRUSE],
  SO_KEEPALIVE: [Level.SOL_SOCKET, So.KEEPALIVE],
  SO_LINGER: [Level.SOL_SOCKET, So.LINGER],
  SO_OOBINLINE: [Level.SOL_SOCKET, So.OOBINLINE],
  SO_SNDBUF: [Level.SOL_SOCKET, So.SNDBUF],
  SO_RCVBUF: [Level.SOL_SOCKET, So.RCVBUF],
  TCP_NODELAY: [Level.IPPROTO_TCP, TcpOption.NODELAY],
  TCP_MAXSEG: [Level.IPPROTO_TCP, TcpOption.MAXSEG],
  TCP_KEEPIDLE: [Level.IPPROTO_TCP, TcpOption.KEEPIDLE],
  TCP_KEEPINTVL: [Level.IPPROTO_TCP, TcpOption.KEEPINTVL],
  TCP_KEEPCNT: [Level.IPPROTO_TCP, TcpOption.KEEPCNT],
  TCP_LINGER2: [Level.IPPROTO_TCP, TcpOption.LINGER2],
  TCP_USER_TIMEOUT: [Level.IPPROTO_TCP, TcpOption.USER_TIMEOUT],
  IP_TTL: [Level.IPPROTO_IP, IpOption.TTL],
  IPV6_V6ONLY: [Level.IPPROTO_IPV6, Ipv6Option.V6ONLY],
}

/** Whether a program may write that for an option. */
export function isSocketOption(name: string): name is SocketOptionName {
  return Object.hasOwn(OPTIONS, name)
}

/** Level and number of an option. */
export function optionNumbers(name: SocketOptionName): LevelAndName {
  return OPTIONS[name]
}

/** strace's `-s`: as much of a buffer as it prints. */
const SHOWN = 32

/** The first octets of a buffer as strace prints them: `"hello\n"`, `"xxxx"...`. */
export function dataText(octets: Uint8Array, length: number): string {
  let text = ''
  for (const octet of octets.subarray(0, Math.min(length, SHOWN))) text += CHARACTERS[octet]
  return `"${text}"${length > SHOWN ? '...' : ''}`
}

function characterText(octet: number): string {
  switch (octet) {
    case 10:
      return '\\n'
    case 13:
      return '\\r'
    case 9:
      return '\\t'
    case 34:
      return '\\"'
    case 92:
      return '\\\\'
    default:
      return octet >= 32 && octet < 127 ? String.fromCharCode(octet) : `\\${octet.toString(8)}`
  }
}

const CHARACTERS: readonly string[] = Array.from({ length: 256 }, (_, octet) => characterText(octet))
