/** Whole microseconds since the source began: the core's only unit of time. Exact up to 2^53, which is 285 years. */
export type Micros = number

/** Microseconds in a millisecond. */
export const MS = 1_000

/** Microseconds in a second. */
export const SECOND = 1_000_000

/** Microseconds in a minute. */
export const MINUTE = 60_000_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * A length of time as a person says it: `60 s`, `1.5 s`, `200 ms`, `4 min`, `2 min 10 s`, `2 h`, `30 d`.
 *
 * Seconds are kept below two minutes and hours below two days, because timers are known by those numbers (60 s, 7200 s
 * is 2 h). Above two minutes at most two units are shown and the rest is rounded away; `Infinity` is `never`.
 */
export function formatDuration(us: Micros): string {
  if (us < 0) return `-${formatDuration(-us)}`
  if (us === Number.POSITIVE_INFINITY) return 'never'
  if (us < MS) return `${decimal(us, 3)} µs`
  if (us < SECOND) return `${decimal(us / MS, 3)} ms`
  // Rounded before it is judged, or 119.9999 s would be 120 s and not 2 min.
  if (roundTo(us, MS) < 2 * MINUTE) return `${decimal(us / SECOND, 3)} s`
  if (roundTo(us, SECOND) < 2 * HOUR) return twoUnits(us, MINUTE, 'min', SECOND, 's')
  if (roundTo(us, MINUTE) < 2 * DAY) return twoUnits(us, HOUR, 'h', MINUTE, 'min')
  return twoUnits(us, DAY, 'd', HOUR, 'h')
}

function roundTo(us: Micros, unit: Micros): Micros {
  return Math.round(us / unit) * unit
}

function twoUnits(us: Micros, large: Micros, largeName: string, small: Micros, smallName: string): string {
  const total = Math.round(us / small)
  const perLarge = large / small
  const rest = total % perLarge
  const whole = (total - rest) / perLarge
  return rest === 0 ? `${whole} ${largeName}` : `${whole} ${largeName} ${rest} ${smallName}`
}

function decimal(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)))
}

/**
 * A time with its fraction cut off.
 * @throws {TypeError} for what is no time: a clock that waited for it would never come to an end
 */
export function wholeMicros(time: Micros): Micros {
  if (!Number.isFinite(time)) throw new TypeError(`the time is ${time}, expected µs`)
  return Math.floor(time)
}
