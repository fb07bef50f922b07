/** A bug of ours came to light. Nothing that a peer or a caller can do may cause one. */
export class AssertionError extends Error {
  override readonly name: string = 'AssertionError'
}

/**
 * States what must be true if our own code is right.
 *
 * @throws {AssertionError} with `message` when `condition` is falsy.
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}
