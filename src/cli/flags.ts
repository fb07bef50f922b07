import { parseArgs } from 'node:util'
import { didYouMean } from '../base/index.ts'
import { CliError } from './exit.ts'
import { quoted } from './text.ts'

/** One option of a command of ours; ss and netstat have a grammar of their own in `inspect`. */
export interface FlagSpec {
  readonly short?: string
  /** What its value is called in a message, for an option that takes one: `a whole number`. */
  readonly value?: string
  /** It may be given more than once. */
  readonly multiple?: true
}

type FlagValue<F extends FlagSpec> = F extends { value: string; multiple: true }
  ? readonly string[]
  : F extends { value: string }
    ? string
    : true

/** What was given. */
export interface Flags<S extends Readonly<Record<string, FlagSpec>>> {
  readonly flags: { readonly [K in keyof S]?: FlagValue<S[K]> }
  readonly words: readonly string[]
}

/**
 * Splits the arguments of a command into options and words.
 * @throws {CliError} for an unknown option, a value that is missing or that an option does not take
 */
export function parseFlags<const S extends Readonly<Record<string, FlagSpec>>>(
  command: string,
  args: readonly string[],
  specs: S,
): Flags<S> {
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(specs).map(([name, { short, value }]) => [
        name,
        { type: value === undefined ? ('boolean' as const) : ('string' as const), ...(short && { short }) },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const flags: Record<string, true | string | string[]> = {}
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined
    if (spec === undefined) throw new CliError(`${command}: ${unknownOption(token.rawName, specs)}`)
    if (spec.value === undefined) {
      if (token.value !== undefined) throw new CliError(`${command}: ${token.rawName} takes no value`)
      flags[token.name] = true
      continue
    }
    const value = givenValue(token)
    if (value === undefined) throw new CliError(`${command}: ${token.rawName} needs ${spec.value}`)
    if (spec.multiple) flags[token.name] = [...((flags[token.name] as string[] | undefined) ?? []), value]
    else flags[token.name] = value
  }
  return { flags: flags as Flags<S>['flags'], words: positionals }
}

/** `--seed --json` forgot the seed; `--seed -5` did not. */
function givenValue(token: { value: string | undefined; inlineValue: boolean | undefined }): string | undefined {
  const { value } = token
  if (value === undefined || token.inlineValue === true) return value
  return /^-(?!\d)/.test(value) && value !== '-' ? undefined : value
}

function unknownOption(rawName: string, specs: Readonly<Record<string, FlagSpec>>): string {
  const names = [...Object.keys(specs).map((name) => `--${name}`), '--help']
  return `unknown option ${quoted(rawName)}: ${didYouMean(rawName, names, `expected one of ${names.join(', ')}`)}`
}

/** @throws {CliError} when there are more words than the command takes */
export function atMost(command: string, words: readonly string[], most: number, expected: string): void {
  const extra = words[most]
  if (extra !== undefined) throw new CliError(`${command}: unexpected word ${quoted(extra)}: expected ${expected}`)
}
