/** What the writer and the reader of capture files share: block types, option codes, link types. */

/** Link types (https://www.tcpdump.org/linktypes.html): what a captured packet begins with. */
export const LinkType = {
  /** BSD loopback: the address family in four octets of the capturing host's order. */
  NULL: 0,
  ETHERNET: 1,
  /** PPP, with its address and control octets or without. */
  PPP: 9,
  /** RAW by the number that some systems have for it in memory; files of programs without libpcap carry it. */
  DLT_RAW: 12,
  /** The same on OpenBSD. */
  DLT_RAW_OPENBSD: 14,
  /** PPP in frames like HDLC's. */
  PPP_HDLC: 50,
  /** A PPPoE session, from its header on. */
  PPP_ETHER: 51,
  /** The IP header itself. */
  RAW: 101,
  /** Cisco's HDLC: address, control and an EtherType. */
  C_HDLC: 104,
  /** OpenBSD loopback: the address family in four octets of network order. */
  LOOP: 108,
  /** Linux "any" device, 16 octets. */
  LINUX_SLL: 113,
  /** PPP behind an octet that tells the direction. */
  PPP_WITH_DIRECTION: 204,
  IPV4: 228,
  IPV6: 229,
  /** Linux "any" device, version 2, 20 octets. */
  LINUX_SLL2: 276,
} as const

/** pcapng's block types. */
export const Block = {
  SECTION: 0x0a0d0d0a,
  INTERFACE: 1,
  /** Obsolete, still found in old files. */
  PACKET: 2,
  SIMPLE_PACKET: 3,
  ENHANCED_PACKET: 6,
} as const

/** pcapng's options; codes above 1 mean different things in different blocks. */
export const Option = {
  END: 0,
  COMMENT: 1,
  SECTION_APPLICATION: 4,
  INTERFACE_NAME: 2,
  INTERFACE_RESOLUTION: 9,
  INTERFACE_OFFSET: 14,
  PACKET_FLAGS: 2,
} as const

/** The section header's magic number, in the order of the machine that wrote it. */
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d
/** The lower two bits of a packet's flags. */
export const DIRECTION_IN = 1
/** The lower two bits of a packet's flags. */
export const DIRECTION_OUT = 2
