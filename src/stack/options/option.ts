import type { TcpStatus } from '../../tcp/index.ts'
import type { Socket } from '../sockets/socket.ts'
import { TcpSocket } from '../sockets/tcp-socket.ts'

/** SO_LINGER's value. */
export interface Linger {
  readonly on: boolean
  readonly seconds: number
}

/** What options are set to and read as: a number, or SO_LINGER's and TCP_INFO's structures. */
export type OptionValue = number | string | Linger | TcpStatus

/** Where getsockopt puts what it read. */
export interface OptionBox {
  value: OptionValue
  /** Octets that the caller has room for, and then those that the answer takes; absent: as many as there are. */
  room?: number
}

/** One socket option. Calls return 0 or −errno, canonical. */
export interface SocketOption {
  /** `SO_REUSEADDR` */
  readonly name: string
  readonly level: number
  readonly number: number
  /** Octets of its value. */
  readonly length: number
  /** Octets that have to be given: a whole int, but for IPPROTO_IP none. */
  readonly leastOctets?: number
  /** So many have to be given as it has, not more: else EINVAL. */
  readonly exactOctets?: boolean
  /** Octets that a caller has to have room for, or it gets none: EINVAL. */
  readonly leastRoom?: number
  /** And room for no more than it has. */
  readonly exactRoom?: boolean
  /** Not every system has it: see `SocketRules.rareOptions`. */
  readonly rare?: boolean
  /** Absent: −ENOPROTOOPT. */
  set?(socket: Socket, value: number): number
  /** What octets say beside the number that they begin with, which was taken. */
  setRest?(socket: Socket, octets: Uint8Array): void
  /** Absent: −ENOPROTOOPT. */
  get?(socket: Socket): OptionValue
  /** Instead of `get`, where the answer may be −errno. */
  ask?(socket: Socket): OptionValue
}

/** SO_LINGER alone is set to a structure. */
export interface LingerOption extends Omit<SocketOption, 'set'> {
  setLinger(socket: Socket, value: Linger): number
}

/** An option whose value is a name; as octets it ends at the first zero. */
export interface TextOption extends Omit<SocketOption, 'set'> {
  setText(socket: Socket, text: string): number
}

/** An option whose value is octets, as they are. */
export interface OctetsOption extends Omit<SocketOption, 'set'> {
  setOctets(socket: Socket, octets: Uint8Array): number
}

/** Whether an option's value is SO_LINGER's. */
export function isLinger(value: unknown): value is Linger {
  return typeof value === 'object' && value !== null && 'seconds' in value
}

/** The stream socket, for options that others do not have; level and protocol have been checked. */
export function stream(socket: Socket): TcpSocket {
  return socket as TcpSocket
}

/** A change that bind()'s rules see: SO_REUSEADDR and its kin. */
export interface ClaimingSocket extends Socket {
  changeClaim(change: (options: Socket['options']) => void): void
}

/** Whether a socket is a stream socket. */
export function isStream(socket: Socket): socket is TcpSocket {
  return socket instanceof TcpSocket
}
