import { type goTo, route } from '../../router.ts'
import type { SocketView } from '../view.ts'

/** The address of a connection's page, with what the table shows kept for the way back; undefined for what has none. */
export function connectionRoute(row: SocketView): Parameters<typeof goTo>[0] | undefined {
  const { netid, cookie } = row
  if ((netid !== 'tcp' && netid !== 'mptcp') || cookie === undefined || cookie === 0n) return undefined
  return { view: 'host', item: String(cookie), params: route.peek().params }
}
