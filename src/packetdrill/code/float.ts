/** Python's float. Its int is a number while that is exact, and a bigint beyond. */
export class Float {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/** What a number is worth, a bool being one; undefined for what is none. Such are compared exactly, whichever kinds they are. */
export function worth(value: unknown): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  if (typeof value === 'boolean') return Number(value)
  return value instanceof Float ? value.value : undefined
}

/** Below 0, 0 or above: how two numbers are ordered; NaN where one of them is none. */
export function orderOfNumbers(left: number | bigint, right: number | bigint): number {
  if (left < right) return -1
  if (left > right) return 1
  return Number.isNaN(left) || Number.isNaN(right) ? Number.NaN : 0
}
