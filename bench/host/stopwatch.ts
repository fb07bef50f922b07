import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Crowd, program } from './crowd.ts'

/** What one run of a command took. */
export interface Timing {
  /** Seconds. */
  readonly wall: number
  /** Seconds of user and system time. */
  readonly cpu: number
  readonly peakKiB: number
  readonly exitCode: number
  /** It took longer than it was given, and was ended: it would have taken more than this says. */
  readonly killed: boolean
}

/** What a command is given at most, s: `ss -p` compares every socket with every descriptor, which of half a million takes minutes. */
const LIMIT_SECONDS = 900

/** Runs a command as a whole process, in the crowd's namespace or in this one, its output thrown away. */
export async function time(command: readonly string[], crowd?: Crowd): Promise<Timing> {
  const line = ['python3', program('stopwatch.py'), String(LIMIT_SECONDS), ...command]
  const [first, ...rest] = crowd === undefined ? line : crowd.inside(line)
  const { stdout } = await promisify(execFile)(first as string, rest)
  return JSON.parse(stdout) as Timing
}

/** Two commands in turn, so that both meet the same machine. */
export interface Pairs {
  readonly ours: readonly Timing[]
  readonly theirs: readonly Timing[]
}

/** Runs pairs: `runs` of them, or fewer where they take longer than `seconds` together; at least one. */
export async function timePairs(
  ours: readonly string[],
  theirs: readonly string[],
  { crowd, runs, seconds }: { readonly crowd: Crowd; readonly runs: number; readonly seconds: number },
): Promise<Pairs> {
  const pairs = { ours: [] as Timing[], theirs: [] as Timing[] }
  const end = performance.now() + seconds * 1000
  do {
    pairs.ours.push(await time(ours, crowd))
    pairs.theirs.push(await time(theirs, crowd))
  } while (pairs.ours.length < runs && performance.now() < end)
  return pairs
}
