/** The time now on CLOCK_MONOTONIC, µs: the clock of what the kernel tells. */
export function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1000n)
}
