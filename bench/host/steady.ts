import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { endChild } from '../children.ts'
import type { Crowd } from './crowd.ts'

/** What a program that runs on and on took. */
export interface Steady {
  /** Share of one core, over the whole time but the first seconds. */
  readonly share: number
  /** The highest resident memory in the first and in the last quarter of that time, MiB. */
  readonly firstMiB: number
  readonly lastMiB: number
}

/** The first look walks everything: it is not what a day costs. */
const WARM_UP_MS = 15_000
/** Clock ticks a second in /proc/PID/stat. */
const TICKS = 100

/** Watches a program among the crowd for so long, then ends it. */
export async function watchProgram(command: readonly string[], crowd: Crowd, minutes: number): Promise<Steady> {
  const [first, ...rest] = crowd.inside(command)
  const child = spawn(first as string, rest, { stdio: 'ignore' })
  try {
    await sleep(WARM_UP_MS)
    const [began, cpu] = [performance.now(), cpuSeconds(child.pid)]
    const sizes: number[] = []
    while (performance.now() - began < minutes * 60_000) {
      await sleep(1000)
      sizes.push(residentMiB(child.pid))
    }
    const seconds = (performance.now() - began) / 1000
    const quarter = Math.ceil(sizes.length / 4)
    return {
      share: (cpuSeconds(child.pid) - cpu) / seconds,
      firstMiB: Math.max(...sizes.slice(0, quarter)),
      lastMiB: Math.max(...sizes.slice(-quarter)),
    }
  } finally {
    await endChild(child, () => child.kill('SIGTERM'))
  }
}

/** nsenter becomes the program that it starts: the pid is the program's own. */
function cpuSeconds(pid: number | undefined): number {
  const columns = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(columns[11]) + Number(columns[12])) / TICKS
}

function residentMiB(pid: number | undefined): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}
