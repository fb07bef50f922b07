let worker: Worker | null = null

/**
 * The worker in which the stack runs: one for the page. It takes longer to load than all else of the lab, so it is asked for as soon
 * as one goes there; it answers nobody until it is asked something.
 */
export function labWorker(): Worker {
  worker ??= new Worker(new URL('./lab.worker.ts', import.meta.url), { type: 'module', name: 'lab' })
  return worker
}
