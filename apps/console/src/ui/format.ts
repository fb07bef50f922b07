import { formatDuration } from 'lastack/base'

const GROUPED = new Intl.NumberFormat('en-US')

/** A count with its thousands apart: `12,034`. */
export function formatCount(count: number): string {
  // Most counts are small, and the formatter takes longer than the rest of a cell.
  return count < 1000 && Number.isInteger(count) && count >= 0 ? String(count) : GROUPED.format(count)
}

/** A count and its noun: `1 socket`, `12,034 sockets`. */
export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** Milliseconds as a duration in whole seconds from one second on: a table that counts tenths cannot be read. */
export function formatAge(ms: number): string {
  if (ms < 1_000) return '< 1 s'
  return formatDuration(Math.floor(ms / 1_000) * 1_000_000)
}

/** Milliseconds as a duration. */
export function formatMs(ms: number): string {
  return formatDuration(Math.round(ms * 1_000))
}

/** A point of virtual time, µs: like a duration, but the beginning is `0 s`. */
export function formatTime(us: number): string {
  return us === 0 ? '0 s' : formatDuration(us)
}
