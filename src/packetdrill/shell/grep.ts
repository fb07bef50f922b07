import { Unsupported } from '../run/outcome.ts'

/** What a command printed, and how it ended. */
export interface CommandResult {
  readonly output: string
  readonly status: number
}

/** `grep [-qvciEFw] PATTERN` over lines. @throws {Unsupported} for options beyond these */
export function grep(args: readonly string[], input: string): CommandResult {
  let options = ''
  const rest: string[] = []
  for (const arg of args) {
    if (rest.length === 0 && /^-[a-zA-Z]+$/.test(arg)) options += arg.slice(1)
    else rest.push(arg)
  }
  if (options.endsWith('e') || /[^qvciEFwshnPx]/.test(options)) throw new Unsupported(`grep -${options}`)
  const pattern = rest[0] ?? ''
  const has = (option: string): boolean => options.includes(option)
  const source = has('F')
    ? pattern.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    : has('E') || has('P')
      ? pattern
      : basic(pattern)
  const bounded = has('w') ? `(?<!\\w)(?:${source})(?!\\w)` : has('x') ? `^(?:${source})$` : source
  const expression = new RegExp(posixClasses(bounded), has('i') ? 'i' : '')
  const lines = input.split('\n').filter((line, i, all) => i < all.length - 1 || line !== '')
  const found = lines.filter((line) => expression.test(line) !== has('v'))
  const output = has('q') ? '' : has('c') ? `${found.length}\n` : found.map((line) => `${line}\n`).join('')
  return { output, status: found.length > 0 ? 0 : 1 }
}

/** Basic regular expressions escape what extended ones mean. */
function basic(pattern: string): string {
  return pattern.replace(/\\([+?|(){}])|([+?|(){}])/g, (_all, escaped?: string, plain?: string) =>
    escaped === undefined ? `\\${plain}` : escaped,
  )
}

function posixClasses(pattern: string): string {
  return pattern
    .replaceAll('[:space:]', '\\s')
    .replaceAll('[:digit:]', '0-9')
    .replaceAll('[:alnum:]', 'A-Za-z0-9')
    .replaceAll('[:alpha:]', 'A-Za-z')
}
