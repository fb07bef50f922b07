/** A run that was stopped or broke; the message says where and why. */
export class WorldError extends Error {
  override readonly name: string = 'WorldError'
}
