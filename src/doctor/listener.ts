/** Names of listeners. */
import { formatEndpoint, type SocketRow } from '../inspect/index.ts'
import { idPart } from './text.ts'

/** For a finding's id: the address and port it listens on. */
export function listenerId({ netns, local }: SocketRow): string {
  const where = idPart(formatEndpoint(local.address, local.port))
  return netns === undefined ? where : `${idPart(netns)}/${where}`
}

/** The name of a count that is kept for a listener; a new listener on the same port is counted anew. */
export function seriesKey(rule: string, listener: SocketRow): string {
  return `${rule}|${listenerId(listener)}|${listener.cookie ?? listener.inode ?? ''}`
}
