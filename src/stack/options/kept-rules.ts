import { Errno } from '../../base/index.ts'
import type { Socket } from '../sockets/socket.ts'
import type { OptionValue, SocketOption } from './option.ts'

/** What a number becomes: what is kept, or −errno; `socket` is the one that is asked. */
export type Rule = (value: number, socket: Socket) => number

/** Anything but 0 is 1. */
export const flag: Rule = (value) => Number(value !== 0)
/** Taken as it is. */
export const any: Rule = (value) => value
/** Taken, and forgotten. */
export const none: Rule = () => 0
/** 0 and more, below 0 EINVAL. */
export const notNegative: Rule = (value) => (value < 0 ? -Errno.EINVAL : value)
/** 0 or 1, else EINVAL. */
export const zeroOrOne: Rule = (value) => (value === 0 || value === 1 ? value : -Errno.EINVAL)
/** 0 alone: there are no interfaces to name. */
export const zeroAlone: Rule = (value) => (value === 0 ? 0 : -Errno.EADDRNOTAVAIL)
/** Never: EINVAL. */
export const invalid: Rule = () => -Errno.EINVAL
/** Never: EOPNOTSUPP. */
export const unsupported: Rule = () => -Errno.EOPNOTSUPP

/** From 0 to so much, else EINVAL. */
export function upTo(most: number): Rule {
  return (value) => (value < 0 || value > most ? -Errno.EINVAL : value)
}

/** What tells an option from others of its kind. */
export interface KeptTraits {
  /** What it reads as before it is set. */
  readonly initial?: number
  /** Octets of its value. */
  readonly length?: number
  readonly leastOctets?: number
  readonly exactOctets?: boolean
  /** A number below 0 may be kept; of other rules it is a refusal. */
  readonly signed?: boolean
}

/** An option that is taken by a rule, kept under its name, and told. */
export function kept(name: string, level: number, number: number, rule: Rule, traits: KeptTraits = {}): SocketOption {
  const { initial = 0, length = 4, leastOctets, exactOctets, signed = rule === any } = traits
  return {
    ...{ name, level, number, length },
    ...(leastOctets !== undefined && { leastOctets }),
    ...(exactOctets !== undefined && { exactOctets }),
    set(socket, value) {
      const taken = rule(value, socket)
      if (taken < 0 && !(signed && taken === value)) return taken
      socket.options.kept = new Map([...socket.options.kept, [name, taken]])
      return 0
    },
    get: ({ options }) => options.kept.get(name) ?? initial,
  }
}

/** One that is told and cannot be set. */
export function told(
  name: string,
  level: number,
  number: number,
  value: OptionValue | ((socket: Socket) => OptionValue),
  length = 4,
): SocketOption {
  return { name, level, number, length, get: typeof value === 'function' ? value : () => value }
}

/** An option that can be set and not be read. */
export function writeOnly(option: SocketOption): SocketOption {
  const { name, level, number, length } = option
  return { name, level, number, length, set: (socket, value) => option.set?.(socket, value) ?? 0 }
}
