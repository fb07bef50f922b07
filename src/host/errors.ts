/**
 * Something the host cannot give: `message` is one line that names the thing and what was expected, ready to print.
 * Everything that this room throws on purpose is one of these; anything else is a bug.
 */
export class HostError extends Error {
  override readonly name: string = 'HostError'
}

/** The first line of whatever was thrown, for a sentence that says why a source was given up. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0] ?? text
}

/** The errno's name of a failed file or process operation (`ENOENT`), or undefined when it is no system error. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
