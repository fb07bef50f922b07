const NO_OCTETS: Uint8Array = new Uint8Array(0)

/** The fields of one TCP segment; one instance is read into again and again. Names are RFC 9293's SEG variables. */
export class TcpSegment {
  /** Where the segment lies. The data are read from here; they are overwritten when the buffer is used again. */
  buf: Uint8Array = NO_OCTETS
  sourcePort = 0
  destinationPort = 0
  /** SEG.SEQ, int32. */
  seq = 0
  /** SEG.ACK, int32; meaningful when the ACK bit is set. */
  ack = 0
  /** Control bits; see `Ctl`. */
  ctl = 0
  /** SEG.WND as sent, unscaled. */
  wnd = 0
  /** SEG.UP, relative to SEG.SEQ; meaningful when the URG bit is set. */
  up = 0
  /** Octets of header, options included. */
  headerLength = 0
  /** Index in `buf` of the first octet of data. */
  dataStart = 0
  dataLength = 0
  /** Octets of text in each of the segments that came joined as this one; 0: it came alone. */
  cut = 0
  /** Maximum segment size option; 0: none. */
  mss = 0
  /** Window scale option, at most 14 (RFC 7323 §2.3); −1: none. */
  wscale = -1
  sackPermitted = false
  /** True when the timestamps option is there. */
  timestamps = false
  /** TSval, int32. */
  tsVal = 0
  /** TSecr, int32. */
  tsEcr = 0
  /** How many SACK blocks `sackLeft` and `sackRight` hold: 0 … 4. */
  sackCount = 0
  /** Left edges, int32. */
  readonly sackLeft: Int32Array = new Int32Array(4)
  /** Right edges, int32. */
  readonly sackRight: Int32Array = new Int32Array(4)
  /** Octets of Fast Open cookie (RFC 7413); 0: one is asked for; −1: no such option, or no cookie that there may be. */
  fastOpenLength = -1
  /** The Fast Open option is there, whatever it holds. */
  fastOpenSaid = false
  /** Index in `buf` of the cookie. */
  fastOpenStart = 0
  /** Index in `buf` of the sixteen octets of a signature (RFC 2385); −1: there is none. */
  signatureStart = -1
  /** The key that the signature was made with, once it is verified. */
  signatureKey: Uint8Array | null = null
  /** The cookie came as option 254 with the number F989 (RFC 6994), as before RFC 7413. */
  fastOpenExperimental = false
  /** Kind of the AccECN option (RFC 9768 §3.2.3), 172 or 174; 0: no such option. */
  accurateKind = 0
  /** Index in `buf` of its first counter. */
  accurateStart = 0
  /** Whole counters in it. */
  accurateFields = 0

  /** It has no option, and came alone. */
  clearOptions(): void {
    this.cut = 0
    this.mss = 0
    this.wscale = -1
    this.sackPermitted = false
    this.timestamps = false
    this.sackCount = 0
    this.fastOpenLength = -1
    this.fastOpenSaid = false
    this.signatureStart = -1
    this.signatureKey = null
    this.fastOpenExperimental = false
    this.accurateKind = 0
  }

  /** How many segments of the sender's this is. */
  get segments(): number {
    return this.cut > 0 && this.dataLength > this.cut ? Math.ceil(this.dataLength / this.cut) : 1
  }

  /** Octets of text in the largest of them. */
  get largest(): number {
    return this.cut > 0 && this.dataLength > this.cut ? this.cut : this.dataLength
  }

  /** SEG.LEN: data octets, plus one for SYN and one for FIN. */
  get len(): number {
    return this.dataLength + ((this.ctl >>> 1) & 1) + (this.ctl & 1)
  }
}
