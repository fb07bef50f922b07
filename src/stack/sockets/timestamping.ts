/** Bits of SO_TIMESTAMPING (`SOF_TIMESTAMPING_*`). */
export const Timestamping = {
  TX_HARDWARE: 0x1,
  TX_SOFTWARE: 0x2,
  RX_SOFTWARE: 0x8,
  SOFTWARE: 0x10,
  OPT_ID: 0x80,
  TX_SCHED: 0x100,
  TX_ACK: 0x200,
  OPT_CMSG: 0x400,
  OPT_TSONLY: 0x800,
  OPT_STATS: 0x1000,
  BIND_PHC: 0x8000,
  OPT_ID_TCP: 0x10000,
  OPT_RX_FILTER: 0x20000,
  TX_COMPLETION: 0x40000,
} as const

/** Every bit that Linux knows. */
export const TIMESTAMPING_MASK: number = (1 << 19) - 1
/** Bits that ask for something of each send(); a control message may say them anew. */
export const TIMESTAMPING_RECORD: number =
  Timestamping.TX_HARDWARE |
  Timestamping.TX_SOFTWARE |
  Timestamping.TX_SCHED |
  Timestamping.TX_ACK |
  Timestamping.TX_COMPLETION

/** `ee_info` of a timestamp: what happened then. */
export const TimestampKind = { SND: 0, SCHED: 1, ACK: 2 } as const
