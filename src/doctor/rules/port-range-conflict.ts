import { counted } from '../../base/index.ts'
import type { SocketRow } from '../../inspect/index.ts'
import type { Context, Rule } from '../context.ts'
import { finding, number, ownerOf, word } from '../evidence.ts'
import { gentleFirst, setSysctl } from '../remedies.ts'
import type { Finding } from '../types.ts'

const ID = 'port-range-conflict'
/** Where Linux's own range begins: a listener below it is inside the range only because somebody widened the range. */
const DEFAULT_FIRST = 32_768
const RESERVED = 'net.ipv4.ip_local_reserved_ports'

/** A widened ip_local_port_range that has swallowed the ports of services. */
export const portRangeConflict: Rule = {
  id: ID,
  about: 'services whose port lies in a widened ip_local_port_range and is not reserved: a client may take it',
  needs: ['LISTEN'],
  judge(context) {
    const { ephemeral } = context.table
    if (ephemeral.first >= DEFAULT_FIRST) return []
    const inside = context.table
      .in('LISTEN')
      .filter(({ local }) => local.port < DEFAULT_FIRST && ephemeral.includes(local.port))
    return inside.length === 0 ? [] : [findingOf(context, inside)]
  },
}

function findingOf(context: Context, listeners: readonly SocketRow[]): Finding {
  const { table } = context
  const { first, last } = table.ephemeral
  const ports = [...new Set(listeners.map(({ local }) => local.port))].sort((a, b) => a - b)
  const reserved = table.observation.sysctls[RESERVED]?.trim() ?? ''
  return finding({
    rule: ID,
    key: '',
    title: `${counted(ports.length, 'service')} listen inside the range of ports that clients are given`,
    severity: 'info',
    evidence: [
      word('range', `${first}-${last}`),
      word('ports of services in it', shortList(ports)),
      number('reserved ranges', reserved === '' ? 0 : reserved.split(',').length),
    ],
    owner: ownerOf(context, listeners),
    explanation: [
      'ip_local_port_range has been widened over ports on which services of this host listen.',
      'While such a service is down or restarts, connect() may hand its port to any client.',
      'The service then cannot bind (EADDRINUSE) for as long as that connection and its TIME-WAIT last.',
    ],
    remedies: gentleFirst([
      setSysctl(
        'Keep these ports from clients',
        RESERVED,
        [...(reserved === '' ? [] : [reserved]), ...ports].join(','),
        'None; bind() to these ports still works.',
      ),
    ]),
    rows: listeners,
  })
}

const SHOWN = 8

function shortList(ports: readonly number[]): string {
  const more = ports.length - SHOWN
  return ports.slice(0, SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
