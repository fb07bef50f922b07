/** What recovery wants sent, once the ACK has set the window. */
export const Resend = {
  NOTHING: 0,
  /** What is believed lost. */
  LOST: 1,
  /** New data first: their ACKs tell whether the timeout was spurious (F-RTO, RFC 5682 §2.1 step 2b). */
  NEW: 2,
} as const
/** One of these. */
export type Resend = (typeof Resend)[keyof typeof Resend]
