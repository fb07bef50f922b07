import { fastOpenCookie } from '../../stack/index.ts'
import type { RunConfig } from './config.ts'
import { hexOf } from './live-packet.ts'

/** The keys under which suites write cookies of servers down: one of four different words, and zero. */
const KEYS: readonly (readonly [word: string, key: string])[] = [
  ['TFO_COOKIE', 'a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4'],
  ['TFO_COOKIE_ZERO', '00000000-00000000-00000000-00000000'],
]

/** Words that suites hand to packetdrill by `-D`, so that one script serves both families; a `-D` of one's own wins. */
export function familyWords({ ipVersion, localIp, remoteIp }: RunConfig): Map<string, string> {
  const six = ipVersion !== 'ipv4'
  return new Map([
    ['CMSG_LEVEL_IP', six ? 'SOL_IPV6' : 'SOL_IP'],
    ['CMSG_TYPE_RECVERR', six ? 'IPV6_RECVERR' : 'IP_RECVERR'],
    ...KEYS.map(([word, key]) => [word, hexOf(fastOpenCookie(key, localIp, remoteIp))] as const),
  ])
}
