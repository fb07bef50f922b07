import { Unsupported } from '../run/outcome.ts'

/** A regular expression as a script writes it. @throws {Unsupported} for one that cannot be read */
export function regularExpression(source: string, flags = ''): RegExp {
  try {
    return new RegExp(source, flags)
  } catch (error) {
    if (error instanceof SyntaxError) throw new Unsupported(`regular expression ${source}`)
    throw error
  }
}

/** A basic regular expression written as an extended one, in which `\(` and `(` have changed places. */
export function fromBasic(pattern: string): string {
  return pattern.replace(/\\([+?|(){}])|([+?|(){}])/g, (_all, escaped?: string, plain?: string) =>
    escaped === undefined ? `\\${plain}` : escaped,
  )
}

/** A text as the regular expression that stands for it. */
export function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
