import { setTimeout as sleep } from 'node:timers/promises'
import type { Io } from './io.ts'

/**
 * Does something again and again, until the user or the system ends it, its time is over, or nobody reads any more what it prints.
 * @param everyMs from one beginning to the next; but a pause is as long as what was done, so that it never takes more than half
 *   of a core, and the server that answers beside it gets its turn
 * @param forMs after so long it is not begun again; it is done once at least
 */
export async function untilStopped(
  io: Io,
  everyMs: number,
  step: () => Promise<void>,
  forMs: number = Number.POSITIVE_INFINITY,
): Promise<void> {
  const end = performance.now() + forMs
  await whileWanted(async (stop) => {
    while (!stop.aborted && io.isRead) {
      const began = performance.now()
      await step()
      const now = performance.now()
      if (now >= end) break
      const next = Math.max(began + everyMs, now + (now - began))
      await pause(Math.max(1, Math.min(next, end) - now), stop)
    }
  })
}

/** Ctrl-C, the system ending the program, a terminal that goes away. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Does something that ends itself once it is told to: when the user or the system wants the program to end. */
export async function whileWanted<T>(work: (stop: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const abort = (): void => stop.abort()
  for (const signal of STOP_SIGNALS) process.once(signal, abort)
  try {
    return await work(stop.signal)
  } finally {
    for (const signal of STOP_SIGNALS) process.off(signal, abort)
  }
}

/** Waits so long, or until it is to stop. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** Waits until it is to stop. */
export async function stopped(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}
