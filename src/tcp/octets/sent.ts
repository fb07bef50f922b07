/** What transmitting has come to. */
export const Sent = {
  /** Nothing has left, and nothing new may. */
  NOTHING: 0,
  /** Something has left again, and nothing new may. */
  AGAIN: 1,
  /** Nothing waits to leave again: new text may, as far as `newRoom` goes. */
  ALL: 2,
  /** The same, and something has left again. */
  ALL_AGAIN: 3,
} as const
/** One of these. */
export type Sent = (typeof Sent)[keyof typeof Sent]
