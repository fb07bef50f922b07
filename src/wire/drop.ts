/**
 * Why a packet was not taken: small integers, so that a counter is an array element. 0 means that it was taken.
 */
export const DropReason = {
  NONE: 0,
  /** Shorter than its own headers or length field say. */
  TRUNCATED: 1,
  /** Neither IPv4 nor IPv6. */
  BAD_VERSION: 2,
  /** An IPv4 header length below five words. */
  BAD_HEADER_LENGTH: 3,
  /** A length field that is shorter than the header it stands in. */
  BAD_TOTAL_LENGTH: 4,
  BAD_IP_CHECKSUM: 5,
  /** An IPv6 extension header or an option in it that must not be passed over. */
  BAD_EXTENSION_HEADER: 6,
  /** A piece of a packet: `parseFragment` reads which. */
  FRAGMENT: 7,
  /** TTL or hop limit used up on the way. */
  TTL: 8,
  UNKNOWN_PROTOCOL: 9,
  BAD_TRANSPORT_CHECKSUM: 10,
  /** TCP data offset below five words or beyond the segment. */
  BAD_DATA_OFFSET: 11,
  /** A TCP option whose length is below two or beyond the header. */
  BAD_OPTION_LENGTH: 12,
  /** UDP length below eight or beyond the packet. */
  BAD_UDP_LENGTH: 13,
  /** An ICMP error whose quotation is too short to say whom it concerns. */
  BAD_QUOTE: 14,
  /** An address that no packet may carry there: a multicast source, an IPv4-mapped address in an IPv6 header. */
  BAD_ADDRESS: 15,
  /** Addressed to somebody else. */
  NOT_LOCAL: 16,
  /** An Ethernet, ARP or neighbour-discovery message that breaks its own format. */
  BAD_LINK_MESSAGE: 17,
} as const
export type DropReason = (typeof DropReason)[keyof typeof DropReason]

/** How many reasons there are, 0 included: the length of an array of counters. */
export const DROP_REASONS = 18

const NAMES: readonly string[] = [
  'none',
  'truncated',
  'bad-version',
  'bad-header-length',
  'bad-total-length',
  'bad-ip-checksum',
  'bad-extension-header',
  'fragment',
  'ttl',
  'unknown-protocol',
  'bad-transport-checksum',
  'bad-data-offset',
  'bad-option-length',
  'bad-udp-length',
  'bad-quote',
  'bad-address',
  'not-local',
  'bad-link-message',
]

/** A reason's name as counters and traces print it: `bad-data-offset`. */
export function dropReasonName(reason: DropReason): string {
  return NAMES[reason] as string
}
