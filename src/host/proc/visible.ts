import { errorCode } from '../errors.ts'

/** A process that ended while it was looked at, or a thing that it no longer has. */
export const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ESRCH', 'ENOTDIR'])
/** This user may not see it. */
export const FORBIDDEN: ReadonlySet<string> = new Set(['EACCES', 'EPERM'])

/** What `read` gives, or undefined when the process is gone or forbids it. */
export function visible<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    const code = errorCode(error) ?? ''
    if (GONE.has(code) || FORBIDDEN.has(code)) return undefined
    throw error
  }
}
