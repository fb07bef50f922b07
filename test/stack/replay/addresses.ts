/** The addresses of the tables' world by name: test/kernel/truth/README.md, "The world". */
import { Address } from '../../../src/wire/index.ts'

/** How a row's sockets speak: IPv4, IPv6, or IPv6 sockets that speak IPv4. */
export type Family = '4' | '6' | 'mapped'

type Name = 'any' | 'host' | 'other' | 'peer' | 'loop' | 'foreign' | 'nowhere' | 'broadcast' | 'multicast'

// The order matters: of two names for one address the first is printed.
const ADDRESSES: Readonly<Record<Name, readonly [four: string, six: string]>> = {
  any: ['0.0.0.0', '::'],
  host: ['192.0.2.1', '2001:db8::1'],
  other: ['192.0.2.3', '2001:db8::3'],
  peer: ['192.0.2.2', '2001:db8::2'],
  loop: ['127.0.0.1', '::1'],
  foreign: ['192.0.2.77', '2001:db8::77'],
  nowhere: ['203.0.113.1', '2001:db8:ffff::1'],
  broadcast: ['255.255.255.255', 'ff02::1'],
  multicast: ['224.0.0.7', 'ff0e::7'],
}
const NAMES = Object.keys(ADDRESSES) as Name[]
const MAPPED = '::ffff:'
/** From here up a port was chosen by the host, and its number is chance. */
const EPHEMERAL = 32_768

/** The interface of the host under test: its addresses with their prefixes, the one that connections use first. */
export const HOST_ADDRESSES: readonly string[] = ['host', 'other'].flatMap((name) => {
  const [four, six] = ADDRESSES[name as Name]
  return [`${four}/24`, `${six}/64`]
})

/** An address of the world as a packet carries it. */
export function wireAddress(name: 'host' | 'peer', six: boolean): Address {
  return Address.parse(ADDRESSES[name][six ? 1 : 0]) as Address
}

/**
 * The text that a program writes for `name`, on a socket that is IPv6 or not; `mapped` rows write IPv4 as IPv6.
 * @throws {Error} for a name that the world does not have: a mistake in the table.
 */
export function addressText(name: string, six: boolean, mapped: boolean): string {
  if (name.startsWith('mapped-')) return MAPPED + known(name.slice('mapped-'.length))[0]
  if (name.startsWith('four-')) return known(name.slice('four-'.length))[0]
  if (name.startsWith('six-')) return known(name.slice('six-'.length))[1]
  const [four, other] = known(name)
  if (!six) return four
  return mapped && name !== 'any' ? MAPPED + four : other
}

function known(name: string): readonly [string, string] {
  const texts = ADDRESSES[name as Name]
  if (texts === undefined) throw new Error(`the world has no address called '${name}'`)
  return texts
}

/** `host:8080`: an address and port as the tables print them; what has no name is printed itself. */
export function symbol(text: string, port: number, mapped: boolean): string {
  return `${nameOf(text, mapped)}:${port < EPHEMERAL ? port : 'ephemeral'}`
}

function nameOf(text: string, mapped: boolean): string {
  // The kernel's text of a mapped address has dots, RFC 5952's as well.
  const six = text.includes(':')
  for (const name of NAMES) {
    if (addressText(name, six, mapped) === text) return name
    if (six && MAPPED + ADDRESSES[name][0] === text) return `mapped-${name}`
  }
  return text
}
