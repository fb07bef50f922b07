import { Address, type Cidr } from '../../wire/index.ts'
import { globMatches } from '../format/glob.ts'
import type { SocketRow } from '../socket-row.ts'
import type { Filter, HostCondition, PathCondition, PortCondition } from './filter.ts'
import { stateBit } from './states.ts'

/** What a filter looks at. */
export type FilteredRow = Pick<
  SocketRow,
  'family' | 'state' | 'local' | 'peer' | 'path' | 'inode' | 'peerInode' | 'mark' | 'cgroup'
>

/** Whether what is shown of a row has a text in it. */
export type HasText = (row: FilteredRow, text: string) => boolean

/** The ports the kernel chooses from when a program does not: `net.ipv4.ip_local_port_range`, both ends included. */
export type PortRange = readonly [first: number, last: number]

/** Linux's default range. */
export const DEFAULT_PORT_RANGE: PortRange = [32768, 60999]

/**
 * Whether the row is one that the filter keeps.
 * @param hasText for a search, whose plain words it has; a filter of ss has none
 */
export function matches(
  filter: Filter,
  row: FilteredRow,
  ephemeral: PortRange = DEFAULT_PORT_RANGE,
  hasText: HasText = () => false,
): boolean {
  switch (filter.kind) {
    case 'and':
      return matches(filter.left, row, ephemeral, hasText) && matches(filter.right, row, ephemeral, hasText)
    case 'or':
      return matches(filter.left, row, ephemeral, hasText) || matches(filter.right, row, ephemeral, hasText)
    case 'not':
      return !matches(filter.operand, row, ephemeral, hasText)
    case 'states':
      return (filter.states & stateBit(row.state)) !== 0
    case 'text':
      return hasText(row, filter.text)
    case 'host':
      return matchesHost(filter, row)
    case 'path':
      return matchesPath(filter, row)
    case 'port':
      return matchesPort(filter, row)
    case 'autobound':
      return row.family === 0 ? hasNoName(row) : ephemeral[0] <= row.local.port && row.local.port <= ephemeral[1]
    case 'device':
      return row.local.device === filter.name
    case 'mark':
      return ((row.mark ?? 0) & filter.mask) >>> 0 === filter.value
    case 'cgroup':
      return row.cgroup === filter.path
    default:
      return filter satisfies never
  }
}

function matchesHost(condition: HostCondition, row: FilteredRow): boolean {
  if (condition.port !== undefined && condition.port !== portOf(row, condition.side)) return false
  if (condition.prefix === undefined) return true
  const end = condition.side === 'src' ? row.local : row.peer
  const address = Address.parse(end.address)
  return address !== undefined && isIn(address, condition.prefix)
}

/**
 * An IPv4 range also takes IPv4-mapped addresses; an IPv6 range never takes those of IPv4 sockets. So does the kernel's filter.
 *
 * DIFFERS: ss filters what the kernel let through once more, and there compares octets without regard to the family, because of which
 * `not dst 0.0.0.0/0` shows it no IPv6 socket at all, and `src [::]` every unix socket without a path.
 */
function isIn(address: Address, prefix: Cidr): boolean {
  return address.v4 && !prefix.address.v4 ? false : address.inPrefix(prefix.address, prefix.bits)
}

function matchesPath(condition: PathCondition, row: FilteredRow): boolean {
  // The kernel's dump has no path of the peer: ss compares with an empty one.
  const path = condition.side === 'src' ? (row.path ?? '') : ''
  return row.family === 0 && globMatches(condition.pattern, path)
}

function matchesPort(condition: PortCondition, row: FilteredRow): boolean {
  const port = portOf(row, condition.side)
  switch (condition.operator) {
    case '<':
      return port < condition.port
    case '<=':
      return port <= condition.port
    case '>':
      return port > condition.port
    case '>=':
      return port >= condition.port
    default:
      return condition.operator satisfies never
  }
}

/** ss keeps a unix socket's inode where it keeps a port. */
function portOf(row: FilteredRow, side: 'src' | 'dst'): number {
  if (row.family === 0) return (side === 'src' ? row.inode : row.peerInode) ?? 0
  return side === 'src' ? row.local.port : row.peer.port
}

/** No path, or one that the kernel made up: `@` and five hexadecimal digits. */
function hasNoName(row: FilteredRow): boolean {
  return row.path === undefined || row.path === '' || /^@[0-9a-f]{5}$/.test(row.path)
}
