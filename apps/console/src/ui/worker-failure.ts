/**
 * Has it told in a sentence when a worker's script could not be fetched or does not run: the worker itself says nothing then, and what
 * it is asked is never answered. `what` names what it does, at the head of the sentence.
 */
export function onWorkerFailure(worker: Worker, what: string, tell: (sentence: string) => void): void {
  worker.addEventListener('error', () => {
    tell(
      `${what} could not be fetched from the console’s server, or does not run. Is it there? Then load the page anew.`,
    )
  })
}
