import { MS } from '../../base/index.ts'

/** A tick of Linux's clock, in which it keeps many times that options set. */
export const TICK_US: number = 4 * MS

/** A time in whole ticks, rounded up. */
export function inTicks(us: number): number {
  return Math.ceil(us / TICK_US) * TICK_US
}
