import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** Has a program end, and waits until it has. Of one that has ended by itself no other end would come. */
export async function endChild(child: ChildProcess, end: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  end()
  await ended
}

/** Waits for the first output of a program. @throws Error when it ends before. */
export async function firstOutput(child: ChildProcess): Promise<void> {
  const tooEarly = once(child, 'exit').then(([code]) => {
    throw new Error(`${child.spawnargs.join(' ')}: ended with ${code} before it said anything`)
  })
  await Promise.race([child.stdout === null ? tooEarly : once(child.stdout, 'data'), tooEarly])
}
