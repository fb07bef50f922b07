import { type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { onWorkerFailure } from '../ui/worker-failure.ts'

let worker: Worker | null = null
const failed: Signal<string | null> = signal(null)

/** Why there is no stack to play on; null: there is one, or it is on its way. */
export const labWorkerFailure: ReadonlySignal<string | null> = failed

/**
 * The worker in which the stack runs: one for the page. It takes longer to load than all else of the lab, so it is asked for as soon
 * as one goes there; it answers nobody until it is asked something.
 */
export function labWorker(): Worker {
  if (worker !== null) return worker
  worker = new Worker(new URL('./lab.worker.ts', import.meta.url), { type: 'module', name: 'lab' })
  // It may fail before the view of the lab is there to listen.
  onWorkerFailure(worker, 'The stack', (sentence) => {
    failed.value = sentence
  })
  return worker
}
