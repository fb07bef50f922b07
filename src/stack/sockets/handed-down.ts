/** What a connection has of its listener among the options that are kept by name, beside those of IPv6. */
const HANDED_DOWN: ReadonlySet<string> = new Set([
  ...['SO_DONTROUTE', 'SO_NOSIGPIPE', 'SO_RCVTIMEO', 'SO_SNDTIMEO', 'SO_SNDLOWAT', 'SO_SETFIB', 'TCP_LOG'],
])
/** About bind(), which a connection has behind it. */
const FOR_BINDING: ReadonlySet<string> = new Set(['IPV6_PORTRANGE', 'IPV6_BINDANY'])

/** Whether an option that is kept by name goes from a listener to its connections (BSD; `SocketRules.handsDown`). */
export function isHandedDown(name: string): boolean {
  return HANDED_DOWN.has(name) || (name.startsWith('IPV6_') && !FOR_BINDING.has(name))
}
