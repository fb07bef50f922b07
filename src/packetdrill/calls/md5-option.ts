import { AF_INET, AF_INET6 } from '../../stack/index.ts'
import { Address } from '../../wire/index.ts'
import type { Expression, StructField } from '../language/ast.ts'
import type { Scene } from './scene.ts'
import { socketAddress } from './sockets.ts'
import { addressParts, isOpen, numberOf } from './values.ts'

/** Octets of `struct tcp_md5sig`. */
export const MD5_LENGTH = 216
const ADDRESS_LENGTH = 128

/**
 * `{tcpm_addr=..., tcpm_keylen=3, tcpm_key="abc"}` as the octets of `struct tcp_md5sig`; `tcpm_flags`, `tcpm_prefixlen` and
 * `tcpm_ifindex` may follow. An open address is the remote's; it may be a structure, or `inet_addr("…")` alone. The script's `md5 valid` means this key from now on.
 */
export function md5Octets(scene: Scene, fields: ReadonlyMap<string, StructField>): Uint8Array {
  const octets = new Uint8Array(MD5_LENGTH)
  const view = new DataView(octets.buffer)
  const given = (name: string): Expression | undefined => fields.get(name)?.value
  const number = (name: string): number => (isOpen(given(name)) ? 0 : numberOf(given(name), name))
  putAddress(view, scene, asStructure(given('tcpm_addr')))
  view.setUint8(ADDRESS_LENGTH, number('tcpm_flags'))
  view.setUint8(ADDRESS_LENGTH + 1, number('tcpm_prefixlen'))
  view.setUint16(ADDRESS_LENGTH + 2, number('tcpm_keylen'), true)
  view.setUint32(ADDRESS_LENGTH + 4, number('tcpm_ifindex'), true)
  const text = given('tcpm_key')
  const key = Uint8Array.from(text?.kind === 'string' ? text.value : '', (letter) => letter.charCodeAt(0))
  octets.set(key.subarray(0, MD5_LENGTH - ADDRESS_LENGTH - 8), ADDRESS_LENGTH + 8)
  if (number('tcpm_keylen') > 0) scene.flows.signatureKey = key.slice(0, number('tcpm_keylen'))
  return octets
}

function asStructure(given: Expression | undefined): Expression | undefined {
  const alone = given?.kind === 'call' || given?.kind === 'string'
  return alone ? { kind: 'struct', fields: [{ name: 'sin_addr', count: null, value: given }] } : given
}

function putAddress(view: DataView, scene: Scene, given: Expression | undefined): void {
  const six = scene.config.ipVersion !== 'ipv4'
  const family = isOpen(given) ? undefined : addressParts(given, 'tcpm_addr').family
  view.setUint16(0, isOpen(family) ? (six ? AF_INET6 : AF_INET) : numberOf(family, 'sa_family'), true)
  const to = socketAddress(given, { address: scene.config.remoteIp, port: 0 })
  const address = typeof to?.address === 'string' ? Address.parse(to.address) : to?.address
  if (address === undefined) return
  const { w0, w1, w2, w3 } = six ? address.asV6() : address
  if (!six) view.setInt32(4, w3)
  else
    [w0, w1, w2, w3].forEach((word, i) => {
      view.setInt32(8 + i * 4, word)
    })
}
