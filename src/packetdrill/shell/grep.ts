import { entryOf } from '../../base/index.ts'
import { Unsupported } from '../run/outcome.ts'
import { escaped, fromBasic, regularExpression } from './regular-expression.ts'
import type { CommandResult } from './result.ts'

/**
 * `grep [-qvciEFwox] [-m N] [-e] PATTERN [FILE…]` over lines.
 *
 * @param read the text of the files, or what came by the pipe where none are named
 * @throws {Unsupported} for options beyond these
 */
export function grep(args: readonly string[], read: (files: readonly string[]) => string): CommandResult {
  const { letters, patterns, rest, most } = grepArguments(args)
  const [files, wanted] = patterns.length > 0 ? [rest, patterns] : [rest.slice(1), rest.slice(0, 1)]
  if (wanted.length === 0) throw new Unsupported(`grep ${args.join(' ')}`)
  const has = (option: string): boolean => letters.includes(option)
  const sources = wanted.map((pattern) => {
    if (has('F')) return escaped(pattern)
    return has('E') || has('P') ? pattern : fromBasic(pattern)
  })
  const source = sources.length === 1 ? (sources[0] as string) : sources.map((one) => `(?:${one})`).join('|')
  const bounded = has('w') ? `(?<!\\w)(?:${source})(?!\\w)` : has('x') ? `^(?:${source})$` : source
  const expression = regularExpression(posixClasses(bounded), has('i') ? 'i' : '')
  const lines = read(files)
    .split('\n')
    .filter((line, i, all) => i < all.length - 1 || line !== '')
  const found = lines.filter((line) => expression.test(line) !== has('v')).slice(0, most)
  const shown = has('o') ? found.flatMap((line) => expression.exec(line)?.[0] ?? []) : found
  const output = has('q') ? '' : has('c') ? `${found.length}\n` : shown.map((line) => `${line}\n`).join('')
  return { output, status: found.length > 0 ? 0 : 1 }
}

const LONG: Readonly<Record<string, string>> = {
  quiet: 'q',
  silent: 'q',
  'invert-match': 'v',
  count: 'c',
  'ignore-case': 'i',
  'extended-regexp': 'E',
  'fixed-strings': 'F',
  'word-regexp': 'w',
  'only-matching': 'o',
}

function grepArguments(args: readonly string[]): { letters: string; patterns: string[]; rest: string[]; most: number } {
  let letters = ''
  let most = Number.POSITIVE_INFINITY
  const patterns: string[] = []
  const rest: string[] = []
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string
    const [, plain = '', valued = '', value = ''] = /^-([a-zA-Z]*?)(?:([em])(.*))?$/.exec(arg) ?? []
    const long = entryOf(LONG, arg.replace(/^--/, ''))
    if (arg.startsWith('--') && long !== undefined) letters += long
    else if (arg.startsWith('--colo')) continue
    else if (!arg.startsWith('-') || arg === '-' || arg.startsWith('--')) rest.push(arg)
    else {
      letters += plain
      const given = valued === '' ? '' : value || (args[++i] ?? '')
      if (valued === 'e') patterns.push(given)
      if (valued === 'm') most = Number(given)
    }
  }
  if (/[^qvciEFwshnPxoG]/.test(letters)) throw new Unsupported(`grep -${letters}`)
  return { letters, patterns, rest: rest.filter((arg) => arg !== '-'), most }
}

function posixClasses(pattern: string): string {
  return pattern
    .replaceAll('[:space:]', '\\s')
    .replaceAll('[:digit:]', '0-9')
    .replaceAll('[:alnum:]', 'A-Za-z0-9')
    .replaceAll('[:alpha:]', 'A-Za-z')
}
