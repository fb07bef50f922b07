/** Bits of `tcp_fastopen`. */
export const FastOpenBit = {
  /** connect() may send data in its SYN. */
  CLIENT: 1,
  /** A listener may take data from a SYN. */
  SERVER: 2,
  /** The SYN carries data even without a cookie. */
  CLIENT_WITHOUT_COOKIE: 4,
  /** A listener takes data even without a cookie. */
  SERVER_WITHOUT_COOKIE: 0x200,
  /** Every listener does it, without asking by TCP_FASTOPEN. */
  EVERY_LISTENER: 0x400,
  /** Cookies are good only under a key that the client was told beforehand (BSD). */
  PRE_SHARED: 0x10000,
} as const

/** What TCP_INFO says of a Fast Open that did not come about (`enum tcp_fastopen_client_fail`). */
export const FastOpenFail = { NONE: 0, NO_COOKIE: 1, DATA_NOT_ACKED: 2, SYN_RETRANSMITTED: 3 } as const

/** A key that cookies are made with: four words. */
export type FastOpenKey = Int32Array

/** TCP Fast Open (RFC 7413) on one connection. */
export interface FastOpen {
  /** The option of the next SYN or SYN-ACK: a cookie; empty: one is asked for; null: no option. */
  option: Uint8Array | null
  /** The one of the first SYN. */
  first: Uint8Array | null
  experimental: boolean
  /** Our SYN carried the option. */
  asked: boolean
  /** It left although a black hole had been suspected: if text comes, there is none. */
  probing: boolean
  /** Our SYN carries so many octets of data. */
  data: number
  dataAcked: boolean
  /** The connection was made by a SYN with data, and is open before its handshake is complete. */
  early: boolean
  /** The SYN that made it has not been answered yet. */
  owesAnswer: boolean
  /** It is being answered now: what has no room in the SYN-ACK follows it. */
  answering: boolean
  fail: number
}

/** Nothing has been said yet. */
export function newFastOpen(): FastOpen {
  return {
    option: null,
    first: null,
    experimental: false,
    asked: false,
    probing: false,
    data: 0,
    dataAcked: false,
    early: false,
    owesAnswer: false,
    answering: false,
    fail: FastOpenFail.NONE,
  }
}
