/** Explicit congestion notification (RFC 3168): what one connection knows of it. */
export class Ecn {
  /** Both ends agreed to it. */
  on = false
  /** Sender: the window was reduced; the next new data carry CWR. */
  mustTellReduced = false
  /** Receiver: congestion was experienced; every ACK carries ECE until the peer says CWR. */
  echo = false
  /** Receiver: the path has carried an ECN codepoint; one without is remarkable. */
  seen = false
}
