/** Kinds of TCP options (IANA). */
export const Kind = {
  EOL: 0,
  NOP: 1,
  MSS: 2,
  WSCALE: 3,
  SACK_PERMITTED: 4,
  SACK: 5,
  TIMESTAMPS: 8,
  MD5: 19,
  FAST_OPEN: 34,
  ACCECN0: 172,
  ACCECN1: 174,
  EXPERIMENT: 254,
} as const

/** RFC 7413's experimental form shares kind 254; these two octets tell it apart. */
export const FOEXP_MAGIC = 'f989'
