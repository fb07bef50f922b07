import type { Endpoint, RowTimer, StreamedRow } from 'lastack/inspect'
import { formatAge, formatMs } from '../ui/format.ts'

/** The words for an endpoint: `10.0.0.1:443`, `[::1]:80`, `0.0.0.0:*`. */
export function endpointText(endpoint: Endpoint): string {
  const [address, port] = endpointParts(endpoint)
  return `${address}:${port}`
}

/** The two halves of an endpoint's words: the port stays in sight when the address has to be cut. */
export function endpointParts(endpoint: Endpoint): readonly [address: string, port: string] {
  const { address, port, device } = endpoint
  const scoped = device === undefined ? address : `${address}%${device}`
  return [address.includes(':') ? `[${scoped}]` : scoped, port === 0 ? '*' : String(port)]
}

/** The words for who holds a socket: `nginx 1234`, `none`, `not visible`. */
export function ownerText(row: Pick<StreamedRow, 'owners'>): string {
  if (row.owners === undefined) return 'not visible'
  const first = row.owners[0]
  return first === undefined ? 'none' : `${first.command} ${first.pid}`
}

const TIMER_WORDS: Readonly<Record<RowTimer['kind'], string>> = {
  on: 'retransmit',
  keepalive: 'keep-alive',
  timewait: '2·MSL',
  persist: 'window probe',
  unknown: 'timer',
}

/** A timer in words: `retransmit 1.2 s (3)`. */
export function timerText(timer: RowTimer): string {
  const tries = timer.retransmits > 0 ? ` (${timer.retransmits})` : ''
  return `${TIMER_WORDS[timer.kind]} ${timer.expiresMs >= 10_000 ? formatAge(timer.expiresMs) : formatMs(timer.expiresMs)}${tries}`
}
