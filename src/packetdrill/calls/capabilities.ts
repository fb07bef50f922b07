import { type ErrnoName, entryOf } from '../../base/index.ts'
import { Level } from '../../stack/index.ts'
import type { Expression } from '../language/ast.ts'
import { Mismatch } from '../run/outcome.ts'
import { failure, type Handler, once, type Scene } from './scene.ts'
import { inner, numberOf } from './values.ts'

const CAP_EFFECTIVE = 0
const CAP_NET_BIND_SERVICE = 10
const CAP_NET_ADMIN = 12
const CAP_NET_RAW = 13
const CAPABILITY_MOST = 40
const INT = 4

/** What a caller needs for an option: one of the capabilities, for values that the rule is about. */
interface Need {
  readonly of: readonly number[]
  readonly for?: (value: number) => boolean
  readonly errno?: ErrnoName
}

const ADMIN: Need = { of: [CAP_NET_ADMIN] }
const ADMIN_OR_RAW: Need = { of: [CAP_NET_ADMIN, CAP_NET_RAW] }
const on = (value: number): boolean => value !== 0

/** Options of Linux that not everybody may set, by level and name. */
const NEEDS: Readonly<Record<number, Readonly<Record<string, Need>>>> = {
  [Level.SOL_SOCKET]: {
    SO_DEBUG: { ...ADMIN, for: on, errno: 'EACCES' },
    SO_MARK: ADMIN_OR_RAW,
    SO_RCVMARK: ADMIN_OR_RAW,
    SO_PRIORITY: { ...ADMIN_OR_RAW, for: (value) => value < 0 || value > 6 },
    SO_SNDBUFFORCE: ADMIN,
    SO_RCVBUFFORCE: ADMIN,
    SO_PREFER_BUSY_POLL: { ...ADMIN, for: on },
    SO_BUSY_POLL: { ...ADMIN, for: (value) => value > 0 },
  },
  [Level.IPPROTO_TCP]: { TCP_REPAIR: ADMIN },
  [Level.IPPROTO_IP]: { IP_TRANSPARENT: { ...ADMIN_OR_RAW, for: on } },
  [Level.IPPROTO_IPV6]: { IPV6_TRANSPARENT: { ...ADMIN_OR_RAW, for: on } },
}

/** `cap_set(CAP_EFFECTIVE, CAP_NET_ADMIN, CAP_CLEAR)`: the script begins as root does, with all of them. */
export const capSet: Handler = ([flag, capability, value], scene) => {
  const number = numberOf(capability, 'the capability')
  if (number < 0 || number > CAPABILITY_MOST) throw new Mismatch(`there is no capability ${number}`)
  if (numberOf(flag, 'the set') !== CAP_EFFECTIVE) return once(0)
  if (numberOf(value, 'the value') === 0) scene.dropped.add(number)
  else scene.dropped.delete(number)
  return once(0)
}

/** What somebody without the capability is told who sets an option: −errno, or 0. */
export function notAllowed(
  scene: Scene,
  level: number,
  option: Expression | undefined,
  value: Expression | undefined,
  octets: number,
): number {
  const need = option?.kind === 'word' ? entryOf(NEEDS[level] ?? {}, option.name) : undefined
  if (need === undefined || octets < INT || need.of.some((one) => !scene.dropped.has(one))) return 0
  const given = inner(value)
  if (need.for !== undefined && given?.kind === 'integer' && !need.for(given.value)) return 0
  return failure(scene, need.errno ?? 'EPERM')
}

/** The same for bind() to a port of the system's own. */
export function mayNotBind(scene: Scene, port: number): boolean {
  return port > 0 && port < scene.host.config.privilegedPorts && scene.dropped.has(CAP_NET_BIND_SERVICE)
}
