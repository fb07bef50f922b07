import type { Endpoint, StreamedRow } from 'lastack/inspect'

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
