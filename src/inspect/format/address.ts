/** The notations that people and ss have for an end of a connection. */

/** ss's notation: IPv6 in brackets, the device behind a percent sign: `[fe80::1]%eth0`. */
export function bracketed(address: string, device?: string): string {
  const host = address.includes(':') ? `[${address}]` : address
  return device === undefined ? host : `${host}%${device}`
}

/** An end of a connection as people write it: `10.0.0.1:80`, `[::1]:80`. */
export function formatEndpoint(address: string, port: number): string {
  return `${bracketed(address)}:${port}`
}
