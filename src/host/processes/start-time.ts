/** When a process started: /proc/PID/stat counts clock ticks since boot. */

/** Ticks a second in everything that the kernel tells user space: USER_HZ, 100 on every architecture that Node runs on. */
const TICKS = 100
const MS_PER_TICK = 1000 / TICKS
/** Of the columns behind the name, of which the first is the state (column 3 of proc(5)): the start time is column 22. */
const START_COLUMN = 22 - 3

/**
 * The name and the start time (ticks) in the text of /proc/PID/stat. The name stands in parentheses and may itself hold spaces and
 * parentheses: the last one ends it.
 * @returns undefined for a text that is no such line: a process in the middle of its end
 */
export function parseStat(text: string): { command: string; startTime: number } | undefined {
  const [open, close] = [text.indexOf('('), text.lastIndexOf(')')]
  if (open < 0 || close < open) return undefined
  const startTime = Number(text.slice(close + 2).split(' ')[START_COLUMN])
  return Number.isSafeInteger(startTime) ? { command: text.slice(open + 1, close), startTime } : undefined
}

/** ms since boot. */
export function startedSinceBoot(ticks: number): number {
  return ticks * MS_PER_TICK
}

/**
 * ms since 1970, to a second or so: the kernel tells the boot's time in whole seconds.
 * @param stat the text of /proc/stat
 */
export function startedAt(ticks: number, stat: string): number | undefined {
  const boot = /^btime (\d+)$/m.exec(stat)?.[1]
  return boot === undefined ? undefined : Number(boot) * 1000 + startedSinceBoot(ticks)
}
