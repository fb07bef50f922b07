/** A busy machine takes seconds to start a program, ms. */
export const PATIENCE_MS = 100_000

/** For commands that a test waits for while nothing else runs, its own time limit included: one that hangs is killed. */
export const BOUNDED = { timeout: PATIENCE_MS, killSignal: 'SIGKILL' } as const
