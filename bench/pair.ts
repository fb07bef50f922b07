import { type Attachment, Host, linkPair } from 'lastack/stack'

/** A host of the benchmark, with its only address. */
export interface End {
  readonly host: Host
  readonly joined: Attachment
  readonly address: string
}

/** Two hosts on one wire. */
export function joinedPair(
  mtu: number,
  sysctl: Record<string, string | number> = {},
  offload = false,
): { a: End; b: End } {
  const [here, there] = linkPair({ mtu, offload })
  const end = (name: string, link: typeof here, address: string, seed: number): End => {
    const host = new Host({ name, seed, sysctl })
    const iface = host.addInterface({ name: 'eth0', link, addresses: [`${address}/24`] })
    return { host, joined: { host, iface: iface.index, link }, address }
  }
  return { a: end('a', here, '10.0.0.1', 1), b: end('b', there, '10.0.0.2', 2) }
}
