/** A request that cannot be played: one line that names what was wrong and what was expected. */
export class LabError extends Error {
  override readonly name: string = 'LabError'
}
