/** Names of listeners. */
import { formatEndpoint, type SocketRow } from '../inspect/index.ts'
import type { SocketTable } from './socket-table.ts'
import { idPart } from './text.ts'

/** For a finding's id: the address and port; of several on the same (SO_REUSEPORT) its cookie too. */
export function listenerId(table: SocketTable, listener: SocketRow): string {
  const { netns, local, cookie, inode } = listener
  const where = idPart(formatEndpoint(local.address, local.port))
  const same = table.listenersOnPortOf(listener).filter((one) => one.local.address === local.address)
  const suffix = same.length > 1 ? `/${cookie ?? inode ?? 0}` : ''
  return `${netns === undefined ? '' : `${idPart(netns)}/`}${where}${suffix}`
}

/** The name of a count that is kept for a listener; a new listener on the same port is counted anew. */
export function seriesKey(rule: string, { netns, local, cookie, inode }: SocketRow): string {
  return `${rule}|${netns ?? ''}|${formatEndpoint(local.address, local.port)}|${cookie ?? inode ?? ''}`
}
